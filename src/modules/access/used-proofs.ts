import { createHash } from 'node:crypto';
import { StoreUnavailable } from '../../event-sourcing/event-store.js';

/** Which proofs of possession have been used (R28). */
export interface UsedProofs {
  /**
   * Atomic.
   * @param id of the proof: its key's thumbprint and its `jti`
   * @param minute since the epoch, that the proof is bound to for ever; nobody asks about one of long ago
   * @returns whether this was the first use
   * @throws StoreUnavailable, UnknownOutcome: nothing is known about it, so it has to be turned down
   */
  use(id: string, minute: number): boolean | Promise<boolean>;
}

/** Minutes for which ids are kept; a proof is refused for its age after less than three. */
const KEPT = 4;

/** About a hundred bytes each: two thousand requests a second for the whole time. */
const CAPACITY = 500_000;

/** 128 bits: what clients make up may be ten times as long. */
const short = (id: string): string => createHash('sha256').update(id).digest('base64url').slice(0, 22);

/**
 * For the only process on a log. It remembers nothing across a restart, and need not: its nonces' secret is made anew at each start,
 * so a proof of before is refused for its nonce, whether it was used or not, and a client makes another. That spares the log its most
 * frequent entry, and each request a wait for the disk.
 */
export class UsedProofsOfProcess implements UsedProofs {
  private readonly byMinute = new Map<number, Set<string>>();
  private newest = -Infinity;
  private size = 0;

  constructor(private readonly capacity = CAPACITY) {}

  use(proof: string, minute: number): boolean {
    const id = short(proof);
    this.forgetBefore(minute - KEPT);
    const used = this.byMinute.get(minute);
    if (used?.has(id) === true) return false;
    // To forget one of them would be to take it again.
    if (this.size >= this.capacity) throw new StoreUnavailable('more proofs of possession than can be remembered');
    if (used === undefined) this.byMinute.set(minute, new Set([id]));
    else used.add(id);
    this.size += 1;
    return true;
  }

  private forgetBefore(minute: number): void {
    if (minute <= this.newest) return;
    this.newest = minute;
    for (const [of, ids] of this.byMinute) {
      if (of >= minute) continue;
      this.size -= ids.size;
      this.byMinute.delete(of);
    }
  }
}
