import { DomainError } from '../../event-sourcing/decider.js';
import { milliseconds } from '../../event-sourcing/duration.js';
import { type AgentLimits, areLimits, stricterLimits } from './agent-limits.js';

/** What a partner must bring before it gets an answer (design section 5). */
export type DisclosureMode = 'instant' | 'proof' | 'consent' | 'blind';

/** From the most to the least that a partner is told; surveillance may only move an owner to the right. */
export const DISCLOSURE_MODES: readonly DisclosureMode[] = ['instant', 'proof', 'consent', 'blind'];

/** Of two modes the one under which a partner is told less. */
export function stricterMode(one: DisclosureMode, other: DisclosureMode): DisclosureMode {
  return DISCLOSURE_MODES.indexOf(one) > DISCLOSURE_MODES.indexOf(other) ? one : other;
}

/** What a token may have to be bound to, so that a stolen one is worth nothing. */
export type TokenBinding = 'dpop' | 'mtls' | 'either';

/** What the requests of an owner's partners have to bring beside a token. */
export interface RequestDemands {
  /** For whatever a partner asks. */
  readonly boundTokens?: TokenBinding;
  /** Message signatures (RFC 9421) on open, check and create, kept with the event. */
  readonly signedRequests?: boolean;
}

/** Of two demands what satisfies both; of two bindings that exclude each other the first. */
export function stricterDemands(one: RequestDemands = {}, other: RequestDemands = {}): RequestDemands {
  const isOpen = one.boundTokens === undefined || one.boundTokens === 'either';
  const boundTokens = isOpen ? (other.boundTokens ?? one.boundTokens) : one.boundTokens;
  const signedRequests = (one.signedRequests ?? false) || (other.signedRequests ?? false);
  return { ...(boundTokens !== undefined && { boundTokens }), ...(signedRequests && { signedRequests }) };
}

/**
 * What the bank grants an owner, as data. Units are leads; durations are ISO 8601 (weeks to seconds, no months or years,
 * whose length depends on the calendar).
 */
export interface Terms {
  readonly mode: DisclosureMode;
  readonly purposes: readonly string[];
  /** Units given once, at the start. */
  readonly initial: number;
  /** Working capital: a bonus doubles what a conversion earns until initial, grants and bonuses reach it. 0: no bonus. */
  readonly capital: number;
  /** Units that accrue a day. */
  readonly perDay: number;
  /** Units that a settled conversion earns. */
  readonly perConversion: number;
  /** The balance never rises above it. */
  readonly ceiling: number;
  /** Leads a day, on average over `PACE_DEPTH_DAYS`. */
  readonly pace: number;
  /** Leads not yet resolved at a time; bounds the owner's stream. */
  readonly openLeads: number;
  readonly followUpWithin: string;
  readonly confirmWithin: string;
  readonly coolDown: string;
  readonly settleAfter: string;
  /** How long a recorded answer can be read again after the lead's end. */
  readonly answerReadableFor: string;
  /** What requests have to bring beside a token; nothing unless given. */
  readonly requires?: RequestDemands;
  /** The partner's own figures that the terms were computed from, where a human has agreed them. */
  readonly figures?: Figures;
  /** What holds for each agent by itself; none unless given. */
  readonly agentLimits?: AgentLimits;
}

/** An honest partner's own figures, agreed by a human. */
export interface Figures {
  /** L: leads a weekday. */
  readonly leadsPerDay: number;
  /** s: share of applicants who are customers already, 0 to 1. */
  readonly existingShare: number;
  /** a: share of those existing customers who acknowledge that they were asked for, 0 to 1. */
  readonly acknowledgedShare: number;
  /** c: share of the others who become customers, 0 to 1. */
  readonly conversion: number;
  /** Mean time from a lead's opening to its end as the partner sees it, days; 14 unless known. */
  readonly meanDaysToEnd?: number;
  /**
   * s·a as it was in the purpose's pool of partners when the figures were agreed, with its standard deviation. Frozen:
   * the machine raises `perConversion` only while the partner's own share stays within two sigma of it, and only for
   * what the share does not explain (`reestimation.ts`).
   */
  readonly acknowledgedBaseline?: { readonly share: number; readonly sigma: number };
}

