import {
  type DisclosureMode,
  PROBATION_POOL,
  TERMS_WHEN_NOTHING_IS_KNOWN,
  type Terms,
  termsForFigures,
} from '../../src/modules/owners/terms.js';
import { person } from '../end-to-end/persons.js';
import type { TestPerson } from '../end-to-end/running-bank.js';

export const DAY = 86_400_000;
export const HOUR = 3_600_000;
export const BEGINNING = Date.parse('2026-03-02T08:00:00.000Z');
export const ANALYST = 'analyst';
export const AGENTS = ['anna', 'boris'];
export const PURPOSE = 'onboarding';

export interface CastOwner {
  readonly owner: string;
  readonly partners: readonly string[];
  readonly terms: Partial<Terms>;
  readonly figures?: NonNullable<Terms['figures']>;
}

/**
 * One whose figures are agreed, with two partners that get in each other's way, and four of whom nothing is known: the first earns
 * its way out of the probation pool, the second takes most of it and is slow, the third gets what is left, the fourth gets none.
 */
export const OWNERS: readonly CastOwner[] = [
  {
    owner: 'acme',
    partners: ['elder', 'younger'],
    figures: { leadsPerDay: 4, existingShare: 0.1, acknowledgedShare: 0.5, conversion: 0.7 },
    terms: { perConversion: 2.1 },
  },
  { owner: 'bolt', partners: ['stranger'], terms: {} },
  { owner: 'cask', partners: ['slow'], terms: { initial: PROBATION_POOL - 80, pace: 1, perDay: 0.25 } },
  { owner: 'drum', partners: ['late'], terms: { openLeads: 4, coolDown: 'P2D', settleAfter: 'P1D', answerReadableFor: 'P4D' } },
  { owner: 'ewer', partners: ['last'], terms: { agentLimits: { leadsPerDay: 1 } } },
];

export const ownerOf = (partner: string): string => OWNERS.find(({ partners }) => partners.includes(partner))?.owner ?? '';
export const PARTNERS = OWNERS.flatMap(({ partners }) => partners);

/** As the analyst's route makes them of the figures and of what is said besides. */
export function termsOf({ figures, terms }: CastOwner, mode: DisclosureMode): Terms {
  const base = figures === undefined ? TERMS_WHEN_NOTHING_IS_KNOWN : termsForFigures(figures);
  return { ...base, ...terms, mode };
}

/** One in six is a customer of the bank. */
export const isCustomer = (n: number): boolean => n % 6 === 3;
export const numberOf = (n: number): string => `N-${n}`;
export const personOf = (n: number): TestPerson => person(n);
export const contactOnFile = (n: number): string => `customer-${n}@mail.example.org`;
/** Digits of the secret that the bank has issued, or of the one that somebody makes up under a name. */
export const secretOf = (n: number, brought: string): string => (brought === 'right' ? String(204_060 + n) : `9${brought.slice(-5)}`);
