import type { Cause, Fact } from '../../src/event-sourcing/message.js';
import { DomainError, type Decider } from '../../src/event-sourcing/decider.js';
import type { EventStore } from '../../src/event-sourcing/event-store.js';
import { MemoryEventStore } from '../../src/event-sourcing/memory.event-store.js';

/** The smallest aggregate that has a limit: what the kernel's tests are written in. */
export type Counted = Fact<'Counted', { readonly tag: string; readonly seen: number }>;

export interface Count {
  total: number;
  readonly tags: Set<string>;
}

export interface CountUp {
  readonly tag: string;
  readonly times?: number;
}

export const LIMIT = 1_000_000;

export const counter: Decider<Count, CountUp, Counted> = {
  name: 'counter',
  version: 1,
  initial: () => ({ total: 0, tags: new Set() }),
  evolve: (state, event) => {
    state.total += 1;
    state.tags.add(event.data.tag);
    return state;
  },
  /** A tag counts once; the event tells which total the decision was made on. */
  decide: (state, { tag, times = 1 }) => {
    if (tag === 'forbidden') throw new DomainError('FORBIDDEN', 'this tag is not counted');
    if (state.tags.has(tag)) return [];
    return Array.from({ length: times }, (_, i) => ({ type: 'Counted', data: { tag, seen: state.total + i } }) as const);
  },
};

export const byTest: Cause = { correlationId: 'c-1', causationId: 'r-1', actor: 'test' };

/** A store that behaves as told before or after what the real one does. */
export class ScriptedStore extends MemoryEventStore {
  readonly calls: string[] = [];
  /** Called instead of an append, with the real one at hand. */
  onAppend: (append: EventStore['append'], ...args: Parameters<EventStore['append']>) => ReturnType<EventStore['append']> = (
    append,
    ...args
  ) => append(...args);
  onRead: (read: EventStore['readStream'], ...args: Parameters<EventStore['readStream']>) => ReturnType<EventStore['readStream']> = (
    read,
    ...args
  ) => read(...args);

  override append(...args: Parameters<EventStore['append']>): ReturnType<EventStore['append']> {
    this.calls.push('append');
    return this.onAppend(super.append.bind(this), ...args);
  }

  override readStream(...args: Parameters<EventStore['readStream']>): ReturnType<EventStore['readStream']> {
    this.calls.push('read');
    return this.onRead(super.readStream.bind(this), ...args);
  }

  countOf(call: string): number {
    return this.calls.filter((name) => name === call).length;
  }
}

/** Writes events as another process would: past everything that this one holds in memory. */
export async function writeElsewhere(store: EventStore, stream: string, tags: readonly string[], from: number): Promise<void> {
  const events = tags.map((tag, i) => ({
    id: crypto.randomUUID(),
    type: 'Counted',
    schemaVersion: 1,
    recordedAt: new Date(0).toISOString(),
    cause: byTest,
    data: { tag, seen: from + i },
  }));
  await MemoryEventStore.prototype.append.call(store, stream, from - 1, events);
}
