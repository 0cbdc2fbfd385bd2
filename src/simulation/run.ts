import TinyQueue from 'tinyqueue';
import { Adversary, type Cover, type Plan } from './adversaries.js';
import { Chance } from './chance.js';
import type { Alarm, Defence, DefendedOwner, DefenceMaker, Outcome, Question, Reply } from './defence.js';
import { type Applicant, type Fate, type HonestBusiness, HonestPartner } from './honest.js';
import { Learned, type Learning, worthOf } from './learned.js';
import { OurDefence } from './our-defence.js';
import { Population, type PopulationFigures } from './population.js';

export interface RunSettings {
  readonly seed: number;
  readonly days: number;
  readonly population: PopulationFigures;
  /** The partner in which an adversary may hide. */
  readonly host: HonestBusiness;
  /** Others, who are honest. */
  readonly others: readonly HonestBusiness[];
}

/** What came of one run. Counts are of the whole run. */
export interface RunResult {
  readonly defence: string;
  readonly adversary: string;
  readonly seed: number;
  readonly days: number;
  readonly honest: {
    readonly leads: number;
    readonly refused: number;
    /** Of the refused those that were told when to come back. */
    readonly slowed: number;
    /** Notices against owners without an adversary, and steps taken against them. */
    readonly notices: number;
    readonly steps: number;
    readonly owners: number;
    readonly refusals: Readonly<Record<string, number>>;
  };
  readonly scan: Learning & {
    readonly asked: number;
    readonly refused: number;
    /** Questions of the adversary's owners, honest ones included, until the first of each; undefined where there was none. */
    readonly untilStep?: number;
    readonly untilNotice?: number;
    readonly untilStop?: number;
    /** People whom it paid to become customers. */
    readonly mules: number;
    /** Calls that its owners were charged for. */
    readonly charged: number;
  };
  readonly events: number;
}

const DAY = 86_400_000;
const HOUR = 3_600_000;
/** A Monday, midnight UTC. */
const FROM = Date.UTC(2025, 0, 6);
const HOST = 'host';
/** An adversary works at the hours of the others. */
const OPENS_AT = 8 * HOUR;
const OPEN_FOR = 10 * HOUR;
const COVERED_AFTER = 5 * HOUR;
const PROVED_AFTER = 2 * DAY;
const DENIED_AFTER = DAY;
const COVERS: Readonly<Record<Exclude<Cover, 'nothing'>, Fate['ifNo']>> = {
  withdraw: [[COVERED_AFTER, 'withdrawn']],
  create: [[COVERED_AFTER, 'created']],
  mule: [
    [COVERED_AFTER, 'created'],
    [PROVED_AFTER, 'proved'],
  ],
};

interface Due {
  readonly at: number;
  readonly outcome: Outcome;
  readonly question: Question;
}

interface Asking {
  readonly at: number;
  readonly by: Pick<Question, 'owner' | 'partner' | 'agent'>;
  readonly applicant: Applicant;
  readonly isScan: boolean;
}

/** One year, or less, of honest partners and one adversary before one defence. */
export class Run {
  private readonly population: Population;
  private readonly defence: Defence;
  private readonly adversary: Adversary;
  private readonly honest: readonly { readonly owner: DefendedOwner; readonly partner: HonestPartner }[];
  private readonly due = new TinyQueue<Due>([], (one, other) => one.at - other.at);
  private readonly learned: Learned;
  private readonly chance: Chance;
  private readonly result;
  private readonly scans = new Map<string, { asked: number; refused: number }>();
  private readonly stopped = new Map<string, number>();
  private questions = 0;
  private ofAdversary = 0;
  private alarmsSeen = 0;

  constructor(
    private readonly maker: DefenceMaker,
    private readonly plan: Plan,
    private readonly settings: RunSettings,
  ) {
    const { seed, population, host, others } = settings;
    this.population = new Population(population, seed);
    this.chance = new Chance(seed, 'run');
    // The honest are the same whatever the defence and the adversary: the same seed, and throws of their own.
    this.honest = [host, ...others].map((business, n) => ({
      owner: ownerOf(n === 0 ? HOST : `other-${n}`, business),
      partner: new HonestPartner(business, this.population, new Chance(seed, `honest ${n}`)),
    }));
    this.adversary = new Adversary(plan, this.population, new Chance(seed, 'adversary'));
    const fronts = frontsOf(plan);
    this.defence = maker.make({
      seed,
      from: FROM,
      isCustomer: (person) => this.population.isCustomer(person),
      isLocked: (person) => this.population.isLocked(person),
      isCanary: (person) => this.population.isCanary(person),
      owners: [...this.honest.map(({ owner }) => owner), ...fronts],
    });
    this.learned = new Learned(population.customerShare);
    this.result = { leads: 0, refused: 0, slowed: 0, notices: 0, steps: 0, refusals: {} as Record<string, number>, mules: 0 };
  }

