import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { Readable } from 'node:stream';
import { UnknownOutcome, type EventStore } from '../../src/event-sourcing/event-store.js';
import { CommandHandling } from '../../src/event-sourcing/handle-command.js';
import { MemoryEventStore } from '../../src/event-sourcing/memory.event-store.js';
import type { RecordedEvent } from '../../src/event-sourcing/message.js';
import { FileKeyVault } from '../../src/modules/persons/file.key-vault.js';
import { Keyring } from '../../src/modules/persons/keyring.js';
import { generateKeyring } from '../../src/modules/persons/keyring-file.js';
import { normaliseFamilyName } from '../../src/modules/persons/name.js';
import type { CustomersRegistered } from '../../src/modules/registry/register.events.js';
import { type ImportProgress, type ImportRequest, RegisterImport } from '../../src/modules/registry/register-import.js';

const keyring = new Keyring(generateKeyring());
const clock = { now: () => Date.parse('2026-01-31T12:00:00.000Z') };
const cause = { correlationId: 'c', causationId: 'c', actor: 'test' };
const PETR = { country: 'CZ', scheme: 'rc', value: '710319/2745' };

const row = (n: number, more: object = {}) => ({
  customerNumber: `C-${n}`,
  identifiers: [PETR],
  familyNames: ['Novák'],
  birthDate: '1971-03-19',
  contact: { email: `c${n}@example.org` },
  ...more,
});
const lines = (rows: readonly unknown[]) => rows.map((each) => (typeof each === 'string' ? each : JSON.stringify(each))).join('\n') + '\n';
const rows = (n: number) => Array.from({ length: n }, (_, i) => row(i));

