import type { RecordedEvent } from '../../src/event-sourcing/message.js';
import type { AuthenticatedClient } from '../../src/modules/access/roles.js';
import type { DisclosureMode } from '../../src/modules/owners/terms.js';
import type { Secret } from '../../src/modules/persons/secret.js';
import { person } from '../end-to-end/persons.js';
import type { Chance } from './chance.js';
import type { Ask, Reply, RouteName } from './front-door.js';
import type { Replica } from './replica.js';
import type { World } from './world.js';

export const PURPOSE = 'onboarding';
export const AGENTS = ['agent-1', 'agent-2'] as const;
/** Two owners, one with two partners: they are after the same few persons. */
export const PARTNERS = [
  { ownerId: 'acme', partnerId: 'acme-shops' },
  { ownerId: 'acme', partnerId: 'acme-online' },
  { ownerId: 'bolt', partnerId: 'bolt' },
] as const;
const PERSONS = 4;
/** What the bank has issued to each of its customers. */
export const SECRET: Secret = { kind: 'account-last-six', value: '204060' };
/** Where the bank reaches a person, if they are its customer. */
export const contactOf = (n: number): { readonly email: string } => ({ email: `on.file.${n}@example.org` });

const client = (clientId: string, role: AuthenticatedClient['role'], of: object = {}): AuthenticatedClient => ({ clientId, role, ...of });
export const ANALYST = client('ana', 'analyst');
const OPERATOR = client('otto', 'operator');
const IDENTITY = client('identity', 'bank-identity');
const MESSAGES = client('messages', 'bank-messages');

type Ok = Readonly<Record<string, unknown>>;

/** Everybody who talks to the service, each at their own pace, until they are told to stop. */
export class Crowd {
  private readonly chance: Chance;
  private asked = 0;
  private stopped = false;
  /** Leads and customers that some reply has named. */
  private readonly leads: { readonly leadId: string; readonly person: number; readonly of: number }[] = [];

  constructor(
    private readonly world: World,
    private readonly replicas: readonly Replica[],
    /** Begins all its idempotency keys. */
    private readonly name = 'key',
  ) {
    this.chance = world.chance.of('crowd');
  }

  /** Resolves when all have done what they had to do. */
  async bustle(requests: number): Promise<void> {
    const left = { requests };
    const going = [
      ...PARTNERS.flatMap((_, of) => [0, 1].map(() => this.at(left, 100, () => this.partner(of)))),
      this.at(left, 120, () => this.identity()),
      this.at(left, 250, () => this.customer()),
      this.at(left, 250, () => this.analyst()),
      this.at(left, 350, () => this.operator()),
    ];
    await Promise.all(going);
  }

  stop(): void {
    this.stopped = true;
  }

  /** Does one thing after the other, as long as there is something left to do for all. */
  private async at(left: { requests: number }, meanPauseMs: number, act: () => Promise<unknown>): Promise<void> {
    while (left.requests > 0 && !this.stopped) {
      await pause(this.chance.exponential(meanPauseMs));
      left.requests -= 1;
      await act();
    }
  }

  private async partner(of: number): Promise<unknown> {
    const by = client(`client-${of}`, 'partner', PARTNERS[of]);
    const mine = this.leads.filter((lead) => lead.of === of);
    // Mostly its own lead, now and then another's, or the wrong person.
    const lead = mine.length > 0 && this.chance.happens(0.93) ? this.latest(mine) : this.leads.at(-1);
    const other = this.chance.happens(0.04) ? this.chance.below(PERSONS) : lead?.person;
    const what = lead === undefined ? 'open' : this.chance.weighted({ open: 5, check: 6, consent: 2, create: 4, withdraw: 1 });
    if (what === 'open' || lead === undefined || other === undefined) {
      const whom = this.chance.below(PERSONS);
      const agent = this.chance.happens(0.03) ? 'nobody' : this.chance.pick(AGENTS);
      const body = { person: person(whom), purpose: this.chance.happens(0.02) ? 'curiosity' : PURPOSE, agent };
      const opened = await this.ask('open', by, body);
      if (opened !== undefined) this.leads.push({ leadId: opened['leadId'] as string, person: whom, of });
      return opened;
    }
    const { leadId } = lead;
    switch (what) {
      case 'check': {
        const told = await this.ask('check', by, { leadId, person: person(other), ...this.brought(leadId) });
        // After a no, whoever has another secret or code tries it.
        const more = told?.['answer'] === 'no' ? this.chance.below(4) : 0;
        for (let time = 0; time < more; time++) {
          await this.ask('check', by, { leadId, person: person(other), ...this.brought(leadId) });
        }
        return told;
      }
      case 'consent': {
        const contact = this.chance.happens(0.6) ? contactOf(lead.person) : { email: 'mine@example.net' };
        return this.ask('askConsent', by, { contact }, leadId);
      }
      case 'create':
        return this.ask('create', by, { leadId, person: person(other), contact: { email: 'a@example.org' } });
      case 'withdraw':
        return this.ask('withdraw', by, { reason: 'lost-interest' }, leadId);
    }
  }

