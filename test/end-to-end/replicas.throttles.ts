import type { ApiClient } from '../../src/cli/oauth-client.js';
import { codeOf, type TwoReplicas } from './two-replicas.js';

/** Requests a second of one client. */
const RATE = 5;
/** Steady requests of a second, and those of a burst. */
const AT_LEAST = 6 * RATE;
const SENT = 100;

/** What is each replica's own, as the README says. */
export function describeThrottles(of: () => TwoReplicas): void {
  const passedOf = async (client: ApiClient): Promise<{ passed: number; most: number }> => {
    await client.get('/v1/partners');
    const began = Date.now();
    const codes = await Promise.all(Array.from({ length: SENT }, () => codeOf(client.get('/v1/partners'))));
    expect(codes.filter((code) => code !== 'ok' && code !== 'TOO_MANY_REQUESTS')).toEqual([]);
    const seconds = (Date.now() - began) / 1_000;
    const most = RATE * (Math.ceil(seconds) + 1) + 5 * RATE * (Math.floor(seconds / 10) + 2);
    return { passed: codes.filter((code) => code === 'ok').length + 1, most };
  };

  it('count requests each by itself: what the one puts off for its rate, the other takes', async () => {
    await Promise.all(of().both.map((each) => each.kill('SIGTERM')));
    await of().startAnew({ REQUESTS_PER_SECOND: String(RATE) });
    for (const each of of().both) {
      const { passed, most } = await passedOf(each.as('ana'));
      expect(passed).toBeGreaterThanOrEqual(AT_LEAST);
      expect(passed).toBeLessThanOrEqual(most);
    }
  }, 90_000);
}
