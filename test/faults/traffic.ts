import { setTimeout as sleep } from 'node:timers/promises';
import { ApiProblem, type ApiClient } from '../../src/cli/oauth-client.js';
import { person } from '../end-to-end/persons.js';

export type Kind = 'open' | 'check' | 'create';

/** One command as a client knows it: what it sent, and what it was told. */
export interface Sent {
  readonly kind: Kind;
  readonly n: number;
  readonly path: string;
  readonly body: object;
  readonly key: string;
  /** The reply's bytes, if one came. */
  text?: string;
  reply?: { readonly leadId: string; readonly answer?: string };
  /** Otherwise the problem's code, or none where the connection was lost. */
  code?: string;
}

const PATHS = { open: '/v1/leads', check: '/v1/membership-checks', create: '/v1/customers' } as const;

/** Persons that there are (test/end-to-end/persons.ts). */
const PERSONS = 9_990;

/** How long a client waits after something that was not a success, ms: neither a busy loop nor a long silence. */
const PAUSE = 40;

/** What clients sent and were told, recorded by them, outside of the service. */
export class Traffic {
  readonly sent: Sent[] = [];
  /** The same for requests that a rule refuses. */
  readonly refusals = { sent: 0, received: 0 };
  readonly problems = new Map<string, number>();
  private next = 10;

  command(kind: Kind, n: number, leadId?: string): Sent {
    const whole = person(n);
    const { country, scheme, value } = whole;
    const body = {
      open: { person: { country, scheme, value }, purpose: 'onboarding', agent: 'agent-1' },
      check: { leadId, person: whole },
      create: { leadId, person: whole, contact: { email: 'a@example.org' } },
    }[kind];
    return { kind, n, path: PATHS[kind], body, key: `${kind}-${n}` };
  }

  person(): number {
    return this.next++;
  }

  get acknowledged(): readonly Sent[] {
    return this.sent.filter(({ text }) => text !== undefined);
  }

  /** Those of which the clients do not know whether they took effect. */
  get unknown(): readonly Sent[] {
    return this.sent.filter(({ text, code }) => text === undefined && (code === undefined || code === 'OUTCOME_UNKNOWN'));
  }

  /** @returns what was told, undefined unless it was a success; never rejects */
  async send(client: ApiClient, command: Sent): Promise<Sent['reply']> {
    this.sent.push(command);
    return this.deliver(client, command);
  }

  /** Sends what was sent before once more, as it was. */
  repeat(client: ApiClient, command: Sent): Promise<Sent['reply']> {
    return this.deliver(client, command);
  }

  private async deliver(client: ApiClient, command: Sent): Promise<Sent['reply']> {
    const headers = { 'content-type': 'application/json', 'idempotency-key': command.key };
    try {
      const response = await client.request(command.path, { method: 'POST', headers, body: JSON.stringify(command.body) });
      const text = await response.text();
      command.text = text;
      const reply = JSON.parse(text) as { leadId?: string; answer?: string };
      command.reply = {
        leadId: (command.body as { leadId?: string }).leadId ?? reply.leadId ?? '',
        ...(reply.answer && { answer: reply.answer }),
      };
      return command.reply;
    } catch (error) {
      const code = error instanceof ApiProblem ? error.code : 'NO_REPLY';
      if (error instanceof ApiProblem) {
        command.code = error.code;
        if (error.status < 500 && error.code !== 'COMMAND_IN_FLIGHT') this.countRefusal();
      }
      this.problems.set(code, (this.problems.get(code) ?? 0) + 1);
      return undefined;
    }
  }

  /** An honest flow: open, check, create. @returns whether all of it was acknowledged */
  async flow(client: ApiClient): Promise<boolean> {
    const n = this.person();
    const lead = await this.send(client, this.command('open', n));
    const answer = lead && (await this.send(client, this.command('check', n, lead.leadId)));
    if (!lead || !answer) return false;
    return answer.answer === 'yes' || (await this.send(client, this.command('create', n, lead.leadId))) !== undefined;
  }

  /** A refusal by a rule, which has to be on record as well. */
  private countRefusal(): void {
    this.refusals.sent += 1;
    this.refusals.received += 1;
  }

  /** One request that is refused because nothing is left. */
  async refused(client: ApiClient): Promise<void> {
    this.refusals.sent += 1;
    const { path, body } = this.command('open', 9_999);
    await client.post(path, body).catch((error: unknown) => {
      if (error instanceof ApiProblem && error.code === 'ALLOWANCE_SPENT') this.refusals.received += 1;
    });
  }

  /** Flows side by side and refusals beside them, until told to stop. */
  start(client: ApiClient, refused: ApiClient | undefined, lanes: number): { stop(): Promise<void> } {
    const stop = new AbortController();
    const { signal } = stop;
    const lane = async (): Promise<void> => {
      while (!signal.aborted && this.next < PERSONS) if (!(await this.flow(client))) await sleep(PAUSE);
    };
    const refusals = async (): Promise<void> => {
      for (; !signal.aborted; await sleep(PAUSE)) if (refused) await this.refused(refused);
    };
    const all = Promise.all([...Array.from({ length: lanes }, lane), refusals()]);
    return {
      stop: async () => {
        stop.abort();
        await all;
      },
    };
  }
}
