import { setTimeout as later } from 'node:timers/promises';
import { ClaimedDuty, type ClaimedDutyOptions, DutyLost } from '../../src/event-sourcing/claimed-duty.js';
import { StoreUnavailable, UnknownOutcome } from '../../src/event-sourcing/event-store.js';
import { CommandHandling } from '../../src/event-sourcing/handle-command.js';
import { MemoryEventStore } from '../../src/event-sourcing/memory.event-store.js';
import type { RecordedEvent } from '../../src/event-sourcing/message.js';
import { ScriptedStore } from './counter.js';

const LEASE = 450;

/** One replica: its own way to the log, and a clock of its own that can be put forward as a frozen machine's is. */
interface Replica {
  readonly duty: ClaimedDuty;
  readonly store: ScriptedStore;
  /** When it began and ceased to hold the duty. */
  readonly told: boolean[];
}

let log: MemoryEventStore;
let replicas: Replica[];
beforeEach(() => {
  log = new MemoryEventStore();
  replicas = [];
});
afterEach(() => Promise.all(replicas.map(({ duty, store }) => (comesBack(store), duty.stop()))));

function replica(options: Partial<ClaimedDutyOptions> = {}): Replica {
  const store = new ScriptedStore();
  comesBack(store);
  const told: boolean[] = [];
  const commands = new CommandHandling(store, { now: () => Date.now() }, undefined, { deadlineMs: 50 });
  const made = {
    store,
    told,
    duty: new ClaimedDuty('work', commands, { lease: LEASE, onChange: (held) => void told.push(held), ...options }),
  };
  replicas.push(made);
  return made;
}

function started(options: Partial<ClaimedDutyOptions> = {}): Replica {
  const made = replica(options);
  made.duty.start();
  return made;
}

function comesBack(store: ScriptedStore): void {
  store.onAppend = (_, ...args) => log.append(...args);
  store.onRead = (_, ...args) => log.readStream(...args);
}

/** As `kill -9` or a network that is gone: nothing comes through any more. */
function isCutOff(store: ScriptedStore): void {
  store.onAppend = () => Promise.reject(new StoreUnavailable('gone'));
  store.onRead = () => Promise.reject(new StoreUnavailable('gone'));
}

async function until(isSo: () => boolean, within: number): Promise<number> {
  const began = performance.now();
  while (!isSo()) {
    if (performance.now() - began > within) throw new Error(`not within ${within} ms`);
    await later(2);
  }
  return performance.now() - began;
}

const written = async (): Promise<readonly RecordedEvent[]> => log.readStream('duty-work', { limit: 1_000 });
const types = async (): Promise<string[]> => (await written()).map(({ type }) => type);

async function takenOverByAnother(): Promise<void> {
  const last = (await written()).at(-1) as RecordedEvent;
  const data = { holder: 'another', term: 2, at: new Date().toISOString() };
  await log.append('duty-work', last.revision, [{ ...last, id: crypto.randomUUID(), type: 'DutyClaimed', data }]);
}

