// Puts each program that `nest build` has made, and nearly all that it stands on, into one file in dist/: a start that finds and
// loads some two thousand modules one by one takes a second longer.
import { mkdir, readdir, rm, writeFile } from 'node:fs/promises';
import { dirname, join, normalize } from 'node:path';
import { build } from 'esbuild';

/** Left where they are: machine code, files that are served as they are, and what Nest looks for and does without. */
const LEFT_OUT = [
  'better-sqlite3',
  'better-sqlite3-13',
  'swagger-ui-dist',
  // Large, and needed by few.
  'beautiful-mermaid',
  'echarts',
  '@fastify/multipart',
  '@fastify/view',
  '@nestjs/microservices',
  '@nestjs/platform-express',
  '@nestjs/websockets',
  'class-transformer/storage',
  // Written so that no bundler can follow it.
  'jsonc-parser',
];

/** CommonJS modules find these as they would have them in a file of their own. */
const COMMON_JS = `import { createRequire as __createRequire } from 'node:module';
const require = __createRequire(import.meta.url);
const __filename = import.meta.filename;
const __dirname = import.meta.dirname;`;

/** What `keepNames` names each class and function with, each time that one is made: the closures of a request, too. */
const NAMING = /^var __name = \((\w+), value\) => __defProp\(\1, "name", \{ value, configurable: true \}\);$/m;
/** An arrow function goes without: no one asks for its name, and giving it one cost a check a twelfth of its rate. */
const NAMING_CLASSES =
  'var __name = ($1, value) => $1.name === value || $1.prototype === undefined ? $1 : __defProp($1, "name", { value, configurable: true });';

const { metafile, outputFiles } = await build({
  entryPoints: ['build/main.js', 'build/demo/main.js', 'build/simulation/main.js', 'build/cli/*.js', 'build/**/*.worker.js'],
  outdir: 'dist',
  outbase: 'build',
  bundle: true,
  platform: 'node',
  target: 'node20',
  format: 'esm',
  external: LEFT_OUT,
  banner: { js: COMMON_JS },
  // Classes are found by their names: commands on the bus, schemas in the OpenAPI document.
  keepNames: true,
  logLevel: 'warning',
  metafile: true,
  write: false,
});

for (const { path, text } of outputFiles) {
  if (text.includes('__name(') && !NAMING.test(text)) throw new Error(`${path} does not name its classes as it was expected to`);
  await mkdir(dirname(path), { recursive: true });
  await writeFile(path, text.replace(NAMING, NAMING_CLASSES));
}

// Last, so that whoever runs meanwhile still finds its parts.
const made = new Set(Object.keys(metafile.outputs).map((file) => normalize(file)));
for (const entry of await readdir('dist', { recursive: true, withFileTypes: true })) {
  const file = join(entry.parentPath, entry.name);
  if (!entry.isDirectory() && !made.has(file)) await rm(file);
}
