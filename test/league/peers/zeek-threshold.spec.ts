import { zeekThreshold } from '../../../src/simulation/peers/zeek-threshold.js';
import { AskedPeer, anOwner, DAY, HOUR, MINUTE, SECOND } from './asked.js';

/** Twenty-five distinct persons within 24 seconds. */
function detected(): AskedPeer {
  const peer = new AskedPeer(zeekThreshold());
  expect(peer.askMany(25, { apart: SECOND })).toBe(25);
  return peer;
}

const DETECTED = 24 * SECOND;

describe('Zeek’s scan detection', () => {
  it('notices the 25th distinct person within five minutes, and drops what comes then', () => {
    const peer = new AskedPeer(zeekThreshold());
    peer.askMany(24, { apart: 12 * SECOND });
    expect(peer.defence.alarms).toEqual([]);
    expect(peer.isRefused(299 * SECOND, 24)).toBe(false);
    expect(peer.defence.alarms).toEqual([expect.objectContaining({ owner: 'one', cause: 'scan', isStep: true })]);
    expect(peer.ask(299 * SECOND, 2)).toEqual({ kind: 'refused', code: 'BLOCKED' });
  });

  it('counts nobody twice', () => {
    const peer = new AskedPeer(zeekThreshold());
    for (let n = 0; n < 100; n++) peer.ask(n * SECOND, n % 24);
    expect(peer.defence.alarms).toEqual([]);
  });

  it('forgets at the end of each five minutes: 24 in each are never noticed', () => {
    const peer = new AskedPeer(zeekThreshold());
    for (let span = 0; span < 100; span++) {
      expect(peer.askMany(24, { from: span * 5 * MINUTE, apart: SECOND, firstPerson: 24 * span })).toBe(24);
    }
    expect(peer.defence.alarms).toEqual([]);
  });

  it('counts each partner apart', () => {
    const peer = new AskedPeer(zeekThreshold(), [anOwner('one', 10, ['shop', 'branch'])]);
    peer.askMany(24, { partner: 'shop' });
    peer.askMany(24, { partner: 'branch', firstPerson: 100 });
    expect(peer.defence.alarms).toEqual([]);
  });

  it('forgets whoever stays away for an hour after it was dropped', () => {
    const peer = detected();
    expect(peer.isRefused(DETECTED + 10 * MINUTE - 1, 99)).toBe(true);
    expect(peer.isRefused(DETECTED + HOUR, 99)).toBe(false);
  });

  it('drops whoever is seen again within the hour at once, for an hour, a day, and a week, without another alarm', () => {
    const peer = detected();
    let after = DETECTED + 10 * MINUTE;
    for (const block of [HOUR, DAY, 7 * DAY]) {
      expect(peer.isRefused(after, 99)).toBe(true);
      expect(peer.isRefused(after + block - 1, 99)).toBe(true);
      after += block;
    }
    expect(peer.isRefused(after, 99)).toBe(false);
    expect(peer.alarmedAfter).toEqual([DETECTED]);
  });

  it('begins with ten minutes again for whom it had forgotten', () => {
    const peer = detected();
    peer.askMany(25, { from: 5 * HOUR, apart: SECOND, firstPerson: 100 });
    expect(peer.alarmedAfter).toEqual([DETECTED, 5 * HOUR + DETECTED]);
    expect(peer.isRefused(5 * HOUR + DETECTED + 10 * MINUTE - 1, 99)).toBe(true);
    expect(peer.isRefused(5 * HOUR + DETECTED + HOUR, 99)).toBe(false);
  });
});
