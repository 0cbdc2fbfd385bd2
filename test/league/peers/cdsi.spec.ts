import { cdsi } from '../../../src/simulation/peers/cdsi.js';
import { anOwner, AskedPeer, backAfter, DAY, HOUR, MINUTE, SECOND } from './asked.js';

describe('Signal’s contact discovery', () => {
  it('lets an account ask about 50,000 persons at once, and about no more', () => {
    expect(new AskedPeer(cdsi()).askMany(60_000)).toBe(50_000);
  });

  it('gives back six an hour: one in ten minutes, which it says with a second’s grace', () => {
    const peer = new AskedPeer(cdsi());
    peer.askMany(50_000);
    expect(backAfter(peer.ask(0, 70_000))).toBe(10 * MINUTE + SECOND);
    expect(peer.isRefused(10 * MINUTE - 1, 70_000)).toBe(true);
    expect(peer.isRefused(10 * MINUTE, 70_000)).toBe(false);
    expect(peer.askMany(100, { from: 10 * MINUTE + HOUR, firstPerson: 80_000 })).toBe(6);
  });

  it('charges nothing for a person asked about before, even when the bucket is full', () => {
    const peer = new AskedPeer(cdsi({ bucket: 10, leakPerHour: 6 }));
    expect(peer.askMany(20)).toBe(10);
    expect(peer.askMany(20, { from: SECOND })).toBe(10);
    expect(peer.askMany(1000, { from: HOUR, apart: 0, firstPerson: 0 })).toBe(16);
  });

  it('leaves a scanner 102,560 persons in its first year', () => {
    const peer = new AskedPeer(cdsi());
    const atOnce = peer.askMany(50_000);
    const afterwards = peer.askMany(365 * 24 * 6, { from: 10 * MINUTE, apart: 10 * MINUTE, firstPerson: 50_000 });
    expect(atOnce + afterwards).toBe(102_560);
  });

  it('does not fill an empty bucket below nothing', () => {
    const peer = new AskedPeer(cdsi({ bucket: 10, leakPerHour: 6 }));
    expect(peer.askMany(20, { from: 30 * DAY })).toBe(10);
  });

  it('takes each partner for an account', () => {
    const peer = new AskedPeer(cdsi({ bucket: 10, leakPerHour: 6 }), [anOwner('one', 10, ['shop', 'branch'])]);
    expect(peer.askMany(20, { partner: 'shop' })).toBe(10);
    expect(peer.askMany(20, { partner: 'branch' })).toBe(10);
  });
});
