import { resolve } from 'node:path';
import { parseArgs } from 'node:util';
import { readClientKeyFile } from '../sandbox/client-key-file.js';
import { fetchToken } from './oauth-client.js';

const USAGE =
  'usage: npm run -s token -- CLIENT_ID [--data DATA_DIR]\nPrints an access token for a client of the sandbox, for use with curl.';

const { positionals, values } = parseArgs({ allowPositionals: true, options: { data: { type: 'string', default: './data' } } });
const [clientId] = positionals;
if (clientId === undefined) {
  console.error(USAGE);
  process.exit(2);
}
const { tokenEndpoint, issuer, privateJwk, audience } = readClientKeyFile(resolve(values.data), clientId);
console.log((await fetchToken({ tokenEndpoint, issuer, clientId, privateJwk, resource: audience })).accessToken);
