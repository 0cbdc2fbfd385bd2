import { DomainError, type Decider } from '../../src/event-sourcing/decider.js';
import type { Fact, RecordedEvent } from '../../src/event-sourcing/message.js';
import type { Outage, Process } from '../../src/event-sourcing/process.js';
import { claim, claimStream } from '../../src/modules/customers/claim.js';
import { claimNumber } from '../../src/modules/customers/claim.process.js';
import { decline } from '../../src/modules/customers/decline.process.js';
import { settle } from '../../src/modules/customers/settle.process.js';
import { takeBack } from '../../src/modules/customers/take-back.process.js';
import { gate, GATE_STREAM, type GateCommand } from '../../src/modules/gate/gate.js';
import { acknowledgement } from '../../src/modules/leads/acknowledgement.process.js';
import { finishAdmission } from '../../src/modules/leads/finish-admission.process.js';
import { lapse } from '../../src/modules/leads/lapse.process.js';
import { type EarlierHistory, historyOf, leadsOf, type Past, withEarlier } from '../../src/modules/leads/lead-history.js';
import { lead, type LeadCommand } from '../../src/modules/leads/lead.js';
import { isOverdue } from '../../src/modules/leads/lead-rules.js';
import { leadNumber, type Lead } from '../../src/modules/leads/lead.state.js';
import { resolve } from '../../src/modules/leads/resolve.process.js';
import { settlementOf } from '../../src/modules/leads/settlement.events.js';
import { admissiblePartner, currentLead, type LeadHistory, owner, type OwnerCommand } from '../../src/modules/owners/owner.js';
import { finishMerger, finishMove } from '../../src/modules/owners/move.process.js';
import type { LeadAdmitted, PartnerLeft } from '../../src/modules/owners/owner.events.js';
import { capitalGiven } from '../../src/modules/owners/allowance.js';
import { hasLeft, leadsOfAgents, ownerStream, type Owner } from '../../src/modules/owners/owner.state.js';
import type { MergerDecided } from '../../src/modules/owners/policy.events.js';
import { OWNER_DIRECTORY_STREAM, ownerDirectory, partnerId, partnerStream } from '../../src/modules/owners/policy.js';
import { forfeitAfterRestore } from '../../src/modules/owners/restore.process.js';
import type { Terms } from '../../src/modules/owners/terms.js';
import { probation, PROBATION_STREAM } from '../../src/modules/probation/probation.js';
import { probationUnits } from '../../src/modules/probation/probation.process.js';
import { Bound } from './bound.js';
import { DAY, day } from './calendar.js';

/** A command as a process sends it; the application's handlers know what to make of it. */
interface Sent {
  readonly type: string;
  readonly data: Readonly<Record<string, unknown>>;
}
type AnyProcess = Process<unknown, never, Sent>;
type WithoutTime<C> = C extends { readonly type: infer T; readonly data: infer D }
  ? { readonly type: T; readonly data: Omit<D, 'at'> }
  : never;
type OnLead = { readonly number: number; readonly at: string; readonly outages: readonly Outage[]; readonly settlementEvery: number };

const PROCESSES = [
  finishAdmission,
  lapse,
  resolve,
  decline,
  settle,
  takeBack,
  claimNumber,
  acknowledgement,
  probationUnits,
  forfeitAfterRestore,
  finishMove,
  finishMerger,
].map((process) => process as unknown as AnyProcess);
/** Two of them are two. */
const ADDITIVE = new Set(['ReportClockBehind', 'TrustClock']);

/**
 * The write side without its machinery: the real deciders and processes over a log in memory, and the bound folded beside
 * it. What the handlers do in several writes is done here in several steps, between which anything may happen.
 */
export class GateWorld {
  now = Date.parse(day(0));
  readonly log: RecordedEvent[] = [];
  readonly bound: Bound;
  private readonly streams = new Map<string, { state: unknown; lastRecordedAt: number; revision: number }>();
  private readonly instances = PROCESSES.map((process) => ({ process, states: new Map<string, unknown>() }));

  constructor(private readonly pool: number) {
    this.bound = new Bound(pool);
  }

