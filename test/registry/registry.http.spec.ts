import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { type ApiProblem } from '../../src/cli/oauth-client.js';
import { inspect, upload, type UploadResult } from '../../src/cli/register-upload.js';
import { writeSyntheticRegister } from '../../src/sandbox/register.js';
import { type RunningBank, runningBank } from '../end-to-end/running-bank.js';

const PETR = { country: 'CZ', scheme: 'rc', value: '710319/2745' };
const row = (n: number): string =>
  JSON.stringify({ customerNumber: `C-${n}`, identifiers: [PETR], familyNames: ['Novák'], birthDate: '1971-03-19' });

describe('The register over HTTP', () => {
  let bank: RunningBank;
  let folder: string;
  beforeAll(async () => {
    bank = await runningBank();
    folder = mkdtempSync(join(tmpdir(), 'register-http-'));
  });
  afterAll(async () => {
    await bank.stop();
    rmSync(folder, { recursive: true });
  });

  const written = (name: string, text: string): string => {
    const path = join(folder, name);
    writeFileSync(path, text);
    return path;
  };

  async function uploaded(path: string, onError: 'skip' | 'stop' = 'skip'): Promise<UploadResult & { bad: string[] }> {
    const bad: string[] = [];
    const file = await inspect(path);
    const result = await upload(bank.feed, file, onError, {
      progress: () => undefined,
      badLine: (line, reason) => bad.push(`${line} ${reason}`),
    });
    return { ...result, bad };
  }

  const problemOf = async (attempt: Promise<unknown>): Promise<string> =>
    attempt.then(
      () => 'none',
      (error: ApiProblem) => error.code,
    );

  it('is taken in as it streams, and says how far it is', async () => {
    const path = join(folder, 'synthetic.ndjson');
    await writeSyntheticRegister(path, { seed: 3, customers: 2_300 });
    expect(await uploaded(path)).toEqual({ finished: true, lines: 2_300, accepted: 2_300, rejected: 0, bad: [] });
    const { importId } = await inspect(path);
    expect((await bank.feed.get(`/v1/registry/imports/${importId}`)).body).toEqual({
      line: 2_300,
      accepted: 2_300,
      rejected: 0,
      errors: [],
      finished: true,
    });
    expect(await uploaded(path)).toMatchObject({ finished: true, accepted: 2_300 });
  });

  it('names its bad lines', async () => {
    const path = written('bad.ndjson', [row(1), 'bad', row(2)].join('\n'));
    expect(await uploaded(path)).toEqual({ finished: true, lines: 3, accepted: 2, rejected: 1, bad: ['2 not-json'] });
  });

  it('stops at a bad line, with an answer that is whole although much is still to come', async () => {
    const many = Array.from({ length: 20_000 }, (_, n) => row(n));
    const path = written('stop.ndjson', [row(1), 'bad', ...many].join('\n'));
    expect(await uploaded(path, 'stop')).toEqual({ finished: false, lines: 1, accepted: 1, rejected: 0, bad: ['2 not-json'] });
  });

  it('says in the last line why it broke off', async () => {
    const send = (text: string): Promise<Response> =>
      bank.feed.request('/v1/registry/imports?importId=mine', {
        method: 'POST',
        headers: { 'content-type': 'application/x-ndjson' },
        body: text,
      });
    await (await send(`${row(1)}\n`)).text();
    const answer = await (await send(`${row(2)}\n`)).text();
    expect(
      answer
        .trimEnd()
        .split('\n')
        .map((line) => JSON.parse(line) as object)
        .at(-1),
    ).toEqual({
      finished: false,
      problem: 'urn:vestibule:problem:import-content-differs',
    });
  });

  it('refuses what is no import with a problem of its own', async () => {
    const post = (query: string, type = 'application/x-ndjson'): Promise<string> =>
      problemOf(bank.feed.request(`/v1/registry/imports${query}`, { method: 'POST', headers: { 'content-type': type }, body: row(1) }));
    expect(await post('')).toBe('MEMBERS_INVALID');
    expect(await post('?importId=a%2Fb')).toBe('MEMBERS_INVALID');
    expect(await post('?importId=a&onError=perhaps')).toBe('MEMBERS_INVALID');
    expect(await post('?importId=a', 'application/json')).toBe('MEDIA_TYPE_UNSUPPORTED');
    expect(await problemOf(bank.feed.get('/v1/registry/imports/none'))).toBe('IMPORT_NOT_FOUND');
  });

  it('is fed by nobody but the bank’s feed', async () => {
    for (const other of [bank.analyst, bank.identity, bank.messages, bank.operator]) {
      expect(await problemOf(other.postLines('/v1/registry/imports?importId=x', [Buffer.from(row(1))] as never))).toBe('FORBIDDEN');
    }
  });

  it('a lock is set and taken off by the bank’s identity system alone, and a repeated request is answered alike', async () => {
    const body = { person: PETR, locked: true };
    const first = await bank.identity.post('/v1/locks', body, 'lock-1');
    expect(first).toMatchObject({ status: 200, body: { locked: true } });
    expect((await bank.identity.post('/v1/locks', body, 'lock-1')).body).toEqual(first.body);
    expect((await bank.identity.post('/v1/locks', { ...body, locked: false })).body).toEqual({ locked: false });
    expect(await problemOf(bank.feed.post('/v1/locks', body))).toBe('FORBIDDEN');
    expect(await problemOf(bank.identity.post('/v1/locks', { ...body, person: { ...PETR, value: '1' } }))).toBe('IDENTIFIER_INVALID');
    const types = (await bank.log()).map(({ type }) => type).filter((type) => type.startsWith('Membership'));
    expect(types).toEqual(['MembershipLocked', 'MembershipUnlocked']);
  });
});
