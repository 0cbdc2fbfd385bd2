import { cloudflareSequence } from '../../../src/simulation/peers/cloudflare-sequence.js';
import { AskedPeer, backAfter, DAY, MINUTE } from './asked.js';

describe('Cloudflare’s sequence rule', () => {
  it('refuses a check after a check, for ten minutes', () => {
    const peer = new AskedPeer(cloudflareSequence());
    expect(peer.isRefused(0, 1)).toBe(false);
    expect(backAfter(peer.ask(MINUTE, 3))).toBe(10 * MINUTE);
    expect(peer.isRefused(10 * MINUTE - 1, 3)).toBe(true);
    expect(peer.isRefused(10 * MINUTE, 3)).toBe(false);
  });

  it('lets a check pass after a create', () => {
    const peer = new AskedPeer(cloudflareSequence());
    for (let n = 0; n < 100; n++) expect(peer.askAndCreate(n, 2 * n + 1).kind).toBe('answered');
  });

  it('follows each agent apart', () => {
    const peer = new AskedPeer(cloudflareSequence());
    peer.ask(0, 1, { agent: 'ann' });
    expect(peer.isRefused(0, 3, { agent: 'bob' })).toBe(false);
    peer.happens('created', MINUTE, 3, { agent: 'bob' });
    expect(peer.isRefused(MINUTE, 5, { agent: 'ann' })).toBe(true);
  });

  it('does not count what it refused', () => {
    const peer = new AskedPeer(cloudflareSequence());
    peer.ask(0, 1);
    peer.ask(9 * MINUTE, 3);
    expect(peer.isRefused(10 * MINUTE, 3)).toBe(false);
  });

  it('leaves 144 persons to each agent and day, without an alarm', () => {
    const peer = new AskedPeer(cloudflareSequence());
    expect(peer.askMany(DAY / MINUTE, { apart: MINUTE })).toBe(144);
    expect(peer.defence.alarms).toEqual([]);
  });
});
