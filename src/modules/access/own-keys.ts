import { DomainError } from '../../event-sourcing/decider.js';

/** Keys that a client registers itself within a day. It revokes no more than it has, so both are bounded, and no thief uses its revocations up. */
const OWN_KEYS_A_DAY = 20;
const DAY = 86_400_000;

/** Those of a day up to now. @param now epoch ms */
export const lastDay = (times: readonly number[], now: number): readonly number[] => times.filter((time) => time > now - DAY);

/**
 * Whoever has one of a client's keys must not make its stream as long as they like.
 * @param ownKeysAt when it registered keys itself, epoch ms
 * @throws DomainError `KEY_CHANGES_EXCEEDED`
 */
export function ownKeysAreLeft(ownKeysAt: readonly number[], more: number, now: number): void {
  const recent = lastDay(ownKeysAt, now);
  const tooMany = recent.length + more - OWN_KEYS_A_DAY;
  if (more === 0 || tooMany <= 0) return;
  const free = (recent[tooMany - 1] ?? now) + DAY;
  throw new DomainError('KEY_CHANGES_EXCEEDED', 'the client has registered its keys of the day', (free - now) / 1000);
}
