import { RepeatableRandom } from '../../src/sandbox/repeatable.js';
import type { Terms } from '../../src/modules/owners/terms.js';
import { AGENTS, DAY, HOUR, isCustomer, numberOf, ownerOf, PARTNERS, PURPOSE } from './agreement.cast.js';

/** Which lead: the last one that this owner opened for the person; the first that it would open, where it has opened none. */
export interface OfLead {
  readonly owner: string;
  readonly person: number;
}

export interface Brought {
  readonly person: number;
  readonly name: boolean;
  readonly secret?: string;
  readonly code?: 'right' | 'wrong' | 'none';
}

export type Command =
  | { readonly verb: 'open'; readonly partner: string; readonly person: number; readonly agent: string; readonly purpose: string }
  | { readonly verb: 'consent'; readonly partner: string; readonly of: OfLead; readonly contact: string }
  | { readonly verb: 'check'; readonly partner: string; readonly of: OfLead; readonly brings: Brought }
  | { readonly verb: 'create'; readonly partner: string; readonly of: OfLead; readonly brings: Brought }
  | { readonly verb: 'withdraw'; readonly partner: string; readonly of: OfLead }
  | { readonly verb: 'prove'; readonly of: OfLead; readonly number: string; readonly actedBefore: number }
  | { readonly verb: 'turn-down'; readonly of: OfLead; readonly actedBefore: number }
  | { readonly verb: 'revoke'; readonly of: OfLead }
  | { readonly verb: 'acknowledge'; readonly of: OfLead }
  | { readonly verb: 'deny'; readonly of: OfLead }
  | { readonly verb: 'say'; readonly of: OfLead; readonly word: 'given' | 'refused' | 'denied' }
  | { readonly verb: 'lock'; readonly person: number; readonly locked: boolean }
  | { readonly verb: 'suspend' | 'reinstate'; readonly partner: string }
  | { readonly verb: 'terms'; readonly owner: string; readonly terms: Partial<Terms> }
  | { readonly verb: 'grant' | 'take'; readonly owner: string; readonly entry: string; readonly units: number };

export interface Step {
  /** Milliseconds since the beginning. */
  readonly at: number;
  readonly command: Command;
}

/** Days in which partners come. */
const SEASON = 110;
const LEADS: Readonly<Record<string, number>> = { elder: 200, younger: 80, stranger: 46, slow: 30, late: 24, last: 16 };
/** Persons of each owner; those of the first hundred come to everybody. */
const CROWD = 100;

/** All that happens in a run, in order: partners with their applicants, and what the bank, its customers and its analysts do meanwhile. */
export function scriptOf(seed: number): readonly Step[] {
  return new Writer(seed).script();
}

class Writer {
  private readonly random = new RepeatableRandom();
  private readonly steps: Step[] = [];
  private persons = CROWD;

  constructor(seed: number) {
    this.random.seed([seed, ...Buffer.from('agreement')]);
  }

  script(): readonly Step[] {
    this.analysts();
    for (const partner of PARTNERS) for (let n = 0; n < (LEADS[partner] ?? 0); n++) this.applicant(partner, this.within(SEASON * DAY));
    this.guesser();
    this.crowdAtOnce();
    this.onTheDot();
    this.siblings();
    const inOrder = this.steps.toSorted((one, other) => one.at - other.at);
    let last = 0;
    // No two at one moment: in the service it is not said who of them comes first.
    return inOrder.map(({ at, command }) => ({ at: (last = Math.max(Math.round(at), last + 1)), command }));
  }

  /** One applicant's story with a partner, and what goes wrong in it. */
  private applicant(partner: string, at: number): void {
    const person = this.happens(0.2) ? this.below(CROWD) : (this.persons += 1);
    const of: OfLead = { owner: ownerOf(partner), person };
    const brings = this.brought(person);
    let now = at;
    const later = (mean: number): number => (now += 1 + Math.round(this.exponential(mean)));
    this.open(now, partner, person);
    if (this.happens(0.05)) this.add(later(HOUR), { verb: 'withdraw', partner, of });
    if (this.happens(0.05)) return;
    if (this.happens(0.3)) this.consent(later(HOUR / 12), partner, of);
    if (this.happens(0.9)) this.add(later(HOUR / 60), { verb: 'check', partner, of, brings });
    if (this.happens(0.15)) this.add(later(HOUR / 12), { verb: 'check', partner, of, brings: this.brought(person) });
    if (isCustomer(person)) this.existing(of, later(DAY));
    if (this.happens(0.06)) this.disturbance(partner, of, later(DAY));
    const isForgotten = this.happens(0.07);
    if (isForgotten && this.happens(0.5)) this.add(later(20 * DAY), { verb: 'check', partner, of, brings });
    if (!isForgotten) this.create(partner, of, brings, later(2 * DAY));
    if (this.happens(0.25)) this.again(partner, person, now + this.exponential(25 * DAY));
  }

