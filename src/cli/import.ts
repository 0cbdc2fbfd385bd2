import { resolve } from 'node:path';
import { Presets, SingleBar } from 'cli-progress';
import { readDataDir } from '../config.js';
import { Failed, fileComplaint, oneOf, runCommand } from './command-line.js';
import { ApiClient } from './oauth-client.js';
import { inspect, upload, type UploadWatcher } from './register-upload.js';
import { readServiceAccess, sandboxAccess } from './service-access.js';

/** Errors shown in full; the others are counted. */
const SHOWN_ERRORS = 100;

async function importFile(path: string, onError: 'skip' | 'stop', client: ApiClient): Promise<number> {
  const file = await inspect(path).catch((error: unknown) => {
    throw new Failed(fileComplaint(path, error));
  });
  const bar = new SingleBar(
    { format: '{bar} {percentage} % of {total} lines, {eta_formatted} to go', hideCursor: true, stream: process.stderr },
    Presets.shades_classic,
  );
  const badLines: string[] = [];
  let bad = 0;
  const watcher: UploadWatcher = {
    progress: (line) => bar.update(line),
    badLine: (line, reason) => {
      bad += 1;
      if (bad <= SHOWN_ERRORS) badLines.push(`line ${line}: ${reason}`);
    },
  };
  bar.start(file.lines, 0);
  const result = await upload(client, file, onError, watcher).finally(() => bar.stop());
  for (const line of badLines) console.error(line);
  if (bad > SHOWN_ERRORS) console.error(`and ${bad - SHOWN_ERRORS} bad lines more`);
  console.log(`${result.lines} of ${file.lines} lines: ${result.accepted} taken in, ${result.rejected} rejected`);
  if (result.problem !== undefined) console.error(`it broke off (${result.problem}); run it again to go on`);
  else if (!result.finished) console.error('it stopped at the bad line; everything before it is taken in');
  return result.finished ? 0 : 1;
}

await runCommand({
  name: 'import',
  usage: `usage: npm run import -- FILE [--on-error skip|stop] [--key KEY_FILE | --data DATA_DIR] [--url URL]
Sends a register to the service: NDJSON, one customer a line. Run it again after it was cut off, and it goes on from there.
Ends with 0 when the file was read to its end, with 1 when not, with 2 when it was called wrongly.

  --on-error WHAT   skip a bad line, or stop at it; skip unless given
  --key KEY_FILE    of the client that feeds the register, as npm run client-key makes it
  --data DATA_DIR   of a sandbox, whose client bank-feed is taken where there is no --key; DATA_DIR of the environment, or ./data, unless given
  --url URL         of the service, where it is not the key file's`,
  operands: ['FILE'],
  options: {
    'on-error': { type: 'string', default: 'skip' },
    url: { type: 'string' },
    key: { type: 'string' },
    data: { type: 'string' },
  },
  run: async ({ 'on-error': onError, url, key, data }, [path]) => {
    const choice = oneOf('--on-error', onError, ['skip', 'stop']);
    const access = key === undefined ? sandboxAccess(readDataDir(data), 'bank-feed') : readServiceAccess(resolve(key));
    const client = new ApiClient({ ...access, resource: access.audience, baseUrl: url ?? access.api });
    return importFile(resolve(path as string), choice, client);
  },
});
