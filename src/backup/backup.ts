import { randomUUID } from 'node:crypto';
import { existsSync, mkdirSync, renameSync, rmSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { KEY_FILES, SANDBOX_MARK } from '../config.js';
import { writeDurably } from '../durable-file.js';
import { LogVerifier } from '../event-sourcing/embedded.verification.js';
import { BEFORE_FIRST } from '../event-sourcing/event-store.js';
import { Sqlite } from '../event-sourcing/sqlite.js';
import { loadKeyring } from '../modules/persons/keyring-file.js';
import { BackupRefused, hashed, LOG, MANIFEST, type Manifest, manifestText, VAULT } from './manifest.js';
import { CopyDamaged, copyDatabase, type CopyProgress, syncToDisk } from './database-copy.js';

const ROWS_AT_ONCE = 5_000;

/** @param file what is being copied, then looked through @param done @param total pages of it, then rows */
export type BackupProgress = (file: string, done: number, total: number) => void;

/**
 * Copies the log and the vault of a running or stopped service into a new folder, which has its name only when all of it is
 * there. The log comes first: whatever it holds was sealed under keys that were in the vault before. Everything else in the
 * data directory is made anew from the log, except for the keys, whose backup is the bank's secret and is kept elsewhere.
 * @throws BackupRefused, KeyringUnusable, CopyDamaged
 */
export async function backUp(dataDir: string, target: string, onProgress: BackupProgress): Promise<Manifest> {
  if (existsSync(target)) throw new BackupRefused(`${target} is there already: a backup has a folder of its own`);
  for (const name of [LOG, VAULT]) {
    if (!existsSync(join(dataDir, name))) throw new BackupRefused(`${dataDir} has no ${name}: it is no data directory of an embedded log`);
  }
  const keyring = loadKeyring(join(dataDir, KEY_FILES.keyring));
  const unfinished = `${target}.unfinished-backup`;
  rmSync(unfinished, { recursive: true, force: true });
  mkdirSync(unfinished, { recursive: true, mode: 0o700 });
  const takenAt = new Date().toISOString();
  const names = [LOG, VAULT];
  for (const name of names) {
    await copyDatabase(join(dataDir, name), join(unfinished, name), (done, total) => onProgress(name, done, total));
  }
  const through = lookThrough(join(unfinished, LOG), (done, total) => onProgress(LOG, done, total));
  if (existsSync(join(dataDir, SANDBOX_MARK))) {
    names.push(SANDBOX_MARK);
    await hashed(dataDir, SANDBOX_MARK, join(unfinished, SANDBOX_MARK));
  }
  const files = [];
  for (const name of names) files.push(await hashed(unfinished, name));
  const manifest = { id: randomUUID(), takenAt, through, files };
  const text = manifestText(keyring, manifest);
  writeDurably(join(unfinished, MANIFEST), text);
  renameSync(unfinished, target);
  syncToDisk(dirname(target));
  return JSON.parse(text) as Manifest;
}

/** @returns position of the last event @throws CopyDamaged when a row is not what was written, or one is missing */
function lookThrough(log: string, onProgress: CopyProgress): number {
  const db = new Sqlite(log, { readonly: true, fileMustExist: true });
  try {
    const end = db.prepare<[], number | null>('SELECT max(position) FROM event').pluck().get() ?? BEFORE_FIRST;
    const verifier = new LogVerifier(db);
    for (let after = BEFORE_FIRST; after < end;) {
      const { through, damage } = verifier.verify(after, ROWS_AT_ONCE);
      if (damage !== undefined) throw new CopyDamaged(`the log is damaged: ${damage}`);
      after = through;
      onProgress(after + 1, end + 1);
    }
    return end;
  } finally {
    db.close();
  }
}
