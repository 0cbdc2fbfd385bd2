import { randomBytes, randomUUID } from 'node:crypto';
import { readdirSync, rmSync, statSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { Presets, SingleBar } from 'cli-progress';
import type { ApiClient } from '../../src/cli/oauth-client.js';
import { EmbeddedEventStore } from '../../src/event-sourcing/embedded.event-store.js';
import { assertBound } from '../support/bound.js';
import {
  bankDirectory,
  registerAtCommandLine,
  registerPartner,
  startBank,
  type BankDirectory,
  type BankProcess,
} from '../end-to-end/bank-process.js';
import { person } from '../end-to-end/persons.js';
import { flood } from './many-requests.js';

/** `npm run test:flood` sends a million. */
const REQUESTS = Number(process.env['FLOOD_REQUESTS'] ?? 4_000);
const MEGABYTE = 1_000_000;

describe(`a flood of ${REQUESTS} malformed, unauthorised and refused requests`, () => {
  let directory: BankDirectory;
  let bank: BankProcess;
  let before: number;
  /** Answers that say that a rule of the gate refused it. */
  let byRule = 0;

  const size = (): number =>
    readdirSync(directory.dataDir, { recursive: true, encoding: 'utf8' })
      .map((name) => statSync(join(directory.dataDir, name), { throwIfNoEntry: false }))
      .reduce((sum, stat) => sum + (stat?.isFile() === true ? stat.size : 0), 0);
  const memory = async (operator: ApiClient): Promise<number> => {
    const text = await (await operator.request('/metrics')).text();
    return Number(/^process_resident_memory_bytes (\S+)/m.exec(text)?.[1]);
  };

  beforeAll(async () => {
    directory = await bankDirectory();
    await registerAtCommandLine(directory, 'op', 'operator');
    bank = await startBank(directory, { REQUESTS_PER_SECOND: '1000000' });
    await registerPartner(bank, directory, 'shop', { initial: 1, ceiling: 200 });
    await registerPartner(bank, directory, 'scanner', { initial: 1, ceiling: 200 });
    await bank.kill('SIGTERM');
    before = size();
    bank = await startBank(directory, { REQUESTS_PER_SECOND: '1000000' });
  }, 120_000);
  afterAll(async () => {
    await bank.kill();
    rmSync(dirname(directory.dataDir), { recursive: true, force: true });
  });

  it(
    'is answered, each request with its problem, in bounded memory and on a bounded disk',
    async () => {
      // With their tokens before the flood: it uses up what one address may ask the authorisation server.
      const [scanner, shop, operator] = [bank.as('scanner'), bank.as('shop'), bank.as('op')];
      await shop.get('/v1/allowance');
      let token = await tokenOf(scanner);
      // Its one unit: from here on it is refused.
      const { country, scheme, value } = person(1);
      const open = { person: { country, scheme, value }, purpose: 'onboarding', agent: 'agent-1' };
      await scanner.post('/v1/leads', open);
      const kinds = requests(() => token);
      const atStart = await memory(operator);
      const bar = new SingleBar(
        { format: '{bar} {value} of {total}, {eta_formatted} to go', stream: process.stderr },
        Presets.shades_classic,
      );
      if (REQUESTS > 50_000) bar.start(REQUESTS, 0);
      const statuses = await flood({
        url: bank.url,
        connections: 64,
        total: REQUESTS,
        request: (n) => kinds[n % kinds.length]!(n),
        progress: (answered) => {
          bar.update(answered);
          // A long flood outlives it. The authorisation server, flooded too, may have other things to do.
          void tokenOf(scanner).then(
            (renewed) => (token = renewed),
            () => undefined,
          );
        },
      });
      bar.stop();
      const atEnd = await memory(operator);
      expect([...statuses.keys()].filter((status) => status !== 429).toSorted()).toEqual([400, 401, 403, 404, 405]);
      expect([...statuses.values()].reduce((sum, count) => sum + count, 0)).toBe(REQUESTS);
      // Of all that is not found, one in so many requests is a path, and the others are leads.
      byRule = (statuses.get(403) ?? 0) + (statuses.get(404) ?? 0) - Math.floor(REQUESTS / kinds.length);
      // An honest partner is served all the while, and after it.
      expect((await shop.get('/v1/allowance')).status).toBe(200);
      await bank.kill('SIGTERM');
      const grown = size() - before;
      process.stderr.write(
        `${REQUESTS} requests: ${[...statuses].map(String).join(' ')}; ${grown} bytes of disk, ${atEnd - atStart} of memory\n`,
      );
      expect(grown).toBeLessThan(2 * MEGABYTE);
      expect(atEnd - atStart).toBeLessThan(300 * MEGABYTE);
    },
    60_000 + REQUESTS * 20,
  );

  it('is on record: each refusal by a rule is counted once (R9)', async () => {
    const store = await EmbeddedEventStore.open(directory.dataDir);
    const { events } = await store.readAll({ limit: 1_000_000 });
    await store.close();
    let counted = 0;
    for (const { type, data } of events) {
      if (type === 'CommandRefused') counted += 1;
      if (type !== 'RefusalsFolded') continue;
      for (const { count } of (data as { counts: { count: number }[] }).counts) counted += count;
    }
    expect(counted).toBeGreaterThan(0);
    expect(counted).toBe(byRule);
    await assertBound(events);
  }, 60_000);
});

/** Requests of all kinds that are not served; the last two are refused by a rule of the gate. */
function requests(token: () => string): readonly ((n: number) => string)[] {
  const message = (line: string, headers: readonly string[], body: string): string =>
    [`${line} HTTP/1.1`, 'host: gate', ...headers, `content-length: ${Buffer.byteLength(body)}`, '', body].join('\r\n');
  const json = 'content-type: application/json';
  const key = (n: number): string => `idempotency-key: ${n}`;
  const forged = (): string => `authorization: Bearer ${token().slice(0, -8)}AAAAAAAA`;
  const genuine = (): string => `authorization: Bearer ${token()}`;
  const assertion = randomBytes(200).toString('base64url');
  const { country, scheme, value } = person(2);
  const open = JSON.stringify({ person: { country, scheme, value }, purpose: 'onboarding', agent: 'agent-1' });
  const check = (leadId: string): string => JSON.stringify({ leadId, person: person(2) });
  return [
    (n) => message('POST /v1/leads', [json, key(n), genuine()], `{"person": ${'['.repeat(n % 30)}`),
    (n) => message('POST /v1/leads', [json, key(n)], open),
    (n) => message('POST /v1/leads', [json, key(n), forged()], open),
    (n) => message(`GET /v1/nothing-${n}`, [genuine()], ''),
    (n) => message('DELETE /v1/leads', [json, key(n), genuine()], '{}'),
    () =>
      message(
        'POST /oauth/token',
        ['content-type: application/x-www-form-urlencoded'],
        `grant_type=client_credentials&client_assertion=${assertion}`,
      ),
    (n) => message('POST /v1/leads', [json, key(n), genuine()], open),
    (n) => message('POST /v1/membership-checks', [json, key(n), genuine()], check(randomUUID())),
  ];
}

async function tokenOf(client: ApiClient): Promise<string> {
  const { accessToken } = client as unknown as { accessToken(): Promise<string> };
  return accessToken.call(client);
}
