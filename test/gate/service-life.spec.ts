import { mkdirSync } from 'node:fs';
import type { Config } from '../../src/config.js';
import { VirtualClock } from '../../src/event-sourcing/clock.js';
import { CommandHandling } from '../../src/event-sourcing/handle-command.js';
import { StartPatience } from '../../src/event-sourcing.patience.js';
import { MemoryEventStore } from '../../src/event-sourcing/memory.event-store.js';
import type { Outage } from '../../src/event-sourcing/process.js';
import { gate, GATE_STREAM, type GateCommand } from '../../src/modules/gate/gate.js';
import type { ServiceStarted } from '../../src/modules/gate/gate.events.js';
import { ServiceLife } from '../../src/modules/gate/service-life.js';
import { temporaryDirectory } from '../support/temporary-directory.js';

const LEASE = 15_000;
const NOON = Date.parse('2026-01-02T12:00:00.000Z');

describe('a service of several replicas on one log', () => {
  let store: MemoryEventStore;
  let clock: VirtualClock;
  const directory = temporaryDirectory('replicas');
  beforeEach(() => {
    store = new MemoryEventStore();
    clock = new VirtualClock(NOON);
  });

  /** A process on the data directory of this name, as its modules are made; `begin` is for the test. */
  async function made(replica: string, at: { now(): number } = clock): Promise<ServiceLife> {
    const dataDir = `${directory()}/${replica}`;
    mkdirSync(dataDir, { recursive: true });
    const config = { dataDir, dutyLease: LEASE, eventStoreDb: {} } as Config;
    const life = new ServiceLife(new CommandHandling(store, at), at, config, store, new StartPatience(config, { warn: () => undefined }));
    await life.onModuleInit();
    return life;
  }

  async function begun(replica: string): Promise<ServiceLife> {
    const life = await made(replica);
    await life.begin();
    return life;
  }

  /** What the holder of the duty writes all the time. */
  async function signOfLife(at = clock.now()): Promise<void> {
    const { length } = await store.readStream('duty-processes');
    const recordedAt = new Date(at).toISOString();
    const cause = { correlationId: '', causationId: '', actor: '' };
    const event = { id: crypto.randomUUID(), type: 'DutyRenewed', schemaVersion: 1, recordedAt, cause, data: {} };
    await store.append('duty-processes', length - 1, [event]);
  }

  /** The operator's word for the clock, through a process that waits for it. */
  async function trusted(): Promise<void> {
    const cause = { correlationId: '', causationId: '', actor: 'operator' };
    const at = new Date(clock.now()).toISOString();
    const data = { by: 'operator', reason: 'clock-is-right', jump: 3_600_000, at } as const;
    await new CommandHandling(store, clock).handle(gate, GATE_STREAM, cause, (): GateCommand => ({ type: 'TrustClock', data }));
  }

  const starts = async (): Promise<ServiceStarted['data'][]> =>
    (await store.readStream('gate')).filter(({ type }) => type === 'ServiceStarted').map(({ data }) => data as ServiceStarted['data']);
  const outages = async (): Promise<Outage[]> => (await starts()).flatMap(({ outage }) => (outage ? [outage] : []));

  it('was not down while one of them was restarted', async () => {
    await begun('a');
    await begun('b');
    for (let i = 0; i < 100; i++) {
      clock.advance(5_000);
      await signOfLife();
    }
    clock.advance(4_000);
    await begun('b');
    expect(await outages()).toEqual([]);
  });

  it('was not down while one of them took long to start', async () => {
    await begun('a');
    const slow = await made('b');
    for (let i = 0; i < 100; i++) {
      clock.advance(5_000);
      await signOfLife();
    }
    clock.advance(1_000);
    await slow.begin();
    expect(await outages()).toEqual([]);
  });

  it('was down until one of them began, however long that took and whatever was written meanwhile', async () => {
    await (await begun('a')).end();
    const slow = await made('b');
    clock.advance(3_600_000);
    await trusted();
    clock.advance(1_000);
    await slow.begin();
    expect(await outages()).toEqual([{ from: new Date(NOON).toISOString(), until: new Date(NOON + 3_601_000).toISOString() }]);
  });

  it('was not down while the duty of a killed one was taken over', async () => {
    await begun('a');
    await begun('b');
    clock.advance(LEASE + 5_000);
    await begun('a');
    expect(await outages()).toEqual([]);
  });

  it('was down, once, when all were, also where all start at the same time', async () => {
    for (const life of [await begun('a'), await begun('b')]) await life.end();
    clock.advance(1_000);
    await signOfLife();
    clock.advance(3_600_000);
    const [a, b] = [await made('a'), await made('b')];
    await Promise.all([a.begin(), b.begin()]);
    const down = { from: new Date(NOON + 1_000).toISOString(), until: new Date(NOON + 3_601_000).toISOString() };
    expect(await outages()).toEqual([down]);
    expect(a.outages).toEqual([down]);
    expect(b.outages).toEqual([down]);
  });

  it('was not down where another one’s clock is ahead of this one’s', async () => {
    await begun('a');
    clock.advance(3_600_000);
    await signOfLife(clock.now() + 3_000);
    await begun('b');
    expect(await outages()).toEqual([]);
  });

  it('says of each whether the process before it on the same directory was killed', async () => {
    const [a, b] = [await begun('a'), await begun('b')];
    await b.end();
    await begun('b');
    await begun('a');
    const said = (await starts()).map(({ previous, previousEndedCleanly }) => [previous, previousEndedCleanly]);
    expect(said).toEqual([
      [undefined, true],
      [undefined, true],
      [b.process, true],
      [a.process, false],
    ]);
  });
});
