import { closeSync, fsyncSync, linkSync, mkdirSync, openSync, renameSync, rmSync, writeFileSync } from 'node:fs';
import { dirname } from 'node:path';

/**
 * Writes a file as a whole or not at all, over the one that is there; durable when it returns. What a key protects is worth
 * no more than its file: a start after a `kill -9` or a power loss finds the old one or the new one. Mode 0600.
 */
export function writeDurably(path: string, text: string): void {
  renameSync(written(path, text), path);
  syncFolders(path);
}

/**
 * The same for a file that must be made once: of two processes that make it at the same time, the second finds the first
 * one's. Needs a file system with hard links.
 * @returns whether it was made here
 */
export function createDurably(path: string, text: string): boolean {
  const unfinished = written(path, text);
  try {
    linkSync(unfinished, path);
    return true;
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== 'EEXIST') throw error;
    return false;
  } finally {
    rmSync(unfinished);
    syncFolders(path);
  }
}

/** Beside its place and under a name of this process's own, so that nobody takes over half of it. */
function written(path: string, text: string): string {
  mkdirSync(dirname(path), { recursive: true, mode: 0o700 });
  const unfinished = `${path}.${process.pid}.part`;
  writeFileSync(unfinished, text, { mode: 0o600, flush: true });
  return unfinished;
}

/** A name is durable when its folder is, and a new folder's when the one above is. Windows has no such call and needs none. */
function syncFolders(path: string): void {
  if (process.platform === 'win32') return;
  for (const folder of [dirname(path), dirname(dirname(path))]) {
    const descriptor = openSync(folder, 'r');
    fsyncSync(descriptor);
    closeSync(descriptor);
  }
}
