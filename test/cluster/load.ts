import { setTimeout as sleep } from 'node:timers/promises';
import { ApiProblem } from '../../src/cli/oauth-client.js';
import { person } from '../end-to-end/persons.js';
import type { Chance } from '../simulation/chance.js';
import type { Replica } from './replica.js';

export type Kind = 'open' | 'check' | 'create' | 'confirm';

/** A command as its client knows it. The first reply stays: every later one to the same key is held against it. */
export interface Sent {
  readonly kind: Kind;
  readonly client: string;
  readonly path: string;
  readonly body: object;
  readonly key: string;
  /** Of the lead that it is about, once it is known. */
  leadId?: string;
  status?: number;
  text?: string;
  refusal?: string;
}

export interface Party {
  readonly owner: string;
  readonly partner: string;
}

/** Milliseconds after which a client believes in a reply no more. */
const PATIENCE = 20_000;

/** Milliseconds in which a command has to get a definite outcome, whatever is struck meanwhile. */
const LIMIT = 240_000;

/** Of statuses that say "not now" or "not known"; the same command again is what they ask for. */
const AGAIN: readonly string[] = [
  'COMMAND_IN_FLIGHT',
  'TOO_MANY_REQUESTS',
  'TOKEN_INVALID',
  'REQUEST_TIMEOUT',
  'INTERNAL_ERROR',
  'NO_REPLY',
];

interface Waiting {
  readonly door: Replica;
  readonly since: number;
  seen(): void;
}

/** Clients of several owners' partners at two doors, each driving its commands to a known outcome and repeating some of them. */
export class Load {
  readonly sent: Sent[] = [];
  /** Replies that were not the first one's bytes. */
  readonly differing: string[] = [];
  /** How often each problem was the answer. */
  readonly problems = new Map<string, number>();
  repeated = 0;
  private readonly persons = new Map<string, number>();
  private waiting: Waiting[] = [];
  private stopped = false;
  private lanes: Promise<unknown> = Promise.resolve();

  constructor(
    private readonly doors: readonly [Replica, Replica],
    private readonly chance: Chance,
  ) {}

  get acknowledged(): readonly Sent[] {
    return this.sent.filter(({ text }) => text !== undefined);
  }

  start(parties: readonly Party[], lanes: number): void {
    this.stopped = false;
    const all = parties.flatMap((party) =>
      Array.from({ length: lanes }, (_, n) => this.lane(party, this.chance.of(`${party.partner} ${n}`))),
    );
    this.lanes = Promise.all(all);
  }

  /** Resolves when all that was begun has an outcome. */
  async stop(): Promise<void> {
    this.stopped = true;
    await this.lanes;
  }

  /** The time, ms, until a request that was sent from now on to this door was a success. */
  async success(door: Replica, limit: number): Promise<number> {
    const since = performance.now();
    let timer: NodeJS.Timeout | undefined;
    await Promise.race([
      new Promise<void>((seen) => this.waiting.push({ door, since, seen })),
      new Promise<never>((_, failed) => {
        timer = setTimeout(() => failed(new Error(`no success at replica ${door.name} within ${limit} ms`)), limit);
      }),
    ]);
    clearTimeout(timer);
    return performance.now() - since;
  }

  /** The command, again and again at either door, until something definite is said. @returns whether that was a success */
  async settle(command: Sent, chance: Chance): Promise<boolean> {
    this.sent.push(command);
    for (const until = performance.now() + LIMIT; performance.now() < until;) {
      const first = chance.pick(this.doors);
      const other = this.other(first);
      await Promise.all((chance.happens(0.1) ? [first, other] : [first]).map((door) => this.deliver(command, door)));
      if (command.text !== undefined || command.refusal !== undefined) break;
      await sleep(chance.between(50, 300));
    }
    if (command.text !== undefined && chance.happens(0.2)) await this.deliver(command, chance.pick(this.doors));
    return command.text !== undefined;
  }

  /** @returns whether there was a reply that counts */
  async deliver(command: Sent, door: Replica): Promise<boolean> {
    const began = performance.now();
    const headers = { 'content-type': 'application/json', 'idempotency-key': command.key };
    const init = { method: 'POST', headers, body: JSON.stringify(command.body), signal: AbortSignal.timeout(PATIENCE) };
    try {
      const response = await door.as(command.client).request(command.path, init);
      const text = await response.text();
      this.took(command, text, response.status);
      this.tell(door, began);
      return true;
    } catch (error) {
      const code = error instanceof ApiProblem ? error.code : 'NO_REPLY';
      this.problems.set(code, (this.problems.get(code) ?? 0) + 1);
      if (error instanceof ApiProblem && error.status !== 503 && !AGAIN.includes(code)) {
        if (command.text !== undefined) this.differing.push(`${command.kind} ${command.key}: ${command.text}, then ${code}`);
        else command.refusal = code;
      }
      return false;
    }
  }

  person(owner: string): number {
    const n = this.persons.get(owner) ?? 10;
    this.persons.set(owner, n + 1);
    return n % 9_990;
  }

  private tell(door: Replica, began: number): void {
    const told = this.waiting.filter((each) => each.door === door && each.since <= began);
    this.waiting = this.waiting.filter((each) => !told.includes(each));
    for (const each of told) each.seen();
  }

  private took(command: Sent, text: string, status: number): void {
    if (command.text === undefined) {
      command.text = text;
      command.status = status;
      const said = JSON.parse(text) as { leadId?: string };
      command.leadId ??= said.leadId ?? '';
    } else {
      this.repeated += 1;
      if (command.text !== text) this.differing.push(`${command.kind} ${command.key}: ${command.text}, then ${text}`);
    }
  }

  private other(door: Replica): Replica {
    return this.doors[0] === door ? this.doors[1] : this.doors[0];
  }

  private async lane(party: Party, chance: Chance): Promise<void> {
    while (!this.stopped) if (!(await this.flow(party, chance))) await sleep(200);
  }

  /** @returns false when the lead could not be opened */
  private async flow({ owner, partner }: Party, chance: Chance): Promise<boolean> {
    const n = this.person(owner);
    const open = opening(partner, owner, n);
    if (!(await this.settle(open, chance))) return false;
    const leadId = open.leadId ?? '';
    const whole = person(n);
    const about = { client: partner, leadId };
    const check: Sent = {
      ...about,
      kind: 'check',
      path: '/v1/membership-checks',
      body: { leadId, person: whole },
      key: `check-${owner}-${n}`,
    };
    if (!(await this.settle(check, chance)) || check.text?.includes('"yes"') === true || chance.happens(0.1)) return true;
    const create: Sent = {
      ...about,
      kind: 'create',
      path: '/v1/customers',
      body: { leadId, person: whole, contact: { email: 'a@example.org' } },
      key: `create-${owner}-${n}`,
    };
    if (!(await this.settle(create, chance)) || chance.happens(0.1)) return true;
    const { customerId } = JSON.parse(create.text ?? '') as { customerId: string };
    const body = { outcome: 'proved', customerNumber: `N-${owner}-${n}`, actedAt: new Date().toISOString() };
    const path = `/v1/customers/${customerId}/confirmation`;
    await this.settle({ kind: 'confirm', client: 'identity', path, body, key: `confirm-${owner}-${n}`, leadId }, chance);
    return true;
  }
}

export function opening(partner: string, owner: string, n: number): Sent {
  const { country, scheme, value } = person(n);
  const body = { person: { country, scheme, value }, purpose: 'onboarding', agent: 'agent-1' };
  return { kind: 'open', client: partner, path: '/v1/leads', body, key: `open-${owner}-${n}` };
}