  /** Sometimes a secret, sometimes a code: right, wrong, or of another request. Nobody knows the mode of the moment. */
  private brought(leadId: string): object {
    const value = this.chance.happens(0.25) ? SECRET.value : `00000${this.chance.below(9)}`;
    const code = this.chance.happens(0.8) ? this.world.keyring.oneTimeCode(leadId, 1 + this.chance.below(2)) : '00000000';
    return {
      ...(this.chance.happens(0.7) && { proof: { kind: SECRET.kind, value } }),
      ...(this.chance.happens(0.7) && { consent: { code } }),
    };
  }

  /** The bank confirms, turns down and revokes whom it finds in the log. */
  private async identity(): Promise<unknown> {
    const events = await this.world.events();
    const what = this.chance.weighted({ confirm: 8, turnDown: 1, revoke: 2, lock: 1 });
    if (what === 'lock')
      return this.ask('lock', IDENTITY, { person: person(this.chance.below(PERSONS)), locked: this.chance.happens(0.5) });
    const found = recent(events, what === 'revoke' ? 'LeadConverted' : 'CustomerSubmitted', this.chance);
    if (found === undefined) return undefined;
    const { customerId, at } = found.data as { customerId: string; at: string };
    if (what === 'revoke') return this.ask('revoke', IDENTITY, { reason: 'stolen-identity', note: 'a stolen document' }, customerId);
    const acted = this.chance.happens(0.8) ? this.world.now() : this.chance.between(Date.parse(at), this.world.now());
    const actedAt = new Date(acted).toISOString();
    if (what === 'turnDown') return this.ask('confirm', IDENTITY, { outcome: 'turned-down', actedAt }, customerId);
    return this.ask('confirm', IDENTITY, { outcome: 'proved', customerNumber: `N${this.chance.below(4)}`, actedAt }, customerId);
  }

  private async customer(): Promise<unknown> {
    const found = recent(await this.world.events(), 'LeadEndedExisting', this.chance);
    return found && this.ask('acknowledge', MESSAGES, {}, (found.data as { leadId: string }).leadId);
  }

  private async analyst(): Promise<unknown> {
    const { ownerId, partnerId } = this.chance.pick(PARTNERS);
    const why = { reason: 'other', ...(this.chance.happens(0.3) && { note: 'as agreed' }) };
    switch (this.chance.weighted({ grant: 5, revokeGrant: 1, terms: 2, policy: 2, suspend: 1, owner: 0.5 })) {
      case 'grant':
        return this.ask('grant', ANALYST, { units: 1 + this.chance.below(3), ...why }, ownerId);
      case 'revokeGrant':
        return this.ask('revokeGrant', ANALYST, { units: 1 + this.chance.below(2), ...why }, ownerId);
      case 'terms':
        return this.ask('setTerms', ANALYST, { terms: { ceiling: 4 + this.chance.below(9), mode: this.mode() }, ...why }, ownerId);
      case 'policy':
        return this.ask('adoptPolicy', ANALYST, { changes: { openLeads: 2 + this.chance.below(5), mode: this.mode() }, ...why });
      case 'suspend':
        await this.ask('suspend', ANALYST, why, partnerId);
        await this.again(partnerId);
        await pause(this.chance.exponential(300));
        return this.ask('reinstate', ANALYST, why, partnerId);
      case 'owner':
        return this.ask('registerOwner', ANALYST, { ownerId: `late-${this.asked}`, name: 'Late', terms: { initial: 3 } });
    }
  }

