/**
 * Where a worker thread's code is. Workers are JavaScript even where the sources run as TypeScript, in the tests; then the
 * built one is taken.
 * @param name relative to the module that starts it: `./x.worker.js`
 * @param starter the `import.meta.url` of that module
 */
export function workerFile(name: string, starter: string): URL {
  const sources = starter.lastIndexOf('/src/');
  const built = `${starter.slice(0, sources)}/dist/${starter.slice(sources + '/src/'.length)}`;
  return new URL(name, starter.endsWith('.ts') ? built : starter);
}
