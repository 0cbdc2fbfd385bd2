import TinyQueue from 'tinyqueue';
import type { Fact, RecordedEvent } from '../event-sourcing/message.js';
import type { Outage, Process } from '../event-sourcing/process.js';

/** A command as a process sends it. */
export interface Sent {
  readonly type: string;
  readonly data: object;
}

type AnyProcess = Process<unknown, Fact, Sent>;

/** One instance of a process. */
interface Instance {
  readonly process: AnyProcess;
  readonly key: string;
  state: unknown;
  /** When it wants to be asked again, epoch ms; `undefined` for never. */
  wakeAt: number | undefined;
  /** Since when it has been waiting to be asked, epoch ms: 0 for one that an event has touched, `undefined` for one that is not. */
  dueSince: number | undefined;
  isOver: boolean;
}

interface Follower {
  readonly process: AnyProcess;
  readonly instances: Map<string, Instance>;
  /** Those to be asked now. */
  due: Instance[];
}

interface Wake {
  readonly at: number;
  readonly follower: Follower;
  readonly instance: Instance;
}

const NO_OUTAGES: readonly Outage[] = [];
/** What a process may owe again and again, until something is wrong with it. */
const PATIENCE = 100;
const TOUCHED = 0;

/**
 * The process managers of the service at work under a virtual time: they follow each event, and what they owe is sent when it
 * is due, at the very millisecond. At one moment the processes take turns in the order in which they were given, and each asks
 * its instances as the service does: the longest due first, and of those due at one moment in the order of their keys.
 */
export class ProcessTimers {
  private readonly followers: readonly Follower[];
  private readonly byType = new Map<string, Follower[]>();
  private readonly wakes = new TinyQueue<Wake>([], (one, other) => one.at - other.at);
  private dueNow = 0;

  /** @param sortedAs what stands for a key where keys are put in order */
  constructor(
    processes: readonly unknown[],
    private readonly sortedAs: (key: string) => string = (key) => key,
  ) {
    this.followers = (processes as readonly AnyProcess[]).map((process) => ({ process, instances: new Map(), due: [] }));
    for (const follower of this.followers) {
      for (const type of follower.process.handles) {
        const there = this.byType.get(type);
        if (there === undefined) this.byType.set(type, [follower]);
        else there.push(follower);
      }
    }
  }

  follow(event: RecordedEvent): void {
    for (const follower of this.byType.get(event.type) ?? []) {
      const { process, instances } = follower;
      const key = process.key(event as never);
      const known = instances.get(key);
      const state = process.evolve(known?.state, event as never);
      if (state === undefined) {
        if (known === undefined) continue;
        known.isOver = true;
        instances.delete(key);
        continue;
      }
      const instance = known ?? { process, key, state, wakeAt: undefined, dueSince: undefined, isOver: false };
      instance.state = state;
      if (known === undefined) instances.set(key, instance);
      this.isDue(follower, instance, TOUCHED);
    }
  }

  /** When something is due next, epoch ms; `Infinity` for never. What was touched is due now. */
  get next(): number {
    for (let wake = this.wakes.peek(); wake !== undefined; wake = this.wakes.peek()) {
      if (!wake.instance.isOver && wake.instance.wakeAt === wake.at) return wake.at;
      this.wakes.pop();
    }
    return Infinity;
  }

  /** Sends what is owed at `now` (epoch ms), and what comes of that, until nothing is. */
  send(now: number, carryOut: (command: Sent) => void): void {
    for (let round = 0; round < PATIENCE; round++) {
      while (this.next <= now) {
        const { at, follower, instance } = this.wakes.pop() as Wake;
        this.isDue(follower, instance, at);
      }
      if (this.dueNow === 0) return;
      for (const follower of this.followers) this.takeTurn(follower, now, carryOut);
    }
    const [first] = this.followers.flatMap(({ due }) => due);
    throw new Error(`what is owed is never done: ${first?.process.name ?? ''} ${first?.key ?? ''}`);
  }

  private isDue(follower: Follower, instance: Instance, since: number): void {
    if (instance.dueSince === undefined) {
      follower.due.push(instance);
      this.dueNow += 1;
    }
    instance.dueSince = since;
  }

  private takeTurn(follower: Follower, now: number, carryOut: (command: Sent) => void): void {
    for (let look = 0; follower.due.length > 0 && look < PATIENCE; look++) {
      const { due } = follower;
      follower.due = [];
      this.dueNow -= due.length;
      if (due.length > 1) this.putInOrder(due);
      for (const instance of due) {
        instance.dueSince = undefined;
        if (!instance.isOver) this.ask(follower, instance, now, carryOut);
      }
    }
  }

  private putInOrder(due: Instance[]): void {
    const places = due.map((instance) => ({ instance, since: instance.dueSince ?? TOUCHED, key: this.sortedAs(instance.key) }));
    places.sort((one, other) => one.since - other.since || (one.key < other.key ? -1 : 1));
    for (const [place, { instance }] of places.entries()) due[place] = instance;
  }

  private ask(follower: Follower, instance: Instance, now: number, carryOut: (command: Sent) => void): void {
    const { commands, wakeAt } = instance.process.owed(instance.state, { now, outages: NO_OUTAGES });
    for (const command of commands) carryOut(command);
    if (instance.wakeAt === wakeAt && commands.length === 0) return;
    instance.wakeAt = wakeAt;
    if (wakeAt !== undefined && !instance.isOver) this.wakes.push({ at: wakeAt, follower, instance });
  }
}
