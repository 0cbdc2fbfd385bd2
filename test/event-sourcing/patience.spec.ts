import { ClockUntrusted } from '../../src/event-sourcing/clock.js';
import { StoreUnavailable, UnknownOutcome } from '../../src/event-sourcing/event-store.js';
import { patiently } from '../../src/event-sourcing/patience.js';

describe('a step of the start', () => {
  const told: string[] = [];
  const onWait = ({ message }: Error): void => void told.push(message);
  beforeEach(() => told.splice(0));

  /** Fails so, one after the other, and then works. */
  const failing = (...errors: readonly Error[]) => {
    const left = [...errors];
    return async () => {
      const error = left.shift();
      if (error) throw error;
      return 'done';
    };
  };

  it('waits for a store that does not answer, and says for what, once for each reason', async () => {
    const step = failing(...['silent', 'silent', 'no leader', 'no leader'].map((reason) => new StoreUnavailable(reason)), new UnknownOutcome('open')); // prettier-ignore
    expect(await patiently(step, { within: 10_000, onWait })).toBe('done');
    expect(told).toEqual(['silent', 'no leader', 'open']);
  });

  it('waits no longer than it may', async () => {
    const never = () => Promise.reject(new StoreUnavailable('silent'));
    await expect(patiently(never, { within: 300, onWait })).rejects.toThrow('silent');
    await expect(patiently(failing(new StoreUnavailable('silent')), { within: 0, onWait })).rejects.toThrow('silent');
  });

  it.each([new Error('wrong keys'), new ClockUntrusted({ kind: 'ahead', by: 1 })])('waits for nothing else: %s', async (error) => {
    await expect(patiently(failing(error), { within: 10_000, onWait })).rejects.toBe(error);
    expect(told).toEqual([]);
  });
});