  private create(partner: string, of: OfLead, brings: Brought, at: number): void {
    const { person, name } = brings;
    this.add(at, { verb: 'create', partner, of, brings: { person: this.happens(0.03) ? person + 1 : person, name } });
    if (this.happens(0.05)) this.add(at + HOUR, { verb: 'create', partner, of, brings: { person, name } });
    if (this.happens(0.06)) return;
    const acted = at + 1 + this.exponential(3 * DAY);
    const actedBefore = Math.round(this.happens(0.3) ? this.exponential(2 * DAY) : 0);
    if (this.happens(0.06)) return this.add(acted, { verb: 'turn-down', of, actedBefore });
    const number = this.happens(0.06) ? `W-${this.below(6)}` : isCustomer(person) ? numberOf(person) : `W-of-${person}`;
    this.add(acted + actedBefore, { verb: 'prove', of, number, actedBefore });
    if (this.happens(0.04)) this.add(acted + this.exponential(DAY), { verb: 'prove', of, number: `W-${this.below(6)}`, actedBefore: 0 });
    if (this.happens(0.06)) this.add(acted + this.exponential(5 * DAY), { verb: 'revoke', of });
  }

  /** What a customer does who was told that somebody asked. */
  private existing(of: OfLead, at: number): void {
    if (this.happens(0.6)) this.add(at, { verb: 'acknowledge', of });
    if (this.happens(0.1)) this.add(at + HOUR, { verb: 'acknowledge', of });
    if (this.happens(0.1)) this.add(at + 2 * HOUR, { verb: 'deny', of });
    if (this.happens(0.15)) this.add(at - this.within(DAY), { verb: 'lock', person: of.person, locked: true });
    if (this.happens(0.1)) this.add(at + this.within(20 * DAY), { verb: 'lock', person: of.person, locked: false });
  }

  /** Somebody comes to where they have nothing to look for. */
  private disturbance(partner: string, of: OfLead, at: number): void {
    const other = this.pick(PARTNERS);
    const brings = this.brought(of.person);
    const { person } = of;
    this.add(at, { verb: 'check', partner: other, of, brings });
    this.add(at + 1, { verb: 'check', partner, of, brings: { ...brings, person: person + 1 } });
    this.add(at + 2, { verb: 'withdraw', partner: other, of });
    this.add(at + 3, { verb: 'open', partner: other, person, agent: 'nobody', purpose: PURPOSE });
    this.add(at + 4, { verb: 'open', partner: other, person, agent: AGENTS[0] as string, purpose: 'curiosity' });
    this.add(at + 5, { verb: 'create', partner: other, of, brings });
  }

  /** The same person once more: by the same partner, or by whoever else. */
  private again(partner: string, person: number, at: number): void {
    const by = this.happens(0.6) ? partner : this.pick(PARTNERS);
    const of: OfLead = { owner: ownerOf(by), person };
    this.open(at, by, person);
    const brings = this.brought(person);
    this.add(at + HOUR, { verb: 'check', partner: by, of, brings });
    if (this.happens(0.3)) this.consent(at + 2 * HOUR, by, of);
    if (this.happens(0.6)) this.create(by, of, brings, at + 3 * HOUR);
  }

  private consent(at: number, partner: string, of: OfLead): void {
    const contact = this.happens(0.8) ? 'on-file' : `shared-${this.below(3)}`;
    this.add(at, { verb: 'consent', partner, of, contact });
    if (this.happens(0.15)) this.add(at + 1_000, { verb: 'say', of, word: this.pick(['given', 'refused', 'denied'] as const) });
    const brings = this.brought(of.person);
    if (this.happens(0.7)) this.add(at + 60_000, { verb: 'check', partner, of, brings });
  }

  /** One who guesses a customer's secrets, on four leads of two owners; the tenth wrong one is the last that counts. */
  private guesser(): void {
    const person = 21;
    for (const [n, partner] of ['elder', 'stranger', 'slow', 'late'].entries()) {
      const at = (3 + n) * DAY + 13 * HOUR;
      const of: OfLead = { owner: ownerOf(partner), person };
      this.open(at, partner, person);
      for (let guess = 0; guess < 4; guess++) {
        const secret = `guess ${10_000 + n * 10 + guess}`;
        this.add(at + (guess + 1) * 60_000, { verb: 'check', partner, of, brings: { person, name: true, secret } });
      }
      this.add(at + HOUR, { verb: 'check', partner, of, brings: { person, name: true, secret: 'right', code: 'right' } });
    }
  }

  /** So many in an hour that pace, allowance, slots and codes are used up. */
  private crowdAtOnce(): void {
    for (const [place, [partner, size]] of Object.entries({ slow: 10, late: 8, last: 6, stranger: 30 }).entries()) {
      const at = 20 * DAY + place * 2 * HOUR;
      for (let n = 0; n < size; n++) {
        const person = (this.persons += 1);
        const of: OfLead = { owner: ownerOf(partner), person };
        this.open(at + n * 60_000, partner, person);
        if (n < 5) this.add(at + n * 60_000 + 1_000, { verb: 'consent', partner, of, contact: 'one-for-all' });
      }
    }
  }

