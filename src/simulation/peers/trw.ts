import type { DefenceMaker, DefendedWorld, Outcome, Question } from '../defence.js';
import { Blocks } from './blocks.js';
import { DueCreates } from './due-creates.js';
import { keptForEachPartner } from './kept-for-each.js';
import { Peer, type Refusal, type Rule } from './peer.js';

const MINUTE = 60_000;
const HOUR = 60 * MINUTE;
const DAY = 24 * HOUR;

export interface TrwParameters {
  /** Probability that an honest partner's check is followed by a create: the paper's theta 0. */
  readonly honestFollows: number;
  /** The same of a scanner: theta 1. */
  readonly scannerFollows: number;
  /** P_D: a scanner is to be found with this probability. */
  readonly detection: number;
  /** P_F: an honest partner is to be taken for a scanner with this one. */
  readonly falseAlarm: number;
  /** Milliseconds from a check to the latest create that follows it. */
  readonly followUpWithin: number;
  /** Milliseconds for which a verdict stands: a scanner is blocked, an honest partner not looked at. */
  readonly scannerFor: number;
  readonly honestFor: number;
  /** Milliseconds without an outcome after which the walk of a partner starts anew. */
  readonly forgetAfter: number;
}

/** `theta_zero`, `theta_one`, `target_detection_prob`, `target_false_positive_prob` of `policy/trw.bro`. */
const PROBABILITIES = { honestFollows: 0.8, scannerFollows: 0.2, detection: 0.99, falseAlarm: 0.01 };

/** A sequential test ends with its verdict and knows no times. Decided here: a scanner remains one, an honest partner is tested again. */
const AS_IN_THE_PAPER: TrwParameters = {
  ...PROBABILITIES,
  followUpWithin: 14 * DAY,
  scannerFor: Infinity,
  honestFor: 0,
  forgetAfter: Infinity,
};

/** `scan_sources` and `benign_sources` expire after an hour, `lambda` when it was not written for half an hour. */
export const AS_IN_ZEEK: TrwParameters = { ...AS_IN_THE_PAPER, scannerFor: HOUR, honestFor: HOUR, forgetAfter: 30 * MINUTE };

/**
 * Threshold random walk: Jung, Paxson, Berger, Balakrishnan, "Fast Portscan Detection Using Sequential Hypothesis Testing", IEEE
 * Symposium on Security and Privacy 2004, with the parameters of Zeek's former `policy/trw.bro` (of 2006, in
 * https://github.com/zeek/zeek), through which the paper was read here. The likelihood ratio of a source starts at 1; a success multiplies it by theta1/theta0 = 1/4, a
 * failure by (1 − theta1)/(1 − theta0) = 4; above P_D/P_F = 99 it is a scanner, below (1 − P_D)/(1 − P_F) = 1/99 honest: four in a row
 * decide.
 *
 * Decided here: a source is a partner. A success is a check answered no that a create follows, a failure one that none has followed
 * within the follow-up time of the terms (14 days; in a network it is known within seconds); a withdrawal is no create. After a yes
 * there is nothing to create: it is neither, or honest partners with many existing customers would be scanners by their trade. As
 * in the paper only the first contact counts, here with each person for whom a create is not yet due. A failure counts when its deadline
 * is over, so whatever is learned in the first 14 days is learned undisturbed.
 */
export function trw(parameters: TrwParameters = AS_IN_THE_PAPER, name = 'TRW'): DefenceMaker {
  const { honestFollows, scannerFollows, detection, falseAlarm, followUpWithin } = parameters;
  return {
    name,
    description:
      `Threshold random walk (Jung, Paxson, Berger, Balakrishnan 2004) with Zeek's parameters (${honestFollows}, ${scannerFollows}, ` +
      `${detection}, ${falseAlarm}): a check answered no fails when no create follows in ${followUpWithin / DAY} days.`,
    make: (world) => new Peer(world, new Trw(world, parameters)),
  };
}

interface Walk {
  likelihoodRatio: number;
  /** Epoch ms. */
  walkedAt: number;
  /** Epoch ms until which a verdict stands. */
  decidedUntil: number;
}

class Trw implements Rule {
  private readonly walkOf;
  private readonly due: DueCreates;
  private readonly blocks = new Blocks('random-walk');
  private readonly success: number;
  private readonly failure: number;
  private readonly upper: number;
  private readonly lower: number;

  constructor(
    world: DefendedWorld,
    private readonly parameters: TrwParameters,
  ) {
    const { honestFollows, scannerFollows, detection, falseAlarm, followUpWithin } = parameters;
    this.walkOf = keptForEachPartner(world, (): Walk => ({ likelihoodRatio: 1, walkedAt: -Infinity, decidedUntil: -Infinity }));
    this.due = new DueCreates(followUpWithin);
    this.success = scannerFollows / honestFollows;
    this.failure = (1 - scannerFollows) / (1 - honestFollows);
    this.upper = detection / falseAlarm;
    this.lower = (1 - detection) / (1 - falseAlarm);
  }

  get alarms() {
    return this.blocks.alarms;
  }

  advance(now: number): void {
    for (let missed = this.due.nextMissed(now); missed !== undefined; missed = this.due.nextMissed(now)) {
      this.step(missed.question, this.failure, missed.by);
    }
  }

  refuses(question: Question): Refusal | undefined {
    return this.blocks.refuses(question.partner, question.at);
  }

  answered(question: Question, answer: 'yes' | 'no'): void {
    if (answer === 'no') this.due.expect(question);
  }

  happens(outcome: Outcome, question: Question, at: number): void {
    if (outcome === 'created' && this.due.created(question)) this.step(question, this.success, at);
  }

  private step(question: Question, factor: number, at: number): void {
    const walk = this.walkOf(question);
    if (at < walk.decidedUntil) return;
    const { forgetAfter, scannerFor, honestFor } = this.parameters;
    if (at - walk.walkedAt >= forgetAfter) walk.likelihoodRatio = 1;
    walk.walkedAt = at;
    walk.likelihoodRatio *= factor;
    if (walk.likelihoodRatio > this.upper) {
      walk.decidedUntil = at + scannerFor;
      walk.likelihoodRatio = 1;
      this.blocks.block(question.partner, question, at, walk.decidedUntil);
    } else if (walk.likelihoodRatio < this.lower) {
      walk.decidedUntil = at + honestFor;
      walk.likelihoodRatio = 1;
    }
  }
}
