import { MovingDistinct } from '../../../src/simulation/peers/moving-distinct.js';
import { keptForEachOwner, keptForEachPartner } from '../../../src/simulation/peers/kept-for-each.js';
import { Queue } from '../../../src/simulation/peers/queue.js';
import { anOwner, FROM } from './asked.js';

describe('what is kept for each', () => {
  const owners = [anOwner('one', 10, ['shop', 'branch']), anOwner('two', 20)];
  const world = { seed: 1, from: FROM, isCustomer: () => true, isLocked: () => false, isCanary: () => false, owners };
  const asker = { owner: 'one', partner: 'shop', agent: 'ann' };

  it('partner is its own, and the same each time', () => {
    const keptFor = keptForEachPartner(world, ({ owner }) => ({ owner }));
    expect(keptFor(asker)).toEqual({ owner: 'one' });
    expect(keptFor(asker)).toBe(keptFor({ ...asker, agent: 'bob' }));
    expect(keptFor(asker)).not.toBe(keptFor({ ...asker, partner: 'branch' }));
  });

  it('owner is that of all its partners', () => {
    const keptFor = keptForEachOwner(world, () => ({}));
    expect(keptFor(asker)).toBe(keptFor({ owner: 'one' }));
    expect(keptFor(asker)).not.toBe(keptFor({ owner: 'two' }));
  });

  it('is nothing for a partner or an owner that the world does not have', () => {
    expect(() => keptForEachPartner(world, () => ({}))({ ...asker, partner: 'nobody' })).toThrow('nobody is not of this world');
    expect(() => keptForEachOwner(world, () => ({}))({ owner: 'nobody' })).toThrow('nobody is not of this world');
  });
});

describe('a queue', () => {
  it('gives what was put in first, through any number of puts and drops', () => {
    const queue = new Queue<number>();
    const plain: number[] = [];
    for (let n = 0; n < 5000; n++) {
      queue.push(n);
      plain.push(n);
      if (n % 3 !== 0) {
        queue.drop();
        plain.shift();
      }
      expect([queue.first, queue.size]).toEqual([plain[0], plain.length]);
    }
  });

  it('stays quiet when there is nothing to drop', () => {
    const queue = new Queue<number>();
    queue.drop();
    queue.push(1);
    expect(queue.first).toBe(1);
  });
});

describe('distinct persons in a moving time', () => {
  it('are those who were there within it, each counted once, from the last time on', () => {
    const moving = new MovingDistinct(10);
    moving.add(1, 0);
    moving.add(2, 5);
    moving.add(1, 8);
    moving.advance(10);
    expect([moving.size, moving.has(1), moving.has(2)]).toEqual([2, true, true]);
    moving.advance(15);
    expect([moving.size, moving.has(1), moving.has(2)]).toEqual([1, true, false]);
    moving.advance(18);
    expect(moving.size).toBe(0);
  });
});
