import { chmodSync, closeSync, fsyncSync, openSync } from 'node:fs';
import { Sqlite } from '../event-sourcing/sqlite.js';

/** @param done @param total pages of the database */
export type CopyProgress = (done: number, total: number) => void;

/** A copy that is no whole database; whatever it was made of is damaged, or the disk is. */
export class CopyDamaged extends Error {
  override name = 'CopyDamaged';
}

/** Some 16 MB between two looks at the progress. */
const PAGES_AT_ONCE = 4_096;

/**
 * Copies a database as it is at one moment, also while it is written to: one file, mode 0600, durable, with nothing beside it.
 * @throws CopyDamaged
 */
export async function copyDatabase(from: string, to: string, onProgress: CopyProgress): Promise<void> {
  const source = new Sqlite(from, { fileMustExist: true });
  try {
    // Held to the end: a copy that looks again at each step begins anew whenever somebody has written meanwhile.
    source.exec('BEGIN');
    source.prepare('SELECT count(*) FROM sqlite_master').get();
    await source.backup(to, {
      progress: ({ totalPages, remainingPages }) => {
        onProgress(totalPages - remainingPages, totalPages);
        return PAGES_AT_ONCE;
      },
    });
  } finally {
    source.close();
  }
  finish(to);
}

function finish(file: string): void {
  const copy = new Sqlite(file, { fileMustExist: true });
  try {
    // Can be read from where nothing can be written, and has no files beside it that could be forgotten.
    copy.pragma('journal_mode = DELETE');
    const verdict = copy.pragma('integrity_check(1)', { simple: true });
    if (verdict !== 'ok') throw new CopyDamaged(`${file} does not hold together: ${String(verdict)}`);
  } finally {
    copy.close();
  }
  chmodSync(file, 0o600);
  syncToDisk(file);
}

/** Also for a folder: then its names are durable. */
export function syncToDisk(path: string): void {
  const descriptor = openSync(path, 'r');
  fsyncSync(descriptor);
  closeSync(descriptor);
}
