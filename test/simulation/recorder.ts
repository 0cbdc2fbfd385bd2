import type { NewEvent } from '../../src/event-sourcing/message.js';
import type { Ask, Reply } from './front-door.js';
import type { EventStore } from '../../src/event-sourcing/event-store.js';

/** A reply that left a replica, whether anybody received it or not. */
export interface Left {
  readonly ask: Ask;
  readonly status: number;
  readonly body: Readonly<Record<string, unknown>>;
  /** As it went out. */
  readonly text: string;
  /** When the first request with its key came in, when this one did, and when the reply went out, in the order of all that did. */
  readonly firstSent: number;
  readonly arrived: number;
  readonly order: number;
  /** Position of the log's last event when it left. */
  position: number;
}

/** A run of the program, as far as it matters here. */
export interface Running {
  /** Names it in the log. */
  readonly process: string;
}

/** What one run of the program turned down, and how it ended. */
export interface Run {
  readonly program: Running;
  /** By partner, command and code. */
  readonly refused: Map<string, number>;
  /** Not killed; `undefined` while it runs. */
  endedCleanly: boolean | undefined;
}

/** Refused because the service could not, not because a rule said no: none of these is to be reported. */
const NOT_REFUSALS = new Set(['COMMAND_IN_FLIGHT', 'REGISTER_BEHIND', 'OUTCOME_UNKNOWN', 'CLOCK_UNTRUSTED']);
const SERVER_SIDE = new Set(['NOT_READY', 'STORE_UNAVAILABLE', 'CONCURRENCY_EXHAUSTED', 'INTERNAL_ERROR']);
const OF_PARTNERS: Partial<Record<Ask['route'], string>> = {
  open: 'POST /v1/leads',
  check: 'POST /v1/membership-checks',
  askConsent: 'POST /v1/leads/:leadId/consent',
  withdraw: 'POST /v1/leads/:leadId/withdrawal',
  create: 'POST /v1/customers',
};

/** Writes down what can be seen from outside, in the order in which it happened. */
export class Recorder {
  readonly replies: Left[] = [];
  readonly runs = new Map<Running, Run>();
  readonly requests: { readonly ask: Ask; readonly order: number }[] = [];
  private readonly arrivals = new Map<string, number>();
  private readonly firstOfKey = new Map<string, number>();
  private order = 0;
  /** Of the commands under way, by run of the program and key: the ids that were sent first, by stream and revision. */
  private readonly appends = new Map<string, Map<string, string>>();
  /** What was tried again with other ids. */
  readonly changedAppends: string[] = [];

  constructor(private readonly log: Pick<EventStore, 'end'>) {}

  began(program: Running): void {
    this.runs.set(program, { program, refused: new Map(), endedCleanly: undefined });
  }

  ended(program: Running, cleanly: boolean): void {
    this.of(program).endedCleanly = cleanly;
  }

  sent(program: string, stream: string, expectedRevision: number, events: readonly NewEvent[]): void {
    const { causationId, actor } = events[0]!.cause;
    // What has been given up is sent again by a process, and by whoever reports refusals; a client's request is one command.
    if (actor.startsWith('process:') || stream.startsWith('refusals-')) return;
    const command = `${program} ${causationId.split('/', 1)[0]}`;
    const sent = this.appends.get(command) ?? new Map<string, string>();
    this.appends.set(command, sent);
    const attempt = `${causationId} ${stream}@${expectedRevision}`;
    const ids = events.map(({ id }) => id).join();
    const known = sent.get(attempt);
    if (known === undefined) sent.set(attempt, ids);
    else if (known !== ids) this.changedAppends.push(`${program} ${attempt}`);
  }

  /** All requests with the key have been answered there: a repetition that finds something left to do decides it for itself. */
  decided(program: string, key: string): void {
    this.appends.delete(`${program} ${key}`);
  }

  arrived(ask: Ask): void {
    this.order += 1;
    this.requests.push({ ask, order: this.order });
    this.arrivals.set(ask.id, this.order);
    if (!this.firstOfKey.has(ask.key)) this.firstOfKey.set(ask.key, this.order);
  }

  /** When a request came in; `undefined` for one that never did. */
  arrivalOf(id: string): number | undefined {
    return this.arrivals.get(id);
  }

  left(ask: Ask, { status, body: text }: Reply): void {
    const body = JSON.parse(text) as Left['body'];
    this.order += 1;
    const arrived = this.arrivals.get(ask.id) ?? 0;
    const left: Left = { ask, status, body, text, firstSent: this.firstOfKey.get(ask.key) ?? 0, arrived, order: this.order, position: -1 };
    this.replies.push(left);
    // Its value is that of now; only it can be had no sooner.
    void this.log.end().then((end) => (left.position = end));
  }

  /** A rule, or the machine, turned a request down; the reply has not left yet. */
  refused(program: Running, { route, client }: Ask, code: string): void {
    const command = OF_PARTNERS[route];
    if (command === undefined || client.partnerId === undefined || NOT_REFUSALS.has(code) || SERVER_SIDE.has(code)) return;
    const { refused } = this.of(program);
    const kind = `${client.partnerId} ${command} ${code}`;
    refused.set(kind, (refused.get(kind) ?? 0) + 1);
  }

  private of(program: Running): Run {
    const run = this.runs.get(program);
    if (run === undefined) throw new Error('a program that nobody started');
    return run;
  }
}
