import { DomainError } from '../event-sourcing/decider.js';
import type { RecordedEvent } from '../event-sourcing/message.js';
import { contact, contactStream } from '../modules/consent/contact.js';
import { claim, claimStream } from '../modules/customers/claim.js';
import { claimNumber } from '../modules/customers/claim.process.js';
import { decline } from '../modules/customers/decline.process.js';
import { settle } from '../modules/customers/settle.process.js';
import { takeBack } from '../modules/customers/take-back.process.js';
import { gate, GATE_STREAM } from '../modules/gate/gate.js';
import { acknowledgement } from '../modules/leads/acknowledgement.process.js';
import { finishAdmission } from '../modules/leads/finish-admission.process.js';
import { lapse } from '../modules/leads/lapse.process.js';
import { answerIn, courseOf, type Check } from '../modules/leads/lead-answer.js';
import { historyOf } from '../modules/leads/lead-history.js';
import { notFound } from '../modules/leads/lead-rules.js';
import { lead, type LeadCommand } from '../modules/leads/lead.js';
import { leadNumber, type Lead } from '../modules/leads/lead.state.js';
import { resolve } from '../modules/leads/resolve.process.js';
import { settlementOf } from '../modules/leads/settlement.events.js';
import { tries, triesStream } from '../modules/leads/tries.js';
import type { LeadAdmitted } from '../modules/owners/owner.events.js';
import { currentLead, owner, type OwnerCommand, signingPartner } from '../modules/owners/owner.js';
import { ownerStream, type Owner, termsOf } from '../modules/owners/owner.state.js';
import { reestimateMonthly } from '../modules/owners/reestimate.process.js';
import { probation, PROBATION_STREAM } from '../modules/probation/probation.js';
import { probationUnits } from '../modules/probation/probation.process.js';
import { ProcessTimers, type Sent } from './process-timers.js';
import { Streams } from './streams.js';

type WithoutTime<C> = C extends { readonly type: infer T; readonly data: infer D }
  ? { readonly type: T; readonly data: Omit<D, 'at'> }
  : never;
type OnLead = { number: number; at: string; outages: { from: string; until: string }[]; settlementEvery: number };

/** The bank's register, as far as a check asks it. */
export interface SimulatedRegister {
  /** Customer number of the person, `undefined` for nobody's. */
  customerNumber(person: number): string | undefined;
  isLocked(person: number): boolean;
}

export interface SimulatedServiceOptions {
  /** Epoch ms. */
  readonly from: number;
  readonly register: SimulatedRegister;
  /** Units that all owners on probation hold together. */
  readonly probationPool: number;
  /** Time between two settlements, ms. */
  readonly settlementEvery: number;
  /** Is told of each event, in the order of the log. */
  readonly recorded?: (event: RecordedEvent) => void;
}

/** A person as a partner names them, and what it brings along. */
export interface NamedApplicant {
  readonly person: number;
  /** Family name and birth date are those of the bank's file. */
  readonly name: boolean;
  /** The secret that is brought: the right one, another one, or none. */
  readonly secret?: 'right' | 'wrong';
  /** The contact to which the code goes; the one on the bank's file is `on-file`. */
  readonly contact?: 'on-file' | string;
}

export interface ByPartner {
  readonly owner: string;
  readonly partner: string;
}

const PROCESSES = [
  finishAdmission,
  lapse,
  resolve,
  acknowledgement,
  decline,
  settle,
  claimNumber,
  takeBack,
  probationUnits,
  reestimateMonthly,
];

/**
 * The service without HTTP, keys, disk and waiting: its deciders, policies and processes under a virtual time. What the handlers
 * of `src/modules` read and put together before a decision is done here in the same order, and `test/league/agreement.spec.ts`
 * holds the two together: the same script gives the same events through REST and through this.
 *
 * Left out, because nothing in it changes who is told what: messages, moves of owners, access tokens.
 */
export class SimulatedService {
  private readonly streams: Streams;
  private readonly timers = new ProcessTimers(PROCESSES);
  private time: number;

  constructor(private readonly options: SimulatedServiceOptions) {
    this.time = options.from;
    this.streams = new Streams((event) => {
      this.timers.follow(event);
      options.recorded?.(event);
    });
  }

