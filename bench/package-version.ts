import { readFileSync } from 'node:fs';

/** As installed. Not every package lets its own package.json be imported. */
export function packageVersion(name: string): string {
  const file = new URL(`../../../node_modules/${name}/package.json`, import.meta.url);
  return (JSON.parse(readFileSync(file, 'utf8')) as { version: string }).version;
}
