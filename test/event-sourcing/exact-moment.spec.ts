import { exactly, takingAlways } from '../../src/event-sourcing/exact-moment.js';
import { Chance } from '../simulation/chance.js';

/** A clock that moves when somebody looks at it, and an event loop whose timers are late as those of Node are. */
const mockTime = { now: 0, turns: 0, late: (): number => 0, turnMs: 0.02 };
jest.mock('node:timers/promises', () => ({
  setTimeout: async (ms: number) => void (mockTime.now += Math.trunc(ms) + mockTime.late()),
  setImmediate: async () => {
    mockTime.turns += 1;
    mockTime.now += mockTime.turnMs;
  },
}));

const LOOK_MS = 0.001;

beforeEach(() => {
  Object.assign(mockTime, { now: 1_000, turns: 0, late: () => 0, turnMs: 0.02 });
  jest.spyOn(performance, 'now').mockImplementation(() => (mockTime.now += LOOK_MS));
});
afterEach(() => void jest.restoreAllMocks());

describe('an exact moment', () => {
  it('comes at its time to some microseconds, however late a timer is and however long the work before it took', async () => {
    const chance = new Chance(1, 'late');
    mockTime.late = () => chance.between(0, 1.9);
    for (let n = 0; n < 500; n++) {
      const moment = mockTime.now + 10;
      mockTime.now += chance.between(0, 7);
      await exactly(moment);
      expect(mockTime.now).toBeGreaterThanOrEqual(moment);
      expect(mockTime.now - moment).toBeLessThan(0.01);
    }
  });

  it('lets other work run until it comes, all but the last of a turn', async () => {
    await exactly(mockTime.now + 1);
    expect(mockTime.turns).toBeGreaterThan(30);
  });

  it('that is over is not waited for', async () => {
    await exactly(mockTime.now - 1);
    expect([mockTime.turns, mockTime.now < 1_000.01]).toEqual([0, true]);
  });

  it('comes where time stands still between two turns, too', async () => {
    jest.spyOn(performance, 'now').mockImplementation(() => mockTime.now);
    mockTime.turnMs = 0;
    await exactly(mockTime.now + 10);
    expect(mockTime.now).toBe(1_010);
  });

  it('of what takes longer comes twice, or three times, as late: how long it took shows in few of many', async () => {
    for (const [took, comes] of [
      [4, 5],
      [5.2, 10],
      [9.9, 10],
      [12, 15],
    ] as const) {
      const from = mockTime.now;
      await takingAlways(5, async () => void (mockTime.now += took));
      expect(mockTime.now - from).toBeGreaterThanOrEqual(comes);
      expect(mockTime.now - from).toBeLessThan(comes + 0.02);
    }
  });

  it('is that of an act that succeeds, and of one that fails', async () => {
    expect(await takingAlways(5, async () => 'done')).toBe('done');
    expect(mockTime.now).toBeGreaterThanOrEqual(1_005);
    await expect(takingAlways(5, () => Promise.reject(new Error('no')))).rejects.toThrow('no');
    expect(mockTime.now).toBeGreaterThanOrEqual(1_010);
  });
});
