import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { isDeepStrictEqual } from 'node:util';
import { calculateJwkThumbprint, exportJWK, generateKeyPair, type JWK } from 'jose';
import type { Config } from '../config.js';
import { writeDurably } from '../durable-file.js';
import type { ClientIdentity } from '../modules/access/client.js';
import type { Role } from '../modules/access/role.js';

/** All that a program needs to get a token and call the API. */
export interface ClientKeyFile {
  readonly clientId: string;
  readonly role: Role;
  readonly partnerId?: string;
  readonly ownerId?: string;
  readonly api: string;
  readonly issuer: string;
  readonly tokenEndpoint: string;
  /** What the token has to be asked for (`resource`). */
  readonly audience: string;
  readonly privateJwk: JWK;
}

export const CLIENT_KEYS = join('keys', 'clients');

export function clientKeyPath(dataDir: string, clientId: string): string {
  return join(dataDir, CLIENT_KEYS, `${clientId}.json`);
}

/** A new ES256 key whose id is its thumbprint. */
export async function newClientKey(): Promise<JWK> {
  const { privateKey } = await generateKeyPair('ES256', { extractable: true });
  const jwk = await exportJWK(privateKey);
  return { ...jwk, kid: await calculateJwkThumbprint(jwk), alg: 'ES256' };
}

/** The client's key file, made when it is missing; what it says of the service is brought up to date. Mode 0600. */
export async function makeClientKeyFile(config: Config, client: ClientIdentity): Promise<ClientKeyFile> {
  const path = clientKeyPath(config.dataDir, client.clientId);
  const known = existsSync(path) ? readClientKeyFile(config.dataDir, client.clientId) : undefined;
  const { publicUrl, issuer, audience } = config;
  const privateJwk = known?.privateJwk ?? (await newClientKey());
  const file = { ...client, api: publicUrl, issuer, tokenEndpoint: `${issuer}/token`, audience, privateJwk };
  if (!isDeepStrictEqual(file, known)) writeDurably(path, `${JSON.stringify(file, undefined, 2)}\n`);
  return file;
}

export function readClientKeyFile(dataDir: string, clientId: string): ClientKeyFile {
  return JSON.parse(readFileSync(clientKeyPath(dataDir, clientId), 'utf8')) as ClientKeyFile;
}
