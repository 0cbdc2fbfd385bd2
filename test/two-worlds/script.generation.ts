import { CONSENT_WORDS } from '../../src/modules/leads/lead.events.js';
import { Chance } from '../simulation/chance.js';
import { CONFIRM_WITHIN, COOL_DOWN, DAY, FOLLOW_UP_WITHIN, PARTNERS, PERSONS, type PartnerName, SETTLE_AFTER, SUBJECT } from './cast.js';
import {
  type Act,
  type Ask,
  type Difference,
  DIFFERENCES,
  type Flaw,
  type Happening,
  type Mode,
  type Moment,
  type Script,
  type Verb,
} from './script.js';

const MINUTE = 60_000;
const HOUR = 60 * MINUTE;
/** Nothing happens closer together: each moment finds the service at rest, and the two worlds at the same point of their time. */
const APART = MINUTE;

export const MODES: readonly Mode[] = ['instant', 'proof', 'consent', 'blind'];

/** How often a partner does what. */
const VERBS: Readonly<Record<Verb, number>> = {
  open: 20,
  consent: 6,
  check: 24,
  create: 18,
  withdraw: 5,
  leads: 8,
  lead: 5,
  customers: 6,
  customer: 4,
  allowance: 6,
  usage: 4,
};

const FLAWS: Readonly<Record<'open' | 'consent' | 'check' | 'create' | 'withdraw' | 'lead' | 'customer', readonly Flaw[]>> = {
  open: ['unknown-agent', 'unknown-purpose', 'impossible-identifier', 'unknown-member', 'no-key', 'wrong-token'],
  consent: ['no-such-lead', 'lead-of-another-owner', 'lead-of-the-sibling', 'unknown-member', 'no-key'],
  check: ['wrong-secret', 'wrong-secret', 'no-secret', 'wrong-code', 'wrong-code', 'no-code', 'another-name', 'another-name', 'another-birth-date', 'another-person', 'no-such-lead', 'lead-of-another-owner', 'lead-of-the-sibling', 'impossible-identifier', 'unknown-member', 'no-key', 'wrong-token'], // prettier-ignore
  create: ['another-name', 'another-person', 'no-such-lead', 'lead-of-another-owner', 'lead-of-the-sibling', 'unknown-member', 'no-key'],
  withdraw: ['no-such-lead', 'lead-of-another-owner', 'lead-of-the-sibling', 'no-key'],
  lead: ['no-such-lead', 'lead-of-another-owner', 'lead-of-the-sibling'],
  customer: ['no-such-lead', 'lead-of-another-owner', 'lead-of-the-sibling'],
};

/** A script from its seed. @param modes that it may begin in */
export function scriptOf(seed: number, modes: readonly Mode[] = MODES): Script {
  return new Writing(seed).script(modes);
}

class Writing {
  private readonly chance: Chance;
  private readonly moments: Moment[] = [];
  private readonly sent: { readonly id: string; readonly partner: PartnerName }[] = [];
  private at = HOUR;
  private asks = 0;
  /** How many of the requests have a flaw. */
  private flawed = 0.22;
  /** Whether a partner also sends again what its sibling sent. */
  private repeatsSiblings = true;

  constructor(private readonly seed: number) {
    this.chance = new Chance(seed, 'script');
  }

  script(modes: readonly Mode[]): Script {
    const mode = this.chance.pick(modes);
    const difference = this.chance.pick(DIFFERENCES);
    this.differ(difference);
    if (difference === "a lead of others' or none") {
      this.flawed = 0.5;
      // What one names as another's may be the own lead of who repeats it.
      this.repeatsSiblings = false;
    }
    const length = 12 + this.chance.below(24);
    for (let n = 0; n < length; n++) {
      this.at += this.pause();
      this.happens(modes);
    }
    this.closing();
    return { seed: this.seed, difference, mode, moments: spread(this.moments) };
  }

