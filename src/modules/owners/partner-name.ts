import type { CommandHandling } from '../../event-sourcing/handle-command.js';
import { owner } from './owner.js';
import { type OwnerState, ownerStream } from './owner.state.js';

/**
 * The name under which applicants know a partner, which keeps the one that it was registered under; its id where there is none.
 * @param ownerId an owner that it has, or once had
 * @throws StoreUnavailable
 */
export async function partnerName(commands: CommandHandling, partner: string, ownerId: string): Promise<string> {
  const stream = ownerStream(ownerId);
  const known = commands.lastKnown(owner, stream);
  return (known && nameIn(known.state, partner)) ?? nameIn((await commands.load(owner, stream)).state, partner) ?? partner;
}

function nameIn(state: OwnerState, partner: string): string | undefined {
  return state.status === 'registered' ? state.partners.get(partner)?.name : undefined;
}
