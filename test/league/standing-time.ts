import { Subscriptions } from '../../src/event-sourcing.subscriptions.js';
import type { RunningProcess } from '../../src/event-sourcing/run-process.js';
import { SIMULATED_PROCESSES } from '../../src/simulation/simulated-service.js';
import type { World } from '../simulation/world.js';
import type { Service } from '../two-worlds/service.js';

/** Looks that a process may take in one turn until something is wrong with it. */
const PATIENCE = 10_000;
const WAIT_MS = 60_000;

interface Inside {
  readonly name: string;
  readonly subscription: RunningProcess['subscription'];
  readonly sending: ReadonlyMap<string, unknown>;
  readonly instances: {
    due(now: number, monotonic: number, limit: number): readonly unknown[];
    untilNext(now: number, monotonic: number): number;
  };
  options: { maySend?: () => boolean };
  readonly wake: () => void;
}

/**
 * The wall clock of a service stands still while anything is under way, and goes on at once from one moment at which something is
 * due to the next. At one moment the processes take turns; which one is first the service leaves to chance, so that any order is
 * one that it may have.
 */
export class StandingTime {
  private turn = '';
  private readonly processes: readonly Inside[];
  private readonly store: { end(): Promise<number> };

  constructor(
    private readonly world: World & { time: number },
    service: Service,
  ) {
    this.store = world.log;
    const all = (service.get(Subscriptions) as unknown as { readonly processes: readonly Inside[] }).processes;
    this.processes = SIMULATED_PROCESSES.map(({ name }) => {
      const found = all.find((process) => process.name === name);
      if (found === undefined) throw new Error(`the service has no process ${name}`);
      return found;
    });
    for (const process of all) {
      const { maySend = () => true } = process.options;
      process.options = { ...process.options, maySend: () => maySend() && this.turn === process.name };
    }
  }

  /** @param at epoch ms, not before now */
  async comeTo(at: number): Promise<void> {
    for (let due = this.nextDue(); due <= at; due = this.nextDue()) {
      this.world.time = due;
      await this.rest();
    }
    this.world.time = at;
  }

  /** Until nothing is owed at this moment. */
  async rest(): Promise<void> {
    for (let before = -2; before !== (await this.store.end());) {
      before = await this.store.end();
      for (const process of this.processes) await this.takeTurn(process);
    }
  }

  private async takeTurn(process: Inside): Promise<void> {
    for (let look = 0; look < PATIENCE; look++) {
      await process.subscription.waitFor(await this.store.end(), WAIT_MS);
      const isIdle = process.sending.size === 0;
      if (isIdle && process.instances.due(this.world.now(), performance.now(), 1).length === 0) break;
      this.turn = process.name;
      process.wake();
      await pause(1);
    }
    this.turn = '';
  }

  private nextDue(): number {
    const now = this.world.now();
    return now + Math.min(...this.processes.map(({ instances }) => instances.untilNext(now, Number.MAX_SAFE_INTEGER)));
  }
}

function pause(milliseconds: number): Promise<void> {
  return new Promise((resolve) => setTimeout(resolve, milliseconds));
}
