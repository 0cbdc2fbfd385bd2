import TinyQueue from 'tinyqueue';
import { DAY, FIRST_DAY } from './calendar.js';
import type { Alarm, Asker, Defence, DefenceMaker, Outcome, Question, Reply } from './defence.js';
import type { Applicant, HonestBusiness } from './honest.js';
import { honestNotices, Reading } from './human.js';
import { type HonestResult, HonestTally } from './honest-tally.js';
import { worthOf } from './learned.js';
import { OurDefence } from './our-defence.js';
import type { Plan } from './plan.js';
import { type Population, type PopulationFigures, populationOf } from './population.js';
import { Scan, type ScanAsking } from './scan.js';
import { type ScanResult, ScanTally } from './scan-tally.js';
import { atWork, type Player, playersOf } from './stage.js';

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
  readonly honest: HonestResult;
  readonly scan: ScanResult;
  readonly events: number;
}

interface Due {
  readonly at: number;
  readonly outcome: Outcome;
  readonly question: Question;
}

/** A question on its day: an applicant's, or an adversary's. */
interface Asking {
  readonly at: number;
  readonly by: Asker;
  readonly applicant: Applicant;
  readonly scan?: ScanAsking;
}

/** One year, or less, of honest partners and one adversary before one defence. */
export class Run {
  private readonly population: Population;
  private readonly players: ReadonlyMap<string, Player>;
  private readonly scan: Scan;
  private readonly defence: Defence;
  private readonly due = new TinyQueue<Due>([], (one, other) => one.at - other.at);
  private readonly honest: HonestTally;
  private readonly scanned: ScanTally;
  /** Of each owner, where there is a human. */
  private readonly readings: ReadonlyMap<string, Reading>;
  /** Owners whom a human stops, with the moment of it; those that are, with `STOPPED`. */
  private readonly stopped = new Map<string, number>();
  private questions = 0;
  private alarmsSeen = 0;

  constructor(
    private readonly maker: DefenceMaker,
    private readonly plan: Plan,
    private readonly settings: RunSettings,
  ) {
    const { seed, population, host } = settings;
    this.population = populationOf(population, seed);
    const players = playersOf(plan, settings, this.population, seed);
    this.players = new Map(players.map((player) => [player.owner.owner, player]));
    this.defence = maker.make({
      seed,
      from: FIRST_DAY,
      isCustomer: (person) => this.population.isCustomer(person),
      isLocked: (person) => this.population.isLocked(person),
      isCanary: (person) => this.population.isCanary(person),
      owners: players.map(({ owner }) => owner),
    });
    const { human } = maker;
    this.readings = new Map(
      human === undefined ? [] : players.map(({ owner }) => [owner.owner, new Reading(human, honestNotices(owner.figures))]),
    );
    const throughWhom = players.filter(({ isAdversarys }) => isAdversarys);
    this.scan = new Scan(plan, throughWhom, (owner) => this.demandsOf(owner), this.population, { seed, volume: host.leadsPerDay });
    this.honest = new HonestTally(players.filter(({ isHonest }) => isHonest));
    this.scanned = new ScanTally(plan, population);
  }

  /** @param progress is told of each day that is over */
  run(progress?: (day: number) => void): RunResult {
    for (let day = 0; day < this.settings.days; day++) {
      for (const [owner, reading] of this.readings) reading.morning(this.admitted(owner));
      for (const asking of this.askings(day)) {
        this.catchUp(asking.at);
        this.ask(asking, day);
        this.heed();
      }
      this.catchUp(FIRST_DAY + (day + 1) * DAY);
      this.countStrictModes();
      progress?.(day);
    }
    return this.resultBefore(this.maker.name, this.defence);
  }

  /** What came of it, for whatever defence did the same. */
  resultBefore(name: string, defence: Defence): RunResult {
    const { days, seed } = this.settings;
    const charged = [...this.players.values()]
      .filter(({ isAdversarys }) => isAdversarys)
      .reduce((sum, { owner }) => sum + defence.charged(owner.owner), 0);
    return {
      defence: name,
      adversary: this.plan.name,
      seed,
      days,
      honest: this.honest.result,
      scan: this.scanned.result(charged),
      events: this.defence instanceof OurDefence ? this.defence.events : 0,
    };
  }

  /** Something was done about somebody: by a human, or by the defence itself. */
  get isIntervenedIn(): boolean {
    return this.stopped.size > 0 || this.defence.alarms.some(({ isStep }) => isStep);
  }

