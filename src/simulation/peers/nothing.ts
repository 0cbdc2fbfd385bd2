import type { DefenceMaker } from '../defence.js';
import { Peer } from './peer.js';

/** The check as it stands at the outset of the discussion: whoever has an agreement is answered. */
export const nothing: DefenceMaker = {
  name: 'nothing',
  description: 'Every question is answered.',
  make: (world) => new Peer(world, {}),
};
