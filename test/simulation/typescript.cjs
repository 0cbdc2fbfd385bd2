// Lets plain Node run the sources and tests as they stand, turned into CommonJS in memory by the options that the tests use.
const { existsSync, readFileSync } = require('node:fs');
const Module = require('node:module');
const { dirname, resolve } = require('node:path');
const { transformSync } = require('@swc/core');
const jest = require('../../jest.config.cjs');

/* oxlint-disable no-underscore-dangle -- Node's loader has no other names for them */
const [, options] = jest.transform['^.+\\.(t|j|mj)s$'];
const find = Module._resolveFilename;

Module._resolveFilename = function resolveSource(request, parent, ...rest) {
  if (request.startsWith('.') && request.endsWith('.js') && parent?.filename?.endsWith('.ts')) {
    const source = resolve(dirname(parent.filename), request.replace(/\.js$/, '.ts'));
    if (existsSync(source)) return source;
  }
  return find.call(this, request, parent, ...rest);
};

Module._extensions['.ts'] = (module, filename) => {
  const { code } = transformSync(readFileSync(filename, 'utf8'), { ...options, filename, sourceMaps: 'inline', swcrc: false });
  module._compile(code, filename);
};

// What the tests load before anything else, too.
for (const file of jest.setupFiles) require(file);
