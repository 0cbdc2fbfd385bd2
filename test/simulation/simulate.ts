import { createHash } from 'node:crypto';
import { Chance } from './chance.js';
import { Crowd } from './clients.js';
import { assertAll } from './checks.js';
import { lay } from './foundation.js';
import { Replica } from './replica.js';
import { timeGoesBy } from './time-goes-by.js';
import { inVirtualTime } from './virtual-time.js';
import { CALM, drawClimate } from './weather.js';
import { DAY, World } from './world.js';

export interface Outcome {
  readonly seed: number;
  /** SHA-256 over everything that happened, in its order: the log, and the replies that left. Hex. */
  readonly trace: string;
  readonly events: number;
  readonly replies: number;
  /** Runs of the program that were killed. */
  readonly deaths: number;
}

/** Of the runs. */
const ALONE = 0.25;
/** Lapses at the end of the bustle, how long each is, and what the processes have for what is due then. */
const NIGHTS = 2;
const NIGHT_DAYS = 3;
const NIGHT_MS = 2_500;
/** Longer than any deadline with an outage in it; a lead has at most three of them, one after the other. */
const LAST_LAPSES = 4;
const LAST_LAPSE_DAYS = 5;

/** One story from one seed. @throws Error when something does not hold in it */
export async function simulate(seed: number): Promise<Outcome> {
  const chance = new Chance(seed, 'world');
  const world = new World(chance);
  await lay(world);
  const endedAt = await inVirtualTime(chance, world.directories, () => story(world));
  const events = await world.events();
  const { replies, runs } = world.recorder;
  await assertAll({ recorder: world.recorder, events, endedAt });
  const trace = createHash('sha256');
  for (const event of events) trace.update(JSON.stringify(event));
  for (const { ask, status, text, order } of replies) trace.update(JSON.stringify([ask.id, status, text, order]));
  const deaths = [...runs.values()].filter(({ endedCleanly }) => endedCleanly === false).length;
  return { seed, trace: trace.digest('hex'), events: events.length, replies: replies.length, deaths };
}

/** @returns true time at its end, epoch ms */
async function story(world: World): Promise<number> {
  const chance = world.chance.of('story');
  world.isAlone = world.chance.of('installation').happens(ALONE);
  const replicas = (world.isAlone ? ['a'] : ['a', 'b']).map((name) => new Replica(world, name));
  world.lapse(60_000);
  world.climate = drawClimate(chance);
  await Promise.all(replicas.map((replica) => replica.start()));
  const crowd = new Crowd(world, replicas);
  const trouble = new Trouble(world, replicas);
  const busy = crowd.bustle(40 + chance.below(60)).then(() => nights(world, replicas));
  await Promise.all([busy.then(() => trouble.end()), trouble.begin()]);
  await comeToRest(world, replicas);
  return world.now();
}

/** Deadlines and settlements come in the same weather, with nobody there but the processes. */
async function nights(world: World, replicas: readonly Replica[]): Promise<void> {
  for (let night = 0; night < NIGHTS; night++) {
    await timeGoesBy(world, replicas, NIGHT_DAYS * DAY);
    await pause(NIGHT_MS);
  }
}

/** What befalls machines, clocks and networks while the crowd is at it. */
class Trouble {
  private readonly chance: Chance;
  private over = false;

  constructor(
    private readonly world: World,
    private readonly replicas: readonly Replica[],
  ) {
    this.chance = world.chance.of('trouble');
  }

  async begin(): Promise<void> {
    const { killEvery, downEvery, clockSetEvery } = this.world.climate;
    await Promise.all([
      this.every(2_500, () => this.timeGoesBy()),
      this.every(killEvery, () => this.ends()),
      this.every(downEvery, () => this.cutsOff()),
      this.every(clockSetEvery, () => this.setsClock()),
    ]);
  }

  end(): void {
    this.over = true;
  }

  /** @param meanMs 0 for never */
  private async every(meanMs: number, happen: () => unknown): Promise<void> {
    if (meanMs === 0) return;
    while (!this.over) {
      await pause(Math.min(this.chance.exponential(meanMs), 20_000));
      if (!this.over) await happen();
    }
  }

  /** Some time, or until shortly before a deadline, where timers and people race. */
  private async timeGoesBy(): Promise<void> {
    const toDeadline = this.chance.happens(0.5) ? await this.untilDeadline() : 0;
    const some = (): number => this.chance.pick([60_000, 3_600_000, 0.3 * DAY, DAY]) * this.chance.next();
    await timeGoesBy(this.world, this.replicas, toDeadline > 0 ? toDeadline : some());
  }

  private async untilDeadline(): Promise<number> {
    const deadlines = (await this.world.events()).flatMap(({ type, data }) => {
      const { followUpBy, confirmBy, settlesAt } = data as Readonly<Record<string, string>>;
      return (type === 'LeadOpened' ? [followUpBy] : [confirmBy, settlesAt]).map((at) => Date.parse(at ?? ''));
    });
    const now = this.world.now();
    const next = Math.min(...deadlines.filter((deadline) => deadline > now));
    return Number.isFinite(next) ? next - now - this.chance.exponential(400) : 0;
  }

  private ends(): void {
    const replica = this.chance.pick(this.replicas);
    // Not until it has started: with a clock that is not trusted that waits for an operator.
    if (this.chance.happens(0.3)) void replica.restart();
    else for (const each of this.chance.happens(0.2) ? this.replicas : [replica]) each.kill();
  }

  private async cutsOff(): Promise<void> {
    const names = this.chance.happens(0.4) ? this.replicas.map(({ name }) => name) : [this.chance.pick(this.replicas).name];
    for (const name of names) this.world.setCutOff(name, true);
    await pause(Math.min(this.chance.exponential(800), 5_000));
    for (const name of names) this.world.setCutOff(name, false);
  }

  private setsClock(): void {
    const replica = this.chance.pick(this.replicas);
    const sign = this.chance.happens(0.5) ? 1 : -1;
    replica.clockAhead += sign * this.chance.pick([100, 5_000, 40_000, 3_600_000]) * this.chance.next();
  }
}

/** The faults stop, both replicas run, and time goes by until all deadlines and settlements have passed. */
async function comeToRest(world: World, replicas: readonly Replica[]): Promise<void> {
  world.climate = CALM;
  for (const replica of replicas) {
    world.setCutOff(replica.name, false);
    replica.clockAhead = 0;
  }
  for (const replica of replicas) await replica.restart();
  for (let lapse = 0; lapse < LAST_LAPSES; lapse++) {
    await settled(replicas);
    await timeGoesBy(world, replicas, LAST_LAPSE_DAYS * DAY);
  }
  await settled(replicas);
  for (const replica of replicas) await replica.close();
}

/** Resolves when whoever is on duty has nothing left to do. */
async function settled(replicas: readonly Replica[]): Promise<void> {
  for (;;) {
    const onDuty = replicas.find((replica) => replica.running?.isOnDuty)?.running;
    await (onDuty === undefined ? pause(50) : Promise.race([onDuty.settled(), pause(10_000)]));
    if (onDuty?.isOnDuty) return;
  }
}

function pause(milliseconds: number): Promise<void> {
  return new Promise((resolve) => setTimeout(resolve, Math.round(milliseconds)));
}