export const PACE_DEPTH_DAYS = 7;
/** Settled conversions after which an owner leaves the probation pool and may earn its bonus. */
export const PROBATION_CONVERSIONS = 10;
/** Units that all owners on probation hold together. */
export const PROBATION_POOL = 200;
/** Above this, two people sign and the mode is `proof` or `consent`. */
export const PER_CONVERSION_NEEDS_TWO = 8;

const DURATIONS = ['followUpWithin', 'confirmWithin', 'coolDown', 'settleAfter', 'answerReadableFor'] as const;

/** Terms of an owner of whom nothing is known yet (design section 4, left column). */
export const TERMS_WHEN_NOTHING_IS_KNOWN: Terms = {
  mode: 'instant',
  purposes: ['onboarding'],
  initial: 50,
  capital: 0,
  perDay: 0,
  perConversion: 4,
  ceiling: 200,
  pace: 50,
  openLeads: 200,
  followUpWithin: 'P14D',
  confirmWithin: 'P30D',
  coolDown: 'P30D',
  settleAfter: 'P3D',
  answerReadableFor: 'P30D',
};

/** Terms that follow from agreed figures (design section 4, right column). */
export function termsForFigures(figures: Figures, base: Terms = TERMS_WHEN_NOTHING_IS_KNOWN): Terms {
  const { leadsPerDay: volume, existingShare, acknowledgedShare, conversion, meanDaysToEnd = 14 } = figures;
  const perLead = (1 - existingShare) * conversion;
  const spread = Math.sqrt(volume / perLead);
  return {
    ...base,
    initial: 50,
    capital: ceil(25 * volume + 30 * spread),
    perDay: 0,
    perConversion: perConversionFor(perLead, existingShare * acknowledgedShare),
    ceiling: ceil(Math.max(200, 25 * volume + 45 * spread)),
    pace: ceil(Math.max(10, 2 * volume + 3 * Math.sqrt(volume))),
    openLeads: ceil(Math.max(100, 4 * volume * meanDaysToEnd)),
    figures,
  };
}

/**
 * (1.05 − s·a) / y, in thousandths, rounded up: what a settled conversion has to earn so that an honest partner's
 * allowance does not run dry (design section 4).
 * @param honestShare of the leads: only for these the allowance is to last, h in (1.05·h − s·a) / y
 */
export function perConversionFor(convertedPerLead: number, acknowledgedPerLead: number, honestShare = 1): number {
  const owed = 1.05 * honestShare - acknowledgedPerLead;
  // Also where nothing converted: nothing is owed for that.
  if (owed <= 0) return 0;
  // Less a billionth, so that 3.8 in binary fractions is not rounded up to 3.801.
  return Math.ceil((owed / convertedPerLead) * 1000 - 1e-6) / 1000;
}

/** @throws DomainError `TERMS_INVALID` when a figure is out of range, `TERMS_NEED_STRICTER_MODE` above 8 a conversion. */
export function assertTerms(terms: Terms): void {
  const units = [terms.initial, terms.capital, terms.perDay, terms.perConversion, terms.ceiling];
  const figures = [...units, terms.pace, terms.openLeads];
  if (!figures.every((figure) => Number.isFinite(figure) && figure >= 0 && figure <= 1e9)) invalid('a figure is out of range');
  // What is booked is what the event says, to the thousandth.
  if (!units.every((figure) => Math.round(figure * 1000) / 1000 === figure)) invalid('units have at most three decimals');
  if (terms.ceiling < 1 || terms.pace <= 0 || terms.openLeads < 1) invalid('ceiling, pace and openLeads must allow a lead');
  if (terms.purposes.length === 0) invalid('terms name at least one purpose');
  if (terms.agentLimits !== undefined && !areLimits(terms.agentLimits)) invalid('the limits of agents cannot be kept');
  if (!DURATIONS.every((name) => isExactDuration(terms[name]))) invalid('durations are ISO 8601, in weeks, days, hours, minutes, seconds');
  if (terms.perConversion > PER_CONVERSION_NEEDS_TWO && terms.mode === 'instant') {
    throw new DomainError('TERMS_NEED_STRICTER_MODE', 'more than 8 units a conversion needs a mode stricter than instant');
  }
}