  /** Events so far. */
  get events(): number {
    return this.streams.events;
  }

  /** Epoch ms. */
  get now(): number {
    return this.time;
  }

  /** Whatever is due up to `now` (epoch ms) happens at its own moment. */
  advance(now: number): void {
    for (let next = this.timers.next; next <= now; next = this.timers.next) {
      this.time = Math.max(this.time, next);
      this.work();
    }
    this.time = Math.max(this.time, now);
  }

  registerOwner(data: Omit<Extract<OwnerCommand, { type: 'RegisterOwner' }>['data'], 'at' | 'policyVersion'>): void {
    this.onOwner(data.owner, { type: 'RegisterOwner', data: { ...data, policyVersion: 0 } });
    this.work();
  }

  /** @throws DomainError as the owner's decider says */
  change(ownerId: string, command: WithoutTime<OwnerCommand>): void {
    this.onOwner(ownerId, command);
    this.work();
  }

  /** @throws Error for an owner that is none */
  owner(ownerId: string): Owner {
    const state = this.streams.state(owner, ownerStream(ownerId));
    if (state.status === 'unknown') throw new Error('no such owner in this world');
    return state;
  }

  /** @throws DomainError as `POST /v1/leads` does */
  open(by: ByPartner & { readonly agent: string; readonly purpose: string }, person: number): LeadAdmitted['data'] {
    const { owner: ownerId, partner, agent, purpose } = by;
    const stream = leadStream(ownerId, person);
    const { outages, restores, halted } = this.streams.state(gate, GATE_STREAM);
    const now = Math.max(this.time, this.streams.lastRecordedAt(stream));
    let current: LeadAdmitted['data'] | undefined;
    const events = this.streams.handle(owner, ownerStream(ownerId), now, (at, state) => {
      signingPartner(state, by);
      if (state.status === 'unknown') throw new Error('a partner of an owner that nobody knows');
      const history = historyOf(this.streams.state(lead, stream), (number) => leadId(stream, number), {
        unresolved: (id) => state.unresolved.has(id),
        shownDeclined: (id) => state.shownDeclined.has(id),
        coolDown: state.terms?.coolDown ?? 'P30D',
        outages,
        now,
      });
      current = currentLead(state, history);
      const data = { partner, agent, purpose, personKey: personKey(person), leadStream: stream, history, restores, halted, at };
      return { type: 'AdmitLead' as const, data };
    });
    const fresh = events.find(({ type }) => type === 'LeadAdmitted')?.data as LeadAdmitted['data'] | undefined;
    const admitted = fresh ?? current;
    if (admitted === undefined) throw new Error('an open lead that is neither new nor known');
    this.finishAdmission(admitted);
    this.work();
    return admitted;
  }

  /** @throws DomainError as `POST /v1/leads/{leadId}/consent` does */
  askConsent(by: ByPartner, id: string, { person, contact: contactKey = '' }: NamedApplicant): void {
    const key = contactKey === 'on-file' ? fileContact(person) : contactKey;
    this.onLead(id, (on) => {
      const state = this.streams.state(owner, ownerStream(by.owner));
      signingPartner(state, by);
      const { mode } = termsOf(state as Owner);
      const requested = this.streams.handle(contact, contactStream(key), this.time, (at) => ({
        type: 'RequestCode' as const,
        data: { contactKey: key, leadId: id, owner: by.owner, partner: by.partner, at },
      }));
      const dropped = requested[0]?.data.dropped ?? false;
      return { type: 'AskConsent', data: { ...on, partner: by.partner, mode, contactKey: key, sealed: '', dropped } };
    });
    this.work();
  }