  /** Somebody comes in the last millisecond, and in the one after it. */
  private onTheDot(): void {
    const partner = 'elder';
    const lead = (n: number): { at: number; of: OfLead; brings: Brought } => {
      const person = (this.persons += 1);
      const at = (8 + n) * DAY + 12 * HOUR + 7 * n + 3;
      this.add(at, { verb: 'open', partner, person, agent: AGENTS[0] as string, purpose: PURPOSE });
      return { at, of: { owner: 'acme', person }, brings: { person, name: true, secret: 'right', code: 'right' } };
    };
    for (const [n, late] of [-1, 0].entries()) {
      const followUp = lead(n * 4);
      this.add(followUp.at + 14 * DAY + late, { verb: 'create', partner, of: followUp.of, brings: followUp.brings });
      const answer = lead(n * 4 + 1);
      this.add(answer.at + HOUR, { verb: 'consent', partner, of: answer.of, contact: 'dot' });
      this.add(answer.at + HOUR + 600_000 + late, { verb: 'check', partner, of: answer.of, brings: answer.brings });
      this.add(answer.at + 44 * DAY + late, { verb: 'check', partner, of: answer.of, brings: answer.brings });
      this.open(answer.at + 44 * DAY + late + 2, partner, answer.of.person);
      const proof = lead(n * 4 + 2);
      this.add(proof.at + HOUR, { verb: 'create', partner, of: proof.of, brings: proof.brings });
      const number = `W-dot-${n}`;
      const due = proof.at + HOUR + 33 * DAY + late;
      this.add(due, { verb: 'prove', of: proof.of, number, actedBefore: 3 * DAY + late });
      const act = lead(n * 4 + 3);
      this.add(act.at + HOUR, { verb: 'create', partner, of: act.of, brings: act.brings });
      this.add(act.at + HOUR + 31 * DAY, { verb: 'prove', of: act.of, number: `${number}-act`, actedBefore: DAY - 1 - late });
    }
  }

  /** A partner asks for whom its sibling has a lead on, and comes back when that is over. */
  private siblings(): void {
    for (let n = 0; n < 6; n++) {
      const person = (this.persons += 1);
      const at = (10 + 12 * n) * DAY + 9 * HOUR;
      const of: OfLead = { owner: 'acme', person };
      this.open(at, 'elder', person);
      if (n % 2 === 1) this.create('elder', of, this.brought(person), at + HOUR);
      for (const day of [1, 13, 15, 43, 46]) {
        this.open(at + day * DAY, 'younger', person);
        this.add(at + day * DAY + HOUR, { verb: 'check', partner: 'younger', of, brings: this.brought(person) });
      }
    }
  }

  private analysts(): void {
    for (const month of [0, 1, 2, 3]) {
      this.add((month * 30 + 2) * DAY, { verb: 'grant', owner: 'acme', entry: `season-${month}`, units: 60 });
    }
    this.add(30 * DAY, { verb: 'grant', owner: 'acme', entry: 'season-0', units: 60 });
    this.add(33 * DAY, { verb: 'take', owner: 'cask', entry: 'mistake', units: 70 });
    this.add(40 * DAY, { verb: 'terms', owner: 'drum', terms: { pace: 2, perConversion: 3 } });
    this.add(55 * DAY, { verb: 'terms', owner: 'bolt', terms: { ceiling: 40 } });
    this.add(70 * DAY, { verb: 'suspend', partner: 'younger' });
    this.add(73 * DAY, { verb: 'reinstate', partner: 'younger' });
    this.add(74 * DAY, { verb: 'terms', owner: 'ewer', terms: { perConversion: 9 } });
  }

  private open(at: number, partner: string, person: number): void {
    const agent = this.happens(0.02) ? 'nobody' : this.pick(AGENTS);
    this.add(at, { verb: 'open', partner, person, agent, purpose: PURPOSE });
    if (this.happens(0.05)) this.add(at + 1, { verb: 'open', partner, person, agent, purpose: PURPOSE });
  }

  private brought(person: number): Brought {
    const secret = this.happens(0.1) ? undefined : this.happens(0.75) ? 'right' : `guess ${20_000 + this.below(5)}`;
    const code = this.happens(0.1) ? ('none' as const) : this.happens(0.85) ? ('right' as const) : ('wrong' as const);
    return { person, name: this.happens(0.93), code, ...(secret !== undefined && { secret }) };
  }

  private add(at: number, command: Command): void {
    this.steps.push({ at, command });
  }

  private happens(probability: number): boolean {
    return this.random.next() < probability;
  }

  private below(size: number): number {
    return Math.floor(this.random.next() * size);
  }

  private within(milliseconds: number): number {
    return this.random.next() * milliseconds;
  }

  private exponential(mean: number): number {
    return -Math.log(1 - this.random.next()) * mean;
  }

  private pick<Item>(items: readonly Item[]): Item {
    return items[this.below(items.length)] as Item;
  }
}
