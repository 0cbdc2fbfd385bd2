import { resolve } from 'node:path';
import { runCommand, WrongUse } from './command-line.js';
import { fetchToken } from './oauth-client.js';
import { readServiceAccess, sandboxAccess } from './service-access.js';

await runCommand({
  name: 'token',
  usage: `usage: npm run -s token -- CLIENT_ID [--data DATA_DIR]
       npm run -s token -- --key KEY_FILE
Prints an access token and nothing else, for use with curl; it is good for five minutes.

  CLIENT_ID         of a sandbox, whose clients' keys lie in its data directory
  --data DATA_DIR   ./data unless given
  --key KEY_FILE    of any client, as npm run client-key makes it`,
  operands: ['CLIENT_ID?'],
  options: { data: { type: 'string', default: './data' }, key: { type: 'string' } },
  run: async ({ data, key }, [clientId]) => {
    if ((clientId === undefined) === (key === undefined)) throw new WrongUse('it takes either CLIENT_ID or --key');
    const access = key === undefined ? sandboxAccess(resolve(data), clientId ?? '') : readServiceAccess(resolve(key));
    console.log((await fetchToken({ ...access, resource: access.audience })).accessToken);
    return 0;
  },
});
