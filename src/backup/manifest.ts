import { createHash } from 'node:crypto';
import { createReadStream, createWriteStream, readFileSync, statSync } from 'node:fs';
import { join } from 'node:path';
import { Writable } from 'node:stream';
import { pipeline } from 'node:stream/promises';
import type { Keyring } from '../modules/persons/keyring.js';

export const MANIFEST = 'manifest.json';
export const LOG = 'log.db';
export const VAULT = 'vault.db';

const FORMAT = 1;

/** The backup, or the place to restore it to, is not what it has to be; the message says why. */
export class BackupRefused extends Error {
  override name = 'BackupRefused';
}

export interface BackupFile {
  readonly name: string;
  readonly bytes: number;
  readonly sha256: string;
}

/** What a backup says of itself, under a seal that only who holds the keyring can make. */
export interface Manifest {
  readonly format: number;
  readonly id: string;
  /** ISO 8601: the moment that the log is of. */
  readonly takenAt: string;
  /** Position of the log's last event, −1 without any. */
  readonly through: number;
  readonly files: readonly BackupFile[];
}

type Sealed = Manifest & { readonly seal: string };

export function manifestText(keyring: Keyring, manifest: Omit<Manifest, 'format'>): string {
  const whole = { format: FORMAT, ...manifest };
  return `${JSON.stringify({ ...whole, seal: sealOf(keyring, whole) } satisfies Sealed, undefined, 2)}\n`;
}

/** @throws BackupRefused */
export function readManifest(keyring: Keyring, folder: string): Manifest {
  let sealed: Sealed;
  try {
    sealed = JSON.parse(readFileSync(join(folder, MANIFEST), 'utf8')) as Sealed;
  } catch {
    throw new BackupRefused(`${folder} is no backup: it has no ${MANIFEST} that can be read`);
  }
  if (sealed.format !== FORMAT) throw new BackupRefused(`the backup is of format ${String(sealed.format)}, this version knows ${FORMAT}`);
  const { seal, ...manifest } = sealed;
  if (seal !== sealOf(keyring, manifest)) {
    throw new BackupRefused('the backup was made under another keyring than keys/keyring.json, or its manifest was changed');
  }
  return manifest;
}

function sealOf(keyring: Keyring, { format, id, takenAt, through, files }: Manifest): string {
  const listed = files.map(({ name, bytes, sha256 }) => [name, bytes, sha256]);
  return keyring.keyedHash('backup-manifest', JSON.stringify([format, id, takenAt, through, listed]));
}

/** @param copyTo where a copy of the file is to be made, mode 0600, or nowhere */
export async function hashed(folder: string, name: string, copyTo?: string): Promise<BackupFile> {
  const path = join(folder, name);
  const hash = createHash('sha256');
  const nowhere = (): Writable => new Writable({ write: (_chunk, _encoding, done) => done() });
  await pipeline(
    createReadStream(path, { highWaterMark: 1 << 20 }),
    async function* (chunks: AsyncIterable<Buffer>) {
      for await (const chunk of chunks) {
        hash.update(chunk);
        yield chunk;
      }
    },
    copyTo === undefined ? nowhere() : createWriteStream(copyTo, { mode: 0o600, flush: true }),
  );
  return { name, bytes: statSync(path).size, sha256: hash.digest('hex') };
}
