import type { AuthenticatedClient } from '../access/roles.js';

/** The partner and owner behind a client with the role `partner`. */
export function partnerOf({ partnerId, ownerId }: AuthenticatedClient): { readonly partner: string; readonly owner: string } {
  if (partnerId === undefined || ownerId === undefined) throw new Error('a partner client that names no partner');
  return { partner: partnerId, owner: ownerId };
}
