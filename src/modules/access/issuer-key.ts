import { existsSync, readFileSync, statSync } from 'node:fs';
import { join } from 'node:path';
import { calculateJwkThumbprint, exportJWK, generateKeyPair, type JWK } from 'jose';
import { KEY_FILES } from '../../config.js';
import { createDurably } from '../../durable-file.js';

/** The built-in issuer's key cannot be used; the message says why and never holds a key. */
export class IssuerKeyUnusable extends Error {
  override name = 'IssuerKeyUnusable';
}

const path = (dataDir: string): string => join(dataDir, KEY_FILES.issuer);

/** Makes the key that the built-in issuer signs tokens with, unless there is one. Mode 0600. */
export async function makeIssuerKey(dataDir: string): Promise<void> {
  if (existsSync(path(dataDir))) return;
  const { privateKey } = await generateKeyPair('ES256', { extractable: true });
  const jwk = await exportJWK(privateKey);
  const key = { ...jwk, kid: await calculateJwkThumbprint(jwk), alg: 'ES256', use: 'sig' };
  createDurably(path(dataDir), `${JSON.stringify(key)}\n`);
}

/** @throws IssuerKeyUnusable when the file is missing, can be read by others than its owner, or is no ES256 key */
export function readIssuerKey(dataDir: string): JWK {
  const file = path(dataDir);
  let jwk: JWK;
  try {
    // Windows has no such modes and reports them all as set.
    if (process.platform !== 'win32' && (statSync(file).mode & 0o077) !== 0) throw new IssuerKeyUnusable(`${file} must have mode 0600`);
    jwk = JSON.parse(readFileSync(file, 'utf8')) as JWK;
  } catch (error) {
    if (error instanceof IssuerKeyUnusable) throw error;
    throw new IssuerKeyUnusable(`${file} cannot be read as JSON (${(error as NodeJS.ErrnoException).code ?? 'no JSON'})`);
  }
  if (jwk.kty !== 'EC' || jwk.crv !== 'P-256' || typeof jwk.d !== 'string' || typeof jwk.kid !== 'string') {
    throw new IssuerKeyUnusable(`${file} holds no ES256 key with an id`);
  }
  return jwk;
}

export function publicPart({ d: _, ...jwk }: JWK): JWK {
  return jwk;
}
