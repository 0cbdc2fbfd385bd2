import { generateMersenne53Randomizer } from '@faker-js/faker';

/** How an applicant of the honest partner goes on when the answer was no, or nobody asked. */
export type Course =
  /** Created, and proves who they are. */
  | 'proves'
  /** Created, and the bank turns them down. */
  | 'turned-down'
  /** Created, and never heard of again. */
  | 'vanishes'
  | 'withdraws'
  /** The partner forgets them. */
  | 'forgotten';

export interface Applicant {
  /** Is a customer already, whichever partner asks. */
  readonly existing: boolean;
  /** Of an existing one: says to the bank that they know of the partner who asked. */
  readonly acknowledges: boolean;
  readonly course: Course;
}

/** What the honest partner says of itself when it signs; the applicants are drawn from the same figures. */
export const HONEST_FIGURES = { existingShare: 0.2, acknowledgedShare: 0.5, conversion: 0.7 } as const;

/** Share of the register's walk, in the scanner's country, who are customers of this bank. */
export const CUSTOMERS_AMONG_ALL = 0.3;

const COURSES: readonly (readonly [Course, number])[] = [
  ['proves', HONEST_FIGURES.conversion],
  ['turned-down', 0.04],
  ['vanishes', 0.06],
  ['withdraws', 0.12],
  ['forgotten', 0.08],
];

/** The same for the same seed, in every mode: each applicant takes as many draws, whatever they lead to. */
export function applicants(count: number, seed: number): readonly Applicant[] {
  const draws = generateMersenne53Randomizer(seed);
  return Array.from({ length: count }, () => {
    const [existing, acknowledges, course] = [draws.next(), draws.next(), draws.next()] as const;
    return {
      existing: existing < HONEST_FIGURES.existingShare,
      acknowledges: acknowledges < HONEST_FIGURES.acknowledgedShare,
      course: courseAt(course),
    };
  });
}

/** Whether each person on the scanner's walk is a customer. */
export function registerWalk(count: number, seed: number): readonly boolean[] {
  const draws = generateMersenne53Randomizer(seed + 1);
  return Array.from({ length: count }, () => draws.next() < CUSTOMERS_AMONG_ALL);
}

function courseAt(draw: number): Course {
  let upTo = 0;
  for (const [course, share] of COURSES) {
    upTo += share;
    if (draw < upTo) return course;
  }
  // The shares add up to 1, give or take a rounding.
  return 'proves';
}
