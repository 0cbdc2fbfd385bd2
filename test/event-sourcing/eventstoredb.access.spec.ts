import { NotAllowed, patiently } from '../../src/event-sourcing/eventstoredb.access.js';

describe('a step of letting the service into a server', () => {
  const soon = (): number => performance.now() + 500;
  /** Fails so, one after the other, and then works. */
  const failing = (...errors: readonly Error[]) => {
    const left = [...errors];
    return async (): Promise<void> => {
      const error = left.shift();
      if (error) throw error;
    };
  };
  const never = (error: Error) => (): Promise<void> => Promise.reject(error);

  it('is repeated for a server that has no leader yet', async () => {
    await patiently(soon(), failing(new Error('no leader'), new Error('not ready')), { pauseMs: 1 });
    await expect(patiently(soon(), never(new Error('no leader')), { pauseMs: 50 })).rejects.toThrow('could not be prepared in time');
  });

  it('is repeated for a server that answers before it has made its users, as one does that starts for the first time', async () => {
    await patiently(soon(), failing(new NotAllowed(), new NotAllowed(), new Error('no leader'), new NotAllowed()), { pauseMs: 1 });
  });

  it('is given up for a wrong password long before a server is that does not come up', async () => {
    const [began, wrong] = [performance.now(), never(new NotAllowed())];
    await expect(patiently(began + 60_000, wrong, { usersMadeWithinMs: 50, pauseMs: 10 })).rejects.toThrow('does not know this password');
    await expect(patiently(began, wrong, { usersMadeWithinMs: 60_000, pauseMs: 10 })).rejects.toThrow('does not know this password');
    expect(performance.now() - began).toBeLessThan(10_000);
  });
});
