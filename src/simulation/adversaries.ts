import type { Brings } from './defence.js';
import type { Front, Plan } from './plan.js';

// With the plans goes what they are made of.
export type { Cover, Plan } from './plan.js';

const WHAT_IS_PUBLIC: Brings = { name: true, secret: false, contact: false };
const LOOSE: Omit<Plan, 'name' | 'description'> = {
  fronts: [],
  agents: 'one',
  from: 0,
  rate: { perDay: 100 },
  yields: false,
  order: 'random',
  avoidsVisible: true,
  cover: 'nothing',
  covered: 1,
  brings: WHAT_IS_PUBLIC,
};
/** A system inside the host that asks about a twentieth of its volume, evenly spread over all agents. */
const SYSTEM: typeof LOOSE = { ...LOOSE, agents: 'all', rate: { ofVolume: 0.05 } };
/** A new partner of whom nothing is known, which asks about as many as it gets through. */
const SCANNER: typeof LOOSE = { ...LOOSE, fronts: [front('scanner')], rate: { perDay: 3_000 }, yields: true };

function front(owner: string, partners = 1, agents = 1): Front {
  return { owner, partners: Array.from({ length: partners }, (_, n) => `${owner}-${n + 1}`), agents };
}

/** Several alike, told apart by a number. */
export function frontsLike(model: Front, count: number): readonly Front[] {
  const stem = model.owner.replace(/-\d+$/, '');
  return Array.from({ length: count }, (_, n) => ({ ...model, ...front(`${stem}-${n + 1}`, model.partners.length, model.agents) }));
}

const SPEEDS = { over: 'persons a day', values: [30, 300, 1_000] } as const;
const SHARES_OF_VOLUME = { over: 'of the volume', values: [0.01, 0.02, 0.1, 0.2, 0.5] } as const;
const SHARES_COVERED = { over: 'share covered', values: [0.25, 0.5, 0.75] } as const;
const LISTS = { over: 'names on the list', values: [1_000, 10_000, 200_000] } as const;

/** No adversary: what the honest pay for a defence by itself. */
const NOBODY: Plan = {
  ...LOOSE,
  name: 'nobody',
  description: 'no adversary at all: what the honest pay for the defence by itself',
  sitsIn: 'nobody',
  rate: { perDay: 0 },
};

/** Whoever becomes a partner to scan. */
const STRANGERS: readonly Plan[] = [
  {
    ...SCANNER,
    name: 'blatant',
    description: 'a new partner that asks about three thousand persons a day',
    avoidsVisible: false,
    sweep: SPEEDS,
  },
  {
    ...SCANNER,
    name: 'register walk',
    description: 'the same, street by street through the register',
    order: 'register',
    avoidsVisible: false,
    sweep: SPEEDS,
  },
  {
    ...SCANNER,
    name: 'at the edge',
    description: 'a new partner that asks for a quarter more each day until half of it is refused',
    rate: { perDay: 20 },
    sweep: { over: 'persons a day', values: [5, 80] },
  },
  {
    ...SCANNER,
    name: 'one a day',
    description: 'a new partner that asks about one person a day',
    rate: { perDay: 1 },
    yields: false,
    sweep: { over: 'persons a day', values: [0.2, 3, 10, 30] },
  },
  {
    ...SCANNER,
    name: 'padded',
    description:
      'a new partner that pays real people to become customers beside its scan, as often as an honest one converts; the gate pays for each ' +
      'what it pays for any conversion, so it is the price of a mule that bounds it',
    rate: { perDay: 100 },
    padding: 0.28,
    sweep: { over: 'share of padding', values: [0.1, 0.2, 0.5] },
  },
  {
    ...SCANNER,
    name: 'shells',
    description: 'ten shells of one owner',
    fronts: [front('shells', 10)],
    rate: { perDay: 1_000 },
    sweep: { over: 'shells', values: [3, 30] },
  },
  {
    ...SCANNER,
    name: 'sleeping shells',
    description: 'ten shells of one owner that do nothing for half a year; the allowance does not grow while they sleep',
    fronts: [front('sleepers', 10)],
    from: 182,
    rate: { perDay: 1_000 },
    sweep: { over: 'first day', values: [30, 91, 300] },
  },
  {
    ...SCANNER,
    name: 'nominees',
    description: 'ten owners that nobody knows to be one',
    fronts: frontsLike(front('nominee'), 10),
    rate: { perDay: 100 },
    sweep: { over: 'owners', values: [3, 30] },
  },
];

