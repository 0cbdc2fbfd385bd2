import { PEERS } from '../../../src/simulation/peers/peers.js';
import { anOwner, AskedPeer, DAY } from './asked.js';

const WRONG_NAME = { brings: { name: false, secret: true, contact: true } };

describe.each(PEERS.map((maker) => [maker.name, maker] as const))('%s', (_, maker) => {
  it('answers yes for a customer and no for anybody else', () => {
    const peer = new AskedPeer(maker);
    expect(peer.ask(0, 2)).toEqual({ kind: 'answered', answer: 'yes' });
    expect(peer.ask(DAY, 3)).toEqual({ kind: 'answered', answer: 'no' });
  });

  it('confirms nobody whose name is not that of the file', () => {
    expect(new AskedPeer(maker).ask(0, 2, WRONG_NAME)).toEqual({ kind: 'answered', answer: 'no' });
  });

  it('refuses an owner whom a human has stopped, and nobody else', () => {
    const peer = new AskedPeer(maker, [anOwner('one', 10), anOwner('two', 10)]);
    peer.defence.stop('one', 0);
    expect(peer.ask(DAY, 2)).toEqual({ kind: 'refused', code: 'STOPPED' });
    expect(peer.ask(DAY, 2, { owner: 'two' }).kind).toBe('answered');
  });

  it('raises no alarm for what a human does or for a single question', () => {
    const peer = new AskedPeer(maker);
    peer.ask(0, 2);
    peer.defence.stop('one', 0);
    expect(peer.defence.alarms).toEqual([]);
  });
});

it('all peers stand under a name of their own', () => {
  expect(new Set(PEERS.map(({ name }) => name)).size).toBe(PEERS.length);
});
