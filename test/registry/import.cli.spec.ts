import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { rmSync, writeFileSync } from 'node:fs';
import { dirname, join, resolve } from 'node:path';
import { inspect } from '../../src/cli/register-upload.js';
import { EmbeddedEventStore } from '../../src/event-sourcing/embedded.event-store.js';
import type { CustomersRegistered } from '../../src/modules/registry/register.events.js';
import { registerStream } from '../../src/modules/registry/register.js';
import { writeSyntheticRegister } from '../../src/sandbox/register.js';
import { type BankDirectory, bankDirectory, type BankProcess, registerAtCommandLine, startBank } from '../end-to-end/bank-process.js';

const CUSTOMERS = 12_000;

describe('npm run import', () => {
  let directory: BankDirectory;
  let bank: BankProcess;
  let folder: string;
  beforeAll(async () => {
    directory = await bankDirectory();
    folder = dirname(directory.dataDir);
    await registerAtCommandLine(directory, 'feed', 'bank-feed');
    bank = await startBank(directory);
  }, 60_000);
  afterAll(async () => {
    await bank.kill();
    rmSync(folder, { recursive: true, force: true });
  });

  function started(file: string, ...more: string[]): ChildProcess {
    const key = join(folder, 'feed.json');
    const issuer = 'http://vestibule.test/oauth';
    const client = {
      clientId: 'feed',
      privateJwk: directory.keys.get('feed'),
      issuer,
      tokenEndpoint: `${bank.url}/oauth/token`,
      audience: 'urn:vestibule:api',
      api: bank.url,
    };
    writeFileSync(key, JSON.stringify(client));
    return spawn(process.execPath, [resolve('dist/cli/import.js'), file, '--key', key, ...more], { stdio: ['ignore', 'pipe', 'pipe'] });
  }

  async function ended(child: ChildProcess): Promise<{ code: number | null; said: string }> {
    let said = '';
    for (const stream of [child.stdout, child.stderr]) stream?.on('data', (chunk: Buffer) => (said += chunk.toString()));
    const [code] = (await once(child, 'close')) as [number | null];
    return { code, said };
  }

  const written = (name: string, text: string): string => {
    writeFileSync(join(folder, name), text);
    return join(folder, name);
  };

  const lineReached = async (importId: string): Promise<number> => {
    const { body } = await bank
      .as('feed')
      .get<{ line: number }>(`/v1/registry/imports/${importId}`)
      .catch(() => ({ body: { line: 0 } }));
    return body.line;
  };
  const untilLine = async (importId: string, line: number): Promise<void> => {
    while ((await lineReached(importId)) < line) await new Promise((wait) => setTimeout(wait, 20));
  };

  it('tells of each bad line, and ends well when it may skip them', async () => {
    const file = written('bad.ndjson', '{"customerNumber":"C-1","removed":true}\nsecret\n');
    const { code, said } = await ended(started(file));
    expect(code).toBe(0);
    expect(said).toContain('line 2: not-json');
    expect(said).toContain('2 of 2 lines: 1 taken in, 1 rejected');
    expect(said).not.toContain('secret');
  });

  it('ends badly when it has to stop, when it is called wrongly, and when there is no such file', async () => {
    const file = written('stop.ndjson', 'bad\n');
    expect(await ended(started(file, '--on-error', 'stop'))).toMatchObject({ code: 1, said: expect.stringContaining('stopped') as string });
    expect(await ended(started(file, '--on-error', 'perhaps'))).toMatchObject({
      code: 2,
      said: expect.stringContaining('--on-error takes') as string,
    });
    expect(await ended(started(join(folder, 'missing')))).toMatchObject({
      code: 1,
      said: expect.stringContaining('there is no file') as string,
    });
  });

  it('goes on where it was when it was killed, and when the service was, taking each line in once', async () => {
    const file = join(folder, 'register.ndjson');
    await writeSyntheticRegister(file, { seed: 5, customers: CUSTOMERS });
    const { importId } = await inspect(file);

    const first = started(file);
    await untilLine(importId, 1_000);
    first.kill('SIGKILL');
    await once(first, 'close');

    // The service notices that the first one is gone only when its socket says so.
    let second = started(file);
    for (let tries = 0; (await lineReached(importId)) < 4_000 && tries < 500; tries++) {
      if (second.exitCode !== null) second = started(file);
      await new Promise((wait) => setTimeout(wait, 20));
    }
    const broken = ended(second);
    await bank.kill('SIGKILL');
    expect(await broken).toMatchObject({ code: 1, said: expect.stringContaining('run it again') as string });

    bank = await startBank(directory);
    expect(await lineReached(importId)).toBeGreaterThanOrEqual(4_000);
    expect(await ended(started(file))).toMatchObject({
      code: 0,
      said: expect.stringContaining(`${CUSTOMERS} taken in, 0 rejected`) as string,
    });

    await bank.kill('SIGTERM');
    const store = await EmbeddedEventStore.open(directory.dataDir);
    let [line, customers] = [0, 0];
    for (let from = 0; ; from++) {
      const [event] = await store.readStream(registerStream(importId), { from, limit: 1 });
      if (event?.type !== 'CustomersRegistered') break;
      const batch = event.data as CustomersRegistered['data'];
      expect(batch.fromLine).toBe(line + 1);
      line = batch.toLine;
      customers += batch.customers.length;
    }
    await store.close();
    expect([line, customers]).toEqual([CUSTOMERS, CUSTOMERS]);
  }, 120_000);
});
