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
import type { ConsentWord, DenialChannel } from '../modules/leads/lead.events.js';
import { mayAskConsent } from '../modules/leads/lead-consent.js';
import { answerIn, courseOf, type Check } from '../modules/leads/lead-answer.js';
import { historyOf } from '../modules/leads/lead-history.js';
import { notFound } from '../modules/leads/lead-rules.js';
import { lead, type LeadCommand } from '../modules/leads/lead.js';
import { leadNumber, type Lead } from '../modules/leads/lead.state.js';
import { resolve } from '../modules/leads/resolve.process.js';
import { settlementOf } from '../modules/leads/settlement.events.js';
import { tries, triesStream } from '../modules/leads/tries.js';
import type { LeadAdmitted } from '../modules/owners/owner.events.js';
import { admissiblePartner, currentLead, owner, type OwnerCommand, signingPartner } from '../modules/owners/owner.js';
import { ownerStream, type Owner, termsOf } from '../modules/owners/owner.state.js';
import { reestimateMonthly } from '../modules/owners/reestimate.process.js';
import type { DisclosureMode } from '../modules/owners/terms.js';
import { probation, PROBATION_STREAM } from '../modules/probation/probation.js';
import { probationUnits } from '../modules/probation/probation.process.js';
import { ProcessTimers, type Sent } from './process-timers.js';
import { CORROBORATION, SimulatedMembership, type SimulatedRegister } from './simulated-membership.js';
import { Streams } from './streams.js';

type WithoutTime<C> = C extends { readonly type: infer T; readonly data: infer D }
  ? { readonly type: T; readonly data: Omit<D, 'at'> }
  : never;
type Writable<Given> = { -readonly [Member in keyof Given]: Given[Member] };
type OnLead = { number: number; at: string; outages: { from: string; until: string }[]; settlementEvery: number };

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
  /**
   * What stands for an id or a customer number where they are put in order: of what is due at one moment, and of several numbers of
   * one person. The service goes by its keyed names; nothing else hangs on it. Themselves unless given.
   */
  readonly sortedAs?: (key: string) => string;
}

/** A person as a partner names them, and what it brings along. */
export interface NamedApplicant {
  readonly person: number;
  /** Family name and birth date are those of the bank's file. */
  readonly name: boolean;
  /** The secret that is brought: `right` for the one on the bank's file, any other text for another one, or none. */
  readonly secret?: string;
  /** The code that is brought, in mode `consent`; the one that was sent last unless given. */
  readonly code?: 'right' | 'wrong' | 'none';
  /** The contact to which the code goes; the one on the bank's file is `on-file`. */
  readonly contact?: string;
}

export interface ByPartner {
  readonly owner: string;
  readonly partner: string;
}

