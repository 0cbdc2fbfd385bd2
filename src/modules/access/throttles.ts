import { readFileSync } from 'node:fs';
import { type IRateLimiterMemoryExport, RateLimiterMemory, RateLimiterRes } from 'rate-limiter-flexible';
import { writeDurably } from '../../durable-file.js';

/** Who shares a rate, from the narrowest to the widest. */
export const LEVELS = ['client', 'agent', 'partner', 'owner', 'all'] as const;
export type Level = (typeof LEVELS)[number];

/** Steady requests a second, by level. */
export type Rates = Readonly<Record<Level, number>>;

/** Seconds' worth of requests that may be sent at once. */
const BURST_SECONDS = 5;
/** Seconds after which a burst may be sent again. */
const BURST_EVERY = 2 * BURST_SECONDS;

/** The counts of one level: what goes beyond the steady rate is taken from the burst. */
class Throttle {
  private readonly steady: RateLimiterMemory;
  private readonly burst: RateLimiterMemory;

  constructor(level: Level, perSecond: number) {
    this.steady = new RateLimiterMemory({ keyPrefix: `${level} steady`, points: perSecond, duration: 1 });
    this.burst = new RateLimiterMemory({ keyPrefix: `${level} burst`, points: BURST_SECONDS * perSecond, duration: BURST_EVERY });
  }

  /** @returns milliseconds after which to try again, or undefined when the request may pass */
  async count(key: string, withBurst: boolean): Promise<number | undefined> {
    const steady = await refusalOf(this.steady.consume(key));
    if (steady === undefined || !withBurst) return steady;
    const burst = await refusalOf(this.burst.consume(key));
    return burst === undefined ? undefined : Math.min(steady, burst);
  }

  dump(): Dumped {
    return [this.steady.dump(), this.burst.dump()];
  }

  restore([steady, burst]: Dumped): void {
    this.steady.restore(steady);
    this.burst.restore(burst);
  }
}

type Dumped = readonly [steady: IRateLimiterMemoryExport, burst: IRateLimiterMemoryExport];

async function refusalOf(counted: Promise<RateLimiterRes>): Promise<number | undefined> {
  try {
    await counted;
    return undefined;
  } catch (refusal) {
    if (refusal instanceof RateLimiterRes) return refusal.msBeforeNext;
    throw refusal;
  }
}

/**
 * How fast? Technical, per process; what a partner may learn is bounded by its owner's allowance, not here. Rates are counted in
 * memory, one count a level, whoever else is counted. What was counted outlives a clean stop in a file; after any other end, of
 * which nothing is known but that the service was running, there is no burst until one could have been sent anew.
 */
export class Throttles {
  private readonly levels: Readonly<Record<Level, Throttle>>;
  private burstFrom = 0;

  /** @param now milliseconds since the epoch */
  constructor(
    rates: Rates,
    private readonly now: () => number,
  ) {
    this.levels = {
      client: new Throttle('client', rates.client),
      agent: new Throttle('agent', rates.agent),
      partner: new Throttle('partner', rates.partner),
      owner: new Throttle('owner', rates.owner),
      all: new Throttle('all', rates.all),
    };
  }

  /**
   * Counts a request on each level that it has a key for, and stops at the first that has had enough.
   * @returns milliseconds after which to try again, or undefined when the request may pass
   */
  async count(keys: Readonly<Partial<Record<Level, string>>>): Promise<number | undefined> {
    const withBurst = this.now() >= this.burstFrom;
    for (const level of LEVELS) {
      const key = keys[level];
      if (key === undefined) continue;
      const refused = await this.levels[level].count(key, withBurst);
      if (refused !== undefined) return refused;
    }
    return undefined;
  }

  /** Goes on where a clean stop left off, and leaves word that the service is running. @param file absolute path */
  begin(file: string): void {
    const found = read(file);
    if (found === 'running') this.burstFrom = this.now() + BURST_EVERY * 1_000;
    else if (found !== undefined) for (const level of LEVELS) this.levels[level].restore(found[level]);
    writeDurably(file, JSON.stringify('running'));
  }

  end(file: string): void {
    const counts = Object.fromEntries(LEVELS.map((level) => [level, this.levels[level].dump()]));
    writeDurably(file, JSON.stringify(counts));
  }
}

type Counts = Readonly<Record<Level, Dumped>>;

/** What was left there: nothing on a first start. What cannot be read is the end of a service that was running. */
function read(file: string): Counts | 'running' | undefined {
  try {
    const found = JSON.parse(readFileSync(file, 'utf8')) as Counts | 'running';
    return found === 'running' || LEVELS.every((level) => Array.isArray(found[level])) ? found : 'running';
  } catch (error) {
    return (error as NodeJS.ErrnoException).code === 'ENOENT' ? undefined : 'running';
  }
}
