import type { DefenceMaker, DefendedWorld, Outcome, Question } from '../defence.js';
import { keptForEachOwner } from './kept-for-each.js';
import { MovingDistinct } from './moving-distinct.js';
import { Peer, type Refusal, type Rule } from './peer.js';
import { Queue } from './queue.js';

const HOUR = 60 * 60 * 1000;
const DAY = 24 * HOUR;

export interface WhatsAppTiersParameters {
  /** Distinct persons in 24 hours, tier by tier. */
  readonly tiers: readonly [number, ...number[]];
  /** Denials, in the persons asked about, both in 7 days, up to which the quality is high. */
  readonly deniedShare: number;
}

const DEFAULTS: WhatsAppTiersParameters = { tiers: [250, 2_000, 10_000, 100_000, Infinity], deniedShare: 0.01 };

/** Distinct persons in 30 days that lead to the second tier. */
const FIRST_RISE = 2_000;
/** The part of the limit that has to be used in 7 days to rise further. */
const USED = 1 / 2;
/** Milliseconds that the machine takes for it, at most. */
const RISES_AFTER = 6 * HOUR;

/**
 * WhatsApp's messaging limits (https://developers.facebook.com/documentation/business-messaging/whatsapp/messaging-limits, as of
 * November 2025): distinct persons in a moving 24 hours, for all numbers of a business: 250, then 2,000, 10,000, 100,000, unlimited.
 * It rises to 2,000 after 2,000 distinct persons in a moving 30 days, at once, and from there tier by tier when half of the limit
 * was used in the last 7 days, within 6 hours; each time only while the quality is high. Of a limit that is lowered again the page says nothing.
 *
 * Decided here: a business is an owner. The other path to 2,000, a verified business, is left out: every partner here has signed, and
 * with it the first tier would mean nothing. Quality is what the persons say, in the last 7 days; how much of what makes it low is not
 * published: one denial for a hundred persons is an assumption. "Used" is taken as distinct persons in the 7 days.
 */
export function whatsAppTiers(parameters: WhatsAppTiersParameters = DEFAULTS): DefenceMaker {
  return {
    name: 'WhatsApp tiers',
    description:
      `WhatsApp's messaging limits (https://developers.facebook.com/documentation/business-messaging/whatsapp/messaging-limits): ` +
      `${parameters.tiers.map((tier) => (tier === Infinity ? 'unlimited' : tier)).join(', ')} distinct persons in 24 hours for each ` +
      `owner, raised by volume while at most ${100 * parameters.deniedShare} % deny.`,
    make: (world) => new Peer(world, new WhatsAppTiers(world, parameters)),
  };
}

class WhatsAppTiers implements Rule {
  private readonly businessOf;

  constructor(world: DefendedWorld, parameters: WhatsAppTiersParameters) {
    this.businessOf = keptForEachOwner(world, () => new Business(parameters));
  }

  refuses(question: Question): Refusal | undefined {
    return this.businessOf(question).refuses(question.person, question.at);
  }

  happens(outcome: Outcome, question: Question, at: number): void {
    if (outcome === 'denied') this.businessOf(question).denied(at);
  }
}

class Business {
  private tier = 0;
  /** Epoch ms. */
  private risesAt = Infinity;
  private readonly day = new MovingDistinct(DAY);
  private readonly week = new MovingDistinct(7 * DAY);
  private readonly month = new MovingDistinct(30 * DAY);
  private readonly denials = new Queue<number>();

  constructor(private readonly parameters: WhatsAppTiersParameters) {}

  refuses(person: number, at: number): Refusal | undefined {
    this.advance(at);
    if (!this.day.has(person) && this.day.size >= this.limit) {
      return { kind: 'refused', code: 'MESSAGING_LIMIT', retryAt: Math.min(this.day.nextForgotten ?? at, this.risesAt) };
    }
    this.day.add(person, at);
    this.week.add(person, at);
    if (this.tier === 0) this.month.add(person, at);
    this.consider(at);
    return undefined;
  }

  denied(at: number): void {
    this.denials.push(at);
  }

  private get limit(): number {
    return this.parameters.tiers[this.tier] ?? Infinity;
  }

  private advance(now: number): void {
    this.day.advance(now);
    this.week.advance(now);
    this.month.advance(now);
    while ((this.denials.first ?? Infinity) + 7 * DAY <= now) this.denials.drop();
    if (now >= this.risesAt) this.rise();
  }

  private consider(at: number): void {
    if (this.risesAt !== Infinity || this.denials.size > this.parameters.deniedShare * this.week.size) return;
    if (this.tier === 0) {
      if (this.month.size >= FIRST_RISE) this.rise();
    } else if (this.week.size >= USED * this.limit) {
      this.risesAt = at + RISES_AFTER;
    }
  }

  private rise(): void {
    this.risesAt = Infinity;
    this.tier += 1;
  }
}