  /** @throws DomainError as `POST /v1/membership-checks` does */
  check(by: ByPartner, id: string, applicant: NamedApplicant): 'yes' | 'no' {
    const { partner } = by;
    const { stream, number } = placeOf(id);
    const own = leadNumber(this.streams.state(lead, stream), number);
    const state = this.streams.state(owner, ownerStream(by.owner));
    signingPartner(state, by);
    if (state.status === 'unknown') throw notFound();
    const { mode } = termsOf(state);
    const recorded = own?.answer;
    const events = this.onLead(id, ({ settlementEvery: _, ...on }) => {
      const check: Check = {
        ...on,
        partner,
        personKeys: [personKey(applicant.person)],
        halted: this.streams.state(gate, GATE_STREAM).halted,
        mode,
        termsVersion: state.termsVersion,
        unresolved: state.unresolved.has(id),
        ...(applicant.secret !== undefined && { tried: applicant.secret }),
        ...(mode === 'consent' && own !== undefined && own.asks.length > 0 && { code: 'right' as const }),
      };
      const found = this.membership(applicant, mode, own);
      const isTried = mode === 'proof' && own !== undefined && comesToLookUp(own, check);
      const counts = !isTried || this.tried(by, id, applicant, found.customer);
      return { type: 'AnswerCheck', data: { ...check, membership: counts ? found : { customer: false } } };
    });
    this.work();
    const answer = answerIn(events) ?? recorded;
    if (answer === undefined) throw new Error('a check that neither gave nor found an answer');
    return answer;
  }

  /** @throws DomainError as `POST /v1/customers` does */
  create(by: ByPartner, id: string, { person, name }: NamedApplicant): void {
    this.onLead(id, (on) => {
      signingPartner(this.streams.state(owner, ownerStream(by.owner)), by);
      const personKeys = [personKey(person)];
      const given = { personKeys, corroborations: [name ? 'file' : 'other'], customerId: customerId(id), sealed: '' };
      return { type: 'SubmitCustomer', data: { ...on, partner: by.partner, ...given } };
    });
    this.work();
  }

  /** @throws DomainError as `POST /v1/leads/{leadId}/withdrawal` does */
  withdraw(by: ByPartner, id: string): void {
    this.onLead(id, (on) => ({ type: 'WithdrawLead', data: { ...on, partner: by.partner, reason: 'lost-interest' } }));
    this.work();
  }

  /** The bank says that the applicant has just proved their identity. @throws DomainError as the bank's route does */
  confirm(id: string, customerNumber: string): void {
    this.onLead(id, (on) => ({ type: 'ConfirmIdentity', data: { ...on, customerKey: customerNumber, actedAt: on.at } }));
    this.work();
  }

  /** @throws DomainError as the bank's route does */
  acknowledge(id: string): void {
    this.onLead(id, (on) => ({ type: 'AcknowledgeExisting', data: on }));
    this.work();
  }

  /** Somebody who was told of the lead says that they never spoke to the partner. */
  deny(id: string): void {
    this.onLead(id, (on) => ({ type: 'DenyLead', data: { ...on, through: 'message-link' } }));
    this.work();
  }

  private membership(applicant: NamedApplicant, mode: string, own: Lead | undefined): { customer: boolean; customerKey?: string } {
    const { person, name, secret } = applicant;
    const customerKey = this.options.register.customerNumber(person);
    const isNamed = customerKey !== undefined && name && (mode === 'consent' || !this.options.register.isLocked(person));
    const isProved = mode !== 'proof' || secret === 'right';
    const isReached = mode !== 'consent' || own?.asks.at(-1)?.contactKey === fileContact(person);
    return isNamed && isProved && isReached ? { customer: true, customerKey } : { customer: false };
  }

  private tried({ owner: ownerId, partner }: ByPartner, id: string, { person }: NamedApplicant, matches: boolean): boolean {
    const key = personKey(person);
    const [event] = this.streams.handle(tries, triesStream(key), this.time, (at) => ({
      type: 'TrySecret' as const,
      data: { personKey: key, leadId: id, owner: ownerId, partner, matches, at },
    }));
    return event?.data.outcome === 'matched';
  }

  private work(): void {
    this.timers.send(this.time, (command) => this.carryOut(command));
  }

