import type { RecordedEvent } from '../../src/event-sourcing/message.js';

/**
 * What the simulation leaves out on purpose, by the first word of its stream: nothing in it changes who is told what. A stream of
 * another name has to be the same in both logs.
 */
const LEFT_OUT: Readonly<Record<string, string>> = {
  client: 'who may ask for tokens, and their keys',
  duty: 'which replica sends what is owed',
  gate: 'when the service started',
  lock: 'the simulation asks its register for locks',
  message: 'what persons are sent',
  owners: 'the list of owners, for policies',
  partner: 'whose partner a name is, for moves between owners',
  refusals: 'refused commands are compared by what was said to them',
  register: 'the simulation asks its register at once',
};

/** What the simulation has no names for beyond this person, or this lead. */
interface Within {
  readonly person: string;
  readonly lead: string;
}

/** Members whose values are names that one log knows under others than the other: they are to be renamed one to one. */
const NAMES: Readonly<Record<string, 'id of lead' | 'lead stream' | 'customer' | 'number' | 'person key' | 'contact' | keyof Within>> = {
  leadId: 'id of lead',
  claimedByLead: 'id of lead',
  leadStream: 'lead stream',
  customerId: 'customer',
  customerKey: 'number',
  carriedCustomerKey: 'number',
  personKey: 'person key',
  personKeys: 'person key',
  contactKey: 'contact',
  corroborations: 'person',
  sealed: 'lead',
  tried: 'lead',
};

export interface SameLog {
  /** What is not the same, in a line each; empty where nothing is. */
  readonly differences: readonly string[];
  /** Events compared, of the one log. */
  readonly events: number;
  readonly byType: ReadonlyMap<string, number>;
  readonly streams: number;
}

/** Compares two logs stream by stream. Streams are matched by the names that earlier streams have given them. */
export function sameLog(service: readonly RecordedEvent[], simulation: readonly RecordedEvent[]): SameLog {
  return new Comparison(service, simulation).result();
}

class Comparison {
  private readonly differences: string[] = [];
  private readonly names = new Renaming();
  private readonly one: Map<string, RecordedEvent[]>;
  private readonly other: Map<string, RecordedEvent[]>;
  private readonly byType = new Map<string, number>();

  constructor(service: readonly RecordedEvent[], simulation: readonly RecordedEvent[]) {
    this.one = byStream(service);
    this.other = byStream(simulation);
  }

  result(): SameLog {
    const streams = this.one.size;
    // Owners and the pool have names of their own; their events name leads and persons, whose events name the rest.
    this.compareAll(['owner', 'probation'], (stream) => stream);
    this.compareAll(['lead'], (stream) => this.names.of('lead stream', stream));
    this.compareAll(['tries', 'contact', 'claim'], (stream) => {
      const [kind = '', key = ''] = parted(stream);
      const named = this.names.of(kind === 'tries' ? 'person key' : kind === 'contact' ? 'contact' : 'number', key);
      return named && `${kind}-${named}`;
    });
    for (const stream of this.one.keys()) this.differences.push(`only the service has ${stream}`);
    for (const stream of this.other.keys()) this.differences.push(`only the simulation has ${stream}`);
    const events = [...this.byType.values()].reduce((sum, count) => sum + count, 0);
    return { differences: this.differences, events, byType: this.byType, streams };
  }

  private compareAll(kinds: readonly string[], counterpart: (stream: string) => string | undefined): void {
    for (const [stream, events] of [...this.one]) {
      if (!kinds.includes(parted(stream)[0] ?? '')) continue;
      const named = counterpart(stream) ?? '';
      const others = this.other.get(named);
      if (others === undefined) continue;
      this.one.delete(stream);
      this.other.delete(named);
      this.compare(named, events, others);
    }
  }

  private compare(stream: string, events: readonly RecordedEvent[], others: readonly RecordedEvent[]): void {
    for (let n = 0; n < Math.max(events.length, others.length); n++) {
      const [one, other] = [events[n], others[n]];
      const difference = one && other ? this.between(one, other) : `${one?.type ?? 'nothing'} or ${other?.type ?? 'nothing'}`;
      if (difference !== undefined) {
        const when = one?.recordedAt ?? other?.recordedAt ?? '';
        this.differences.push(`${stream} ${n} at ${when}, the service or the simulation: ${difference}`);
        // What follows differs because of it.
        return;
      }
      this.byType.set(one?.type ?? '', (this.byType.get(one?.type ?? '') ?? 0) + 1);
    }
  }

  private between(one: RecordedEvent, other: RecordedEvent): string | undefined {
    if (one.type !== other.type) return `${one.type} or ${other.type}`;
    if (one.recordedAt !== other.recordedAt) return `${one.type} at ${one.recordedAt} or ${other.recordedAt}`;
    const data = asStored(other.data);
    const [person = ''] = (data['personKeys'] as string[] | undefined) ?? [];
    const differs = this.apart(asStored(one.data), data, '', { person, lead: String(data['leadId']) });
    return differs && `${one.type}${differs}`;
  }

  private apart(one: unknown, other: unknown, member: string, within: Within): string | undefined {
    if (isObject(one) && isObject(other)) {
      for (const name of new Set([...Object.keys(one), ...Object.keys(other)])) {
        const differs = this.apart(one[name], other[name], Array.isArray(one) ? member : name, within);
        if (differs !== undefined) return `.${name}${differs}`;
      }
      return undefined;
    }
    const kind = NAMES[member];
    const isSame =
      kind === undefined || typeof one !== 'string' || typeof other !== 'string'
        ? one === other
        : this.names.isSame(kind in within ? `${member} of ${within[kind as keyof Within]}` : kind, one, other);
    return isSame ? undefined : ` ${JSON.stringify(one)} or ${JSON.stringify(other)}`;
  }
}

/** One to one, for each kind of names by itself. */
class Renaming {
  private readonly there = new Map<string, string>();
  private readonly back = new Map<string, string>();

  isSame(kind: string, one: string, other: string): boolean {
    const [to, from] = [`${kind} ${one}`, `${kind} ${other}`];
    if (!this.there.has(to) && !this.back.has(from)) {
      this.there.set(to, other);
      this.back.set(from, one);
    }
    return this.there.get(to) === other && this.back.get(from) === one;
  }

  of(kind: string, one: string): string | undefined {
    return this.there.get(`${kind} ${one}`);
  }
}

function byStream(log: readonly RecordedEvent[]): Map<string, RecordedEvent[]> {
  const streams = new Map<string, RecordedEvent[]>();
  for (const event of log) {
    if ((parted(event.stream)[0] ?? '') in LEFT_OUT) continue;
    const known = streams.get(event.stream);
    if (known === undefined) streams.set(event.stream, [event]);
    else known.push(event);
  }
  return streams;
}

/** The first word of a stream's name, and the rest. */
function parted(stream: string): readonly string[] {
  const dash = stream.indexOf('-');
  return dash === -1 ? [stream] : [stream.slice(0, dash), stream.slice(dash + 1)];
}

function asStored(data: object): Record<string, unknown> {
  return JSON.parse(JSON.stringify(data)) as Record<string, unknown>;
}

function isObject(value: unknown): value is Record<string, unknown> {
  return typeof value === 'object' && value !== null;
}
