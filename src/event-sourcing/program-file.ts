const BUILT = '/dist/';

/**
 * A built program, for threads and processes of their own. Those are JavaScript even where the sources run as TypeScript, in the
 * tests; then the built one is taken. Where nothing is bundled, in the bench, it lies near this module.
 * @param name from the root of what is built: `main.js`
 */
export function programFile(name: string): URL {
  const here = import.meta.url;
  if (here.endsWith('/program-file.js')) return new URL(`../${name}`, here);
  const root = here.endsWith('.ts') ? here.lastIndexOf('/src/') : here.lastIndexOf(BUILT);
  return new URL(`${here.slice(0, root)}${BUILT}${name}`);
}