/**
 * An owner's own terms where another's past becomes its own: of each the stricter. Purposes, the times that follow a lead, and what
 * was agreed of its business are its own.
 */
export function stricterTerms(own: Terms, other: Terms): Terms {
  const smaller = (name: 'initial' | 'capital' | 'perDay' | 'perConversion' | 'ceiling' | 'pace' | 'openLeads'): number =>
    Math.min(own[name], other[name]);
  const agentLimits = stricterLimits(own.agentLimits, other.agentLimits);
  const requires = stricterDemands(own.requires, other.requires);
  const figures = stricterFigures(own.figures, other.figures);
  return {
    ...own,
    ...(Object.keys(requires).length > 0 && { requires }),
    ...(figures !== undefined && { figures }),
    ...(agentLimits === undefined ? {} : { agentLimits }),
    mode: stricterMode(own.mode, other.mode),
    initial: smaller('initial'),
    capital: smaller('capital'),
    perDay: smaller('perDay'),
    perConversion: smaller('perConversion'),
    ceiling: smaller('ceiling'),
    pace: smaller('pace'),
    openLeads: smaller('openLeads'),
    coolDown: milliseconds(own.coolDown) >= milliseconds(other.coolDown) ? own.coolDown : other.coolDown,
  };
}

/**
 * The baseline with the larger share of acknowledgements that was expected of either: beside a smaller one, what the other's applicants
 * acknowledge would hide strangers among the leads. The rest of an owner's figures is its own.
 */
function stricterFigures(own: Figures | undefined, other: Figures | undefined): Figures | undefined {
  const baseline = own?.acknowledgedBaseline;
  if (own === undefined || baseline === undefined || other === undefined) return own;
  const share = Math.max(baseline.share, other.acknowledgedBaseline?.share ?? 0, other.existingShare * other.acknowledgedShare);
  return { ...own, acknowledgedBaseline: { ...baseline, share } };
}

/**
 * What somebody has set a conversion to earn, once the terms have changed: neither the machine, which measured it, nor whoever changed
 * other terms. What is the other owner's after a move nobody has signed for this one, unless it is less.
 */
export function signedAfter(
  signed: number,
  before: Terms | undefined,
  { terms: { perConversion }, reason, measured }: { readonly terms: Terms; readonly reason: string; readonly measured?: unknown },
): number {
  if (measured !== undefined || perConversion === before?.perConversion) return signed;
  return reason === 'owner-changed' && before !== undefined ? Math.min(signed, perConversion) : perConversion;
}

/** Whether two terms say the same, whatever made them and in whatever order. */
export function isSameTerms(one: Terms | undefined, other: Terms): boolean {
  return one !== undefined && inOrder(one) === inOrder(other);
}

function inOrder(terms: Terms): string {
  return JSON.stringify(terms, (_name, value: unknown) =>
    typeof value === 'object' && value !== null && !Array.isArray(value)
      ? Object.fromEntries(Object.entries(value).toSorted(([a], [b]) => (a < b ? -1 : 1)))
      : value,
  );
}

/** Ten years: a longer one is a slip, and some day no date any more. */
const LONGEST_DURATION_MS = 10 * 366 * 86_400_000;

function isExactDuration(text: string): boolean {
  try {
    return milliseconds(text) <= LONGEST_DURATION_MS;
  } catch {
    return false;
  }
}

function invalid(message: string): never {
  throw new DomainError('TERMS_INVALID', message);
}

function ceil(figure: number): number {
  return Math.ceil(figure);
}
