import type { Brings, Outcome } from './defence.js';
import { DAY, HOUR, isDayOff, OPEN_FOR, OPENS_AT } from './calendar.js';
import type { Chance } from './chance.js';
import type { Population } from './population.js';
import { type Catchment, WalkIns } from './walk-ins.js';

/** How an honest partner's applicants come over the year. */
export type Course = 'steady' | 'campaigns' | 'season' | 'growth' | 'outage' | 'nights' | 'holidays';

/** An honest partner, as the field knows them. */
export interface HonestBusiness {
  /** What kind of partner it is, in one or two words; figures of the honest are told apart by it. */
  readonly kind?: string;
  /** L: leads a weekday. */
  readonly leadsPerDay: number;
  /** s: share of applicants who are customers already. */
  readonly existingShare: number;
  /** a: share of those whom the bank told of the question who acknowledge it. */
  readonly acknowledgedShare: number;
  /** c: share of the others who become customers. */
  readonly conversion: number;
  readonly course: Course;
  /** Its applicants take their time: five days to the create and ten to the proof, on average, instead of 1.5 and 3. */
  readonly isSlow: boolean;
  /** Share of those who go away without a create whom its agents forget to withdraw. */
  readonly forgotten: number;
  /** Share of applicants whose name or birth date is mistyped. */
  readonly mistyped: number;
  /** Share of applicants who were there before. */
  readonly returning: number;
  /** Where its applicants come from; from the whole country unless given. */
  readonly catchment?: Catchment;
  /** Share of applicants with whom another of their household comes, who counts among the leads; none unless given. */
  readonly families?: number;
  readonly agents: number;
}

/** In the middle of what is known of the field. */
export const ORDINARY: HonestBusiness = {
  leadsPerDay: 50,
  existingShare: 0.3,
  acknowledgedShare: 0.5,
  conversion: 0.4,
  course: 'campaigns',
  isSlow: false,
  forgotten: 0.3,
  mistyped: 0.01,
  returning: 0.02,
  agents: 10,
};

/** What is going to happen after a question, and when after it, ms. */
export interface Fate {
  readonly ifNo: readonly (readonly [after: number, outcome: Outcome])[];
  readonly ifYes: readonly (readonly [after: number, outcome: Outcome])[];
}

/** Somebody who walks in at an honest partner. */
export interface Applicant {
  readonly person: number;
  readonly brings: Brings;
  readonly fate: Fate;
}

const YEAR_DAYS = 365;
/** Of a weekday's leads, what comes on a Saturday, a Sunday or a public holiday. */
const DAY_OFF = 0.2;
/** An applicant who is asked for a secret of the bank's, or for the contact on its file, has it at hand so often. */
export const HAS_SECRET = 0.9;
export const HAS_CONTACT = 0.9;
/** Somebody who acknowledges nothing denies by mistake so often, of those who were told: once in 100,000 leads or so. */
const DENIED_BY_MISTAKE = 5e-5;
/** People who may come back. */
const REMEMBERED = 2_000;

/** An honest partner's applicants, drawn from the population day by day. */
export class HonestPartner {
  private readonly before: number[] = [];
  private readonly walkIns: WalkIns;

  constructor(
    readonly business: HonestBusiness,
    private readonly population: Population,
    private readonly chance: Chance,
  ) {
    const { catchment = 'country', families = 0 } = business;
    this.walkIns = new WalkIns(catchment, families, population, chance);
  }

  /**
   * In the order in which they come.
   * @param day of the run, from 0, which is a Monday
   */
  applicants(day: number): readonly { readonly after: number; readonly applicant: Applicant }[] {
    const many = this.chance.count(leadsOn(day, this.business));
    const times = Float64Array.from({ length: many }, () => this.timeOfDay()).sort();
    this.walkIns.begin();
    return Array.from(times, (after) => ({ after, applicant: this.applicant() }));
  }

  private timeOfDay(): number {
    const isNight = this.business.course === 'nights' && this.chance.happens(0.5);
    return isNight ? this.chance.below(6 * HOUR) : OPENS_AT + this.chance.below(OPEN_FOR);
  }

