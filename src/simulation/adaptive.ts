import type { Plan } from './adversaries.js';
import { type CountedWorld, CountModel } from './count-model.js';
import { figuresOf, type Found, type LeagueSettings, type OwnDefence, ownName, type SearchJob } from './league.js';
import { HUMAN, honestNotices } from './human.js';
import { termsUnder } from './our-defence.js';
import { wiresOf } from './watch.js';
import { type Search, worstCase } from './worst-case.js';

export const ADAPTIVE = 'adaptive';
export const ADAPTIVE_ADVERSARY = {
  name: ADAPTIVE,
  description:
    'the system of an honest partner that has read the documentation and knows every parameter but the secrets; it goes about it as a search has found to be the worst before each of our modes',
} as const;

/**
 * What a paid customer costs it, in persons that it could have learned for the same money. An assumption: where one costs it less than
 * a conversion earns, only the bank's proof of identity is in the way, and adversary `mules` shows what that is worth.
 */
const PERSONS_FOR_A_MULE = 10;
const COVERS: Search['covers'] = [
  { cover: 'nothing' },
  { cover: 'withdraw' },
  { cover: 'create' },
  { cover: 'mule', persons: PERSONS_FOR_A_MULE },
];

/** Where nothing is told there is little to look for: how to get most leads through. */
const FEW_ROUNDS = 4;

export function foundBy(settings: LeagueSettings, { own, search }: SearchJob): Found {
  const world = countedWorld(settings, own);
  const { days, seeds, rounds } = search;
  const isTold = world.terms.mode === 'instant';
  const found = worstCase(
    new CountModel(world),
    isTold
      ? { ...search, covers: COVERS }
      : { days, seeds: seeds.slice(0, 1), rounds: Math.min(FEW_ROUNDS, rounds), covers: [{ cover: 'nothing' }] },
  );
  return { own, search, defence: ownName(own), model: 'counted', found };
}

/** The host of a league under one of our modes, in days and counts. */
export function countedWorld({ host, population }: LeagueSettings, { mode, isWatched, variant }: OwnDefence): CountedWorld {
  const figures = figuresOf(host);
  const terms = termsUnder(mode, figures, variant);
  // In `consent` every customer is warned at their own contact, whatever is answered.
  const told = terms.mode === 'instant' || terms.mode === 'consent' ? 1 : 0;
  const watch = { human: HUMAN, honest: honestNotices(figures), ...wiresOf(population, host, told) };
  return { business: host, terms, population, ...(isWatched && { watch }) };
}

/** Who reads this documentation and knows every parameter but the secrets: the policy found, for the real deciders. */
export function adaptivePlan({ found: { policy } }: Pick<Found, 'found'>): Plan {
  const { from, perDay, reserve, cover, covered } = policy;
  return {
    ...ADAPTIVE_ADVERSARY,
    fronts: [],
    agents: 'all',
    from,
    rate: { perDay, reserve },
    yields: false,
    order: 'random',
    avoidsVisible: true,
    cover,
    covered,
    brings: { name: true, secret: false, contact: false },
  };
}
