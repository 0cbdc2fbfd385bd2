import { AS_IN_ZEEK, trw } from '../../../src/simulation/peers/trw.js';
import { anOwner, AskedPeer, DAY, HOUR, MINUTE } from './asked.js';

/** A check of a person who is no customer, which nothing follows. */
const fails = (peer: AskedPeer, after: number, nth: number): boolean => peer.isRefused(after, 2 * nth + 1);
const succeeds = (peer: AskedPeer, after: number, nth: number): unknown => peer.askAndCreate(after, 2 * nth + 1);

describe('the threshold random walk', () => {
  it('takes four failures in a row for a scanner: 4⁴ = 256 is above 99, 4³ = 64 is not', () => {
    const peer = new AskedPeer(trw());
    for (let n = 0; n < 3; n++) fails(peer, n * HOUR, n);
    expect(fails(peer, 14 * DAY + 2 * HOUR, 3)).toBe(false);
    expect(peer.defence.alarms).toEqual([]);
    expect(fails(peer, 28 * DAY + 2 * HOUR - 1, 4)).toBe(false);
    expect(fails(peer, 28 * DAY + 2 * HOUR, 5)).toBe(true);
    expect(peer.alarmedAfter).toEqual([28 * DAY + 2 * HOUR]);
    expect(peer.defence.alarms).toEqual([expect.objectContaining({ owner: 'one', cause: 'random-walk', isStep: true })]);
  });

  it('knows of no failure before its deadline: whoever scans for fourteen days is answered', () => {
    const peer = new AskedPeer(trw());
    expect(peer.askMany(14 * 24, { apart: HOUR })).toBe(14 * 24);
    expect(peer.isRefused(15 * DAY, 99_999)).toBe(true);
  });

  it('blocks a scanner for good', () => {
    const peer = new AskedPeer(trw());
    for (let n = 0; n < 4; n++) fails(peer, n, n);
    expect(fails(peer, 15 * DAY, 9)).toBe(true);
    expect(fails(peer, 365 * DAY, 9)).toBe(true);
  });

  it('makes up for one failure with one success', () => {
    const peer = new AskedPeer(trw());
    // From the fourteenth day on a failure and a success a day.
    for (let day = 0; day < 100; day++) {
      fails(peer, day * DAY, 2 * day);
      if (day >= 14) succeeds(peer, day * DAY, 2 * day + 1);
    }
    expect(peer.defence.alarms).toEqual([]);
  });

  it('goes back to the start with the verdict "honest", so that a long good conduct is no credit', () => {
    const peer = new AskedPeer(trw());
    // Forty successes, ten verdicts; then four failures.
    for (let n = 0; n < 40; n++) succeeds(peer, n * MINUTE, n);
    for (let n = 100; n < 104; n++) fails(peer, HOUR, n);
    expect(fails(peer, 15 * DAY, 200)).toBe(true);
  });

  it('counts a success down to 1/99: after three of them it takes seven failures', () => {
    const after = (failures: number): number => {
      const peer = new AskedPeer(trw());
      for (let n = 0; n < 3; n++) succeeds(peer, n, n);
      for (let n = 0; n < failures; n++) fails(peer, HOUR, 10 + n);
      fails(peer, 15 * DAY, 99);
      return peer.defence.alarms.length;
    };
    expect([after(6), after(7)]).toEqual([0, 1]);
  });

  it('takes a yes for neither, because there is nothing to create', () => {
    const peer = new AskedPeer(trw());
    for (let n = 0; n < 100; n++) peer.ask(n * HOUR, 2 * n);
    expect(peer.isRefused(30 * DAY, 1)).toBe(false);
    expect(peer.defence.alarms).toEqual([]);
  });

  it('counts a person who is asked about again once, and their create for both', () => {
    const peer = new AskedPeer(trw());
    for (let n = 0; n < 10; n++) peer.ask(n * HOUR, 1);
    expect(peer.isRefused(20 * DAY, 3)).toBe(false);
    const created = new AskedPeer(trw());
    for (let person = 1; person < 20; person += 2) {
      created.ask(0, person);
      created.askAndCreate(HOUR, person);
    }
    expect(created.isRefused(20 * DAY, 3)).toBe(false);
  });

  it('takes a withdrawal for no create', () => {
    const peer = new AskedPeer(trw());
    for (let n = 0; n < 4; n++) {
      fails(peer, 0, n);
      peer.happens('withdrawn', HOUR, 2 * n + 1);
    }
    expect(fails(peer, 15 * DAY, 9)).toBe(true);
  });

  it('takes a create after the deadline for none', () => {
    const peer = new AskedPeer(trw());
    for (let n = 0; n < 4; n++) fails(peer, 0, n);
    for (let n = 0; n < 4; n++) peer.happens('created', 14 * DAY, 2 * n + 1);
    expect(fails(peer, 15 * DAY, 9)).toBe(true);
  });

  it('walks with each partner apart', () => {
    const peer = new AskedPeer(trw(), [anOwner('one', 10, ['shop', 'branch'])]);
    for (let n = 0; n < 6; n++) peer.ask(0, 2 * n + 1, { partner: n % 2 === 0 ? 'shop' : 'branch' });
    expect(peer.isRefused(15 * DAY, 99, { partner: 'shop' })).toBe(false);
  });
});

describe('the threshold random walk with Zeek’s timeouts', () => {
  it('lets a scanner in again after an hour', () => {
    const peer = new AskedPeer(trw(AS_IN_ZEEK, 'zeek'));
    for (let n = 0; n < 4; n++) fails(peer, 0, n);
    expect(fails(peer, 14 * DAY + HOUR - 1, 9)).toBe(true);
    expect(fails(peer, 14 * DAY + HOUR, 9)).toBe(false);
  });

  it('forgets a walk on which nothing happened for half an hour', () => {
    const alarms = (apart: number): number => {
      const peer = new AskedPeer(trw(AS_IN_ZEEK, 'zeek'));
      for (let n = 0; n < 4; n++) fails(peer, n * apart, n);
      fails(peer, 15 * DAY, 9);
      return peer.defence.alarms.length;
    };
    expect([alarms(30 * MINUTE - 1), alarms(30 * MINUTE)]).toEqual([1, 0]);
  });

  it('does not look at whom it took for honest for an hour', () => {
    const alarms = (failedAfter: number): number => {
      const peer = new AskedPeer(trw(AS_IN_ZEEK, 'zeek'));
      for (let n = 0; n < 4; n++) fails(peer, failedAfter, n);
      for (let n = 10; n < 14; n++) succeeds(peer, 14 * DAY, n);
      fails(peer, 15 * DAY, 99);
      return peer.defence.alarms.length;
    };
    expect([alarms(HOUR - 1), alarms(HOUR)]).toEqual([0, 1]);
  });
});
