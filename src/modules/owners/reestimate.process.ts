import type { Recorded } from '../../event-sourcing/message.js';
import type { Process } from '../../event-sourcing/process.js';
import type { ChangeOwner } from './owner.commands.js';
import type {
  AcknowledgementCredited,
  LeadAdmitted,
  LeadResolved,
  LeadSettled,
  Measured,
  TermsReviewAsked,
  TermsSet,
} from './owner.events.js';
import { reestimate } from './reestimation.js';
import { signedAfter, type Terms } from './terms.js';

const DAY = 86_400_000;
/** Leads opened this many days before the month are measured: younger cohorts are not whole, of which conversions show first. */
const YOUNGEST_DAYS = 45;
const OLDEST_DAYS = 135;
/** The oldest day that a month can still ask for, seen from its end. */
const KEPT_DAYS = OLDEST_DAYS + 31;

/** Leads admitted on one day, and how many of them have become what. */
export interface Cohort {
  leads: number;
  converted: number;
  existing: number;
  acknowledged: number;
}

interface Cohorts {
  readonly owner: string;
  readonly terms?: Terms;
  /** `perConversion` as a human set it last. */
  readonly signed?: number;
  /** The last month that is done, `2025-03`. */
  readonly doneFor: string;
  /** By day since the epoch on which the leads were admitted. */
  readonly days: Record<number, Cohort>;
}

type Follows = TermsSet | TermsReviewAsked | LeadAdmitted | LeadResolved | LeadSettled | AcknowledgementCredited;

/**
 * Each month an owner with agreed figures is measured on whole cohorts, and its terms follow (design section 4). Quiet
 * where the figures in force fit, so a month in which nothing is owed leaves no trace.
 */
export const reestimateMonthly: Process<Cohorts, Follows, Pick<ChangeOwner, 'type' | 'data'>> = {
  name: 'reestimate',
  version: 4,
  handles: ['TermsSet', 'TermsReviewAsked', 'LeadAdmitted', 'LeadResolved', 'LeadSettled', 'AcknowledgementCredited'],
  key: ({ stream }) => stream,
  evolve,
  owed: (state, { now }) => {
    const wakeAt = startOfMonth(now, 1);
    const measured = measure(state, startOfMonth(now));
    if (state.terms === undefined || measured.month <= state.doneFor) return { commands: [], wakeAt };
    if (reestimate(state.terms, measured, state.signed).outcome === 'keep') return { commands: [], wakeAt };
    return {
      commands: [{ type: 'ChangeOwner', data: { owner: state.owner, change: { type: 'ReestimateTerms', data: { measured } } } }],
      wakeAt,
    };
  },
};

function evolve(known: Cohorts | undefined, event: Recorded<Follows>): Cohorts {
  const state = known ?? { owner: event.stream.slice('owner-'.length), doneFor: '', days: {} };
  // Whoever opens again for the same customer, as often as they acknowledge it, would measure as having more of them.
  if ('carried' in event.data && event.data.carried !== undefined) return state;
  switch (event.type) {
    case 'TermsSet':
      return {
        ...state,
        terms: event.data.terms,
        signed: signedAfter(state.signed ?? 0, state.terms, event.data),
        doneFor: event.data.measured?.month ?? state.doneFor,
      };
    case 'TermsReviewAsked':
      return { ...state, doneFor: event.data.month };
    case 'LeadAdmitted':
      return counted(begun(state, event.data.at), event.data.at, 'leads');
    case 'LeadResolved':
      return event.data.as === 'existing' ? counted(state, event.data.admittedAt, 'existing') : state;
    case 'LeadSettled':
      return event.data.as === 'converted' && event.data.customerKey !== undefined
        ? counted(state, event.data.admittedAt, 'converted')
        : state;
    case 'AcknowledgementCredited':
      return counted(state, event.data.admittedAt, 'acknowledged');
  }
}

function counted(state: Cohorts, admittedAt: string, what: keyof Cohort): Cohorts {
  const day = dayOf(Date.parse(admittedAt));
  const cohort = state.days[day];
  // Of a cohort that is forgotten already nothing is counted any more.
  if (cohort !== undefined) cohort[what] += 1;
  return state;
}

/** A day that has not begun before; those that no month can ask for any more are forgotten with it. */
function begun(state: Cohorts, now: string): Cohorts {
  const today = dayOf(Date.parse(now));
  if (state.days[today] !== undefined) return state;
  state.days[today] = { leads: 0, converted: 0, existing: 0, acknowledged: 0 };
  for (const day of Object.keys(state.days)) if (Number(day) < today - KEPT_DAYS) delete state.days[Number(day)];
  return state;
}

/**
 * What became of the whole cohorts of which a month is measured.
 * @param month its first moment, epoch ms
 */
export function measure({ days }: Pick<Cohorts, 'days'>, month: number): Measured {
  const sum = { leads: 0, converted: 0, existing: 0, acknowledged: 0 };
  for (let day = dayOf(month) - OLDEST_DAYS; day < dayOf(month) - YOUNGEST_DAYS; day++) {
    const cohort = days[day];
    if (cohort === undefined) continue;
    sum.leads += cohort.leads;
    sum.converted += cohort.converted;
    sum.existing += cohort.existing;
    sum.acknowledged += cohort.acknowledged;
  }
  return { month: new Date(month).toISOString().slice(0, 'yyyy-mm'.length), ...sum };
}

/** Midnight UTC of the first day of the month that a moment lies in, or of a later month; epoch ms. */
export function startOfMonth(moment: number, later = 0): number {
  const date = new Date(moment);
  return Date.UTC(date.getUTCFullYear(), date.getUTCMonth() + later, 1);
}

function dayOf(moment: number): number {
  return Math.floor(moment / DAY);
}