describe('a duty of which there is one', () => {
  it('is taken up at once where nobody has it, and kept', async () => {
    const { duty } = started();
    await until(() => duty.held, 1_000);
    await later(2 * LEASE);
    expect(duty.held).toBe(true);
    expect((await types()).slice(0, 3)).toEqual(['DutyClaimed', 'DutyRenewed', 'DutyRenewed']);
  });

  it('is held by one of many, whoever comes first', async () => {
    const all = Array.from({ length: 5 }, () => started());
    await until(() => all.some(({ duty }) => duty.held), 1_000);
    for (let i = 0; i < 40; i++) {
      expect(all.filter(({ duty }) => duty.held)).toHaveLength(1);
      await later(LEASE / 20);
    }
    expect((await types()).filter((type) => type === 'DutyClaimed')).toHaveLength(1);
  });

  it('is taken over when its holder has been silent for a lease, by one, and never held by two', async () => {
    const first = started();
    await until(() => first.duty.held, 1_000);
    const others = [started(), started(), started()];
    await later(LEASE);
    isCutOff(first.store);
    let most = 0;
    const waited = await until(() => {
      most = Math.max(most, replicas.filter(({ duty }) => duty.held).length);
      return others.some(({ duty }) => duty.held);
    }, 2 * LEASE);
    expect(most).toBe(1);
    expect(first.duty.held).toBe(false);
    expect(waited).toBeGreaterThan(LEASE / 2);
    expect(others.filter(({ duty }) => duty.held)).toHaveLength(1);
    expect((await types()).filter((type) => type === 'DutyClaimed')).toHaveLength(2);
  });

  it('is given up by a holder that could not renew for two thirds of the lease, without asking anybody', async () => {
    const { duty, store, told } = started();
    await until(() => duty.held, 1_000);
    isCutOff(store);
    expect(await until(() => !duty.held, LEASE)).toBeLessThanOrEqual((LEASE * 2) / 3 + 100);
    await until(() => told.length === 2, 50);
    expect(told).toEqual([true, false]);
    comesBack(store);
    await until(() => duty.held, 1_000);
  });

  it('is not held for a moment by a process that was frozen, whose timers are late', async () => {
    let frozenFor = 0;
    const { duty } = started({ monotonic: () => performance.now() + frozenFor });
    await until(() => duty.held, 1_000);
    frozenFor = LEASE;
    expect(duty.held).toBe(false);
  });

  it('is lost at the next renewal by who did not notice that it was taken over', async () => {
    const lease = 1_500;
    const { duty } = started({ lease });
    await until(() => duty.held, 1_000);
    await takenOverByAnother();
    expect(await until(() => !duty.held, lease)).toBeLessThan(lease / 2);
  });

  it('is free at once when its holder lays it down', async () => {
    const first = started();
    await until(() => first.duty.held, 1_000);
    const second = started();
    await later(LEASE / 2);
    await first.duty.stop();
    expect(first.duty.held).toBe(false);
    expect(await until(() => second.duty.held, LEASE)).toBeLessThan(LEASE / 2);
    expect(await types()).toContain('DutyReleased');
  });

  it('is not had by a process that ends without having held it', async () => {
    const first = started();
    await until(() => first.duty.held, 1_000);
    await started().duty.stop();
    expect(await types()).not.toContain('DutyReleased');
    expect(first.duty.held).toBe(true);
  });

  it('is kept through renewals that went unheard, and written once each', async () => {
    const { duty, store } = started();
    await until(() => duty.held, 1_000);
    let lost = 0;
    store.onAppend = async (_, ...args) => {
      const appended = await log.append(...args);
      if (lost++ % 2 === 0) throw new UnknownOutcome('lost');
      return appended;
    };
    for (let i = 0; i < 20; i++) {
      await later(LEASE / 10);
      expect(duty.held).toBe(true);
    }
    const events = await written();
    expect(new Set(events.map(({ id }) => id)).size).toBe(events.length);
    expect(events.length).toBeLessThan(10);
  });

  it('is taken up by a process whose claim went unheard', async () => {
    const { duty, store } = replica();
    store.onAppend = async (_, ...args) => {
      await log.append(...args);
      comesBack(store);
      isCutOff(store);
      throw new UnknownOutcome('lost');
    };
    duty.start();
    await later(80);
    expect(duty.held).toBe(false);
    comesBack(store);
    expect(await until(() => duty.held, 1_000)).toBeLessThan(LEASE - 50);
  });
});

describe('what cannot be done twice', () => {
  it('asks the log right before: a holder that was frozen does not know that another has taken over', async () => {
    const { duty, store } = started();
    await until(() => duty.held, 1_000);
    await duty.confirm();
    isCutOff(store);
    await takenOverByAnother();
    expect(duty.held).toBe(true);
    comesBack(store);
    await expect(duty.confirm()).rejects.toThrow(DutyLost);
    expect(duty.held).toBe(false);
  });

  it('is not done by a process that does not hold the duty', async () => {
    await expect(replica().duty.confirm()).rejects.toThrow(DutyLost);
  });
});