/** Whoever hides in an honest partner. */
const INSIDERS: readonly Plan[] = [
  {
    ...LOOSE,
    name: 'rogue agent',
    description: 'one employee of an honest partner, a twentieth of its volume',
    rate: { ofVolume: 0.05 },
    sweep: SHARES_OF_VOLUME,
  },
  {
    ...SYSTEM,
    name: 'rogue system',
    description: 'the system of an honest partner, a twentieth of its volume spread over all agents, from the first day',
    order: 'shuffled',
    sweep: SHARES_OF_VOLUME,
  },
  {
    ...SYSTEM,
    name: 'by birth date',
    description: 'the rogue system, which goes through the register by birth date, and so by identifier',
    order: 'birth date',
    sweep: SHARES_OF_VOLUME,
  },
  {
    ...SYSTEM,
    name: 'by family name',
    description: 'the rogue system, which goes through the register by family name',
    order: 'family name',
    sweep: SHARES_OF_VOLUME,
  },
  {
    ...SYSTEM,
    name: 'skimmer',
    description: 'the system of an honest partner that takes whatever the allowance leaves beyond ten days of leads',
    rate: { keepDays: 10 },
    order: 'shuffled',
    sweep: { over: 'days kept back', values: [0, 5, 20] },
  },
  {
    ...SYSTEM,
    name: 'turncoat',
    description: 'an honest partner that turns after half a year and takes all that it can',
    from: 182,
    rate: { keepDays: 0 },
    order: 'shuffled',
    sweep: { over: 'first day', values: [30, 91, 300] },
  },
  {
    ...SYSTEM,
    name: 'colluders',
    description: 'three owners, each as honest in its business as the host, whose systems split the register between them',
    fronts: frontsLike({ ...front('colluder', 1, 10), business: {} }, 3),
    order: 'register',
    splits: true,
    sweep: { over: 'owners', values: [2, 6] },
  },
  {
    ...SYSTEM,
    name: 'two lines',
    description:
      'an owner with two partners that told the bank of a hard line of business and does an easy one: it earns where four of five convert ' +
      'and spends where it scans; the gate keeps one purse and measures the whole owner, but the scan thins its conversions down to what it ' +
      'claimed, so that a low claim at signing is for humans and detectors',
    fronts: [
      { ...front('two-lines', 2, 10), business: { conversion: 0.8, existingShare: 0.1 }, claims: { conversion: 0.4, existingShare: 0.3 } },
    ],
    rate: { keepDays: 10 },
    sweep: { over: 'days kept back', values: [0, 5, 20] },
  },
  {
    ...SYSTEM,
    name: 'accomplices',
    description:
      'an owner as honest in its business as the host, whose terms the machine may raise, because the bank has a pool of partners like it; of what its ' +
      'scan opens a part is for customers in its pay, who acknowledge it, so that the acknowledged share does not show the scan',
    fronts: [{ ...front('accomplices', 1, 10), business: {}, hasPool: true }],
    rate: { keepDays: 10 },
    accomplices: 0.15,
    sweep: { over: 'share of accomplices', values: [0, 0.05, 0.3] },
  },
];

/** Whoever would not have its questions look like questions. */
const COVERED: readonly Plan[] = [
  {
    ...SYSTEM,
    name: 'withdrawals',
    description: 'the rogue system, which withdraws what it asked',
    cover: 'withdraw',
    sweep: SHARES_COVERED,
  },
  {
    ...SYSTEM,
    name: 'fake creates',
    description: 'the rogue system, which creates whom it asked about, without a proof of identity',
    cover: 'create',
    sweep: SHARES_COVERED,
  },
  {
    ...SYSTEM,
    name: 'stolen papers',
    description:
      'the rogue system, which proves one identity in five with stolen papers; the bank finds out a month later and takes it back',
    rate: { ofVolume: 0.2 },
    cover: 'stolen papers',
    covered: 0.2,
    sweep: { over: 'share covered', values: [0.1, 0.5] },
  },
  {
    ...SYSTEM,
    name: 'mules',
    description: 'the rogue system, which pays for one conversion for each five persons',
    rate: { ofVolume: 0.2 },
    cover: 'mule',
    covered: 0.2,
    sweep: { over: 'share covered', values: [0.1, 0.4, 0.8] },
  },
];

/** Whoever knows whom to ask about. */
const TARGETED: readonly Plan[] = [
  {
    ...SYSTEM,
    name: 'a thousand names',
    description: 'a list of a thousand celebrities, asked by the rogue system',
    list: { size: 1_000, customerShare: 0.2 },
    sweep: { over: 'names on the list', values: [100, 10_000] },
  },
  {
    ...LOOSE,
    name: 'neighbours',
    description: 'each day the employee of some honest partner asks about one neighbour, once, by name, birth date and address',
    sitsIn: 'anybody',
    agents: 'all',
    rate: { perDay: 1 },
    sweep: { over: 'persons a day', values: [0.2, 5] },
  },
  {
    ...LOOSE,
    name: 'former spouses',
    description:
      'each day the employee of some honest partner asks about one former spouse, whose secret stands on a paper that was left behind',
    sitsIn: 'anybody',
    agents: 'all',
    rate: { perDay: 1 },
    brings: { name: true, secret: true, contact: false },
    sweep: { over: 'persons a day', values: [0.2, 5] },
  },
  {
    ...SYSTEM,
    name: 'stolen list',
    description: 'whoever stole a list of which 95 % are customers, and wants it verified',
    rate: { keepDays: 10 },
    list: { size: 50_000, customerShare: 0.95 },
    sweep: LISTS,
  },
  {
    ...SYSTEM,
    name: 'stolen secrets',
    description: 'whoever stole a list of which 95 % are customers, with their secrets on it, and wants it verified',
    rate: { keepDays: 10 },
    list: { size: 50_000, customerShare: 0.95 },
    brings: { name: true, secret: true, contact: false },
    sweep: LISTS,
  },
];

/** The adversaries of the standing table: nobody, and then the bluntest first. */
export const ADVERSARIES: readonly Plan[] = [NOBODY, ...STRANGERS, ...INSIDERS, ...COVERED, ...TARGETED];