  /** Decides and appends; then decides the same once more, which must come to nothing (R15). */
  handle<S, C extends { readonly type: string }, E extends Fact>(
    decider: Decider<S, C, E>,
    stream: string,
    make: (at: string, state: S) => NoInfer<C>,
  ): number {
    const { state, lastRecordedAt } = this.load(decider, stream);
    const at = new Date(Math.max(this.now, lastRecordedAt)).toISOString();
    const command = make(at, state);
    const events = decider.decide(state, command);
    for (const event of events) this.append(decider, stream, at, event);
    if (events.length > 0 && !ADDITIVE.has(command.type)) this.mustBeQuiet(decider, stream, command);
    return events.length;
  }

  /** The same, where a rule may say no. */
  attempt(work: () => unknown): boolean {
    try {
      work();
      return true;
    } catch (error) {
      if (error instanceof DomainError) return false;
      throw error;
    }
  }

  onOwner(ownerId: string, command: WithoutTime<OwnerCommand>): number {
    return this.handle(owner, ownerStream(ownerId), (at) => ({ type: command.type, data: { ...command.data, at } }) as OwnerCommand);
  }

  onGate(command: WithoutTime<GateCommand>): number {
    return this.handle(gate, GATE_STREAM, (at) => ({ type: command.type, data: { ...command.data, at } }) as GateCommand);
  }

  ownerState(ownerId: string): Owner {
    const { state } = this.load(owner, ownerStream(ownerId));
    if (state.status === 'unknown') throw new Error('no such owner in this world');
    return state;
  }

  /** Commits an admission; the lead's own stream follows with the process, or with the next command of the partner. */
  admit(ownerId: string, partner: string, agent: string, person: number): void {
    const stream = personStream(ownerId, person);
    const { outages, restores, halted } = this.load(gate, GATE_STREAM).state;
    for (const each of [ownerId, ...this.ownerState(ownerId).predecessors.keys()]) {
      const latest = this.load(lead, personStream(each, person)).state.leads.at(-1);
      const waiting = latest?.status === 'open' || latest?.status === 'answered';
      if (latest && waiting && isOverdue(latest, this.now, outages))
        this.send({ type: 'LapseLead', data: { leadId: latest.opening.leadId } });
    }
    this.handle(owner, ownerStream(ownerId), (at, state) => {
      if (state.status === 'unknown' || state.terms === undefined) throw new DomainError('TERMS_INVALID', 'no terms');
      const now = Date.parse(at);
      const own = this.history(state, person, state.terms.coolDown, now);
      const history = withEarlier(own, this.earlier(state, person, state.terms.coolDown, now));
      return {
        type: 'AdmitLead' as const,
        data: { partner, agent, purpose: 'onboarding', personKey: `1.${person}`, leadStream: stream, history, restores, halted, at },
      };
    });
  }

  private history(state: Owner, person: number, coolDown: string, now: number, past?: Past): LeadHistory {
    const stream = personStream(state.owner, person);
    const told = this.load(lead, stream).state;
    return historyOf(past === undefined ? told : leadsOf(told, past), (number) => `${stream}/${number}`, {
      unresolved: (leadId) => state.unresolved.has(leadId),
      shownDeclined: (leadId) => state.shownDeclined.has(leadId),
      coolDown,
      outages: this.load(gate, GATE_STREAM).state.outages,
      now,
    });
  }

  /** What the pasts say that the owner has taken over. */
  private earlier(heir: Owner, person: number, coolDown: string, now: number): EarlierHistory[] {
    const cameAlong = (partner: string): boolean => heir.partners.has(partner) && !hasLeft(heir, partner);
    return [...heir.predecessors]
      .toSorted(([, one], [, other]) => other.until - one.until)
      .map(([ownerId, { until }]) => {
        const state = this.ownerState(ownerId);
        const { carried, carriedCustomerKey, ...history } = this.history(state, person, coolDown, now, { until, cameAlong });
        const current = currentLead(state, history);
        return {
          ...(current !== undefined && Date.parse(current.at) <= until ? { held: current } : {}),
          ...(carried === undefined ? {} : { carried }),
          ...(carriedCustomerKey === undefined ? {} : { carriedCustomerKey }),
        };
      });
  }

