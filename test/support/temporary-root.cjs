// One directory for everything that a run of the tests puts into the system's temporary directory, its child processes included.
// What a test leaves behind, because it failed or because a process of its was killed, goes with it.
const { mkdirSync, readdirSync, rmSync } = require('node:fs');
const { tmpdir } = require('node:os');
const { join } = require('node:path');

const PREFIX = 'vestibule-tests-';
let root;

function isRunning(pid) {
  try {
    process.kill(pid, 0);
    return true;
  } catch (error) {
    return error.code === 'EPERM';
  }
}

/** Whole runs can be killed as well: the next one clears away after them. */
function removeThoseOfTheDead(directory) {
  for (const name of readdirSync(directory)) {
    const pid = name.startsWith(PREFIX) ? Number(name.slice(PREFIX.length)) : Number.NaN;
    if (Number.isInteger(pid) && !isRunning(pid)) rmSync(join(directory, name), { recursive: true, force: true });
  }
}

module.exports = {
  setUp() {
    removeThoseOfTheDead(tmpdir());
    root = join(tmpdir(), `${PREFIX}${process.pid}`);
    mkdirSync(root, { mode: 0o700 });
    // The workers, and whatever they start, inherit it.
    for (const name of ['TMPDIR', 'TMP', 'TEMP']) process.env[name] = root;
  },
  tearDown() {
    if (root !== undefined) rmSync(root, { recursive: true, force: true, maxRetries: 5, retryDelay: 100 });
  },
};
