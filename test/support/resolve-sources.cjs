/**
 * Jest transforms the files of its global setup, but resolves their imports as plain Node does: `./x.js` would never be
 * found where only `./x.ts` exists. Imported first, this closes the gap. (Specs use `moduleNameMapper` for the same.)
 */
const { existsSync } = require('node:fs');
const Module = require('node:module');
const { dirname, resolve } = require('node:path');

const resolveAsNode = Module._resolveFilename;

Module._resolveFilename = function resolveSource(request, parent, ...rest) {
  if (/^\.{1,2}\/.*\.js$/.test(request) && parent?.filename?.endsWith('.ts')) {
    const source = resolve(dirname(parent.filename), request.replace(/\.js$/, '.ts'));
    if (existsSync(source)) return source;
  }
  return resolveAsNode.call(this, request, parent, ...rest);
};
