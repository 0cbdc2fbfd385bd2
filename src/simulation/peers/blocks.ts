import type { Alarm, Asker } from '../defence.js';
import type { Refusal } from './peer.js';

/** A ban tells nobody how long it lasts. */
const BLOCKED: Refusal = { kind: 'refused', code: 'BLOCKED' };

/** Who is shut out by a detector, until when, with an alarm for each time. */
export class Blocks {
  readonly alarms: Alarm[] = [];
  private readonly until = new Map<string, number>();

  constructor(private readonly cause: string) {}

  /**
   * @param who a partner or an owner, as the detector sees its sources
   * @param until epoch ms; Infinity: until a human lets it in again, which no run has
   */
  block(who: string, { owner }: Pick<Asker, 'owner'>, at: number, until: number): void {
    this.until.set(who, until);
    this.alarms.push({ owner, at, cause: this.cause, isStep: true });
  }

  /** Without an alarm of its own: what was noticed before still holds. */
  prolong(who: string, until: number): void {
    this.until.set(who, until);
  }

  isBlocked(who: string, at: number): boolean {
    return this.until.size > 0 && at < (this.until.get(who) ?? -Infinity);
  }

  refuses(who: string, at: number): Refusal | undefined {
    return this.isBlocked(who, at) ? BLOCKED : undefined;
  }
}
