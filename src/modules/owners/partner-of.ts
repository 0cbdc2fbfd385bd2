import type { AuthenticatedClient } from '../access/roles.js';
import type { ByPartner } from './owner.js';

/** The partner and owner behind a client with the role `partner`, and how its request has shown that it is theirs. */
export function partnerOf({ partnerId, ownerId, boundBy, isSigned }: AuthenticatedClient): ByPartner & { readonly owner: string } {
  if (partnerId === undefined || ownerId === undefined) throw new Error('a partner client that names no partner');
  return { partner: partnerId, owner: ownerId, ...(boundBy && { boundBy }), ...(isSigned === true && { isSigned }) };
}
