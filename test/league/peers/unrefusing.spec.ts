import { nothing } from '../../../src/simulation/peers/nothing.js';
import { pricePerCall } from '../../../src/simulation/peers/price-per-call.js';
import { anOwner, AskedPeer } from './asked.js';

const owners = [anOwner('one', 10, ['shop', 'branch']), anOwner('two')];

describe('nothing at all', () => {
  it('answers everything, for nothing', () => {
    const peer = new AskedPeer(nothing);
    expect(peer.askMany(10_000)).toBe(10_000);
    expect(peer.defence.charged('one')).toBe(0);
    expect(peer.defence.alarms).toEqual([]);
  });
});

describe('a price per call', () => {
  it('refuses nothing', () => {
    expect(new AskedPeer(pricePerCall()).askMany(10_000)).toBe(10_000);
  });

  it('charges an owner each answer that its partners got, yes or no, repeated or not', () => {
    const peer = new AskedPeer(pricePerCall({ price: 2 }), owners);
    peer.ask(0, 2, { partner: 'shop' });
    peer.ask(0, 3, { partner: 'branch' });
    peer.ask(0, 3, { partner: 'branch' });
    expect(peer.defence.charged('one')).toBe(6);
    expect(peer.defence.charged('two')).toBe(0);
  });

  it('charges nobody who was stopped', () => {
    const peer = new AskedPeer(pricePerCall(), owners);
    peer.defence.stop('one', 0);
    peer.ask(0, 2, { partner: 'shop' });
    expect(peer.defence.charged('one')).toBe(0);
  });
});
