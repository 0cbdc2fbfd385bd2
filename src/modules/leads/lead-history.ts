import { milliseconds } from '../../event-sourcing/duration.js';
import type { Outage } from '../../event-sourcing/process.js';
import type { Answer } from '../owners/owner.events.js';
import type { LeadHistory } from '../owners/owner.js';
import { endOf, type Lead, type LeadState } from './lead.state.js';

/** What is known of the ledger when the history is told. */
export interface LedgerView {
  /** The owner's ledger still counts this lead. */
  unresolved(leadId: string): boolean;
  /** Its settlement showed this converted lead as declined, because it had been revoked by then. */
  shownDeclined(leadId: string): boolean;
  /** ISO 8601. */
  readonly coolDown: string;
  /** Times in which the service was down. */
  readonly outages: readonly Outage[];
  /** Epoch ms. */
  readonly now: number;
}

/** What admission has to know of a person's earlier leads with the owner. @param idOf the id of the n-th lead */
export function historyOf(state: LeadState, idOf: (number: number) => string, ledger: LedgerView): LeadHistory {
  const latest = state.leads.at(-1);
  const carried = carriedAnswer(state, ledger);
  const carriedCustomerKey = carried === 'yes' ? latest?.customerKey : undefined;
  return {
    latest: state.leads.length,
    latestId: latest?.opening.leadId ?? '',
    latestEnded: latest !== undefined && endedWithoutSettlement(latest),
    nextId: idOf(state.leads.length + 1),
    ...(carried === undefined ? {} : { carried }),
    ...(carriedCustomerKey === undefined ? {} : { carriedCustomerKey }),
  };
}

/** What an owner's past, which has become another's, says about a person: the history as it is told there, and the lead that it still has. */
export type EarlierHistory = Pick<LeadHistory, 'carried' | 'carriedCustomerKey' | 'held'>;

/** A past of a person: what was admitted and told up to then, and what was told later to those partners who came along with it. */
export interface Past {
  /** Epoch ms. */
  readonly until: number;
  readonly cameAlong: (partner: string) => boolean;
}

/** The leads that belong to a past, with its answers: what an owner that others have left is told later is its own. */
export function leadsOf({ leads }: LeadState, { until, cameAlong }: Past): LeadState {
  const past = leads.filter(({ opening }) => Date.parse(opening.at) <= until);
  return { leads: past.map((lead) => (cameAlong(lead.opening.partner) ? lead : { ...lead, answer: answerAt(lead, until) })) };
}

function answerAt({ answers }: Lead, until: number): Answer | undefined {
  return answers.findLast(({ at }) => at <= until)?.answer;
}

/** An own answer goes before one that was inherited; of those, the one of the latest past. @param earlier the latest first */
export function withEarlier(own: LeadHistory, earlier: readonly EarlierHistory[]): LeadHistory {
  const held = earlier.find((each) => each.held !== undefined)?.held;
  const inherited = own.carried === undefined ? earlier.find(({ carried }) => carried !== undefined) : undefined;
  return {
    ...own,
    ...(held === undefined ? {} : { held }),
    ...(inherited?.carried === undefined ? {} : { carried: inherited.carried }),
    ...(inherited?.carriedCustomerKey === undefined ? {} : { carriedCustomerKey: inherited.carriedCustomerKey }),
  };
}

function endedWithoutSettlement({ status }: Lead): boolean {
  return status === 'lapsed' || status === 'withdrawn' || status === 'existing';
}

/**
 * Inside the cool-down, and always after a settled conversion, a new lead tells nothing new: it carries the old answer. A
 * partner that created without asking has none; what it may hear about a customer of its own is "not confirmed". What a
 * settlement has shown as declined goes on like any declined lead: nothing may tell that it was confirmed for a while.
 */
function carriedAnswer(state: LeadState, ledger: LedgerView): Answer | undefined {
  const settled = state.leads.findLast(({ status, opening: { leadId } }) => {
    return status === 'converted' && !ledger.unresolved(leadId) && !ledger.shownDeclined(leadId);
  });
  if (settled !== undefined) return state.leads.findLast(({ answer }) => answer !== undefined)?.answer ?? 'no';
  const latest = state.leads.at(-1);
  const end = latest && endOf(latest, ledger.outages);
  if (end === undefined) return undefined;
  return ledger.now < end + milliseconds(ledger.coolDown) ? latest?.answer : undefined;
}
