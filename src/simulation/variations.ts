import { frontsLike } from './adversaries.js';
import type { Front, Plan, Sweep } from './plan.js';

/** A plan at another value of its main parameter. */
export interface Variation extends Plan {
  readonly varied: {
    /** Name of the plan that it varies. */
    readonly of: string;
    readonly over: Sweep['over'];
    readonly value: number;
  };
}

/**
 * The plan at the other values of its main parameter, in the order of the values, each under a name of its own, such as
 * `blatant, 30 persons a day`. None for a plan that has no such parameter.
 */
export function variationsOf(plan: Plan): readonly Variation[] {
  const { sweep } = plan;
  if (sweep === undefined) return [];
  const { over, values } = sweep;
  return values.map((value) => ({
    ...plan,
    ...changed(plan, over, value),
    name: `${plan.name}, ${TEXTS[over](value)}`,
    description: `${plan.description}; with ${TEXTS[over](value)}`,
    varied: { of: plan.name, over, value },
  }));
}

const share = (value: number): string => `${Math.round(value * 100)} %`;

const TEXTS: Readonly<Record<Sweep['over'], (value: number) => string>> = {
  'persons a day': (value) => `${value} persons a day`,
  'of the volume': (value) => `${share(value)} of the volume`,
  'days kept back': (value) => `${value} days kept back`,
  'first day': (value) => `from day ${value}`,
  'share covered': (value) => `${share(value)} covered`,
  'share of padding': (value) => `${share(value)} padding`,
  'share of accomplices': (value) => `${share(value)} accomplices`,
  owners: (value) => `${value} owners`,
  shells: (value) => `${value} shells`,
  'names on the list': (value) => `${value} names`,
};

function changed(plan: Plan, over: Sweep['over'], value: number): Partial<Plan> {
  const [first] = plan.fronts;
  switch (over) {
    case 'persons a day':
      return { rate: { perDay: value } };
    case 'of the volume':
      return { rate: { ofVolume: value } };
    case 'days kept back':
      return { rate: { keepDays: value } };
    case 'first day':
      return { from: value };
    case 'share covered':
      return { covered: value };
    case 'share of padding':
      return { padding: value };
    case 'share of accomplices':
      return { accomplices: value };
    case 'owners':
      return { fronts: frontsLike(existing(first), value) };
    case 'shells':
      return { fronts: [withPartners(existing(first), value)] };
    case 'names on the list':
      return { list: { customerShare: 0.2, ...plan.list, size: value } };
  }
}

function withPartners(front: Front, count: number): Front {
  return { ...front, partners: Array.from({ length: count }, (_, n) => `${front.owner}-${n + 1}`) };
}

function existing(front: Front | undefined): Front {
  if (front === undefined) throw new Error('a plan without owners of its own has none to vary');
  return front;
}
