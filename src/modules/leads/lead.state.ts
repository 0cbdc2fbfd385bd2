import { milliseconds } from '../../event-sourcing/duration.js';
import type { Outage } from '../../event-sourcing/process.js';
import type { Answer } from '../owners/owner.events.js';
import type { AnswerUpheld, ConsentWord, LeadEvent, LeadOpened, MembershipAnswered } from './lead.events.js';
import { settlementOf, type Settling } from './settlement.events.js';

/** One lead, as its stream tells it. Times are epoch ms. */
export interface Lead {
  readonly opening: LeadOpened['data'];
  status: 'open' | 'answered' | 'created' | 'converted' | 'declined' | 'existing' | 'withdrawn' | 'lapsed';
  /** The one answer of the lead, looked up or carried. */
  answer: Answer | undefined;
  /** When it was answered, first and last, epoch ms. */
  answers: readonly { readonly answer: Answer; readonly at: number }[];
  /** Keyed hashes of the secrets that were tried. */
  readonly tried: string[];
  /** Requests for the applicant's consent, the first with number 1. */
  readonly asks: Ask[];
  denied: boolean;
  /** When a lead ended that was not created. */
  endedAt: number | undefined;
  /** Which settlement shows what became of a created one. */
  settles: Settling | undefined;
  submission: Submission | undefined;
  /** Pseudonym of the customer number, once converted or found to exist. */
  customerKey: string | undefined;
  revoked: boolean;
  acknowledged: boolean;
  linked: boolean;
}

/** A request for the applicant's consent. Times are epoch ms. */
export interface Ask {
  readonly contactKey: string;
  readonly expiresAt: number;
  word: ConsentWord | undefined;
  /** Wrong codes that were brought for it. */
  missed: number;
  /** A check was answered on it. */
  used: boolean;
}

export interface Submission {
  readonly customerId: string;
  readonly personKeys: readonly string[];
  readonly corroborations: readonly string[];
  readonly sealed: string;
  readonly confirmBy: number;
  readonly at: number;
}

/** All leads of one owner for one person, the first with number 1. */
export interface LeadState {
  readonly leads: readonly Lead[];
}

export function evolve(state: LeadState, event: LeadEvent): LeadState {
  if (event.type === 'LeadOpened') {
    // Not pushed: an array that grows by itself takes room for seventeen at once, and a stream has one lead, mostly, with one answer.
    return { leads: state.leads.concat(opened(event.data)) };
  }
  const lead = state.leads.find(({ opening }) => opening.leadId === event.data.leadId);
  if (lead === undefined) throw new Error(`${event.type} before LeadOpened`);
  evolveLead(lead, event);
  return state;
}

function opened(opening: LeadOpened['data']): Lead {
  return {
    opening,
    status: opening.carried === undefined ? 'open' : 'answered',
    answer: opening.carried,
    answers: opening.carried === undefined ? [] : [{ answer: opening.carried, at: Date.parse(opening.at) }],
    tried: [],
    asks: [],
    denied: false,
    endedAt: undefined,
    settles: undefined,
    submission: undefined,
    customerKey: undefined,
    revoked: false,
    acknowledged: false,
    linked: false,
  };
}

function evolveLead(lead: Lead, event: Exclude<LeadEvent, LeadOpened>): void {
  switch (event.type) {
    case 'MembershipAnswered':
    case 'AnswerChanged':
      lead.status = 'answered';
      lead.answer = event.data.answer;
      lead.answers = lead.answers.concat({ answer: event.data.answer, at: Date.parse(event.data.at) });
      return answeredOn(lead, event.data);
    case 'AnswerUpheld':
      return answeredOn(lead, event.data);
    case 'ConsentAsked': {
      const { contactKey, expiresAt } = event.data;
      lead.asks.push({ contactKey, expiresAt: Date.parse(expiresAt), word: undefined, missed: 0, used: false });
      return;
    }
    case 'ConsentAnswered':
      askOf(lead, event.data.ask).word = event.data.word;
      return;
    case 'ConsentCodeMissed':
      askOf(lead, event.data.ask).missed += 1;
      return;
    case 'LeadDenied':
      lead.denied = true;
      return;
    case 'LeadEndedExisting':
      lead.customerKey = event.data.customerKey;
      return end(lead, 'existing', event.data.at);
    case 'LeadWithdrawn':
      return end(lead, 'withdrawn', event.data.at);
    case 'LeadLapsed':
      return end(lead, 'lapsed', event.data.at);
    case 'CustomerSubmitted': {
      const { customerId, personKeys, corroborations, sealed, confirmBy, at } = event.data;
      lead.status = 'created';
      lead.submission = { customerId, personKeys, corroborations, sealed, confirmBy: Date.parse(confirmBy), at: Date.parse(at) };
      return;
    }
    case 'LeadConverted':
      lead.customerKey = event.data.customerKey;
      lead.status = 'converted';
      lead.settles = event.data.settles;
      return;
    case 'LeadDeclined':
      lead.status = 'declined';
      lead.settles = event.data.settles;
      return;
    case 'ConversionRevoked':
      lead.revoked = true;
      return;
    case 'CustomerLinked':
      lead.linked = true;
      return;
    case 'ExistingAcknowledged':
      lead.acknowledged = true;
      return;
  }
}

/** What the answer rested on is used up. */
function answeredOn(lead: Lead, { mode, tried }: MembershipAnswered['data'] | AnswerUpheld['data']): void {
  if (tried !== undefined) lead.tried.push(tried);
  const ask = lead.asks.at(-1);
  if (mode === 'consent' && ask !== undefined) ask.used = true;
}

function askOf(lead: Lead, number: number): Ask {
  const ask = lead.asks[number - 1];
  if (ask === undefined) throw new Error('a word on a consent that was not asked for');
  return ask;
}

function end(lead: Lead, status: Lead['status'], at: string): void {
  lead.status = status;
  lead.endedAt = Date.parse(at);
}

/** When the lead ended as its partner sees it, epoch ms: for a created one that is its settlement. */
export function endOf(lead: Lead, outages: readonly Outage[]): number | undefined {
  return lead.settles === undefined ? lead.endedAt : settlementOf(lead.settles, outages);
}

/** A moment, epoch ms, and what is known of the lead then. */
export interface Sight {
  readonly now: number;
  /** The owner's ledger still counts the lead. */
  readonly unresolved: boolean;
  readonly outages: readonly Outage[];
}

/** Whether a recorded answer may still be read. */
export function answerIsReadable(lead: Lead, { now, unresolved, outages }: Sight): boolean {
  const end = endOf(lead, outages);
  return unresolved || end === undefined || now < end + milliseconds(lead.opening.answerReadableFor);
}

export function leadNumber(state: LeadState, number: number): Lead | undefined {
  return state.leads[number - 1];
}
