import { resolve } from 'node:path';
import type { JWK } from 'jose';
import { readJson, required, runCommand, WrongUse } from './command-line.js';
import { ProofKey } from './proof-key.js';

await runCommand({
  name: 'proof',
  usage: `usage: npm run -s proof -- METHOD URL --proof-key FILE --token TOKEN [--nonce NONCE]
Prints a proof of possession (DPoP) for one request with a bound token and nothing else, for use with curl:
  curl -H "Authorization: DPoP TOKEN" -H "DPoP: PROOF" URL

  METHOD URL        of the request; the URL as the service calls itself, its PUBLIC_URL
  --proof-key FILE  the key that the token is bound to, as npm run token makes it
  --token TOKEN     that goes with it
  --nonce NONCE     what the service said in DPoP-Nonce; without one it refuses, and says one`,
  operands: ['METHOD', 'URL'],
  options: { 'proof-key': { type: 'string' }, token: { type: 'string' }, nonce: { type: 'string' } },
  run: async ({ 'proof-key': file, token, nonce }, [method = '', url = '']) => {
    if (!URL.canParse(url)) throw new WrongUse('URL is none');
    const key = await ProofKey.of(readJson(resolve(required('--proof-key', file))) as JWK);
    if (nonce !== undefined) key.remember(url, nonce);
    console.log(await key.proof(method.toUpperCase(), url, required('--token', token)));
    return 0;
  },
});
