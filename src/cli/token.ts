import { resolve } from 'node:path';
import { readJson, runCommand, WrongUse } from './command-line.js';
import type { JWK } from 'jose';
import { createDurably } from '../durable-file.js';
import { newClientKey } from '../sandbox/client-key-file.js';
import { readDataDir } from '../config.js';
import { fetchToken } from './oauth-client.js';
import { ProofKey } from './proof-key.js';
import { readServiceAccess, sandboxAccess } from './service-access.js';

/** Made where there is none; mode 0600. */
async function proofKeyIn(file: string): Promise<JWK> {
  createDurably(file, `${JSON.stringify(await newClientKey(), undefined, 2)}\n`);
  return readJson(file) as JWK;
}

await runCommand({
  name: 'token',
  usage: `usage: npm run -s token -- CLIENT_ID [--data DATA_DIR] [--proof-key FILE]
       npm run -s token -- --key KEY_FILE [--proof-key FILE]
Prints an access token and nothing else, for use with curl; it is good for five minutes.

  CLIENT_ID         of a sandbox, whose clients' keys lie in its data directory
  --data DATA_DIR   DATA_DIR of the environment, or ./data, unless given
  --key KEY_FILE    of any client, as npm run client-key makes it
  --proof-key FILE  the token is bound to this key (DPoP), which is made where there is none; npm run proof makes the proofs`,
  operands: ['CLIENT_ID?'],
  options: { data: { type: 'string' }, key: { type: 'string' }, 'proof-key': { type: 'string' } },
  run: async ({ data, key, 'proof-key': proofFile }, [clientId]) => {
    if ((clientId === undefined) === (key === undefined)) throw new WrongUse('it takes either CLIENT_ID or --key');
    const access = key === undefined ? sandboxAccess(readDataDir(data), clientId ?? '') : readServiceAccess(resolve(key));
    const proofKey = proofFile === undefined ? {} : { proofKey: await ProofKey.of(await proofKeyIn(resolve(proofFile))) };
    console.log((await fetchToken({ ...access, resource: access.audience, ...proofKey })).accessToken);
    return 0;
  },
});