/** In the order in which they take turns at one moment. */
export const SIMULATED_PROCESSES = [
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
 * Left out, because nothing in it changes who is told what: messages, access tokens, records of refusals. Not simulated: outages,
 * halts and restores, policies for all owners, moves between owners, new keys, a register that changes.
 */
export class SimulatedService {
  private readonly streams: Streams;
  private readonly timers: ProcessTimers;
  private readonly membership: SimulatedMembership;
  private time: number;

  constructor(private readonly options: SimulatedServiceOptions) {
    const { from, register, recorded, sortedAs = (key) => key } = options;
    this.time = from;
    this.timers = new ProcessTimers(SIMULATED_PROCESSES, sortedAs);
    this.membership = new SimulatedMembership(register, personOf, sortedAs);
    this.streams = new Streams((event) => {
      this.timers.follow(event);
      this.membership.follow(event);
      recorded?.(event);
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
    this.onLead(id, (on, own) => {
      const state = this.streams.state(owner, ownerStream(by.owner));
      signingPartner(state, by);
      const { mode } = termsOf(state as Owner);
      if (own?.opening.partner !== by.partner) throw notFound();
      // Whoever is refused by the lead has used up nothing of the contact's.
      mayAskConsent(own, { ...on, mode });
      const requested = this.streams.handle(contact, contactStream(key), this.time, (at) => ({
        type: 'RequestCode' as const,
        data: { contactKey: key, leadId: id, owner: by.owner, partner: by.partner, at },
      }));
      const dropped = requested[0]?.data.dropped ?? false;
      const sealed = `contact ${own.asks.length + 1}`;
      return { type: 'AskConsent', data: { ...on, partner: by.partner, mode, contactKey: key, sealed, dropped } };
    });
    this.work();
  }

  /** @throws DomainError as `POST /v1/membership-checks` does */
  check(by: ByPartner, id: string, applicant: NamedApplicant): 'yes' | 'no' {
    const { partner } = by;
    const state = this.streams.state(owner, ownerStream(by.owner));
    signingPartner(state, by);
    if (state.status === 'unknown') throw notFound();
    const { mode } = termsOf(state);
    let recorded: 'yes' | 'no' | undefined;
    const events = this.onLead(id, ({ number, at, outages }, found) => {
      const own = found?.opening.partner === partner ? found : undefined;
      recorded = own?.answer;
      // Member by member: a rest, and a spread that is not the first, cost more than the look-up.
      const check: Writable<Check> = {
        number,
        at,
        outages,
        partner,
        personKeys: [personKey(applicant.person)],
        halted: this.streams.state(gate, GATE_STREAM).halted,
        mode,
        termsVersion: state.termsVersion,
        unresolved: state.unresolved.has(id),
      };
      if (applicant.secret !== undefined) check.tried = applicant.secret;
      const code = codeOf(applicant, mode, own);
      if (code !== undefined) check.code = code;
      const membership = this.lookedUp(applicant, mode, own);
      const isTried = mode === 'proof' && own !== undefined && comesToLookUp(own, check);
      const counts = !isTried || this.tried(by, id, applicant, membership.customer);
      return { type: 'AnswerCheck', data: { ...check, membership: counts ? membership : { customer: false } } };
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
      const given = { personKeys, corroborations: [corroboration(name)], customerId: customerId(id), sealed: 'applicant' };
      return { type: 'SubmitCustomer', data: { ...on, partner: by.partner, ...given } };
    });
    this.work();
  }

  /** @throws DomainError as `POST /v1/leads/{leadId}/withdrawal` does */
  withdraw(by: ByPartner, id: string): void {
    this.onLead(id, (on) => {
      admissiblePartner(this.streams.state(owner, ownerStream(by.owner)), by);
      return { type: 'WithdrawLead', data: { ...on, partner: by.partner, reason: 'lost-interest' } };
    });
    this.work();
  }

  /**
   * The bank says that the applicant has proved their identity.
   * @param actedAt epoch ms; just now unless given
   * @throws DomainError as the bank's route does
   */
  confirm(id: string, customerNumber: string, actedAt = this.time): void {
    const acted = this.streams.isoOf(actedAt);
    this.onCreated(id, (on) => ({ type: 'ConfirmIdentity', data: { ...on, customerKey: customerNumber, actedAt: acted } }));
  }

  /** The bank will not have the applicant. @param actedAt epoch ms @throws DomainError as the bank's route does */
  turnDown(id: string, actedAt = this.time): void {
    const acted = this.streams.isoOf(actedAt);
    this.onCreated(id, (on) => ({ type: 'TurnDown', data: { ...on, actedAt: acted } }));
  }

  /** The bank takes its word back. @throws DomainError as the bank's route does */
  revoke(id: string): void {
    this.onCreated(id, (on) => ({ type: 'RevokeConversion', data: { ...on, reason: 'forged-papers' } }));
  }

  /** The applicant's word on the page that goes with the request for consent, the last one. @throws DomainError as the page does */
  answerConsent(id: string, word: ConsentWord): void {
    this.onLead(id, (on, own) => ({ type: 'AnswerConsent', data: { ...on, ask: own?.asks.length ?? 0, word } }));
    this.work();
  }

  /** @throws DomainError as the bank's route does */
  acknowledge(id: string): void {
    this.onLead(id, (on) => ({ type: 'AcknowledgeExisting', data: on }));
    this.work();
  }

  /** Somebody who was told of the lead says that they never spoke to the partner. */
  deny(id: string, through: DenialChannel = 'message-link'): void {
    this.onLead(id, (on) => ({ type: 'DenyLead', data: { ...on, through } }));
    this.work();
  }

  private lookedUp({ person, name, secret }: NamedApplicant, mode: DisclosureMode, own: Lead | undefined) {
    const hasContact = own?.asks.at(-1)?.contactKey === fileContact(person);
    return this.membership.lookUp({ person, personKey: personKey(person), name, mode, hasSecret: secret === 'right', hasContact });
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

  private onLead(id: string, command: (on: OnLead, own: Lead | undefined) => LeadCommand) {
    const { stream, number } = placeOf(id);
    const outages = [...this.streams.state(gate, GATE_STREAM).outages];
    const { settlementEvery } = this.options;
    return this.streams.handle(lead, stream, this.time, (at, state) =>
      command({ number, at, outages, settlementEvery }, leadNumber(state, number)),
    );
  }

  private onCreated(id: string, command: (on: OnLead) => LeadCommand): void {
    this.onLead(id, (on, own) => {
      if (own?.submission === undefined) throw new DomainError('CUSTOMER_NOT_FOUND', 'no such customer');
      return command(on);
    });
    this.work();
  }
}

/** Whoever was never asked has no code to pass on. */
function codeOf({ code = 'right' }: NamedApplicant, mode: DisclosureMode, own: Lead | undefined): 'right' | 'wrong' | undefined {
  return mode !== 'consent' || code === 'none' || own === undefined || own.asks.length === 0 ? undefined : code;
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

function personOf(key: string): number {
  return Number(key.slice('1.'.length));
}

function corroboration(name: boolean): string {
  return name ? CORROBORATION.file : CORROBORATION.other;
}

function leadStream(ownerId: string, person: number): string {
  return `lead-${ownerId}-${person}`;
}

/** Id of the n-th lead of an owner on a person, from 1. */
export function leadIdOf(ownerId: string, person: number, number: number): string {
  return leadId(leadStream(ownerId, person), number);
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