  /** @param progress is told of each day that is over */
  run(progress?: (day: number) => void): RunResult {
    const { days } = this.settings;
    const until: { step?: number; notice?: number; stop?: number } = {};
    for (let day = 0; day < days; day++) {
      for (const asking of this.askings(day)) {
        this.catchUp(asking.at);
        this.ask(asking);
        this.heed(until);
      }
      this.catchUp(FROM + (day + 1) * DAY);
      progress?.(day);
    }
    const { leads, refused, slowed, notices, steps, refusals, mules } = this.result;
    const scans = [...this.scans.values()];
    return {
      defence: this.maker.name,
      adversary: this.plan.name,
      seed: this.settings.seed,
      days,
      honest: { leads, refused, slowed, notices, steps, owners: this.honest.length - (this.plan.fronts.length > 0 ? 0 : 1), refusals },
      scan: {
        ...this.learned.total,
        asked: scans.reduce((sum, { asked }) => sum + asked, 0),
        refused: scans.reduce((sum, each) => sum + each.refused, 0),
        ...(until.step !== undefined && { untilStep: until.step }),
        ...(until.notice !== undefined && { untilNotice: until.notice }),
        ...(until.stop !== undefined && { untilStop: until.stop }),
        mules,
        charged: this.owners().reduce((sum, { owner }) => sum + this.defence.charged(owner), 0),
      },
      events: this.defence instanceof OurDefence ? this.defence.events : 0,
    };
  }

  /** The owners behind which the adversary stands. */
  private owners(): readonly DefendedOwner[] {
    const host = this.honest[0] as { owner: DefendedOwner };
    return this.plan.fronts.length === 0 ? [host.owner] : frontsOf(this.plan);
  }

  private askings(day: number): readonly Asking[] {
    const morning = FROM + day * DAY;
    const honest = this.honest.flatMap(({ owner, partner }) =>
      this.stopped.has(owner.owner) && this.isAdversarys(owner.owner)
        ? []
        : partner.applicants(day).map(({ after, applicant }) => {
            return { at: morning + after, by: this.somebodyOf(owner), applicant, isScan: false };
          }),
    );
    return [...honest, ...this.owners().flatMap((owner) => this.scansOf(owner, day))].toSorted((one, other) => one.at - other.at);
  }

  private scansOf(owner: DefendedOwner, day: number): readonly Asking[] {
    if (this.stopped.has(owner.owner)) return [];
    const balance = this.defence instanceof OurDefence ? this.defence.balance(owner.owner) : undefined;
    const yesterday = this.scans.get(`${owner.owner} ${day - 1}`) ?? { asked: 0, refused: 0 };
    const refused = yesterday.asked === 0 ? 0 : yesterday.refused / yesterday.asked;
    const wishes = this.adversary.wishes({ day, balance, volume: this.settings.host.leadsPerDay }, refused);
    this.scans.set(`${owner.owner} ${day}`, { asked: 0, refused: 0 });
    const askings: Asking[] = [];
    for (let n = 0; n < wishes; n++) {
      const person = this.adversary.target();
      if (person === undefined) break;
      const by = this.plan.fronts.length === 0 && this.plan.agents === 'one' ? rogueOf(owner) : this.somebodyOf(owner);
      const at = FROM + day * DAY + OPENS_AT + this.chance.below(OPEN_FOR);
      const brings = { ...this.plan.brings, secret: this.plan.brings.secret && this.population.isCustomer(person) };
      askings.push({ at, by, applicant: { person, brings, fate: this.coverOf(person) }, isScan: true });
    }
    return askings;
  }

  private coverOf(person: number): Fate {
    const { cover, covered } = this.plan;
    // A customer who is told of a question that was never theirs; in `consent` it is the warning at their own contact.
    const isDenied = this.population.isCustomer(person) && this.chance.happens(this.population.figures.denyingShare);
    const denied: Fate['ifYes'] = isDenied ? [[DENIED_AFTER, 'denied']] : [];
    const ifNo = cover === 'nothing' || !this.chance.happens(covered) ? [] : COVERS[cover];
    return { ifNo: this.maker.demands === 'contact' ? [...ifNo, ...denied] : ifNo, ifYes: denied };
  }

