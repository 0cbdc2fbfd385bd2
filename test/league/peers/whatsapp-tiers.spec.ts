import { whatsAppTiers } from '../../../src/simulation/peers/whatsapp-tiers.js';
import { anOwner, AskedPeer, backAfter, DAY, HOUR } from './asked.js';

/** Persons with numbers of their own for each day. */
const nobodyBefore = (day: number): number => day * 100_000;

/** Somebody who tries to ask about 3,000 persons on each day, all at once; @returns about how many it could, by day. */
function byDay(peer: AskedPeer, days: number): readonly number[] {
  return Array.from({ length: days }, (_, day) => peer.askMany(3000, { from: day * DAY, firstPerson: nobodyBefore(day) }));
}

describe('WhatsApp’s tiers', () => {
  it('begin with 250 distinct persons in 24 hours, of all partners of an owner together', () => {
    const peer = new AskedPeer(whatsAppTiers(), [anOwner('one', 10, ['shop', 'branch'])]);
    expect(peer.askMany(200, { partner: 'shop' })).toBe(200);
    expect(peer.askMany(200, { partner: 'branch', firstPerson: 1000 })).toBe(50);
  });

  it('let whoever was asked about within 24 hours be asked about again', () => {
    const peer = new AskedPeer(whatsAppTiers());
    peer.askMany(250);
    expect(peer.askMany(500, { from: HOUR })).toBe(250);
    expect(peer.isRefused(HOUR, 900)).toBe(true);
  });

  it('move: each place is free 24 hours after it was last taken', () => {
    const peer = new AskedPeer(whatsAppTiers());
    peer.askMany(100);
    peer.askMany(150, { from: HOUR, firstPerson: 100 });
    expect(backAfter(peer.ask(2 * HOUR, 900))).toBe(DAY);
    expect(peer.askMany(250, { from: DAY, firstPerson: 1000 })).toBe(100);
    // The second 150 once more: their places stay taken for another day.
    const again = new AskedPeer(whatsAppTiers());
    again.askMany(250);
    again.askMany(150, { from: HOUR });
    expect(again.askMany(250, { from: DAY, firstPerson: 1000 })).toBe(100);
  });

  it('rise to 2,000 with the 2,000th distinct person in 30 days, at once', () => {
    const peer = new AskedPeer(whatsAppTiers());
    // Seven days of 250; on the eighth the 250th makes 2,000, and 2,000 are the limit.
    expect(byDay(peer, 8)).toEqual([250, 250, 250, 250, 250, 250, 250, 2000]);
  });

  it('do not rise for whoever stays below 2,000 in 30 days', () => {
    const peer = new AskedPeer(whatsAppTiers());
    for (let day = 0; day < 200; day++) peer.askMany(55, { from: day * DAY, firstPerson: 1000 * day });
    expect(peer.askMany(1000, { from: 200 * DAY, firstPerson: 900_000 })).toBe(250);
  });

  it('rise tier by tier, six hours after half of the limit was used in seven days', () => {
    const peer = new AskedPeer(whatsAppTiers({ tiers: [2000, 3000, 10_000, Infinity], deniedShare: 0.01 }));
    // The 2,000th raises it to 3,000; half of that is used already.
    peer.askMany(2000);
    peer.askMany(1, { firstPerson: 5000 });
    expect(peer.askMany(5000, { from: 6 * HOUR - 1, firstPerson: 10_000 })).toBe(999);
    expect(backAfter(peer.ask(6 * HOUR - 1, 99_999))).toBe(6 * HOUR);
    expect(peer.askMany(20_000, { from: 6 * HOUR, firstPerson: 20_000 })).toBe(7000);
    expect(peer.askMany(20_000, { from: 12 * HOUR, firstPerson: 50_000 })).toBe(20_000);
  });

  it('do not rise for whoever uses less than half of the limit in seven days', () => {
    const limitAfterAWeekOf = (persons: number): number => {
      const peer = new AskedPeer(whatsAppTiers());
      byDay(peer, 7);
      // 2,000, and then a pause; a week of what is tried; another day.
      peer.askMany(250, { from: 7 * DAY, firstPerson: nobodyBefore(7) });
      peer.askMany(persons, { from: 20 * DAY, firstPerson: nobodyBefore(20) });
      return peer.askMany(20_000, { from: 28 * DAY, firstPerson: nobodyBefore(28) });
    };
    expect([limitAfterAWeekOf(999), limitAfterAWeekOf(1000)]).toEqual([2000, 10_000]);
  });

  it('do not rise while more than one in a hundred denies, and rise when that is a week ago', () => {
    const peer = new AskedPeer(whatsAppTiers());
    byDay(peer, 7);
    for (let n = 0; n < 21; n++) peer.happens('denied', 7 * DAY - 1, n);
    expect(peer.askMany(2000, { from: 7 * DAY, firstPerson: nobodyBefore(7) })).toBe(250);
    expect(peer.askMany(2000, { from: 13 * DAY, firstPerson: nobodyBefore(13) })).toBe(250);
    expect(peer.askMany(2000, { from: 14 * DAY, firstPerson: nobodyBefore(14) })).toBe(2000);
  });

  it('are never lowered again', () => {
    const peer = new AskedPeer(whatsAppTiers());
    // The ninth day finds it at 10,000.
    byDay(peer, 8);
    for (let n = 0; n < 1000; n++) peer.happens('denied', 8 * DAY, n);
    expect(peer.askMany(20_000, { from: 60 * DAY, firstPerson: nobodyBefore(60) })).toBe(10_000);
  });

  it('raise no alarm', () => {
    const peer = new AskedPeer(whatsAppTiers());
    byDay(peer, 20);
    expect(peer.defence.alarms).toEqual([]);
  });
});
