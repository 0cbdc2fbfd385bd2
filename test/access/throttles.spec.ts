import { existsSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { LEVELS, type Rates, Throttles } from '../../src/modules/access/throttles.js';
import { temporaryDirectory } from '../support/temporary-directory.js';

const wide = 1_000_000;
const rates = (narrow: Partial<Rates>): Rates => ({ client: wide, agent: wide, partner: wide, owner: wide, all: wide, ...narrow });
const keys = (change: object = {}): object => ({ client: 'c', agent: 'p a', partner: 'p', owner: 'o', all: 'partners', ...change });

/** How many of so many requests at once may pass. */
async function passing(throttles: Throttles, count: number, of: (n: number) => object = () => keys()): Promise<number> {
  let passed = 0;
  for (let n = 0; n < count; n++) if ((await throttles.count(of(n))) === undefined) passed += 1;
  return passed;
}

beforeEach(() => jest.useFakeTimers({ now: 0 }));
afterEach(() => jest.useRealTimers());

describe('the rates of requests', () => {
  // Steady 2 a second, and five seconds' worth at once: 2 + 10.
  it.each(LEVELS)('bound each %s by itself, with a burst, however many share it otherwise', async (level) => {
    const throttles = new Throttles(rates({ [level]: 2 }), Date.now);
    // Everybody else is somebody new each time.
    const of = (n: number): object => ({ ...keys(Object.fromEntries(LEVELS.map((each) => [each, `${each} ${n}`]))), [level]: 'same' });
    expect(await passing(throttles, 40, of)).toBe(12);
    expect(await passing(throttles, 40, (n) => ({ ...of(n), [level]: 'another' }))).toBe(12);
  });

  it('say how long to wait', async () => {
    const throttles = new Throttles(rates({ client: 1 }), Date.now);
    await passing(throttles, 6);
    const wait = await throttles.count(keys());
    expect(wait).toBeGreaterThan(0);
    expect(wait).toBeLessThanOrEqual(10_000);
  });

  it('that one client has used up cost the others of its partner nothing', async () => {
    const throttles = new Throttles(rates({ client: 2, partner: 4 }), Date.now);
    expect(await passing(throttles, 1_000)).toBe(12);
    expect(await passing(throttles, 40, () => keys({ client: 'sibling' }))).toBe(12);
  });

  it('do the same work for one more request among 50,000 live ones as among 100', async () => {
    const workOf = async (live: number): Promise<number> => {
      const throttles = new Throttles(rates({}), Date.now);
      for (let n = 0; n < live; n++) await throttles.count(keys({ client: `c${n}`, agent: `p a${n}` }));
      let work = 0;
      const seen = (['get', 'set', 'delete', 'has', 'forEach', 'entries', 'keys', 'values'] as const).map((method) => {
        const real = Map.prototype[method] as (...args: unknown[]) => unknown;
        return jest.spyOn(Map.prototype, method as 'get').mockImplementation(function count(
          this: Map<unknown, unknown>,
          ...args: unknown[]
        ) {
          work += method === 'get' || method === 'set' || method === 'has' || method === 'delete' ? 1 : this.size;
          return real.apply(this, args);
        });
      });
      const timers = jest.spyOn(globalThis, 'setTimeout');
      await throttles.count(keys({ client: 'one more', agent: 'p one more' }));
      work += timers.mock.calls.length;
      for (const spy of [...seen, timers]) spy.mockRestore();
      return work;
    };
    const few = await workOf(100);
    expect(few).toBeGreaterThan(0);
    expect(await workOf(50_000)).toBe(few);
  });
});

describe('what was counted', () => {
  const directory = temporaryDirectory('throttles');
  const file = (): string => join(directory(), 'throttles.json');
  beforeEach(() => rmSync(file(), { force: true }));

  it('outlives a stop and a start', async () => {
    const before = new Throttles(rates({ owner: 2 }), Date.now);
    before.begin(file());
    expect(await passing(before, 9)).toBe(9);
    before.end(file());
    const after = new Throttles(rates({ owner: 2 }), Date.now);
    after.begin(file());
    expect(await passing(after, 40)).toBe(3);
  });

  it('is not known after a kill: there is no burst for anybody until one could have been sent anew', async () => {
    const killed = new Throttles(rates({ client: 2 }), Date.now);
    killed.begin(file());
    const after = new Throttles(rates({ client: 2 }), Date.now);
    after.begin(file());
    expect(await passing(after, 2)).toBe(2);
    expect(await after.count(keys())).toBeGreaterThan(0);
    jest.setSystemTime(10_000);
    expect(await passing(after, 40)).toBe(12);
  });

  it('is not known where the file is damaged either', async () => {
    for (const damage of ['', '{"client":', '{}', '7']) {
      writeFileSync(file(), damage);
      const after = new Throttles(rates({ client: 2 }), Date.now);
      after.begin(file());
      expect(await passing(after, 40)).toBe(2);
    }
  });

  it('begins with a burst on a first start, and leaves word that the service runs', async () => {
    expect(existsSync(file())).toBe(false);
    const first = new Throttles(rates({ client: 2 }), Date.now);
    first.begin(file());
    expect(readFileSync(file(), 'utf8')).toBe('"running"');
    expect(await passing(first, 40)).toBe(12);
  });
});
