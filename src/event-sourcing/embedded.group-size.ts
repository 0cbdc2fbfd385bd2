/** Appends of one commit at most: a bound on what the first of them waits for. */
const LARGEST = 512;
/** Below this, a commit of its own costs more than it saves. */
const SMALLEST = 16;
/** Weight of the newest measurement. */
const WEIGHT = 0.1;

/**
 * How many of the waiting appends go into one commit. All of them, where the disk is slow: then it is the sync that counts.
 * Where it is fast, half of them: the event loop takes in the answers to one half while the other is written, and neither
 * waits for the other.
 */
export class GroupSize {
  private insertMs = 0;
  private commitMs = 0;

  /** @param appends of a group, at least one @param insertMs, commitMs that it took to write them and to sync them, milliseconds */
  note(appends: number, insertMs: number, commitMs: number): void {
    this.insertMs += WEIGHT * (insertMs / appends - this.insertMs);
    this.commitMs += WEIGHT * (commitMs - this.commitMs);
  }

  of(waiting: number): number {
    const worthItsSync = this.insertMs === 0 ? LARGEST : Math.ceil(this.commitMs / this.insertMs);
    return Math.min(LARGEST, Math.max(SMALLEST, Math.ceil(waiting / 2), worthItsSync));
  }
}
