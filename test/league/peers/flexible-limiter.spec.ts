import { RateLimiterMemory } from 'rate-limiter-flexible';
import { flexibleLimiter } from '../../../src/simulation/peers/flexible-limiter.js';
import { type DrawnQuestion, drawnQuestions } from './drawn-questions.js';
import { anOwner, AskedPeer, backAfter, DAY, FROM, HOUR, MINUTE } from './asked.js';

interface Options {
  readonly points: number;
  readonly duration: number;
  readonly blockDuration: number;
}

/** @returns for each question the milliseconds to wait, or 0 when it was let through */
async function waitsByTheLibrary(questions: readonly DrawnQuestion[], options: Options): Promise<readonly number[]> {
  jest.useFakeTimers({ now: FROM });
  try {
    const limiter = new RateLimiterMemory(options);
    const waits: number[] = [];
    for (const { after, partner } of questions) {
      jest.advanceTimersByTime(FROM + after - Date.now());
      waits.push(
        await limiter.consume(partner).then(
          () => 0,
          (refusal: { msBeforeNext: number }) => refusal.msBeforeNext,
        ),
      );
    }
    return waits;
  } finally {
    jest.useRealTimers();
  }
}

describe('rate-limiter-flexible', () => {
  it('counts from the first question, not from midnight', () => {
    const peer = new AskedPeer(flexibleLimiter());
    expect(peer.askMany(100, { from: 20 * HOUR })).toBe(20);
    expect(backAfter(peer.ask(DAY, 200))).toBe(DAY + 20 * HOUR);
    expect(peer.isRefused(DAY + 20 * HOUR - 1, 200)).toBe(true);
    expect(peer.askMany(100, { from: DAY + 20 * HOUR })).toBe(20);
  });

  it('counts in less than a day what of the volume falls into it', () => {
    // 80 a day are ten in an hour of work.
    const hourly = flexibleLimiter({ volumes: 2, duration: 3600, blockDuration: 0 });
    expect(new AskedPeer(hourly, [anOwner('one', 80)]).askMany(100)).toBe(20);
  });

  it.each([
    [1, 0],
    [2, 0],
    [3, 120],
    [4, 1200],
  ])('refuses exactly what the library refuses, for as long (seed %d, blockDuration %d s)', async (seed, blockDuration) => {
    const questions = drawnQuestions(seed, { count: 3000, apart: 20_000, partners: ['shop', 'branch'] });
    const options = { points: 20, duration: 600, blockDuration };
    // 960 a day are 20 in ten minutes.
    const peer = new AskedPeer(flexibleLimiter({ volumes: 1, duration: 600, blockDuration }), [anOwner('one', 960, ['shop', 'branch'])]);
    const waits = questions.map(({ after, partner }) => (backAfter(peer.ask(after, 1, { partner })) ?? after) - after);
    expect(waits).toEqual(await waitsByTheLibrary(questions, options));
    expect(Math.max(...waits)).toBeGreaterThan(MINUTE);
  });
});
