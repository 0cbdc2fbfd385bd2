import { existsSync, readFileSync, rmSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { writeDurably } from '../durable-file.js';
import { LOG } from './manifest.js';
import { syncToDisk } from './database-copy.js';

/** Beside a log that was restored, until the log itself says so. */
const MARK = 'restored.json';

export interface RestoreMark {
  /** Id of this restoring, and of the backup. */
  readonly restore: string;
  readonly backup: string;
  readonly backupTakenAt: string;
  /** Position of the last event that the backup held. */
  readonly through: number;
}

/** The restoring of a backup broke off; run it again. */
export class RestoreUnfinished extends Error {
  override name = 'RestoreUnfinished';
}

export function writeRestoreMark(dataDir: string, mark: RestoreMark): void {
  writeDurably(join(dataDir, MARK), `${JSON.stringify(mark)}\n`);
}

/** @throws RestoreUnfinished when a mark is there that cannot be read: it is not known then what the log is */
export function readRestoreMark(dataDir: string): RestoreMark | undefined {
  const file = join(dataDir, MARK);
  if (!existsSync(file)) return undefined;
  try {
    const { restore, backup, backupTakenAt, through } = JSON.parse(readFileSync(file, 'utf8')) as RestoreMark;
    return { restore, backup, backupTakenAt, through };
  } catch {
    throw new RestoreUnfinished(`${file} cannot be read: restore the backup again`);
  }
}

export function removeRestoreMark(dataDir: string): void {
  rmSync(join(dataDir, MARK), { force: true });
  syncToDisk(dirname(join(dataDir, MARK)));
}

/** Before the log is opened, which would make an empty one. @throws RestoreUnfinished */
export function assertNoHalfRestore(dataDir: string): void {
  if (readRestoreMark(dataDir) !== undefined && !existsSync(join(dataDir, LOG))) {
    throw new RestoreUnfinished(`the restoring of a backup to ${dataDir} broke off: run it again`);
  }
}
