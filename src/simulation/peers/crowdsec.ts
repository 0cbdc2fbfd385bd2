import type { DefenceMaker, DefendedWorld, Question } from '../defence.js';
import { Blocks } from './blocks.js';
import { keptForEachPartner } from './kept-for-each.js';
import { Peer, type Refusal, type Rule } from './peer.js';

const HOUR = 60 * 60 * 1000;

export interface CrowdSecParameters {
  /** Events that a bucket holds; one more overflows it. */
  readonly capacity: number;
  /** Milliseconds in which one event leaks. */
  readonly leakspeed: number;
  /** Milliseconds of the ban. */
  readonly ban: number;
}

const DEFAULTS: CrowdSecParameters = { capacity: 5, leakspeed: 10_000, ban: 4 * HOUR };

/**
 * CrowdSec's user enumeration scenarios (`ssh-bf_user-enum`, `odoo_user-enum`, `asterisk_user_enum` in
 * https://github.com/crowdsecurity/hub, all alike): a leaky bucket for each source with `distinct` users, capacity 5, leakspeed 10 s;
 * an overflow bans for 4 hours (the default profile, https://docs.crowdsec.net/docs/local_api/profiles/intro/). As in
 * `pkg/leakybucket` of https://github.com/crowdsecurity/crowdsec the bucket fills up at the sixth event before one has leaked; a user
 * whom it has seen is not poured again; it is destroyed, and with it what it has seen, by an overflow or when nothing was poured for
 * (capacity + 1) leakspeeds.
 *
 * Decided here: a source is a partner; the scenarios take failed log-ins only, here every answered question about a person is poured,
 * because an answer is what an enumerator is after. CrowdSec reads logs: the question that overflows has been answered.
 */
export function crowdSec(parameters: CrowdSecParameters = DEFAULTS): DefenceMaker {
  const { capacity, leakspeed, ban } = parameters;
  return {
    name: `CrowdSec, ${capacity} distinct, ${leakspeed / 1000} s`,
    description:
      `CrowdSec's user enumeration (https://github.com/crowdsecurity/hub): a leaky bucket of ${capacity} distinct persons for each partner, one leaks in ${leakspeed / 1000} s, ` +
      `an overflow bans for ${ban / HOUR} hours.`,
    make: (world) => new Peer(world, new CrowdSec(world, parameters)),
  };
}

class CrowdSec implements Rule {
  private readonly buckets;
  private readonly blocks = new Blocks('enumeration');

  constructor(
    world: DefendedWorld,
    private readonly parameters: CrowdSecParameters,
  ) {
    this.buckets = keptForEachPartner(world, () => new DistinctBucket(parameters));
  }

  get alarms() {
    return this.blocks.alarms;
  }

  refuses(question: Question): Refusal | undefined {
    return this.blocks.refuses(question.partner, question.at);
  }

  answered(question: Question): void {
    const { partner, person, at } = question;
    if (this.buckets(question).overflows(person, at)) this.blocks.block(partner, question, at, at + this.parameters.ban);
  }
}

class DistinctBucket {
  private readonly seen = new Set<number>();
  private level = 0;
  /** Epoch ms. */
  private pouredAt = -Infinity;

  constructor(private readonly parameters: CrowdSecParameters) {}

  overflows(person: number, at: number): boolean {
    const { capacity, leakspeed } = this.parameters;
    if (at - this.pouredAt >= (capacity + 1) * leakspeed) this.empty();
    if (this.seen.has(person)) return false;
    this.seen.add(person);
    this.level = Math.max(0, this.level - (at - this.pouredAt) / leakspeed) + 1;
    this.pouredAt = at;
    if (this.level <= capacity) return false;
    this.empty();
    return true;
  }

  private empty(): void {
    this.seen.clear();
    this.level = 0;
  }
}