  /** What is different without being there from the beginning. */
  private differ(difference: Difference): void {
    if (difference === 'locked on the way or not')
      this.only({ kind: 'locks', person: SUBJECT, locked: true }, this.chance.between(0, 6 * DAY));
    if (difference === 'a canary on the way or not') {
      const begins = this.chance.between(0, 6 * DAY);
      this.only({ kind: 'canary', person: SUBJECT, isCanary: true }, begins);
      if (this.chance.happens(0.5))
        this.only({ kind: 'canary', person: SUBJECT, isCanary: false }, begins + this.chance.between(HOUR, 6 * DAY));
    }
    if (difference !== 'known to another owner or not' && difference !== 'won by another owner or not') return;
    const begun = this.chance.between(0, 5 * DAY);
    const by = (verb: Verb): Ask => ({ id: `only-${verb}`, partner: 'stranger', verb, person: SUBJECT, anonymous: false });
    const verbs: Verb[] = this.chance.happens(0.5) ? ['open', 'consent', 'check', 'create'] : ['open', 'create'];
    const won = difference === 'won by another owner or not';
    this.only({ kind: 'asks', asks: (won ? verbs : verbs.slice(0, 1 + this.chance.below(3))).map(by) }, begun);
    if (!won) return;
    const told = this.chance.between(0, SETTLE_AFTER);
    const act = { partner: 'stranger', person: SUBJECT, outcome: 'proved', toldAfter: [told, told] } as const;
    this.only({ kind: 'act', act }, begun + this.chance.between(HOUR, CONFIRM_WITHIN));
  }

  private only(happening: Happening, at: number): void {
    this.moments.push({ at: HOUR + at, happening: { kind: 'only', world: 1, happening } });
  }

  private happens(modes: readonly Mode[]): void {
    const what = this.chance.weighted({ asks: 82, acknowledges: 4, says: 5, locks: 4, terms: 5 });
    switch (what) {
      case 'asks':
        return this.partnerAsks();
      case 'acknowledges':
        return this.note({ kind: 'acknowledges', partner: this.partner(), person: this.person() });
      case 'says': {
        const word = this.chance.pick(CONSENT_WORDS);
        return this.note({ kind: 'says', partner: this.partner(), person: this.person(), word });
      }
      case 'locks':
        return this.note({ kind: 'locks', person: this.chance.pick(PERSONS.slice(1)), locked: this.chance.happens(0.6) });
      case 'terms':
        return this.note({ kind: 'terms', owner: PARTNERS[this.partner()], mode: this.chance.pick(modes) });
    }
  }

  /** A partner at work on one person, mostly in the order in which one works. */
  private partnerAsks(): void {
    const partner = this.partner();
    const person = this.person();
    const asks: Ask[] = [];
    const course: readonly Verb[] = this.chance.pick([['open'], ['open', 'consent', 'check'], ['open', 'consent', 'check', 'create'], ['open', 'create'], ['check', 'create'], ['consent', 'check'], ['create'], []]); // prettier-ignore
    for (const verb of course) if (this.chance.happens(0.9)) asks.push(this.ask(partner, person, verb));
    for (let n = this.chance.below(5); n > 0; n--) asks.push(this.ask(partner, this.chance.happens(0.8) ? person : this.person(), this.chance.weighted(VERBS))); // prettier-ignore
    if (asks.length === 0) return;
    this.note({ kind: 'asks', asks });
    for (const { verb, person: who } of asks) if (verb === 'create' && this.chance.happens(0.75)) this.applicantActs(partner, who);
  }

  private applicantActs(partner: PartnerName, person: number): void {
    const when = this.at + this.chance.pick([HOUR, DAY, CONFIRM_WITHIN * 1.1]) * this.chance.next() + 2 * MINUTE;
    const told = (): number => this.chance.pick([0, this.chance.next(), this.chance.next(), 0.98]) * SETTLE_AFTER;
    const act = {
      partner,
      person,
      outcome: this.chance.happens(0.8) ? 'proved' : 'turned-down',
      toldAfter: [told(), told()],
      ...(this.chance.happens(0.15) && { revokedAfter: SETTLE_AFTER * (1 + 2 * this.chance.next()) }),
    } as const;
    this.moments.push({ at: when, happening: { kind: 'act', act } });
    if (this.chance.happens(0.6)) this.looksBetween(partner, person, when, act.toldAfter);
  }

