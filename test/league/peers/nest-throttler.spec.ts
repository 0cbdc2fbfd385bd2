import { ThrottlerStorageService } from '@nestjs/throttler';
import { nestThrottler } from '../../../src/simulation/peers/nest-throttler.js';
import { type DrawnQuestion, drawnQuestions } from './drawn-questions.js';
import { anOwner, AskedPeer, backAfter, FROM, MINUTE, SECOND } from './asked.js';

/** What the library's guard does of itself: the block lasts as long as the ttl. */
async function refusedByTheLibrary(questions: readonly DrawnQuestion[], ttl: number, limit: number): Promise<readonly boolean[]> {
  jest.useFakeTimers({ now: FROM });
  const storage = new ThrottlerStorageService();
  try {
    const refused: boolean[] = [];
    for (const { after, partner } of questions) {
      jest.advanceTimersByTime(FROM + after - Date.now());
      const { isBlocked } = await storage.increment(partner, ttl, limit, ttl, 'default');
      refused.push(isBlocked);
    }
    return refused;
  } finally {
    storage.onApplicationShutdown();
    jest.useRealTimers();
  }
}

describe('@nestjs/throttler', () => {
  it('answers ten in a minute and blocks at the eleventh, for a minute', () => {
    const peer = new AskedPeer(nestThrottler());
    expect(peer.askMany(10, { apart: SECOND })).toBe(10);
    expect(backAfter(peer.ask(10 * SECOND, 10))).toBe(70 * SECOND);
    expect(peer.isRefused(70 * SECOND - 1, 11)).toBe(true);
    expect(peer.isRefused(70 * SECOND, 12)).toBe(false);
  });

  it('slides: what is older than the ttl counts no more', () => {
    const peer = new AskedPeer(nestThrottler());
    expect(peer.askMany(1000, { apart: 6 * SECOND })).toBe(1000);
    expect(new AskedPeer(nestThrottler()).askMany(1000, { apart: 5 * SECOND })).toBeLessThan(1000);
  });

  it('raises the ten for busy partners to twice their volume, spread over eight hours', () => {
    // 4800 a day are ten in a minute.
    expect(new AskedPeer(nestThrottler(), [anOwner('one', 4800)]).askMany(100)).toBe(20);
    expect(new AskedPeer(nestThrottler(), [anOwner('one', 480)]).askMany(100)).toBe(10);
  });

  it.each([1, 2, 3])('refuses exactly what the library refuses, question by question (seed %d)', async (seed) => {
    const questions = drawnQuestions(seed, { count: 2000, apart: 5 * SECOND, partners: ['shop', 'branch'] });
    const peer = new AskedPeer(nestThrottler(), [anOwner('one', 10, ['shop', 'branch'])]);
    const refused = questions.map(({ after, partner }) => peer.isRefused(after, 1, { partner }));
    expect(refused).toEqual(await refusedByTheLibrary(questions, MINUTE, 10));
    expect(new Set(refused).size).toBe(2);
  });
});