  /** A process's command, as the handlers carry it out. */
  private carryOut({ type, data }: Sent): void {
    const { leadId: id = '', owner: ownerId = '' } = data as { leadId?: string; owner?: string };
    switch (type) {
      case 'FinishAdmission':
        return this.finishAdmission((data as { admitted: LeadAdmitted['data'] }).admitted);
      case 'LapseLead':
      case 'DeclineLead':
        this.onLead(id, (on) => ({ type, data: on }));
        return;
      case 'ClaimCustomerNumber':
        return this.claimNumber(data as Parameters<SimulatedService['claimNumber']>[0]);
      case 'SettleLead':
        return this.settleLead(ownerId, id);
      case 'DrawProbationUnits':
      case 'ReturnProbationUnits':
        this.streams.handle(probation, PROBATION_STREAM, this.time, (at) => {
          const draw = data as { owner: string; wanted: number };
          return { type, data: { ...draw, pool: this.options.probationPool, at } };
        });
        return;
      case 'ChangeOwner':
        return this.onOwner(ownerId, (data as { change: WithoutTime<OwnerCommand> }).change);
      default: {
        const { owner: _, ...rest } = data as { owner: string };
        this.onOwner(ownerId, { type, data: rest } as unknown as WithoutTime<OwnerCommand>);
      }
    }
  }

  private finishAdmission(admitted: LeadAdmitted['data']): void {
    this.streams.handle(lead, admitted.leadStream, this.time, () => ({ type: 'RecordOpening' as const, data: { admitted } }));
  }

  private settleLead(ownerId: string, id: string): void {
    const { stream, number } = placeOf(id);
    const found = leadNumber(this.streams.state(lead, stream), number);
    if (found?.settles === undefined || (found.status !== 'converted' && found.status !== 'declined')) {
      throw new Error('a settlement of a lead that has no outcome');
    }
    const { status: as, settles, revoked, customerKey } = found;
    const settlesAt = new Date(settlementOf(settles, this.streams.state(gate, GATE_STREAM).outages)).toISOString();
    const outcome = { as, settlesAt, revoked, ...(customerKey === undefined ? {} : { customerKey }), earnedBefore: false };
    this.onOwner(ownerId, { type: 'SettleLead', data: { leadId: id, ...outcome } });
  }

  private claimNumber(data: { leadId: string; customerKey: string } & Record<string, unknown>): void {
    const { stream, number } = placeOf(data.leadId);
    if (leadNumber(this.streams.state(lead, stream), number)?.revoked === true) return;
    const claimed = claimStream(data.customerKey);
    const claimedByLead = this.streams.state(claim, claimed).claim?.leadId;
    this.streams.handle(claim, claimed, this.time, (at) => ({
      type: 'ClaimNumber' as const,
      data: { ...data, at } as unknown as Parameters<typeof claim.decide>[1]['data'],
    }));
    if (claimedByLead === undefined || claimedByLead === data.leadId) return;
    this.onLead(data.leadId, (on) => ({ type: 'LinkCustomer', data: { ...on, claimedByLead } }));
  }

  private onOwner(ownerId: string, command: WithoutTime<OwnerCommand>): void {
    this.streams.handle(owner, ownerStream(ownerId), this.time, (at) => {
      return { type: command.type, data: { ...command.data, at } } as OwnerCommand;
    });
  }

  private onLead(id: string, command: (on: OnLead) => LeadCommand) {
    const { stream, number } = placeOf(id);
    const outages = [...this.streams.state(gate, GATE_STREAM).outages];
    const { settlementEvery } = this.options;
    return this.streams.handle(lead, stream, this.time, (at) => command({ number, at, outages, settlementEvery }));
  }
}

/** What is refused, and what is on record already, costs no try. */
function comesToLookUp(own: Lead, check: Check): boolean {
  try {
    return own.opening.partner === check.partner && courseOf(own, check) === 'look-up';
  } catch (error) {
    if (error instanceof DomainError) return false;
    throw error;
  }
}

function personKey(person: number): string {
  return `1.${person}`;
}

function leadStream(ownerId: string, person: number): string {
  return `lead-${ownerId}-${person}`;
}

function leadId(stream: string, number: number): string {
  return `${stream}/${number}`;
}

function customerId(id: string): string {
  return `customer-${id}`;
}

function fileContact(person: number): string {
  return `file-${person}`;
}

function placeOf(id: string): { readonly stream: string; readonly number: number } {
  const slash = id.lastIndexOf('/');
  return { stream: id.slice(0, slash), number: Number(id.slice(slash + 1)) };
}
