import { monthlyQuota } from '../../../src/simulation/peers/monthly-quota.js';
import { throttleByDay } from '../../../src/simulation/peers/throttle-by-day.js';
import { anOwner, AskedPeer, backAfter, DAY, HOUR, MINUTE } from './asked.js';

describe('a throttle by day', () => {
  it('lets a partner ask as often a day as its owner has agreed, times a factor, and no more', () => {
    const peer = new AskedPeer(throttleByDay({ volumes: 1.5 }));
    expect(peer.askMany(100, { apart: MINUTE })).toBe(15);
  });

  it('says that it begins again at midnight, and does', () => {
    const peer = new AskedPeer(throttleByDay());
    peer.askMany(20, { from: 23 * HOUR });
    expect(backAfter(peer.ask(DAY - 1, 30))).toBe(DAY);
    expect(peer.isRefused(DAY, 31)).toBe(false);
    expect(peer.askMany(100, { from: DAY, firstPerson: 100 })).toBe(19);
  });

  it('counts the same person each time', () => {
    const peer = new AskedPeer(throttleByDay());
    for (let n = 0; n < 20; n++) peer.ask(0, 7);
    expect(peer.isRefused(0, 7)).toBe(true);
  });

  it('counts each partner apart, so that shells multiply it', () => {
    const peer = new AskedPeer(throttleByDay(), [anOwner('one', 10, ['shop', 'branch'])]);
    expect(peer.askMany(100, { partner: 'shop' })).toBe(20);
    expect(peer.askMany(100, { partner: 'branch' })).toBe(20);
  });

  it('takes an owner of whom nothing is known for one of 50 leads a day', () => {
    expect(new AskedPeer(throttleByDay(), [anOwner('one')]).askMany(1000)).toBe(100);
  });

  it('leaves 365 days of its limit to whoever scans at its edge, without an alarm', () => {
    const peer = new AskedPeer(throttleByDay(), [anOwner('one', 3000)]);
    let learned = 0;
    for (let day = 0; day < 365; day++) learned += peer.askMany(6100, { from: day * DAY, apart: SECONDS_OF_A_DAY_FOR_6100 });
    expect(learned).toBe(365 * 6000);
    expect(peer.defence.alarms).toEqual([]);
  });
});

const SECONDS_OF_A_DAY_FOR_6100 = Math.floor(DAY / 6100);

describe('a monthly quota', () => {
  it('lets a partner ask a month’s worth of weekdays, times a factor, at whatever speed', () => {
    // 21.74 weekdays of 10, twice.
    expect(new AskedPeer(monthlyQuota({ volumes: 2 })).askMany(1000)).toBe(435);
  });

  it('begins again on the first of the next month, which it says', () => {
    const peer = new AskedPeer(monthlyQuota({ volumes: 2 }));
    peer.askMany(1000);
    expect(backAfter(peer.ask(31 * DAY - 1, 0))).toBe(31 * DAY);
    expect(peer.askMany(1000, { from: 31 * DAY })).toBe(435);
    // February has 28 days.
    expect(backAfter(peer.ask(40 * DAY, 0))).toBe(59 * DAY);
  });

  it('begins again after a month without a question, too', () => {
    const peer = new AskedPeer(monthlyQuota({ volumes: 2 }));
    peer.askMany(435);
    expect(peer.askMany(1000, { from: 70 * DAY })).toBe(435);
    expect(backAfter(peer.ask(70 * DAY, 0))).toBe(90 * DAY);
  });
});