  /** Which owner the partner opens its leads under; that which it left, while it is on its way. */
  ownerOf(partner: string, known: string): string {
    for (let current = known, moves = 0; ;) {
      const found = this.ownerState(current).partners.get(partner);
      if (found === undefined || found.moves < moves) throw new DomainError('OWNER_CHANGING', 'it is on its way');
      if (found.left === undefined) return current;
      current = found.left;
      moves = found.moves;
    }
  }

  decideMerger(from: string, into: string): void {
    for (const each of [from, into]) {
      this.handle(ownerDirectory, OWNER_DIRECTORY_STREAM, (at) => ({ type: 'ListOwner' as const, data: { owner: each, at } }));
    }
    this.handle(ownerDirectory, OWNER_DIRECTORY_STREAM, (at) => {
      return { type: 'DecideMerger' as const, data: { owner: from, into, reason: 'merger' as const, by: 'analyst-1', at } };
    });
  }

  /** The writes of a move, one after the other; `steps` are as many as are made before whoever makes them dies. */
  private finishMove({ partner, owner: from, to, move, balance, paceLeft, until }: PartnerLeft['data'], steps: number): void {
    const former = this.ownerState(from);
    const as = former.partners.get(partner);
    if (as === undefined) throw new Error('a partner left an owner that it never had');
    const leadsByDay = leadsOfAgents(former, partner);
    const data = { ...this.pastOf(from), partner, move, as, leadsByDay, remainder: { balance, paceLeft, until } };
    this.onOwner(to, { type: 'ReceivePartner', data });
    if (steps < 2) return;
    this.handle(partnerId, partnerStream(partner), (at) => ({ type: 'MovePartnerId' as const, data: { partner, owner: to, move, at } }));
  }

  private finishMerger({ owner: from, into }: MergerDecided['data'], steps: number): void {
    this.onOwner(from, { type: 'MergeOwner', data: { into, reason: 'merger', by: 'analyst-1' } });
    const { merged } = this.ownerState(from);
    if (merged !== undefined) this.inherit(into, from, merged, steps - 1);
  }

  private inherit(heir: string, from: string, remainder: NonNullable<Owner['merged']>, steps: number): void {
    const { merged: gone } = this.ownerState(heir);
    if (gone !== undefined) this.inherit(gone.into, from, remainder, steps - 1);
    if (steps > 0) this.onOwner(heir, { type: 'InheritOwner', data: { ...this.pastOf(from), remainder } });
  }

  private pastOf(from: string): {
    from: string;
    earlier: { owner: string; until: string }[];
    capitalGiven: number;
    terms?: Terms;
    by: string;
  } {
    const { terms, allowance, predecessors } = this.ownerState(from);
    const earlier = [...predecessors].map(([each, { until }]) => ({ owner: each, until: new Date(until).toISOString() }));
    return { from, earlier, capitalGiven: capitalGiven(allowance), ...(terms === undefined ? {} : { terms }), by: 'analyst-1' };
  }

  /** Opens, as a partner does: the admission, and then the opening. */
  open(ownerId: string, partner: string, agent: string, person: number): void {
    this.admit(ownerId, partner, agent, person);
    const { state } = this.load(lead, personStream(ownerId, person));
    const nextId = `${personStream(ownerId, person)}/${state.leads.length + 1}`;
    const [held] = this.earlier(this.ownerState(ownerId), person, 'P1D', this.now).flatMap((each) => each.held ?? []);
    const admitted = currentLead(this.ownerState(ownerId), { latest: 0, latestId: '', latestEnded: true, nextId, ...(held && { held }) });
    if (admitted) this.send({ type: 'FinishAdmission', data: { admitted } });
  }

  /** The latest lead of every owner and person, in the order in which they were first opened. */
  latestLeads(): { readonly owner: string; readonly person: number; readonly lead: Lead }[] {
    return [...this.streams].flatMap(([stream, { state }]) => {
      const [kind, ownerId = '', person = ''] = stream.split('-');
      const latest = kind === 'lead' ? (state as { leads: Lead[] }).leads.at(-1) : undefined;
      return latest === undefined ? [] : [{ owner: ownerId, person: Number(person), lead: latest }];
    });
  }

