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
  isOver: boolean;
}

interface Wake {
  readonly at: number;
  readonly instance: Instance;
}

const NO_OUTAGES: readonly Outage[] = [];
/** What a process may owe again and again, until something is wrong with it. */
const PATIENCE = 100;

/**
 * The process managers of the service at work under a virtual time: they follow each event, and what they owe is sent when it
 * is due, at the very millisecond.
 */
export class ProcessTimers {
  private readonly followers = new Map<string, { readonly process: AnyProcess; readonly instances: Map<string, Instance> }[]>();
  private readonly wakes = new TinyQueue<Wake>([], (one, other) => one.at - other.at);
  private touched: Instance[] = [];

  constructor(processes: readonly unknown[]) {
    for (const process of processes as readonly AnyProcess[]) {
      const follower = { process, instances: new Map<string, Instance>() };
      for (const type of process.handles) {
        const there = this.followers.get(type);
        if (there === undefined) this.followers.set(type, [follower]);
        else there.push(follower);
      }
    }
  }

  follow(event: RecordedEvent): void {
    for (const { process, instances } of this.followers.get(event.type) ?? []) {
      const key = process.key(event as never);
      const known = instances.get(key);
      const state = process.evolve(known?.state, event as never);
      if (state === undefined) {
        if (known === undefined) continue;
        known.isOver = true;
        instances.delete(key);
        continue;
      }
      const instance = known ?? { process, key, state, wakeAt: undefined, isOver: false };
      instance.state = state;
      if (known === undefined) instances.set(key, instance);
      this.touched.push(instance);
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
      while (this.next <= now) this.touched.push((this.wakes.pop() as Wake).instance);
      if (this.touched.length === 0) return;
      const due = this.touched;
      this.touched = [];
      for (const instance of due) if (!instance.isOver) this.ask(instance, now, carryOut);
    }
    throw new Error(`what is owed is never done: ${this.touched.map(({ process, key }) => `${process.name} ${key}`).join(', ')}`);
  }

  private ask(instance: Instance, now: number, carryOut: (command: Sent) => void): void {
    const { commands, wakeAt } = instance.process.owed(instance.state, { now, outages: NO_OUTAGES });
    for (const command of commands) carryOut(command);
    if (instance.wakeAt === wakeAt && commands.length === 0) return;
    instance.wakeAt = wakeAt;
    if (wakeAt !== undefined && !instance.isOver) this.wakes.push({ at: wakeAt, instance });
  }
}
