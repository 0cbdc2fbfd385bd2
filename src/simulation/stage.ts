import { Chance } from './chance.js';
import type { Asker, DefendedOwner } from './defence.js';
import { type HonestBusiness, HonestPartner } from './honest.js';
import type { Front, Plan } from './plan.js';
import type { Population } from './population.js';

/** An owner in a run: how the bank knows it, the honest work that it does, and whether an adversary works through it. */
export interface Player {
  readonly owner: DefendedOwner;
  /** What kind of honest partner it is. */
  readonly kind: string;
  readonly work?: HonestPartner;
  /** Who of its agents is asked by an applicant. */
  readonly agents: Chance;
  readonly isAdversarys: boolean;
  /** Its honest leads are what a bank wants, and no adversary's cover. */
  readonly isHonest: boolean;
}

export interface Honest {
  /** The partner in which an adversary may hide. */
  readonly host: HonestBusiness;
  /** Others, who are honest. */
  readonly others: readonly HonestBusiness[];
}

const HOST = 'host';

/**
 * Everybody who takes part. The honest are the same whatever the defence and the adversary: each has throws of its own.
 */
export function playersOf(plan: Plan, { host, others }: Honest, population: Population, seed: number): readonly Player[] {
  const sitsIn = plan.sitsIn ?? (plan.fronts.length === 0 ? 'host' : 'nobody');
  const honest = [host, ...others].map((business, n): Player => {
    const owner = n === 0 ? HOST : `other-${n}`;
    return {
      owner: ownerOf(owner, business),
      kind: business.kind ?? (n === 0 ? HOST : 'other'),
      work: new HonestPartner(business, population, new Chance(seed, `honest ${n}`)),
      agents: new Chance(seed, `agents of ${owner}`),
      isAdversarys: sitsIn === 'anybody' || (sitsIn === 'host' && n === 0),
      isHonest: true,
    };
  });
  return [...honest, ...plan.fronts.map((front) => frontAt(front, host, population, seed))];
}

function frontAt(front: Front, host: HonestBusiness, population: Population, seed: number): Player {
  const { owner, claims, hasPool } = front;
  const business = front.business === undefined ? undefined : { ...host, ...front.business };
  const pool = business !== undefined && hasPool === true ? poolOf(business) : {};
  const partners = front.partners.map((partner) => ({ partner, agents: agentsOf(front.agents) }));
  return {
    owner: { owner, partners, ...(business !== undefined && { figures: { ...figuresOf(business), ...pool, ...claims } }) },
    kind: 'front',
    ...(business !== undefined && { work: new HonestPartner(business, population, new Chance(seed, `business of ${owner}`)) }),
    agents: new Chance(seed, `agents of ${owner}`),
    isAdversarys: true,
    isHonest: false,
  };
}

/** Partners of the same business: each has the acknowledged share of this one, give or take a tenth. */
function poolOf({ existingShare, acknowledgedShare }: HonestBusiness): Pick<NonNullable<DefendedOwner['figures']>, 'acknowledgedBaseline'> {
  const share = existingShare * acknowledgedShare;
  return { acknowledgedBaseline: { share, sigma: share / 10 } };
}

/** Whoever of the owner's an applicant came to. */
export function atWork({ owner, agents }: Player): Asker {
  return someone(owner, 0, agents);
}

/** Through whom an adversary asks: an owner with work of its own scans at its last partner, another at all of them. */
export function scanning({ owner, work }: Player, agents: Plan['agents'], chance: Chance): Asker {
  const partner = work === undefined ? chance.below(owner.partners.length) : owner.partners.length - 1;
  if (agents === 'all') return someone(owner, partner, chance);
  const { partner: name, agents: all } = owner.partners[partner] as DefendedOwner['partners'][number];
  return { owner: owner.owner, partner: name, agent: all[0] as string };
}

function someone({ owner, partners }: DefendedOwner, at: number, chance: Chance): Asker {
  const { partner, agents } = partners[at] as DefendedOwner['partners'][number];
  return { owner, partner, agent: agents[chance.below(agents.length)] as string };
}

function ownerOf(owner: string, business: HonestBusiness): DefendedOwner {
  return { owner, partners: [{ partner: `${owner}-1`, agents: agentsOf(business.agents) }], figures: figuresOf(business) };
}

function figuresOf({ leadsPerDay, existingShare, acknowledgedShare, conversion }: HonestBusiness): NonNullable<DefendedOwner['figures']> {
  return { leadsPerDay, existingShare, acknowledgedShare, conversion };
}

function agentsOf(count: number): readonly string[] {
  return Array.from({ length: count }, (_, n) => `agent-${n + 1}`);
}
