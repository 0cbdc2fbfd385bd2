import type { Funnel } from './figures.js';
import type { Fates } from './honest-partner.js';
import type { Refusals } from './opening.js';
import type { Mode } from './stage.js';

export interface Answers {
  readonly yes: number;
  readonly no: number;
}

/** A round of the honest partner: applicants until its allowance was used up, then a settlement. */
export interface DayOfAllowance {
  readonly morning: number;
  readonly applicants: number;
  readonly evening: number;
}

/** What `--json` prints. All but `service` and `timing` is the same for the same seed, mode and number of applicants. */
export interface Outcome {
  readonly seed: number;
  readonly mode: Mode;
  readonly applicants: number;
  readonly honest: {
    readonly funnel: Funnel;
    readonly answers: Answers;
    readonly refusals: Refusals;
    readonly allowance: {
      readonly days: readonly DayOfAllowance[];
      /** Units left after each lead that was opened or wanted. */
      readonly left: readonly number[];
    };
  };
  readonly scanner: {
    readonly funnel: Funnel;
    readonly answers: Answers;
    readonly answersInAll: number;
    readonly openedBeforeGateClosed: number;
    readonly created: number;
    /** Persons of whom it knows now whether they are customers. */
    readonly learnt: number;
    readonly refusals: Refusals;
    readonly allowance: {
      /** All that it ever had: its owner's share of the probation pool. */
      readonly granted: number;
      readonly left: readonly number[];
    };
  };
  /** Empty when everything was as it has to be. */
  readonly unexpected: readonly string[];
  readonly service: {
    readonly startedByTheDemo: boolean;
    /** Of this demo on this service: an earlier run's scanner keeps what it drew from the pool. */
    readonly run: number;
  };
  readonly timing: { readonly seconds: number; readonly honestMedianSecondsToCreate: number };
}

/**
 * With the right name and birth date, an answer in `instant` tells of a person what it says, the one way or the other. In the other
 * modes a `no` says that a secret or a mailbox was not the right one, which the scanner knew.
 */
export function learnt(mode: Mode, { yes, no }: Answers): number {
  return mode === 'instant' ? yes + no : yes;
}

/** What has to hold whatever the seed: the gate's promise, and that the read side tells the story that happened. */
export function unexpected({ honest, scanner, mode }: Omit<Outcome, 'unexpected' | 'service' | 'timing'>, fates: Fates): readonly string[] {
  const rules: readonly [boolean, string][] = [
    [scanner.answersInAll <= scanner.allowance.granted, 'the scanner got more answers than its allowance'],
    [scanner.funnel.opened <= scanner.allowance.granted, 'the scanner opened more leads than its allowance'],
    [scanner.funnel.opened === scanner.openedBeforeGateClosed, "the scanner's funnel does not count the leads that it opened"],
    [scanner.funnel.answered === scanner.answersInAll, "the scanner's funnel does not count the answers that it got"],
    [scanner.funnel.created === scanner.created, "the scanner's funnel does not count those that it created"],
    [scanner.funnel.converted === 0, 'the scanner converted somebody'],
    [mode === 'instant' || scanner.learnt === 0, `the scanner learnt something in mode ${mode}`],
    [(scanner.refusals['ALLOWANCE_SPENT'] ?? 0) > 0, 'the gate never closed'],
    [mode !== 'blind' || scanner.answersInAll + honest.answers.yes + honest.answers.no === 0, 'somebody was told something in mode blind'],
    [Object.keys(honest.refusals).length === 0, 'the honest partner was refused'],
    [honest.funnel.converted === fates.proved, 'not exactly the applicants who proved themselves were converted'],
    [honest.funnel.declined === fates.notProved, 'not exactly the applicants who did not prove themselves were declined'],
    [honest.funnel.existing === fates.existing, 'not exactly the customers among the applicants ended as existing'],
    [honest.funnel.acknowledged === fates.acknowledged, 'an acknowledgement is missing'],
    [honest.funnel.withdrawn === fates.withdrawn, 'a withdrawal is missing'],
    [honest.funnel.lapsed === fates.forgotten, 'not exactly the forgotten leads lapsed'],
    [honest.funnel.waiting === 0 && scanner.funnel.waiting === 0, 'a lead did not end'],
  ];
  return rules.filter(([holds]) => !holds).map(([, complaint]) => complaint);
}
