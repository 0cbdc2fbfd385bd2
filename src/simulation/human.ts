import type { DefendedOwner, Human } from './defence.js';
import { grouped } from './grouped.js';
import { deniedByMistake, leadsIn, ORDINARY } from './honest.js';
import { poissonUpTo } from './poisson.js';

const DAYS_OF_YEAR = 365;

/** Of the bank's: reads which canaries were asked about, and who denies. */
export const HUMAN: Human = { atLeast: 2, within: 30, after: 2, falseStops: 0.01 };

/** Notices of each kind that an honest lead comes to, on average. What is not named never comes of one, as a canary does not. */
export type HonestNotices = Readonly<Record<string, number>>;

/** What the bank knows of an owner by its agreed figures. Where there are none each lead may be a customer’s who acknowledges nothing. */
export function honestNotices(figures: DefendedOwner['figures']): HonestNotices {
  return { denial: deniedByMistake(figures ?? { existingShare: 1, acknowledgedShare: 0 }) };
}

/**
 * Notices of one kind on which a human stops an owner: as many as honest leads come to within the window in no more than `falseStops`
 * of the owner-years, and never fewer than `atLeast`.
 *
 * Honest notices come as a Poisson process. One of them stops the owner if k − 1 others came in the window before it; by Mecke's
 * formula (G. Last, M. Penrose, "Lectures on the Poisson Process", 2017, theorem 4.1) there are as many of these in a year as there are
 * notices in a year, times P(N ≥ k − 1) for N in a window. The chance that there is any is no larger than their number (Markov). The
 * window slides, and is looked at with each notice: all of these looks are in that number.
 *
 * @param mean honest notices of the kind that such a window has
 * @param days length of the window
 */
export function enough({ atLeast, falseStops }: Human, mean: number, days: number): number {
  const perYear = (mean * DAYS_OF_YEAR) / days;
  let many = atLeast;
  while (perYear * (1 - poissonUpTo(many - 2, mean)) > falseStops) many++;
  return many;
}

/** Denials that are enough against an owner which opens so many leads in so many days, evenly. */
export function denialsEnough(human: Human, figures: DefendedOwner['figures'], { leads, days }: { leads: number; days: number }): number {
  const window = Math.min(human.within, days);
  return enough(human, ((honestNotices(figures)['denial'] ?? 0) * leads * window) / days, window);
}

/** What the human does, with what it comes to for an ordinary partner, a small and a large one. */
export function humanText(human: Human): string {
  const { atLeast, within, after, falseStops } = human;
  const denials = (leadsPerDay: number): number =>
    denialsEnough(human, ORDINARY, { leads: leadsIn(DAYS_OF_YEAR, { ...ORDINARY, leadsPerDay }), days: DAYS_OF_YEAR });
  return (
    `a human reads which canaries were asked about and who denies, and stops an owner ${after} days after ${atLeast} canaries within ` +
    `${within} days, whatever its volume, or after more denials than its leads come to by honest mistake, but for one in ` +
    `${Math.round(1 / falseStops)} owner-years (${denials(50)} at 50 leads a day, ${denials(3_000)} at 3,000); fewer of both count together`
  );
}

/** Somebody who reads what is noticed of one owner. Times are days since it began, and parts of them. */
export class Reading {
  private recent: readonly { readonly kind: string; readonly at: number }[] = [];
  /** Leads that were admitted before each day. */
  private readonly before: number[] = [];

  /** @param honest what the bank knows of the owner */
  constructor(
    private readonly human: Human,
    private readonly honest: HonestNotices,
  ) {}

  /** A day begins: each of them, in order. @param admitted leads of the owner so far */
  morning(admitted: number): void {
    this.before.push(admitted);
  }

  /**
   * @param at not before an earlier one’s
   * @param admitted leads of the owner so far
   * @returns whether all that was noticed within the window is enough to stop the owner
   */
  noticed(kind: string, at: number, admitted: number): boolean {
    this.recent = [...this.recent.filter((each) => each.at > at - this.human.within), { kind, at }];
    const today = Math.floor(at);
    const first = Math.max(0, today - this.human.within + 1);
    const leads = admitted - (this.before[first] ?? 0);
    const parts = [...grouped(this.recent, (each) => each.kind)].map(([each, of]) => {
      return of.length / enough(this.human, (this.honest[each] ?? 0) * leads, today - first + 1);
    });
    return parts.reduce((sum, part) => sum + part, 0) >= 1;
  }
}
