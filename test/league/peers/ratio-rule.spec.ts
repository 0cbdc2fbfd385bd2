import { ratioRule } from '../../../src/simulation/peers/ratio-rule.js';
import { anOwner, AskedPeer, DAY } from './asked.js';

const MONTH = 31 * DAY;
const owners = [anOwner('one'), anOwner('two'), anOwner('three')];

/** Ten checks of an owner, of which so many are followed by a create. */
function month(peer: AskedPeer, owner: string, creates: number, from = 0): void {
  for (let n = 0; n < 10; n++) {
    if (n < creates) peer.askAndCreate(from + n * DAY, n, { owner });
    else peer.ask(from + n * DAY, n, { owner });
  }
}

describe('the ratio rule', () => {
  it('blocks at the end of the month who is below the average by more than the tolerance, for good', () => {
    const peer = new AskedPeer(ratioRule({ tolerance: 0.1 }), owners);
    month(peer, 'one', 2);
    month(peer, 'two', 4);
    month(peer, 'three', 5);
    expect(peer.isRefused(MONTH - 1, 50)).toBe(false);
    expect(peer.ask(MONTH, 50)).toEqual({ kind: 'refused', code: 'BLOCKED' });
    expect(peer.isRefused(MONTH, 50, { owner: 'two' })).toBe(false);
    expect(peer.isRefused(300 * DAY, 50)).toBe(true);
    expect(peer.defence.alarms).toEqual([expect.objectContaining({ owner: 'one', cause: 'ratio', isStep: true })]);
    expect(peer.alarmedAfter).toEqual([MONTH]);
  });

  it('lets pass who is below the average by no more than the tolerance', () => {
    const peer = new AskedPeer(ratioRule({ tolerance: 0.2 }), owners);
    month(peer, 'one', 2);
    month(peer, 'two', 4);
    month(peer, 'three', 5);
    expect(peer.isRefused(MONTH, 50)).toBe(false);
    expect(peer.defence.alarms).toEqual([]);
  });

  it('judges each month by itself', () => {
    const peer = new AskedPeer(ratioRule({ tolerance: 0.3 }), owners);
    month(peer, 'one', 10);
    month(peer, 'two', 6);
    month(peer, 'one', 0, MONTH);
    month(peer, 'two', 8, MONTH);
    expect(peer.isRefused(MONTH + 28 * DAY - 1, 50)).toBe(false);
    expect(peer.isRefused(MONTH + 28 * DAY, 50)).toBe(true);
  });

  it('takes a low average for what is to be expected: where all scan, nobody is blocked', () => {
    const peer = new AskedPeer(ratioRule(), owners);
    for (const owner of ['one', 'two', 'three']) month(peer, owner, 0);
    expect(peer.isRefused(MONTH, 50)).toBe(false);
    expect(peer.defence.alarms).toEqual([]);
  });

  it('blocks the honest owner with many customers or a low conversion just so', () => {
    const peer = new AskedPeer(ratioRule(), owners);
    month(peer, 'one', 3);
    month(peer, 'two', 8);
    expect(peer.isRefused(MONTH, 50)).toBe(true);
  });

  it('does not judge who has not asked', () => {
    const peer = new AskedPeer(ratioRule(), owners);
    month(peer, 'two', 8);
    expect(peer.isRefused(MONTH, 50)).toBe(false);
    expect(peer.defence.alarms).toEqual([]);
  });
});
