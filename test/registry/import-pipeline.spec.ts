import { setImmediate as nextTurn, setTimeout as sleep } from 'node:timers/promises';
import { type EventStore, StoreUnavailable } from '../../src/event-sourcing/event-store.js';
import { CommandHandling } from '../../src/event-sourcing/handle-command.js';
import { MemoryEventStore } from '../../src/event-sourcing/memory.event-store.js';
import { Keyring } from '../../src/modules/persons/keyring.js';
import { generateKeyring } from '../../src/modules/persons/keyring-file.js';
import type { KeyVault } from '../../src/modules/persons/key-vault.js';
import { type ImportProgress, RegisterImport } from '../../src/modules/registry/register-import.js';

const keyring = new Keyring(generateKeyring());
const clock = { now: () => Date.parse('2026-01-31T12:00:00.000Z') };
const cause = { correlationId: 'c', causationId: 'c', actor: 'test' };

const line = (n: number) =>
  Buffer.from(
    `${JSON.stringify({
      customerNumber: `C-${n}`,
      identifiers: [{ country: 'CZ', scheme: 'rc', value: '710319/2745' }],
      familyNames: ['Novák'],
      birthDate: '1971-03-19',
      contact: { email: `c${n}@example.org` },
    })}\n`,
  );

/** A store in memory that lets the test say when, and whether, an append is done. */
class SlowStore extends MemoryEventStore {
  readonly asked: number[] = [];
  private readonly held: (() => void)[] = [];
  holds = true;

  override async append(...args: Parameters<EventStore['append']>): ReturnType<EventStore['append']> {
    const [, expected] = args;
    this.asked.push(expected + 1);
    if (this.holds) await new Promise<void>((resolve) => this.held.push(resolve));
    return this.fails(expected + 1) ? Promise.reject(new StoreUnavailable('the disk is full')) : super.append(...args);
  }

  fails: (revision: number) => boolean = () => false;

  goOn(): void {
    this.holds = false;
    for (const resume of this.held.splice(0)) resume();
  }
}

/** Lets everything happen that waits for nothing but its turn. */
async function quiet(): Promise<void> {
  for (let turn = 0; turn < 500; turn++) await nextTurn();
}

describe('Batches of an import on their way into the log', () => {
  let store: SlowStore;
  let imports: RegisterImport;
  let read: number;
  let sealing: () => Promise<unknown>;
  const sealAll: KeyVault['sealAll'] = async (all) => {
    await sealing();
    return all.map(([subject]) => `sealed for ${subject}`);
  };
  const vault = { sealAll } as Pick<KeyVault, 'sealAll'> as KeyVault;
  beforeEach(() => {
    sealing = async () => {};
    store = new SlowStore();
    imports = new RegisterImport(new CommandHandling(store, clock), keyring, vault, clock);
    read = 0;
  });

  async function* body(rows: number): AsyncGenerator<Uint8Array> {
    for (let n = 1; n <= rows; n++) {
      read = n;
      yield line(n);
    }
  }
  const run = (rows: number) => imports.run({ importId: 'one', onError: 'skip', cause, body: body(rows) });
  async function ended(progress: AsyncGenerator<ImportProgress>): Promise<ImportProgress[]> {
    const reports: ImportProgress[] = [];
    for await (const report of progress) reports.push(report);
    return reports;
  }
  const events = () => store.readStream('register-one');

  it('do not keep the next lines from being read, and only a few of them wait', async () => {
    const all = ended(run(1_000));
    await quiet();
    expect(store.asked).toEqual([0]);
    expect(read).toBe(400);
    store.goOn();
    const reports = await all;
    expect(reports.at(-1)).toEqual({ line: 1_000, accepted: 1_000, rejected: 0, errors: [], finished: true });
    expect(reports.map((report) => report.line)).toEqual([0, 100, 200, 300, 400, 500, 600, 700, 800, 900, 1_000, 1_000]);
  });

  it('are reported when they are in the log, and not before', async () => {
    const progress = run(1_000);
    await progress.next();
    let reported: unknown;
    const next = progress.next().then((report) => (reported = report.value));
    await quiet();
    expect(reported).toBeUndefined();
    store.goOn();
    await next;
    expect(reported).toMatchObject({ line: 100 });
    await ended(progress);
  });

  it('keep their order when the vault takes longer over one than over the next', async () => {
    let batches = 0;
    sealing = () => sleep((batches++ % 2) * -20 + 20);
    store.goOn();
    expect((await ended(run(600))).at(-1)).toMatchObject({ line: 600, accepted: 600, finished: true });
  });

  it('go no further when one before them fails, and are sent again from there', async () => {
    store.fails = (revision) => revision === 1;
    const failing = ended(run(600));
    failing.catch(() => undefined);
    await quiet();
    store.goOn();
    await expect(failing).rejects.toThrow('the disk is full');
    expect(store.asked).toEqual([0, 1]);
    expect(await events()).toHaveLength(1);
    store.fails = () => false;
    const reports = await ended(run(600));
    expect(reports[0]).toMatchObject({ line: 100, accepted: 100 });
    expect(reports.at(-1)).toMatchObject({ line: 600, accepted: 600, finished: true });
  });

  it('keep anybody else from sending the import as long as one of them is on its way, however the attempt ends', async () => {
    const progress = run(600);
    await progress.next();
    const next = progress.next();
    await quiet();
    const left = progress.return(undefined);
    await quiet();
    await expect(ended(run(600))).rejects.toMatchObject({ code: 'IMPORT_RUNNING' });
    store.goOn();
    await next;
    await left;
    expect((await ended(run(600))).at(-1)).toMatchObject({ line: 600, finished: true });
    expect((await events()).map(({ type }) => type)).toEqual([...Array(6).fill('CustomersRegistered'), 'ImportFinished']);
  });
});
