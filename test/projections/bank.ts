import type { Decider } from '../../src/event-sourcing/decider.js';
import { DomainError } from '../../src/event-sourcing/decider.js';
import type { Fact, RecordedEvent } from '../../src/event-sourcing/message.js';
import type { Outage } from '../../src/event-sourcing/process.js';
import type { CanaryKind } from '../../src/modules/canaries/canary.events.js';
import { canary, type CanaryState } from '../../src/modules/canaries/canary.js';
import { historyOf } from '../../src/modules/leads/lead-history.js';
import type { WithdrawalReason } from '../../src/modules/leads/lead.events.js';
import { lead } from '../../src/modules/leads/lead.js';
import { settlementOf } from '../../src/modules/leads/settlement.events.js';
import type { Lead, LeadState } from '../../src/modules/leads/lead.state.js';
import { owner } from '../../src/modules/owners/owner.js';
import type { Owner, OwnerState } from '../../src/modules/owners/owner.state.js';
import type { Terms } from '../../src/modules/owners/terms.js';
import { theTerms } from '../support/owner.examples.js';
import { RecordedLog } from './recorded-log.js';

const HOUR = 3_600_000;
const DAY = 24 * HOUR;
const SETTLEMENT_EVERY = DAY;
export const START = Date.UTC(2025, 0, 6, 9);

/**
 * The owner's and the leads' own deciders over a log in memory, under a clock that the test moves: events as they really
 * come, for tests that care about many of them and not about one.
 */
export class Bank {
  readonly log = new RecordedLog();
  readonly outages: Outage[] = [];
  now = START;
  private readonly states = new Map<string, unknown>();
  /** Of each lead, its place. */
  private readonly places = new Map<string, { stream: string; number: number; customer: number }>();

  get events(): readonly RecordedEvent[] {
    return this.log.events;
  }

  register(ownerId: string, partners: readonly string[], terms: Partial<Terms> = {}): this {
    const registration = { owner: ownerId, name: `${ownerId} Ltd`, terms: theTerms(terms), by: 'analyst-1', policyVersion: 0, at: this.at };
    this.owner(ownerId, { type: 'RegisterOwner', data: registration });
    this.owner(ownerId, { type: 'GrantInitial', data: { units: 50, draw: 1, at: this.at } });
    for (const partner of partners) {
      this.owner(ownerId, { type: 'RegisterPartner', data: { partner, name: `${partner} shop`, at: this.at } });
      this.owner(ownerId, {
        type: 'OfferAgreement',
        data: { partner, version: '1', documentSha256: 'ab12', by: 'analyst-1', at: this.at },
      });
      this.owner(ownerId, { type: 'SignAgreement', data: { partner, version: '1', by: 'director', at: this.at } });
      for (const agent of ['anna', 'bert']) this.owner(ownerId, { type: 'RegisterAgent', data: { partner, agent, at: this.at } });
    }
    return this;
  }

  /** The n-th person becomes a canary, or is none any more. */
  canary(person: number, kind?: CanaryKind): boolean {
    const personKeys = [`1.person-${person}`];
    const stream = `canary-${personKeys[0]}`;
    if (kind === undefined) return this.decide(canary, stream, { type: 'RetireCanary', data: { personKeys } });
    const until = kind === 'minor' ? { until: new Date(this.now + 40 * DAY).toISOString().slice(0, 'yyyy-mm'.length) } : {};
    return this.decide(canary, stream, { type: 'RegisterCanary', data: { personKeys, kind, ...until } });
  }

  /** A command on the owner; `false` when it was refused. */
  owner(ownerId: string, command: Parameters<typeof owner.decide>[1]): boolean {
    return this.decide(owner, `owner-${ownerId}`, command);
  }

  /** Opens a lead for the n-th person. @returns its id, `undefined` when it was refused */
  open(ownerId: string, partner: string, person: number, agent = 'anna', purpose = 'onboarding'): string | undefined {
    const leadStream = `lead-${ownerId}-${person}`;
    const ledger = this.ownerState(ownerId);
    const history = historyOf(this.state(lead, leadStream), (number) => `${leadStream}.${number}`, {
      unresolved: (leadId) => ledger.unresolved.has(leadId),
      shownDeclined: (leadId) => ledger.shownDeclined.has(leadId),
      coolDown: 'P30D',
      outages: this.outages,
      now: this.now,
    });
    const data = { partner, agent, purpose, personKey: `1.person-${person}`, leadStream, history, restores: 0, halted: false, at: this.at };
    if (!this.owner(ownerId, { type: 'AdmitLead', data })) return undefined;
    const admitted = this.ownerState(ownerId).unresolved.get(history.nextId);
    if (admitted === undefined) return undefined;
    this.places.set(history.nextId, { stream: leadStream, number: admitted.number, customer: person });
    this.decide(lead, leadStream, { type: 'RecordOpening', data: { admitted } });
    return history.nextId;
  }

  check(leadId: string, partner: string, customer: boolean): boolean {
    return this.onLead(leadId, (place, base) => ({
      type: 'AnswerCheck',
      data: {
        ...base,
        partner,
        personKeys: [`1.person-${place.customer}`],
        halted: false,
        mode: 'instant',
        termsVersion: 1,
        unresolved: true,
        membership: customer ? { customer, customerKey: `number-${place.customer}` } : { customer },
      },
    }));
  }

