// Puts each program that `nest build` has made, and nearly all that it stands on, into one file in dist/: a start that finds and
// loads some two thousand modules one by one takes a second longer.
import { readdir, rm } from 'node:fs/promises';
import { join, normalize } from 'node:path';
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

const { metafile } = await build({
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
});

// Last, so that whoever runs meanwhile still finds its parts.
const made = new Set(Object.keys(metafile.outputs).map((file) => normalize(file)));
for (const entry of await readdir('dist', { recursive: true, withFileTypes: true })) {
  const file = join(entry.parentPath, entry.name);
  if (!entry.isDirectory() && !made.has(file)) await rm(file);
}