  private applicant(): Applicant {
    const { existingShare, mistyped, returning } = this.business;
    const isReturning = this.before.length > 0 && this.chance.happens(returning);
    const isCustomer = this.chance.happens(existingShare);
    const person = isReturning ? (this.before[this.chance.below(this.before.length)] as number) : this.walkIns.next(isCustomer);
    if (this.before.length < REMEMBERED) this.before.push(person);
    else this.before[this.chance.below(REMEMBERED)] = person;
    const brings = {
      name: !this.chance.happens(mistyped),
      secret: this.population.isCustomer(person) && this.chance.happens(HAS_SECRET),
      contact: this.chance.happens(HAS_CONTACT),
    };
    return { person, brings, fate: { ifNo: this.afterNo(), ifYes: this.afterYes() } };
  }

  private afterYes(): Fate['ifYes'] {
    if (this.chance.happens(this.business.acknowledgedShare)) return [[HOUR + this.chance.wait(2 * DAY, 30 * DAY), 'acknowledged']];
    return this.chance.happens(DENIED_BY_MISTAKE) ? [[HOUR + this.chance.wait(2 * DAY, 30 * DAY), 'denied']] : [];
  }

  private afterNo(): Fate['ifNo'] {
    const { conversion, isSlow, forgotten } = this.business;
    const created = this.chance.wait(isSlow ? 5 * DAY : 1.5 * DAY, 13.9 * DAY);
    const proved = created + this.chance.wait(isSlow ? 10 * DAY : 3 * DAY, 29 * DAY);
    if (this.chance.happens(conversion))
      return [
        [created, 'created'],
        [proved, 'proved'],
      ];
    if (this.chance.happens(0.2)) return [[created, 'created']];
    return this.chance.happens(forgotten) ? [] : [[HOUR + this.chance.wait(DAY, 13 * DAY), 'withdrawn']];
  }
}

/** Denials by mistake that an honest lead comes to, on average, as far as they hang on the partner. */
export function deniedByMistake({ existingShare, acknowledgedShare }: Pick<HonestBusiness, 'existingShare' | 'acknowledgedShare'>): number {
  return existingShare * (1 - acknowledgedShare) * DENIED_BY_MISTAKE;
}

/**
 * Leads that come on a day, on average.
 * @param day of the run, from 0, which is a Monday
 */
export function leadsOn(day: number, { leadsPerDay, course }: Pick<HonestBusiness, 'leadsPerDay' | 'course'>): number {
  return leadsPerDay * (isDayOff(day) ? DAY_OFF : 1) * courseOf(course, day);
}

/** Leads that come in so many days from the first, on average. */
export function leadsIn(days: number, business: Pick<HonestBusiness, 'leadsPerDay' | 'course'>): number {
  return Array.from({ length: days }, (_, day) => leadsOn(day, business)).reduce((sum, each) => sum + each, 0);
}

/** How much of the usual comes on a day. */
function courseOf(course: Course, day: number): number {
  switch (course) {
    case 'steady':
    case 'nights':
      return 1;
    case 'campaigns':
      // Four a year: ten days at twice the volume, paid for by three weeks at two thirds.
      return day % 91 < 10 ? 2 : day % 91 < 31 ? 0.67 : 1;
    case 'season':
      return 1 + 0.4 * Math.sin((2 * Math.PI * day) / YEAR_DAYS);
    case 'growth':
      // A quarter more within the year, half of it below what was agreed.
      return 0.875 + (0.25 * day) / YEAR_DAYS;
    case 'outage':
      // Twice a year its system is down for three days, and the backlog follows in the next three.
      return day % 180 < 60 || day % 180 >= 66 ? 1 : day % 180 < 63 ? 0 : 2;
    case 'holidays':
      return onHoliday(day % YEAR_DAYS);
  }
}

/** Shut for three weeks of the summer and from Christmas to New Year; for a fortnight before each a quarter more comes. */
function onHoliday(day: number): number {
  const shut = [
    { from: 210, to: 231 },
    { from: 350, to: 361 },
  ];
  if (shut.some(({ from, to }) => day >= from && day < to)) return 0;
  return shut.some(({ from }) => day >= from - 14 && day < from) ? 1.25 : 1;
}
