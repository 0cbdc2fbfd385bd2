import { crowdSec } from '../../../src/simulation/peers/crowdsec.js';
import { AskedPeer, HOUR, SECOND } from './asked.js';

describe('CrowdSec’s user enumeration', () => {
  it('overflows at the sixth distinct person before one has leaked, and bans for four hours', () => {
    const peer = new AskedPeer(crowdSec());
    expect(peer.askMany(5)).toBe(5);
    expect(peer.defence.alarms).toEqual([]);
    expect(peer.isRefused(9999, 5)).toBe(false);
    expect(peer.defence.alarms).toEqual([expect.objectContaining({ owner: 'one', cause: 'enumeration', isStep: true })]);
    expect(peer.ask(9999 + 4 * HOUR - 1, 6)).toEqual({ kind: 'refused', code: 'BLOCKED' });
    expect(peer.isRefused(9999 + 4 * HOUR, 6)).toBe(false);
  });

  it('leaks one person in ten seconds', () => {
    const peer = new AskedPeer(crowdSec());
    peer.askMany(5);
    expect(peer.askMany(10_000, { from: 10 * SECOND, apart: 10 * SECOND, firstPerson: 5 })).toBe(10_000);
    expect(peer.defence.alarms).toEqual([]);
    const faster = new AskedPeer(crowdSec());
    faster.askMany(100, { apart: 9 * SECOND });
    expect(faster.defence.alarms).not.toEqual([]);
  });

  it('pours nobody whom the bucket has seen', () => {
    const peer = new AskedPeer(crowdSec());
    for (let n = 0; n < 1000; n++) peer.ask(n, n % 5);
    expect(peer.defence.alarms).toEqual([]);
  });

  it('has seen nobody when nothing was poured for a minute', () => {
    const asked = (pause: number): number => {
      const peer = new AskedPeer(crowdSec());
      peer.askMany(3);
      // The three again, and three others: six when the bucket is a new one.
      peer.askMany(6, { from: pause });
      return peer.defence.alarms.length;
    };
    expect([asked(60 * SECOND - 1), asked(60 * SECOND)]).toEqual([0, 1]);
  });

  it('destroys the bucket that overflowed, with what it has seen', () => {
    const peer = new AskedPeer(crowdSec({ capacity: 5, leakspeed: 10 * SECOND, ban: SECOND }));
    peer.askMany(6);
    peer.askMany(5, { from: SECOND });
    expect(peer.defence.alarms).toHaveLength(1);
    peer.ask(SECOND, 5);
    expect(peer.defence.alarms).toHaveLength(2);
  });

  it('begins with an empty bucket after a ban', () => {
    const peer = new AskedPeer(crowdSec());
    peer.askMany(6);
    expect(peer.askMany(5, { from: 4 * HOUR })).toBe(5);
    expect(peer.defence.alarms).toHaveLength(1);
  });
});
