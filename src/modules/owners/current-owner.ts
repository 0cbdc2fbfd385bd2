import { Injectable } from '@nestjs/common';
import { DomainError } from '../../event-sourcing/decider.js';
import { CommandHandling } from '../../event-sourcing/handle-command.js';
import { owner } from './owner.js';
import { type Owner, ownerStream, type Partner } from './owner.state.js';

/**
 * Under which owner a partner opens its leads now. Its clients, and whoever looks it up, may know an owner that it has left:
 * each one that it left tells where it went, and how many moves that was, so that the way has an end.
 */
@Injectable()
export class CurrentOwner {
  constructor(private readonly commands: CommandHandling) {}

  /**
   * @param known an owner that the partner has, or once had
   * @returns that owner for a partner that it never had
   * @throws DomainError `OWNER_CHANGING` while the partner is on its way
   */
  async of(partner: string, known: string): Promise<string> {
    let current = known;
    let found = await this.partnerAt(current, partner);
    while (found?.left !== undefined) {
      current = found.left;
      const next = await this.partnerAt(current, partner);
      if (next === undefined || next.moves < found.moves) {
        throw new DomainError('OWNER_CHANGING', 'the partner goes to another owner', 1);
      }
      found = next;
    }
    return current;
  }

  /** The same as far as it can be told without waiting: for a count, not for a decision. */
  lastKnown(partner: string, known: string): string {
    let current = known;
    let found = partnerOf(this.commands.lastKnown(owner, ownerStream(current))?.state, partner);
    while (found?.left !== undefined) {
      const next = partnerOf(this.commands.lastKnown(owner, ownerStream(found.left))?.state, partner);
      if (next === undefined || next.moves < found.moves) return current;
      current = found.left;
      found = next;
    }
    return current;
  }

  private async partnerAt(ownerId: string, partner: string): Promise<Partner | undefined> {
    const stream = ownerStream(ownerId);
    return partnerOf((this.commands.current(owner, stream) ?? (await this.commands.load(owner, stream))).state, partner);
  }
}

function partnerOf(state: Owner | { readonly status: 'unknown' } | undefined, partner: string): Partner | undefined {
  return state?.status === 'registered' ? state.partners.get(partner) : undefined;
}
