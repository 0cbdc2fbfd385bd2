import { randomUUID } from 'node:crypto';
import { existsSync, mkdirSync, readdirSync, renameSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import { KEY_FILES } from '../config.js';
import { DataDirectoryLock } from '../event-sourcing/data-directory-lock.js';
import { loadKeyring } from '../modules/persons/keyring-file.js';
import { syncToDisk } from './database-copy.js';
import { type BackupFile, BackupRefused, hashed, LOG, type Manifest, readManifest } from './manifest.js';
import { writeRestoreMark } from './restore-mark.js';

const VAULT_KEY = 'keys/vault-key';
const UNFINISHED = '.unfinished-restore';

/** Beside the keys, what a restore that broke off, or the lock, may have left. */
const MAY_BE_THERE = /^(keys|restored\.json|lock\..+|.+\.unfinished-restore)$/;

/** A log is a data directory's beginning: whatever starts on it must find the rest. */
export function logLast(files: readonly BackupFile[]): readonly BackupFile[] {
  return files.toSorted((a, b) => Number(a.name === LOG) - Number(b.name === LOG));
}

/** @param file what is being copied */
export type RestoreProgress = (file: string) => void;

/**
 * Puts a backup into a data directory that holds nothing but the keys. The mark, which the next start turns into an event of
 * the log, is there before the log is: a restored log never runs as if it were whole.
 * @throws BackupRefused, KeyringUnusable, DataDirectoryInUse
 */
export async function restore(from: string, dataDir: string, onProgress: RestoreProgress): Promise<Manifest> {
  for (const key of [KEY_FILES.keyring, VAULT_KEY]) {
    if (!existsSync(join(dataDir, key)))
      throw new BackupRefused(`${join(dataDir, key)} is missing: put the backup of the keys there first`);
  }
  const manifest = readManifest(loadKeyring(join(dataDir, KEY_FILES.keyring)), from);
  mkdirSync(dataDir, { recursive: true, mode: 0o700 });
  const lock = DataDirectoryLock.acquire(dataDir);
  try {
    const other = readdirSync(dataDir).find((name) => !MAY_BE_THERE.test(name));
    if (other !== undefined) throw new BackupRefused(`${dataDir} holds ${other}: move the old data away, all but the keys`);
    for (const file of manifest.files) {
      onProgress(file.name);
      const copy = join(dataDir, file.name + UNFINISHED);
      const { bytes, sha256 } = await hashed(from, file.name, copy);
      if (sha256 === file.sha256 && bytes === file.bytes) continue;
      rmSync(copy);
      throw new BackupRefused(`${join(from, file.name)} is not what was backed up: its hash differs from the manifest's`);
    }
    const { id: backup, takenAt: backupTakenAt, through } = manifest;
    writeRestoreMark(dataDir, { restore: randomUUID(), backup, backupTakenAt, through });
    for (const { name } of logLast(manifest.files)) renameSync(join(dataDir, name + UNFINISHED), join(dataDir, name));
    syncToDisk(dataDir);
    return manifest;
  } finally {
    lock.release();
  }
}
