import { readFileSync } from 'node:fs';
import { join, resolve } from 'node:path';
import { parseArgs } from 'node:util';
import { Presets, SingleBar } from 'cli-progress';
import type { ClientKeyFile } from '../sandbox/client-key-file.js';
import { ApiClient } from './oauth-client.js';
import { inspect, upload, type UploadWatcher } from './register-upload.js';

const USAGE = `usage: npm run import -- FILE [--on-error skip|stop] [--url URL] [--key KEY_FILE] [--data DATA_DIR]
Sends a register to the service: NDJSON, one customer a line. Run it again after it was cut off, and it goes on from there.
KEY_FILE: of the client that feeds the register; DATA_DIR/keys/clients/bank-feed.json unless given. DATA_DIR: ./data unless given.
Ends with 0 when the file was read to its end, with 1 when not, with 2 when it was called wrongly.`;

/** Errors shown in full; the others are counted. */
const SHOWN_ERRORS = 100;

async function importFile(path: string, onError: 'skip' | 'stop', client: ApiClient): Promise<number> {
  const file = await inspect(path);
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

function clientOf(keyFile: string, url: string | undefined): ApiClient {
  const { clientId, privateJwk, issuer, tokenEndpoint, audience, api } = JSON.parse(readFileSync(keyFile, 'utf8')) as ClientKeyFile;
  return new ApiClient({ clientId, privateJwk, issuer, tokenEndpoint, resource: audience, baseUrl: url ?? api });
}

const OPTIONS = { 'on-error': { type: 'string' }, url: { type: 'string' }, key: { type: 'string' }, data: { type: 'string' } } as const;

try {
  const { positionals, values } = parseArgs({ allowPositionals: true, options: OPTIONS });
  const [path] = positionals;
  const onError = values['on-error'] ?? 'skip';
  if (path === undefined || positionals.length > 1 || (onError !== 'skip' && onError !== 'stop')) {
    console.error(USAGE);
    process.exitCode = 2;
  } else {
    const keyFile = resolve(values.key ?? join(values.data ?? 'data', 'keys', 'clients', 'bank-feed.json'));
    process.exitCode = await importFile(resolve(path), onError, clientOf(keyFile, values.url));
  }
} catch (error) {
  console.error((error as Error).message);
  process.exitCode = 1;
}
