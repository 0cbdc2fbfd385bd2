import { assertBound } from '../support/bound.js';
import { answersAreRecorded, everyAcceptanceIsRecorded, keysAreUsedOnce, repeatsAreEqual } from './checks.replies.js';
import { haltsHold, policiesAreEverywhere, suspensionsHold, termsHold } from './checks.order.js';
import { codesAreCounted, codesWereRight, consentsAreUsedOnce, triesAreCounted } from './checks.modes.js';
import { eachOnce, everythingEnded } from './checks.rest.js';
import { refusalsAreReportedOnce, refusalsWereTrue } from './checks.refusals.js';
import { Broken, type Story } from './broken.js';

const CHECKS: readonly ((story: Story) => void)[] = [
  idsAndRevisionsAreUnique,
  retriesAreTheSameAppend,
  answersAreRecorded,
  everyAcceptanceIsRecorded,
  keysAreUsedOnce,
  repeatsAreEqual,
  haltsHold,
  suspensionsHold,
  termsHold,
  policiesAreEverywhere,
  triesAreCounted,
  consentsAreUsedOnce,
  codesWereRight,
  codesAreCounted,
  everythingEnded,
  eachOnce,
  refusalsAreReportedOnce,
  refusalsWereTrue,
];

/**
 * I1, I2, I3, I8 and I9 on every prefix, by the independent fold; I4 and I12 by what left; I8 and I9 at the end; R12 and R14.
 * @throws BoundBroken or Broken
 */
export async function assertAll(story: Story): Promise<void> {
  const bound = await assertBound(story.events);
  bound.assertEnded(story.endedAt, 0);
  for (const check of CHECKS) check(story);
}

/** R4. */
function retriesAreTheSameAppend({ recorder }: Story): void {
  for (const attempt of recorder.changedAppends) throw new Broken(`R4: ${attempt} was tried again with other event ids`);
}

/** R14. */
function idsAndRevisionsAreUnique({ events }: Story): void {
  const ids = new Set<string>();
  const heads = new Map<string, number>();
  for (const { id, stream, revision } of events) {
    if (ids.has(id)) throw new Broken(`R14: the event id ${id} twice`);
    if (revision !== (heads.get(stream) ?? -1) + 1) throw new Broken(`R14: revision ${revision} of ${stream} out of turn`);
    ids.add(id);
    heads.set(stream, revision);
  }
}