  check(ownerId: string, partner: string, person: number, asked: number, customerKey: string | undefined): void {
    const state = this.ownerState(ownerId);
    const current = this.ownerState(this.ownerOf(partner, ownerId));
    admissiblePartner(current, { partner });
    const { halted } = this.load(gate, GATE_STREAM).state;
    this.onLead(ownerId, person, (on) => ({
      type: 'AnswerCheck',
      data: {
        ...on,
        partner,
        personKeys: [`1.${asked}`],
        halted,
        mode: current.terms?.mode ?? 'blind',
        termsVersion: state.termsVersion,
        unresolved: state.unresolved.has(`${personStream(ownerId, person)}/${on.number}`),
        membership: customerKey === undefined ? { customer: false } : { customer: true, customerKey },
      },
    }));
  }

  onLead(ownerId: string, person: number, command: (on: OnLead) => LeadCommand): number {
    const stream = personStream(ownerId, person);
    const { outages } = this.load(gate, GATE_STREAM).state;
    return this.handle(lead, stream, (at, { leads }) => command({ number: leads.length, at, outages, settlementEvery: DAY }));
  }

  /** Sends what a process would send once its time has come, now. */
  hasten(ownerId: string, { status, opening }: Lead): void {
    const types = status === 'converted' || status === 'declined' ? ['SettleLead'] : ['LapseLead', 'DeclineLead'];
    for (const type of types) this.send({ type, data: { owner: ownerId, leadId: opening.leadId } });
  }

  revoke(leadId: string): void {
    this.byId(leadId, (on) => ({ type: 'RevokeConversion', data: { ...on, reason: 'other' } }));
  }

  /** What all processes owe now. */
  owed(): Sent[] {
    const { outages } = this.load(gate, GATE_STREAM).state;
    return this.instances.flatMap(({ process, states }) =>
      [...states.values()].flatMap((state) => process.owed(state, { now: this.now, outages }).commands),
    );
  }

  /** Carries out a process's command, as the application's handlers do. @param between what happens after the reads */
  send({ type, data }: Sent, between?: () => void, steps = 3): void {
    const ownerId = data['owner'] as string;
    switch (type) {
      case 'FinishAdmission': {
        const admitted = data['admitted'] as LeadAdmitted['data'];
        this.handle(lead, admitted.leadStream, () => ({ type: 'RecordOpening' as const, data: { admitted } }));
        return;
      }
      case 'LapseLead':
        return this.byId(data['leadId'] as string, (on) => ({ type: 'LapseLead', data: on }));
      case 'DeclineLead':
        return this.byId(data['leadId'] as string, (on) => ({ type: 'DeclineLead', data: on }));
      case 'ClaimCustomerNumber':
        return this.claim(data as { leadId: string; customerKey: string });
      case 'SettleLead': {
        const settled = this.settlement(data['leadId'] as string);
        between?.();
        this.onOwner(ownerId, { type, data: settled });
        return;
      }
      case 'DrawProbationUnits':
      case 'ReturnProbationUnits':
        this.handle(probation, PROBATION_STREAM, (at) => ({
          type,
          data: { ...(data as { owner: string; wanted: number }), pool: this.pool, at },
        }));
        return;
      case 'FinishMove':
        return this.finishMove(data['left'] as PartnerLeft['data'], steps);
      case 'FinishMerger':
        return this.finishMerger(data['decided'] as MergerDecided['data'], steps);
      case 'ChangeOwner':
        this.onOwner(ownerId, data['change'] as WithoutTime<OwnerCommand>);
        return;
      default: {
        const { owner: _, ...rest } = data;
        this.onOwner(ownerId, { type, data: rest } as unknown as WithoutTime<OwnerCommand>);
      }
    }
  }

  /** Lets every timer run and every process finish. */
  comeToRest(): void {
    this.now = Math.max(this.now, ...[...this.streams.values()].map(({ lastRecordedAt }) => lastRecordedAt)) + 120 * DAY;
    for (let round = 0; round < 50; round++) {
      const owed = this.owed();
      if (owed.length === 0) return;
      for (const command of owed) this.attempt(() => this.send(command));
      this.now += DAY;
    }
    throw new Error(`the processes do not come to rest: ${JSON.stringify(this.owed().slice(0, 3))}`);
  }