  /** What nothing may be seen of: in one world the bank has told already, and in the other not yet. */
  private looksBetween(partner: PartnerName, person: number, acted: number, [one, other]: Act['toldAfter']): void {
    const verbs: Verb[] = ['leads', 'customers', 'allowance', 'usage', 'check', 'create', 'withdraw', 'open'];
    const asks = verbs.map((verb) => ({ ...this.ask(partner, person, verb), query: '' }));
    this.moments.push({ at: acted + (one + other) / 2, happening: { kind: 'asks', asks } });
  }

  private ask(partner: PartnerName, person: number, verb: Verb): Ask {
    this.asks += 1;
    const id = `ask-${this.asks}`;
    const anonymous = this.chance.happens(0.3);
    const before = this.sent.filter((each) =>
      this.repeatsSiblings ? PARTNERS[each.partner] === PARTNERS[partner] : each.partner === partner,
    );
    const of = before.length > 0 && isPost(verb) && this.chance.happens(0.12) ? this.chance.pick(before).id : undefined;
    if (of !== undefined) return { id, partner, person, verb, anonymous, again: { of, changed: this.chance.happens(0.15) } };
    if (isPost(verb)) this.sent.push({ id, partner });
    const flaw = verb in FLAWS && this.chance.happens(this.flawed) ? this.chance.pick(FLAWS[verb as keyof typeof FLAWS]) : undefined;
    const query = verb === 'leads' || verb === 'customers' ? this.query(verb) : undefined;
    return { id, partner, person, verb, anonymous, ...(flaw !== undefined && { flaw }), ...(query !== undefined && { query }) };
  }

  private query(of: 'leads' | 'customers'): string {
    const statuses = of === 'leads' ? ['open', 'answered', 'existing', 'created', 'converted', 'declined', 'withdrawn', 'lapsed'] : ['pending', 'confirmed', 'declined']; // prettier-ignore
    const status = this.chance.happens(0.35) ? [`status=${this.chance.pick(statuses)}`] : [];
    const limit = this.chance.happens(0.4) ? [`limit=${1 + this.chance.below(3)}`] : [];
    return [...status, ...limit].join('&');
  }

  /** In the end everybody looks at everything, some time after the last settlement. */
  private closing(): void {
    for (let day = 1; day <= 4; day++) {
      this.at += 1.3 * DAY;
      for (const partner of Object.keys(PARTNERS) as PartnerName[]) {
        this.at += 2 * MINUTE;
        const verbs: Verb[] = ['leads', 'customers', 'allowance', 'usage', 'lead', 'customer'];
        this.note({ kind: 'asks', asks: verbs.map((verb) => ({ ...this.ask(partner, SUBJECT, verb), query: '' })) });
      }
    }
  }

  private note(happening: Happening): void {
    this.moments.push({ at: this.at, happening });
  }

  private pause(): number {
    const { chance } = this;
    const deadline = chance.pick([FOLLOW_UP_WITHIN, CONFIRM_WITHIN, COOL_DOWN, SETTLE_AFTER]);
    switch (chance.weighted({ minutes: 40, hours: 30, day: 12, deadline: 18 })) {
      case 'minutes':
        return chance.between(MINUTE, 10 * MINUTE);
      case 'hours':
        return chance.between(0, 10 * HOUR);
      case 'day':
        return chance.between(0, DAY);
      case 'deadline':
        return Math.max(MINUTE, deadline + chance.between(-2, 2) * 5 * MINUTE);
    }
  }

  private partner(): PartnerName {
    return this.chance.weighted({ elder: 5, younger: 3, stranger: 2 });
  }

  private person(): number {
    return this.chance.happens(0.6) ? SUBJECT : this.chance.pick(PERSONS);
  }
}

const isPost = (verb: Verb): boolean =>
  verb === 'open' || verb === 'consent' || verb === 'check' || verb === 'create' || verb === 'withdraw';

/** In order, each some time after the one before. */
function spread(moments: readonly Moment[]): readonly Moment[] {
  let last = 0;
  return [...moments]
    .sort((one, other) => one.at - other.at)
    .map(({ at, happening }) => {
      last = Math.max(Math.round(at), last + APART);
      return { at: last, happening };
    });
}