  /** Who is suspended tries what worked before, with its key. */
  private async again(partnerId: string): Promise<unknown> {
    const last = this.world.recorder.replies.findLast(({ ask, status }) => ask.client.partnerId === partnerId && status < 300);
    if (last === undefined) return undefined;
    const sent = this.replicas.map((replica) => this.send({ ...last.ask, id: `${last.ask.key}/again-${++this.asked}` }, replica));
    return Promise.race([Promise.all(sent), pause(1_000)]);
  }

  private mode(): DisclosureMode {
    return this.chance.weighted({ instant: 5, proof: 3, consent: 3, blind: 2 });
  }

  private async operator(): Promise<unknown> {
    const distrusted = this.replicas.find((replica) => replica.running?.clockIsDistrusted);
    if (distrusted !== undefined) {
      distrusted.clockAhead = 0;
      return this.ask('trust', OPERATOR, { reason: 'clock-set-right' }, undefined, [distrusted]);
    }
    if (!this.chance.happens(0.3)) return undefined;
    await this.ask('halt', OPERATOR, { reason: 'leaked-list', note: 'it is being examined' });
    await pause(this.chance.exponential(200));
    return this.ask('reopen', OPERATOR, { reason: 'looked-into' });
  }

  /** Prefers what was opened lately. */
  private latest<Item>(items: readonly Item[]): Item {
    return items[Math.max(0, items.length - 1 - Math.floor(this.chance.exponential(1.5)))] as Item;
  }

  /**
   * Asks, perhaps twice at once, and again with the same key, of either replica, when no reply came or a reply that promises
   * nothing. @returns what an accepted command was answered, if that was heard
   */
  async ask(
    route: RouteName,
    by: AuthenticatedClient,
    body: object,
    of?: string,
    at: readonly Replica[] = this.replicas,
  ): Promise<Ok | undefined> {
    const key = `${this.name}-${++this.asked}`;
    const { clientDoubles } = this.world.climate;
    for (let attempt = 0; attempt < 5; attempt++) {
      const send = (n: number): Promise<Reply | undefined> => {
        const request: Ask = { id: `${key}/${attempt}${n}`, route, client: by, key, body, ...(of === undefined ? {} : { of }) };
        return this.send(request, this.chance.pick(at));
      };
      const twice = this.chance.happens(clientDoubles) ? send(1) : undefined;
      const reply = await Promise.race([send(0), ...(twice ? [twice] : []), pause(this.chance.between(200, 4_000))]);
      if (reply !== undefined && reply.status < 300) return JSON.parse(reply.body) as Ok;
      if (reply !== undefined && reply.status < 500 && !reply.body.includes('COMMAND_IN_FLIGHT')) return undefined;
      if (this.stopped || this.chance.happens(0.1)) return undefined;
      await pause(this.chance.exponential(150));
    }
    return undefined;
  }

  /** The network between client and replica. */
  private async send(request: Ask, replica: Replica): Promise<Reply | undefined> {
    const { clientLoses, travelMs } = this.world.climate;
    await pause(this.chance.exponential(travelMs));
    const isLost = this.chance.happens(clientLoses);
    if (isLost && this.chance.happens(0.5)) return new Promise(() => {});
    const reply = await replica.answer(request);
    await pause(this.chance.exponential(travelMs));
    return isLost ? new Promise(() => {}) : reply;
  }
}

function pause(milliseconds: number): Promise<undefined> {
  return new Promise((resolve) => setTimeout(() => resolve(undefined), Math.round(milliseconds)));
}

/** One of the last events of a type, the later the likelier. */
function recent(events: readonly RecordedEvent[], type: string, chance: Chance): RecordedEvent | undefined {
  const found = events.filter((event) => event.type === type);
  return found[Math.max(0, found.length - 1 - Math.floor(chance.exponential(1.5)))];
}
