import type { Asker, DefendedOwner, DefendedWorld } from '../defence.js';

/** @returns what is kept for the partner who asks, made for each at the begin; throws for a partner that the world does not have */
export function keptForEachPartner<T>(world: DefendedWorld, make: (owner: DefendedOwner) => T): (asker: Asker) => T {
  const kept = new Map(world.owners.flatMap((owner) => owner.partners.map(({ partner }) => [partner, make(owner)] as const)));
  return ({ partner }) => known(kept, partner);
}

/** @returns what is kept for the owner of the partner who asks, likewise */
export function keptForEachOwner<T>(world: DefendedWorld, make: (owner: DefendedOwner) => T): (asker: Pick<Asker, 'owner'>) => T {
  const kept = new Map(world.owners.map((owner) => [owner.owner, make(owner)]));
  return ({ owner }) => known(kept, owner);
}

function known<T>(kept: ReadonlyMap<string, T>, name: string): T {
  const found = kept.get(name);
  if (found === undefined) throw new RangeError(`${name} is not of this world`);
  return found;
}