  create(leadId: string, partner: string): boolean {
    return this.onLead(leadId, (place, base) => ({
      type: 'SubmitCustomer',
      data: {
        ...base,
        partner,
        personKeys: [`1.person-${place.customer}`],
        corroborations: ['corroboration'],
        customerId: `customer-of-${leadId}`,
        sealed: 'sealed',
      },
    }));
  }

  withdraw(leadId: string, partner: string, reason: WithdrawalReason = 'lost-interest'): boolean {
    return this.onLead(leadId, (_, base) => ({ type: 'WithdrawLead', data: { ...base, partner, reason } }));
  }

  lapse(leadId: string): boolean {
    return this.onLead(leadId, (_, base) => ({ type: 'LapseLead', data: base }));
  }

  confirm(leadId: string): boolean {
    return this.onLead(leadId, ({ customer }, base) => ({
      type: 'ConfirmIdentity',
      data: { ...base, settlementEvery: SETTLEMENT_EVERY, customerKey: `number-${customer}`, actedAt: this.at },
    }));
  }

  turnDown(leadId: string): boolean {
    return this.onLead(leadId, (_, base) => ({ type: 'TurnDown', data: { ...base, settlementEvery: SETTLEMENT_EVERY, actedAt: this.at } }));
  }

  revoke(leadId: string): boolean {
    return this.onLead(leadId, (_, base) => ({ type: 'RevokeConversion', data: { ...base, reason: 'forged-papers' } }));
  }

  acknowledge(leadId: string): boolean {
    return this.onLead(leadId, (_, base) => ({ type: 'AcknowledgeExisting', data: base }));
  }

  /** What the processes would do by now: lapse, decline, resolve, settle, credit and take back, for every lead. */
  catchUp(ownerId: string): void {
    for (const [leadId, { stream }] of this.places) {
      if (!stream.startsWith(`lead-${ownerId}-`)) continue;
      this.lapse(leadId);
      this.onLead(leadId, (_, base) => ({ type: 'DeclineLead', data: { ...base, settlementEvery: SETTLEMENT_EVERY } }));
      this.settle(ownerId, leadId);
    }
  }

  /** The service is down for a while, and says so when it is back. @param milliseconds how long */
  down(milliseconds: number): void {
    const from = this.at;
    this.now += milliseconds;
    this.outages.push({ from, until: this.at });
    const data = { process: `after-${from}`, outage: { from, until: this.at }, previousEndedCleanly: true, at: this.at };
    this.log.write('gate', { type: 'ServiceStarted', data });
  }

  ownerState(ownerId: string): Owner {
    return this.state(owner, `owner-${ownerId}`) as Owner;
  }

  private settle(ownerId: string, leadId: string): void {
    const found = this.lead(leadId);
    const { at } = this;
    switch (found.status) {
      case 'existing':
      case 'withdrawn':
      case 'lapsed':
        this.owner(ownerId, { type: 'ResolveLead', data: { leadId, as: found.status, at } });
        if (found.acknowledged) {
          const { partner, at: admittedAt } = found.opening;
          this.owner(ownerId, { type: 'CreditAcknowledgement', data: { leadId, partner, admittedAt, at } });
        }
        return;
      case 'converted':
      case 'declined': {
        const settlesAt = new Date(settlementOf(found.settles!, this.outages)).toISOString();
        const { status: as, revoked, customerKey } = found;
        this.owner(ownerId, {
          type: 'SettleLead',
          data: { leadId, as, settlesAt, revoked, ...(customerKey === undefined ? {} : { customerKey }), at },
        });
        if (revoked) this.owner(ownerId, { type: 'TakeBackCredit', data: { leadId, partner: found.opening.partner, at } });
        return;
      }
      default:
    }
  }

  private lead(leadId: string): Lead {
    const { stream, number } = this.places.get(leadId)!;
    return this.state(lead, stream).leads[number - 1]!;
  }

  private onLead(
    leadId: string,
    command: (
      place: { stream: string; number: number; customer: number },
      base: { number: number; at: string; outages: readonly Outage[] },
    ) => Parameters<typeof lead.decide>[1],
  ): boolean {
    const place = this.places.get(leadId)!;
    return this.decide(lead, place.stream, command(place, { number: place.number, at: this.at, outages: this.outages }));
  }

  private decide<State extends CanaryState | LeadState | OwnerState, Command, F extends Fact>(
    decider: Decider<State, Command, F>,
    stream: string,
    command: Command,
  ): boolean {
    const before = this.state(decider, stream);
    try {
      const facts = JSON.parse(JSON.stringify(decider.decide(before, command))) as F[];
      this.log.write(stream, ...facts);
      this.states.set(
        stream,
        facts.reduce((state, fact) => decider.evolve(state, fact), before),
      );
      return true;
    } catch (error) {
      if (error instanceof DomainError) return false;
      throw error;
    }
  }

  private state<State, Command, F extends Fact>(decider: Decider<State, Command, F>, stream: string): State {
    if (!this.states.has(stream)) this.states.set(stream, decider.initial());
    return this.states.get(stream) as State;
  }

  private get at(): string {
    return new Date(this.now).toISOString();
  }
}
