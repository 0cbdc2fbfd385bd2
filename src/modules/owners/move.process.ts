import type { Process } from '../../event-sourcing/process.js';
import type { FinishMerger, FinishMove } from './move.commands.js';
import type { OwnerInherited, PartnerLeft } from './owner.events.js';
import type { MergerDecided, PartnerIdMoved } from './policy.events.js';

/** Whoever asked for a change of owners carries it out, too; only when it has not, after this time, somebody else does. */
const GRACE_MS = 2_000;

/** A partner that has left one owner is received by the other, because whoever sent it may have died in between. */
export const finishMove: Process<PartnerLeft['data'], PartnerLeft | PartnerIdMoved, Pick<FinishMove, 'type' | 'data'>> = {
  name: 'finish-move',
  version: 1,
  handles: ['PartnerLeft', 'PartnerIdMoved'],
  key: ({ data }) => data.partner,
  evolve: (left, event) => {
    if (event.type === 'PartnerLeft') return event.data;
    return left !== undefined && left.move > event.data.move ? left : undefined;
  },
  owed: (left, { now }) => owedFrom(left.at, now, { type: 'FinishMove', data: { left } }),
};

/** A merger that was decided reaches both owners. */
export const finishMerger: Process<MergerDecided['data'], MergerDecided | OwnerInherited, Pick<FinishMerger, 'type' | 'data'>> = {
  name: 'finish-merger',
  version: 1,
  handles: ['MergerDecided', 'OwnerInherited'],
  key: (event) => (event.type === 'MergerDecided' ? event.data.owner : event.data.from),
  evolve: (decided, event) => {
    if (event.type === 'MergerDecided') return event.data;
    return event.data.merged === true && event.data.owner === decided?.into ? undefined : decided;
  },
  owed: (decided, { now }) => owedFrom(decided.at, now, { type: 'FinishMerger', data: { decided } }),
};

function owedFrom<Command>(at: string, now: number, command: Command): { commands: readonly Command[]; wakeAt?: number } {
  const due = Date.parse(at) + GRACE_MS;
  return now < due ? { commands: [], wakeAt: due } : { commands: [command] };
}