  private settlement(leadId: string): Extract<WithoutTime<OwnerCommand>, { type: 'SettleLead' }>['data'] {
    const { stream, number } = placeOf(leadId);
    const found = leadNumber(this.load(lead, stream).state, number);
    if (found?.settles === undefined || (found.status !== 'converted' && found.status !== 'declined')) throw new Error('nothing to settle');
    const { status, settles, revoked, customerKey } = found;
    const { outages } = this.load(gate, GATE_STREAM).state;
    return {
      leadId,
      as: status,
      settlesAt: new Date(settlementOf(settles, outages)).toISOString(),
      revoked,
      ...(customerKey === undefined ? {} : { customerKey }),
      earnedBefore: customerKey !== undefined && this.earnedBefore(found.opening.owner, customerKey),
    };
  }

  private earnedBefore(ownerId: string, customerKey: string): boolean {
    return [...this.ownerState(ownerId).predecessors].some(
      ([each, { until }]) => (this.ownerState(each).earnedBy.get(customerKey) ?? Infinity) <= until,
    );
  }

  private claim(data: { leadId: string; customerKey: string }): void {
    const stream = claimStream(data.customerKey);
    const claimedByLead = this.load(claim, stream).state.claim?.leadId;
    this.handle(claim, stream, (at) => ({
      type: 'ClaimNumber' as const,
      data: { customerId: '', personKeys: [], corroborations: [], sealed: '', ...data, at },
    }));
    if (claimedByLead === undefined || claimedByLead === data.leadId) return;
    this.byId(data.leadId, (on) => ({ type: 'LinkCustomer', data: { ...on, claimedByLead } }));
  }

  private byId(leadId: string, command: (on: OnLead) => LeadCommand): void {
    const { stream, number } = placeOf(leadId);
    const { outages } = this.load(gate, GATE_STREAM).state;
    this.handle(lead, stream, (at) => command({ number, at, outages, settlementEvery: DAY }));
  }

  private load<S, C, E extends Fact>(decider: Decider<S, C, E>, stream: string): { state: S; lastRecordedAt: number; revision: number } {
    const known = this.streams.get(stream) ?? { state: decider.initial(), lastRecordedAt: 0, revision: -1 };
    this.streams.set(stream, known);
    return known as { state: S; lastRecordedAt: number; revision: number };
  }

  private append<S, C, E extends Fact>(decider: Decider<S, C, E>, stream: string, recordedAt: string, fact: E): void {
    const fold = this.load(decider, stream);
    const position = this.log.length;
    const data = JSON.parse(JSON.stringify(fact.data)) as E['data'];
    const cause = { correlationId: '', causationId: '', actor: 'world' };
    const event = {
      id: String(position),
      type: fact.type,
      schemaVersion: 1,
      recordedAt,
      cause,
      stream,
      revision: fold.revision + 1,
      position,
      data,
    };
    this.log.push(event);
    this.bound.apply(event);
    fold.state = decider.evolve(fold.state, JSON.parse(JSON.stringify(event)) as E);
    fold.revision += 1;
    fold.lastRecordedAt = Date.parse(recordedAt);
    for (const { process, states } of this.instances) {
      if (!(process.handles as readonly string[]).includes(fact.type)) continue;
      const key = process.key(event as never);
      const next = process.evolve(states.get(key), event as never);
      if (next === undefined) states.delete(key);
      else states.set(key, next);
    }
  }

  private mustBeQuiet<S, C extends { readonly type: string }, E extends Fact>(decider: Decider<S, C, E>, stream: string, command: C): void {
    const { state } = this.load(decider, stream);
    this.attempt(() => {
      const again = decider.decide(state, command);
      if (again.length > 0) throw new Error(`R15: ${command.type} issued twice emits ${again.map(({ type }) => type).join(', ')}`);
    });
  }
}

export function personStream(ownerId: string, person: number): string {
  return `lead-${ownerId}-${person}`;
}

function placeOf(leadId: string): { stream: string; number: number } {
  const [stream = '', number = ''] = leadId.split('/');
  return { stream, number: Number(number) };
}

/** Terms small enough that a handful of leads reaches every limit. */
export function smallTerms(base: Terms, change: Partial<Terms>): Terms {
  return { ...base, initial: 4, capital: 9, perConversion: 2.5, ceiling: 7, pace: 2, openLeads: 6, ...change };
}
