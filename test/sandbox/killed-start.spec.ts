import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { existsSync, readdirSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { CLIENTS } from '../../src/sandbox/cast.js';
import { CLIENT_KEYS } from '../../src/sandbox/client-key-file.js';
import { newDirectory, type RunningSandbox, startSandbox } from './running-sandbox.js';

const CUSTOMERS = 3_000;
/** Lines in the log at which the next process is killed: the first batches, and somewhere in the middle. */
const KILLED_AT = [0, 900, 2_100];

/** The service as `npm start` starts it; `npm test` has built it. */
function start(dataDir: string): ChildProcess {
  const env = { DATA_DIR: dataDir, PORT: '0', PUBLIC_URL: 'http://sandbox.test', SANDBOX_CUSTOMERS: String(CUSTOMERS) };
  return spawn(process.execPath, ['dist/main.js'], { env, stdio: ['ignore', 'pipe', 'inherit'] });
}

/** Resolves when the service has logged that the import has come so far. */
async function importedBy(child: ChildProcess, customers: number): Promise<void> {
  let text = '';
  for await (const chunk of child.stdout as AsyncIterable<Buffer>) {
    text += chunk.toString();
    const seen = [...text.matchAll(/"customers":(\d+)/g)].map(([, count]) => Number(count));
    if (seen.some((count) => count >= customers)) return;
  }
  throw new Error('the service ended before it was killed');
}

async function kill(child: ChildProcess): Promise<void> {
  const exit = once(child, 'exit');
  child.kill('SIGKILL');
  await exit;
}

describe('a first start that is killed again and again', () => {
  const dataDir = newDirectory();
  let sandbox: RunningSandbox;

  beforeAll(async () => {
    jest.spyOn(console, 'error').mockImplementation(() => undefined);
    const furnishing = start(dataDir);
    while (!existsSync(join(dataDir, CLIENT_KEYS, 'auditor.json'))) await sleep(2);
    await kill(furnishing);
    for (const customers of KILLED_AT) {
      const importing = start(dataDir);
      await importedBy(importing, customers);
      await kill(importing);
    }
    sandbox = await startSandbox(dataDir, { SANDBOX_CUSTOMERS: String(CUSTOMERS) });
  }, 90_000);
  afterAll(async () => {
    jest.restoreAllMocks();
    await sandbox.stop();
    rmSync(dataDir, { recursive: true });
  });

  it('ends with every customer of the register, each once', async () => {
    const batches = (await sandbox.log()).filter(({ type }) => type === 'CustomersRegistered');
    const keys = batches.flatMap(({ data }) =>
      (data as { customers: { customerKey: string }[] }).customers.map(({ customerKey }) => customerKey),
    );
    expect([keys.length, new Set(keys).size]).toEqual([CUSTOMERS, CUSTOMERS]);
    const { body } = await sandbox.as('bank-feed').get('/v1/registry/imports/sandbox');
    expect(body).toMatchObject({ line: CUSTOMERS, accepted: CUSTOMERS, finished: true });
  });

  it('goes on where it was: what was imported is not imported again', async () => {
    const batches = (await sandbox.log())
      .filter(({ type }) => type === 'CustomersRegistered')
      .map(({ data }) => data as { fromLine: number; toLine: number });
    expect(batches.map(({ fromLine }) => fromLine)).toEqual([1, ...batches.slice(0, -1).map(({ toLine }) => toLine + 1)]);
  });

  it('makes clients, owners and partners once, and no half of a key file stays', async () => {
    const made = (await sandbox.log()).map(({ type, stream }) => `${type} ${stream}`);
    const once = ['ClientRegistered', 'ClientKeyRegistered', 'OwnerRegistered', 'InitialGranted', 'AgreementSigned'];
    for (const type of once) {
      const streams = made.filter((each) => each.startsWith(type));
      expect(streams.length).toBeGreaterThan(0);
      expect(new Set(streams).size).toBe(streams.length);
    }
    expect(readdirSync(join(dataDir, CLIENT_KEYS)).sort()).toEqual(CLIENTS.map(({ clientId }) => `${clientId}.json`).sort());
    const { body } = await sandbox.as('quay-direct').get<{ balance: number }>('/v1/allowance');
    expect(body.balance).toBe(50);
  });
});
