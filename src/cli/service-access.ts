import { readdirSync } from 'node:fs';
import { join } from 'node:path';
import type { JWK } from 'jose';
import { CLIENT_KEYS, clientKeyPath } from '../sandbox/client-key-file.js';
import { Failed, readJson } from './command-line.js';

/** A client's key file: all that a program needs to get a token and call the API. A sandbox's says more. */
export interface ServiceAccess {
  readonly clientId: string;
  readonly api: string;
  readonly issuer: string;
  readonly tokenEndpoint: string;
  /** What the token has to be asked for (`resource`). */
  readonly audience: string;
  readonly privateJwk: JWK;
}

const TEXTS = ['clientId', 'api', 'issuer', 'tokenEndpoint', 'audience'] as const;

/** @throws Failed */
export function readServiceAccess(path: string): ServiceAccess {
  const file = readJson(path) as Partial<ServiceAccess> | null;
  const whole = TEXTS.every((name) => typeof file?.[name] === 'string') && typeof file?.privateJwk === 'object';
  if (!whole) throw new Failed(`${path} is no key file of a client`);
  return file as ServiceAccess;
}

/** Of a client whose key lies in the data directory, as in a sandbox. @throws Failed that names those that do */
export function sandboxAccess(dataDir: string, clientId: string): ServiceAccess {
  const folder = join(dataDir, CLIENT_KEYS);
  const known = namesIn(folder);
  if (known.length === 0) throw new Failed(`${folder} holds no key of a client: a sandbox puts them there on its first start`);
  if (!known.includes(clientId)) throw new Failed(`${folder} holds no key of ${clientId}, only those of ${known.join(', ')}`);
  return readServiceAccess(clientKeyPath(dataDir, clientId));
}

function namesIn(folder: string): string[] {
  try {
    const files = readdirSync(folder).filter((name) => name.endsWith('.json'));
    return files.map((name) => name.slice(0, -'.json'.length)).sort();
  } catch {
    return [];
  }
}
