import { spawnSync } from 'node:child_process';
import { existsSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { basename } from 'node:path';
import { temporaryDirectory } from './temporary-directory.js';

describe('what a test puts into the temporary directory', () => {
  const directory = temporaryDirectory('one');
  let earlier: string | undefined;

  it('lies in a directory of this run, which goes when the run ends, whatever became of the test', () => {
    expect(basename(tmpdir())).toMatch(/^vestibule-tests-\d+$/);
    const { stdout } = spawnSync(process.execPath, ['-p', 'os.tmpdir()'], { encoding: 'utf8' });
    expect(stdout.trim()).toBe(tmpdir());
    earlier = directory();
    expect(existsSync(earlier)).toBe(true);
  });

  it('is gone at the next test, which gets a directory of its own', () => {
    expect(existsSync(earlier ?? '')).toBe(false);
    expect(directory()).not.toBe(earlier);
  });
});
