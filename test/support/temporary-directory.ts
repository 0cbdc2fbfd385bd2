import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

/** A directory of its own for each test that asks for it, removed after that test. To be called where tests are described. */
export function temporaryDirectory(name: string): () => string {
  let directory: string | undefined;
  afterEach(() => {
    if (directory !== undefined) rmSync(directory, { recursive: true, force: true });
    directory = undefined;
  });
  return () => (directory ??= newDirectory(name));
}

/** For what outlives a test; who asks for it removes it. */
export function newDirectory(name: string): string {
  return mkdtempSync(join(tmpdir(), `vestibule-${name}-`));
}
