import { join, resolve } from 'node:path';
import { createDurably, writeDurably } from '../durable-file.js';
import { CLIENT_ID } from '../modules/access/client.js';
import { newClientKey } from '../sandbox/client-key-file.js';
import { Failed, required, runCommand, WrongUse } from './command-line.js';
import type { ServiceAccess } from './service-access.js';

/** Paths of what was made. */
interface KeyPair {
  readonly keyFile: string;
  readonly jwksFile: string;
}

/** The private half never leaves the machine that it is made on. @throws Failed when there is one of this name already */
async function makeKeyPair(folder: string, service: Omit<ServiceAccess, 'privateJwk'>): Promise<KeyPair> {
  const [keyFile, jwksFile] = [join(folder, `${service.clientId}.key.json`), join(folder, `${service.clientId}.jwks.json`)];
  const privateJwk = await newClientKey();
  const { d: _, ...publicJwk } = privateJwk;
  const access: ServiceAccess = { ...service, privateJwk };
  if (!createDurably(keyFile, pretty(access))) throw new Failed(`${keyFile} is there already: a further key goes to another --out`);
  writeDurably(jwksFile, pretty({ keys: [publicJwk] }));
  return { keyFile, jwksFile };
}

const pretty = (json: object): string => `${JSON.stringify(json, undefined, 2)}\n`;

function origin(url: string): string {
  if (!URL.canParse(url) || !/^https?:/.test(url)) throw new WrongUse('--url takes an http or https URL');
  return url.replace(/\/+$/, '');
}

await runCommand({
  name: 'client-key',
  usage: `usage: npm run client-key -- CLIENT_ID --url URL [--audience AUDIENCE] [--issuer ISSUER] [--out FOLDER]
Makes a key pair for a client, on the machine where the client runs:
  CLIENT_ID.key.json    the private key, with all that a program needs to get tokens; for that program alone
  CLIENT_ID.jwks.json   the public key, to be handed to whoever registers the client

  --url URL             where the service is reached, its PUBLIC_URL
  --audience AUDIENCE   the service's AUDIENCE; urn:vestibule:api unless given
  --issuer ISSUER       the service's ISSUER_URL; URL/oauth unless given
  --out FOLDER          the present one unless given`,
  operands: ['CLIENT_ID'],
  options: {
    url: { type: 'string' },
    audience: { type: 'string', default: 'urn:vestibule:api' },
    issuer: { type: 'string' },
    out: { type: 'string', default: '.' },
  },
  run: async ({ url, audience, issuer: given, out }, [clientId = '']) => {
    if (!CLIENT_ID.test(clientId)) throw new WrongUse('CLIENT_ID has 1 to 64 lower-case letters, digits and hyphens within');
    const api = origin(required('--url', url));
    const issuer = given ?? `${api}/oauth`;
    const made = await makeKeyPair(resolve(out), { clientId, api, issuer, tokenEndpoint: `${issuer}/token`, audience });
    console.log(`${made.keyFile}: private, for the client alone\n${made.jwksFile}: public, to be registered`);
    return 0;
  },
});
