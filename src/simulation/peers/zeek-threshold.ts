import type { DefenceMaker, DefendedWorld, Question } from '../defence.js';
import { Blocks } from './blocks.js';
import { keptForEachPartner } from './kept-for-each.js';
import { Peer, type Refusal, type Rule } from './peer.js';

const MINUTE = 60_000;
const HOUR = 60 * MINUTE;
const DAY = 24 * HOUR;

export interface ZeekThresholdParameters {
  /** Distinct persons; `Scan::addr_scan_threshold`. */
  readonly distinct: number;
  /** Milliseconds; `Scan::addr_scan_interval`. */
  readonly within: number;
  /** Milliseconds of the first, second, … block of one source; `NetControl::catch_release_intervals`. */
  readonly blocks: readonly [number, ...number[]];
}

const DEFAULTS: ZeekThresholdParameters = { distinct: 25, within: 5 * MINUTE, blocks: [10 * MINUTE, HOUR, DAY, 7 * DAY] };

/**
 * Zeek's scan detection (`scripts/policy/misc/scan.zeek` in https://github.com/zeek/zeek): 25 distinct targets of one source in five
 * minutes. SumStats counts in consecutive spans of that length, forgets at the end of each, and the threshold is crossed at 25. Zeek
 * counts targets that cannot be reached, and whether a check leads nowhere is not known within minutes: here each distinct person counts,
 * whatever the answer. A source is a partner.
 *
 * With `ACTION_DROP` (`policy/frameworks/notice/actions/drop.zeek`) a source is handed to catch-and-release
 * (`catch-and-release.zeek`): dropped for ten minutes, watched for an hour; whoever is seen again while watched is dropped at once for
 * the next of 10 minutes, 1 hour, 24 hours, 7 days, and watched for the one after it. The first drop is an alarm, each further one
 * follows from it. Zeek listens: what crosses the threshold has been answered.
 */
export function zeekThreshold(parameters: ZeekThresholdParameters = DEFAULTS): DefenceMaker {
  return {
    name: `Zeek, ${parameters.distinct} distinct in ${parameters.within / MINUTE} min`,
    description:
      `Zeek's scan.zeek (https://github.com/zeek/zeek): ${parameters.distinct} distinct persons in ${parameters.within / MINUTE} minutes, then catch-and-release ` +
      '(10 minutes, 1 hour, 24 hours, 7 days).',
    make: (world) => new Peer(world, new ZeekThreshold(world, parameters)),
  };
}

class ZeekThreshold implements Rule {
  private readonly sources;
  private readonly blocks = new Blocks('scan');

  constructor(
    private readonly world: DefendedWorld,
    private readonly parameters: ZeekThresholdParameters,
  ) {
    this.sources = keptForEachPartner(world, () => ({ span: -1, persons: new Set<number>(), times: 0, watchedUntil: 0 }));
  }

  get alarms() {
    return this.blocks.alarms;
  }

  refuses(question: Question): Refusal | undefined {
    const { at, partner } = question;
    const source = this.sources(question);
    if (source.watchedUntil > at && !this.blocks.isBlocked(partner, at)) this.blocks.prolong(partner, this.nextBlock(source, at));
    return this.blocks.refuses(partner, at);
  }

  answered(question: Question): void {
    const source = this.sources(question);
    const span = Math.floor((question.at - this.world.from) / this.parameters.within);
    if (span !== source.span) {
      source.span = span;
      source.persons.clear();
    }
    if (source.persons.add(question.person).size < this.parameters.distinct) return;
    source.persons.clear();
    source.times = 0;
    this.blocks.block(question.partner, question, question.at, this.nextBlock(source, question.at));
  }

  /** @returns epoch ms of its end */
  private nextBlock(source: { times: number; watchedUntil: number }, at: number): number {
    const { blocks } = this.parameters;
    const nth = (n: number): number => blocks[Math.min(n, blocks.length - 1)] ?? blocks[0];
    const block = nth(source.times);
    source.times += 1;
    source.watchedUntil = at + nth(source.times);
    return at + block;
  }
}
