import type { Chance } from './chance.js';
import type { Many } from './counted-owner.js';

/** Leads to which something is going to happen, by the day of the run. */
export class Due {
  private readonly days = new Map<number, Map<number, number>>();

  add(day: number, { leads, admittedOn }: Many): void {
    if (leads === 0) return;
    const on = this.days.get(day) ?? new Map<number, number>();
    this.days.set(day, on);
    on.set(admittedOn, (on.get(admittedOn) ?? 0) + leads);
  }

  /** Each of the leads after one of the delays, days. */
  spread(day: number, { leads, admittedOn }: Many, delays: readonly number[], chance: Chance): void {
    for (let lead = 0; lead < leads; lead++) {
      this.add(day + (delays[chance.below(delays.length)] as number), { leads: 1, admittedOn });
    }
  }

  *take(day: number): Iterable<Many> {
    for (const [admittedOn, leads] of this.days.get(day) ?? []) yield { leads, admittedOn };
    this.days.delete(day);
  }
}