describe('An import of the register', () => {
  let folder: string;
  let vault: FileKeyVault;
  let store: MemoryEventStore;
  let imports: RegisterImport;

  beforeAll(async () => {
    folder = mkdtempSync(join(tmpdir(), 'register-'));
    vault = await FileKeyVault.open(folder);
  });
  afterAll(async () => {
    await vault.close();
    rmSync(folder, { recursive: true });
  });
  beforeEach(() => {
    store = new MemoryEventStore();
    imports = importsOn(store);
  });

  const importsOn = (on: EventStore) => new RegisterImport(new CommandHandling(on, clock), keyring, vault, clock);

  async function sent(content: string | AsyncIterable<Uint8Array>, options: Partial<ImportRequest> = {}): Promise<ImportProgress[]> {
    const body = typeof content === 'string' ? Readable.from([Buffer.from(content)]) : content;
    const reports: ImportProgress[] = [];
    for await (const report of imports.run({ importId: 'one', onError: 'skip', cause, body, ...options })) reports.push(report);
    return reports;
  }

  const events = async (importId = 'one') => (await store.readStream(`register-${importId}`)) as readonly RecordedEvent[];
  const batches = async () =>
    (await events()).filter(({ type }) => type === 'CustomersRegistered').map(({ data }) => data as CustomersRegistered['data']);

  it('writes batches whose lines lie one behind the other, and then that it is finished', async () => {
    const last = (await sent(lines(rows(241)))).at(-1);
    expect(last).toEqual({ line: 241, accepted: 241, rejected: 0, errors: [], finished: true });
    expect((await batches()).map(({ fromLine, toLine, customers }) => [fromLine, toLine, customers.length])).toEqual([
      [1, 100, 100],
      [101, 200, 100],
      [201, 241, 41],
    ]);
    expect((await events()).at(-1)).toMatchObject({ type: 'ImportFinished', data: { lines: 241, accepted: 241, rejected: 0 } });
  });

  it('enters a customer under keys: every identifier, each with every name: alone, with every secret, and with every contact', async () => {
    const polish = { country: 'PL', scheme: 'pesel', value: '44051401359' };
    const secrets = [{ kind: 'account-last-six', value: '20-40-60' }];
    await sent(
      lines([row(1, { identifiers: [PETR, { ...PETR, country: 'SK' }, polish], familyNames: ['Nováková', 'Dvořáková'], secrets })]),
    );
    const ways = [[], ['secret', 'account-last-six', '204060'], ['contact', keyring.contactKey('email:c1@example.org')]];
    const keys = [PETR, polish].map((id) => keyring.personKeys(id)[0] as string);
    const names = ['Novakova', 'Dvorakova'].map(normaliseFamilyName);
    expect((await batches())[0]?.customers).toEqual([
      {
        customerKey: keyring.customerKey('C-1'),
        persons: keys.map((personKey) => ({
          personKey,
          corroborations: names.flatMap((name) => ways.map((way) => keyring.corroboration(personKey, name, '1971-03-19', way))),
        })),
        sealed: expect.any(String),
      },
    ]);
  });

  it('seals the contact under the customer, and leaves nothing of a person in clear in the log', async () => {
    await sent(lines([row(1, { givenNames: 'Petr Pavel' })]));
    const [entry] = (await batches())[0]?.customers ?? [];
    expect(await vault.open(`customer:${keyring.customerKey('C-1')}`, entry?.sealed ?? '')).toEqual({
      contact: { email: 'c1@example.org' },
      familyName: 'Novák',
      givenNames: 'Petr Pavel',
    });
    const log = JSON.stringify(await events()).toLowerCase();
    for (const secret of ['710319', '7103192745', 'nov', '1971-03-19', 'example.org', 'pavel', '"c-1"']) expect(log).not.toContain(secret);
  });

  it('counts the last line about a customer', async () => {
    await sent(lines([row(1), { customerNumber: 'C-1', removed: true }, { customerNumber: 'C-2', removed: true }, row(2)]));
    expect((await batches())[0]).toMatchObject({
      customers: [{ customerKey: keyring.customerKey('C-2') }],
      removed: [keyring.customerKey('C-1')],
      accepted: 4,
    });
  });

  it('skips bad lines, saying which and why and not what stood there', async () => {
    const bad = row(2, { identifiers: [{ ...PETR, value: '710319/2746' }] });
    const reports = await sent(lines([row(1), bad, '', '{"secret', row(3)]));
    const errors = [
      { line: 2, reason: 'identifier-invalid' },
      { line: 4, reason: 'not-json' },
    ];
    expect(reports.flatMap((report) => report.errors)).toEqual(errors);
    expect(reports.at(-1)).toMatchObject({ line: 5, accepted: 2, rejected: 2, finished: true });
    expect((await batches())[0]?.rejected).toEqual(errors);
    expect(JSON.stringify(reports) + JSON.stringify(await events())).not.toMatch(/2746|secret/);
  });

  it('stops at a bad line when asked to, with everything before it taken in, and goes on from there once it is mended', async () => {
    const stopped = await sent(lines([row(1), row(2), 'bad', row(4)]), { onError: 'stop' });
    expect(stopped.at(-1)).toEqual({ line: 2, accepted: 2, rejected: 0, errors: [{ line: 3, reason: 'not-json' }], finished: false });
    expect((await events()).map(({ type }) => type)).toEqual(['CustomersRegistered']);
    const mended = await sent(lines([row(1), row(2), row(3), row(4)]), { onError: 'stop' });
    expect(mended.at(-1)).toMatchObject({ line: 4, accepted: 4, finished: true });
    expect((await batches()).map(({ fromLine, toLine }) => [fromLine, toLine])).toEqual([[1, 2], [3, 4]]); // prettier-ignore
  });

  it('goes on where it was cut off, writing each line once', async () => {
    const whole = lines(rows(340));
    const cutOff = async function* () {
      yield Buffer.from(whole.slice(0, Math.floor(whole.length * 0.8)));
      throw new Error('the client is gone');
    };
    await expect(sent(cutOff())).rejects.toThrow('gone');
    expect((await batches()).at(-1)?.toLine).toBe(200);
    imports = importsOn(store);
    const reports = await sent(whole);
    expect(reports[0]).toMatchObject({ line: 200, accepted: 200 });
    expect(reports.at(-1)).toMatchObject({ line: 340, accepted: 340, finished: true });
    expect((await batches()).map(({ fromLine }) => fromLine)).toEqual([1, 101, 201, 301]);
  });

  it('writes nothing when it is sent again after its end', async () => {
    await sent(lines(rows(600)));
    const before = await events();
    expect((await sent(lines(rows(600)))).at(-1)).toMatchObject({ line: 600, accepted: 600, finished: true });
    expect(await events()).toEqual(before);
  });

  it.each([
    ['a line changed', lines([row(1), row(9), row(3)])],
    ['a line missing', lines([row(1), row(2)])],
    ['a line more', lines([row(1), row(2), row(3), row(4)])],
    ['nothing', ''],
  ])('refuses other content under the same id: %s', async (_, other) => {
    await sent(lines([row(1), row(2), row(3)]));
    const before = await events();
    await expect(sent(other)).rejects.toMatchObject({ code: 'IMPORT_CONTENT_DIFFERS' });
    expect(await events()).toEqual(before);
  });

  it('refuses a second attempt while the first is running, in this process', async () => {
    const first = imports.run({ importId: 'one', onError: 'skip', cause, body: Readable.from([Buffer.from(lines(rows(3)))]) });
    await first.next();
    await expect(sent(lines(rows(3)))).rejects.toMatchObject({ code: 'IMPORT_RUNNING' });
    expect(await sent(lines(rows(3)), { importId: 'two' })).toHaveLength(3);
    await first.return();
    expect((await sent(lines(rows(3)))).at(-1)).toMatchObject({ finished: true });
  });

  it('refuses to write a batch that another process has written meanwhile', async () => {
    const first = imports.run({ importId: 'one', onError: 'skip', cause, body: Readable.from([Buffer.from(lines(rows(3)))]) });
    await first.next();
    imports = importsOn(store);
    await sent(lines(rows(3)));
    await expect(first.next()).rejects.toMatchObject({ code: 'IMPORT_RUNNING' });
    expect(await batches()).toHaveLength(1);
  });

  it('writes each batch once although the store does not say what became of it', async () => {
    let calls = 0;
    const forgetful = new Proxy(store, {
      get: (target, name: keyof EventStore) =>
        name === 'append'
          ? async (...args: Parameters<EventStore['append']>) => {
              const appended = await target.append(...args);
              if (calls++ % 2 === 0) throw new UnknownOutcome('no answer');
              return appended;
            }
          : (Reflect.get(target, name) as ((...args: unknown[]) => unknown) | undefined)?.bind(target),
    });
    imports = importsOn(forgetful);
    expect((await sent(lines(rows(220)))).at(-1)).toMatchObject({ line: 220, accepted: 220, finished: true });
    expect((await batches()).map(({ toLine }) => toLine)).toEqual([100, 200, 220]);
  });

  it('tells how far it is, and nothing of an import that there is none of', async () => {
    await expect(imports.progress('one')).rejects.toMatchObject({ code: 'IMPORT_NOT_FOUND' });
    await sent(lines([row(1), 'bad']));
    expect(await imports.progress('one')).toEqual({ line: 2, accepted: 1, rejected: 1, errors: [], finished: true });
  });

  it.each(['', 'a/b', 'x'.repeat(65), 'ä'])('refuses %j for an id', async (importId) => {
    await expect(sent('', { importId })).rejects.toMatchObject({ code: 'IMPORT_ID_INVALID' });
  });

  it('keeps a batch below what a store takes in one append', async () => {
    const identifiers = Array.from({ length: 16 }, (_, i) => ({ country: 'ES', scheme: 'dni', value: dni(i) }));
    const familyNames = Array.from({ length: 8 }, (_, i) => `Name${String.fromCharCode(98 + i)}`);
    await sent(lines(Array.from({ length: 600 }, (_, i) => row(i, { identifiers, familyNames }))));
    for (const batch of await batches()) expect(JSON.stringify(batch).length).toBeLessThan(600_000);
  });

  it('gives other work its turn', async () => {
    let longest = 0;
    let last = performance.now();
    const ticking = setInterval(() => {
      longest = Math.max(longest, performance.now() - last);
      last = performance.now();
    }, 1);
    await sent(lines(rows(3_000)));
    clearInterval(ticking);
    expect(longest).toBeLessThan(150);
  });
});

function dni(n: number): string {
  const digits = String(10_000_000 + n);
  return digits + 'TRWAGMYFPDXBNJZSQVHLCKE'[Number(digits) % 23];
}
