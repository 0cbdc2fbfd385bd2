import { setTimeout as sleep } from 'node:timers/promises';
import { StoreUnavailable } from '../../src/event-sourcing/event-store.js';
import { Turns } from '../../src/event-sourcing/turns.js';

describe('Who takes turns', () => {
  it('works at most so many at a time, in the order of coming, whether work fails or not', async () => {
    const turns = new Turns(3, 5_000);
    const begun: number[] = [];
    let [atOnce, most] = [0, 0];
    const work = (n: number) => async () => {
      begun.push(n);
      most = Math.max(most, (atOnce += 1));
      await sleep(n % 4);
      atOnce -= 1;
      if (n % 5 === 0) throw new Error(`${n} failed`);
      return n;
    };
    const outcomes = await Promise.allSettled(Array.from({ length: 40 }, (_, n) => turns.take(work(n))));
    expect(most).toBe(3);
    expect(begun).toEqual(Array.from({ length: 40 }, (_, n) => n));
    expect(outcomes.filter(({ status }) => status === 'rejected')).toHaveLength(8);
    expect(await turns.take(async () => 'there is room again')).toBe('there is room again');
  });

  it('is told when the turn does not come, and takes no place away from others', async () => {
    const turns = new Turns(1, 30);
    let finish = (): void => {};
    const long = turns.take(() => new Promise<void>((resolve) => (finish = resolve)));
    let worked = false;
    await expect(turns.take(async () => (worked = true))).rejects.toBeInstanceOf(StoreUnavailable);
    finish();
    await long;
    expect(worked).toBe(false);
    expect(await turns.take(async () => 1)).toBe(1);
  });
});