  private askings(day: number): readonly Asking[] {
    const honest = [...this.players.values()].flatMap((player) => this.applicantsOf(player, day));
    const scans = this.scan.askings({
      day,
      balance: (owner) => (this.defence instanceof OurDefence ? this.defence.balance(owner) : undefined),
      refusedShare: (desk) => this.scanned.refusedShare(desk, day - 1),
      isStopped: (owner) => this.stopped.get(owner) === STOPPED,
    });
    return [...honest, ...scans.map((scan) => ({ at: scan.at, by: scan.by, applicant: scan.applicant, scan }))].toSorted(
      (one, other) => one.at - other.at,
    );
  }

  /** Who was stopped for what an adversary did in it sends nobody any more; an honest one is refused. */
  private applicantsOf(player: Player, day: number): readonly Asking[] {
    if (player.isAdversarys && this.stopped.get(player.owner.owner) === STOPPED) return [];
    const applicants = player.work?.applicants(day) ?? [];
    return applicants.map(({ after, applicant }) => ({ at: FIRST_DAY + day * DAY + after, by: atWork(player), applicant }));
  }

  private ask({ at, by, applicant, scan }: Asking, day: number): void {
    const { person, brings, fate } = applicant;
    const player = this.playerOf(by.owner);
    // Member by member, and below: a spread costs more than all else that a peer does with a question.
    const question: Question = { owner: by.owner, partner: by.partner, agent: by.agent, id: this.questions++, at, person, brings };
    if (player.isAdversarys) this.scanned.question();
    const reply = this.defence.ask(question);
    if (scan !== undefined) this.note(scan, reply, day);
    else if (player.isHonest) this.honest.lead(player, reply);
    if (reply.kind === 'refused') return;
    const outcomes = reply.kind === 'answered' && reply.answer === 'yes' ? fate.ifYes : fate.ifNo;
    if (scan !== undefined) this.pay(scan, outcomes);
    for (const [after, outcome] of outcomes) this.due.push({ at: at + after, outcome, question });
  }

  private note({ desk, by, isPadding, applicant: { person, brings } }: ScanAsking, reply: Reply, day: number): void {
    this.scanned.asked(desk, day, reply);
    if (isPadding) return;
    this.scanned.scanned(person, reply, worthOf(this.demandsOf(by.owner), brings), this.population.isCustomer(person));
  }

  private pay({ isPadding }: ScanAsking, outcomes: Applicant['fate']['ifNo']): void {
    const happens = (wanted: Outcome): boolean => outcomes.some(([, outcome]) => outcome === wanted);
    if (isPadding && happens('acknowledged')) this.scanned.accomplice();
    if (!happens('proved')) return;
    if (isPadding || this.plan.cover === 'mule') this.scanned.mule();
    else this.scanned.papers();
  }

  /** What was noticed since the last question; a human acts on enough of it. */
  private heed(): void {
    const { alarms } = this.defence;
    for (; this.alarmsSeen < alarms.length; this.alarmsSeen++) {
      const alarm = alarms[this.alarmsSeen] as Alarm;
      const player = this.playerOf(alarm.owner);
      if (player.isAdversarys) this.scanned.alarm(alarm);
      else this.honest.alarm(player, alarm);
      this.consider(alarm);
    }
  }

  private consider({ owner, at, cause, isStep }: Alarm): void {
    const { human } = this.maker;
    const reading = this.readings.get(owner);
    if (human === undefined || reading === undefined || isStep || this.stopped.has(owner)) return;
    const isEnough = reading.noticed(cause, (at - FIRST_DAY) / DAY, this.admitted(owner));
    if (isEnough) this.stopped.set(owner, at + human.after * DAY);
  }

  private admitted(owner: string): number {
    return this.defence.admitted?.(owner) ?? 0;
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
      if (this.playerOf(owner).isAdversarys) this.scanned.stop();
    }
    this.defence.advance(now);
  }

  private demandsOf(owner: string): DefenceMaker['demands'] {
    return this.defence.demandsOf === undefined ? this.maker.demands : this.defence.demandsOf(owner);
  }

  private countStrictModes(): void {
    for (const player of this.players.values()) {
      if (!player.isAdversarys && this.defence.isStricter?.(player.owner.owner) === true) this.honest.strictDay(player);
    }
  }

  private playerOf(owner: string): Player {
    const player = this.players.get(owner);
    if (player === undefined) throw new Error('an owner that takes no part in this run');
    return player;
  }
}

const STOPPED = -1;