  private ask({ at, by, applicant, isScan }: Asking): void {
    const { person, brings, fate } = applicant;
    const question: Question = { ...by, id: this.questions++, at, person, brings };
    if (this.isAdversarys(by.owner)) this.ofAdversary += 1;
    const reply = this.defence.ask(question);
    if (isScan) this.note(question, reply);
    else this.noteHonest(reply);
    if (reply.kind === 'refused') return;
    const isYes = reply.kind === 'answered' && reply.answer === 'yes';
    for (const [after, outcome] of isYes ? fate.ifYes : fate.ifNo) {
      if (isScan && outcome === 'proved') this.result.mules += 1;
      this.due.push({ at: at + after, outcome, question });
    }
  }

  private noteHonest(reply: Reply): void {
    this.result.leads += 1;
    if (reply.kind !== 'refused') return;
    this.result.refused += 1;
    if (reply.retryAt !== undefined) this.result.slowed += 1;
    this.result.refusals[reply.code] = (this.result.refusals[reply.code] ?? 0) + 1;
  }

  private note({ owner, at, person, brings }: Question, reply: Reply): void {
    const day = Math.floor((at - FROM) / DAY);
    const scans = this.scans.get(`${owner} ${day}`);
    if (scans !== undefined) {
      scans.asked += 1;
      if (reply.kind === 'refused') scans.refused += 1;
    }
    if (reply.kind !== 'answered') return;
    this.learned.told(person, reply.answer, worthOf(this.maker.demands, brings), this.population.isCustomer(person));
  }

  /** What was noticed since the last question; a human acts on enough of it. */
  private heed(until: { step?: number; notice?: number; stop?: number }): void {
    const { alarms } = this.defence;
    for (; this.alarmsSeen < alarms.length; this.alarmsSeen++) {
      const alarm = alarms[this.alarmsSeen] as Alarm;
      if (!this.isAdversarys(alarm.owner)) {
        this.result.notices += 1;
        if (alarm.isStep) this.result.steps += 1;
      } else if (alarm.isStep) until.step ??= this.ofAdversary;
      else until.notice ??= this.ofAdversary;
      this.consider(alarm, until);
    }
  }

  private consider({ owner, at }: Alarm, until: { stop?: number }): void {
    const { human } = this.maker;
    if (human === undefined || this.stopped.has(owner)) return;
    const recent = this.defence.alarms.filter((alarm) => alarm.owner === owner && !alarm.isStep && alarm.at > at - human.within * DAY);
    if (recent.length < human.hits) return;
    this.stopped.set(owner, at + human.after * DAY);
    if (this.isAdversarys(owner)) until.stop ??= this.ofAdversary;
  }

  private catchUp(now: number): void {
    for (let next = this.due.peek(); next !== undefined && next.at <= now; next = this.due.peek()) {
      this.due.pop();
      this.defence.advance(next.at);
      this.defence.happens(next.outcome, next.question, next.at);
    }
    for (const [owner, at] of this.stopped) {
      if (at > now || at === STOPPED) continue;
      this.defence.stop(owner, now);
      this.stopped.set(owner, STOPPED);
    }
    this.defence.advance(now);
  }

  private isAdversarys(owner: string): boolean {
    return this.plan.fronts.length === 0 ? owner === HOST : this.plan.fronts.some((front) => front.owner === owner);
  }

  private somebodyOf({ owner, partners }: DefendedOwner): Asking['by'] {
    const { partner, agents } = partners[this.chance.below(partners.length)] as DefendedOwner['partners'][number];
    return { owner, partner, agent: agents[this.chance.below(agents.length)] as string };
  }
}

const STOPPED = -1;

function rogueOf({ owner, partners }: DefendedOwner): Asking['by'] {
  const { partner, agents } = partners[0] as DefendedOwner['partners'][number];
  return { owner, partner, agent: agents[0] as string };
}

function ownerOf(owner: string, business: HonestBusiness): DefendedOwner {
  const { leadsPerDay, existingShare, acknowledgedShare, conversion, agents } = business;
  return {
    owner,
    partners: [{ partner: `${owner}-1`, agents: agentsOf(agents) }],
    figures: { leadsPerDay, existingShare, acknowledgedShare, conversion },
  };
}

function frontsOf({ fronts }: Plan): readonly DefendedOwner[] {
  return fronts.map(({ owner, partners, agents }) => {
    return { owner, partners: partners.map((partner) => ({ partner, agents: agentsOf(agents) })) };
  });
}

function agentsOf(count: number): readonly string[] {
  return Array.from({ length: count }, (_, n) => `agent-${n + 1}`);
}
