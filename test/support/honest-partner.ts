import { DomainError } from '../../src/event-sourcing/decider.js';
import { owner, type OwnerCommand } from '../../src/modules/owners/owner.js';
import { termsForFigures, type Figures, type Terms } from '../../src/modules/owners/terms.js';
import { type Course, leadsOn } from '../../src/simulation/honest.js';
import { HOUR } from './calendar.js';

export interface HonestPartner extends Figures {
  readonly course: Course;
  /** Its applicants take their time: five days to the create and ten to the proof, on average, instead of 1.5 and 3. */
  readonly slow: boolean;
  /**
   * How it begins. `granted`: the human who agreed its figures grants its working capital with them. `pilot`: it has its
   * initial only, and opens a tenth of its balance a day until that is its full volume. `at once`: its initial only, and
   * its full volume from the first day.
   */
  readonly start: 'granted' | 'pilot' | 'at once';
}

export interface Year {
  readonly wished: number;
  readonly refused: Readonly<Record<string, number>>;
  /** Of the leads that it wished to open. */
  readonly refusedShare: number;
  /** The day on which a pilot reached its full volume, if it ever did; 0 without a pilot. */
  readonly fullVolumeFrom: number | undefined;
}

const HOURS_A_DAY = 24;
const YEAR_DAYS = 365;
/** A Monday, midnight UTC. */
const START = Date.UTC(2025, 0, 6);
const SETTLE_AFTER_HOURS = 72;
const LAPSE_HOURS = 14 * HOURS_A_DAY;
const PROOF_HOURS = 30 * HOURS_A_DAY;
/** A partner works ten hours a day. */
const OPENS_AT = 8;
const OPEN_HOURS = 10;
/** A pilot opens this part of its balance a day: what it opens comes back, or not, within ten days or so. */
const PILOT_SHARE = 0.1;

type Step = 'existing' | 'withdrawn' | 'lapsed' | 'converted' | 'declined' | 'acknowledged';

/**
 * A virtual year of an honest partner against the real owner decider, lead by lead: applicants come at random, some are
 * customers already (told at once; some acknowledge it days later), some of the others create within days and prove their
 * identity days after that, the rest withdraws, lapses or never proves it. Settled daily. Whoever is refused is lost, and
 * counted once.
 */
export function honestYear(partner: HonestPartner, seed: number): Year {
  const random = mulberry32(seed);
  const terms = termsFor(partner);
  const open = new OwnerOfPartner(terms);
  if (partner.start === 'granted') open.grant(Math.max(1, terms.capital - terms.initial));
  const due = new Map<number, (readonly [Step, string])[]>();
  const at = (hour: number, step: Step, id: string): void => {
    const whole = Math.max(0, Math.ceil(hour));
    const there = due.get(whole);
    if (there) there.push([step, id]);
    else due.set(whole, [[step, id]]);
  };
  const refused: Record<string, number> = {};
  let wished = 0;
  let fullVolumeFrom = partner.start === 'pilot' ? undefined : 0;
  for (let hour = 0; hour < YEAR_DAYS * HOURS_A_DAY; hour++) {
    open.at(hour);
    for (const [step, id] of due.get(hour) ?? []) open.step(step, id);
    due.delete(hour);
    const affordable = Math.min(1, (PILOT_SHARE * Math.max(0, open.balance)) / partner.leadsPerDay);
    if (affordable === 1) fullVolumeFrom ??= hour / HOURS_A_DAY;
    const applicants = poisson(random, applicantsIn(partner, hour) * (fullVolumeFrom === undefined ? affordable : 1));
    for (let i = 0; i < applicants; i++) {
      const id = String(wished++);
      const refusal = open.admit(id);
      if (refusal === undefined) whatBecomesOfIt(partner, random, hour, (later, step) => at(later, step, id));
      else refused[refusal] = (refused[refusal] ?? 0) + 1;
    }
  }
  const total = Object.values(refused).reduce((sum, n) => sum + n, 0);
  return { wished, refused, refusedShare: total / Math.max(1, wished), fullVolumeFrom };
}

function whatBecomesOfIt(partner: HonestPartner, random: () => number, hour: number, then: (hour: number, step: Step) => void): void {
  const { existingShare, acknowledgedShare, conversion, slow } = partner;
  const days = (mean: number, most: number): number => Math.min(most, -Math.log(1 - random()) * mean) * HOURS_A_DAY;
  if (random() < existingShare) {
    then(hour + 1, 'existing');
    if (random() < acknowledgedShare) then(hour + 2 + days(2, 30), 'acknowledged');
    return;
  }
  const created = hour + days(slow ? 5 : 1.5, 13.9);
  if (random() < conversion) {
    const acted = created + days(slow ? 10 : 3, 29);
    return then(settlement(acted + SETTLE_AFTER_HOURS), 'converted');
  }
  const fate = random();
  if (fate < 0.45) then(hour + 1 + days(1, 13), 'withdrawn');
  else if (fate < 0.8) then(hour + LAPSE_HOURS, 'lapsed');
  else then(settlement(created + PROOF_HOURS + SETTLE_AFTER_HOURS), 'declined');
}

/** The first midnight at or after an hour. */
function settlement(hour: number): number {
  return Math.ceil(hour / HOURS_A_DAY) * HOURS_A_DAY;
}

/** Mean number of applicants in an hour. */
function applicantsIn(partner: HonestPartner, hour: number): number {
  const ofDay = hour % HOURS_A_DAY;
  if (ofDay < OPENS_AT || ofDay >= OPENS_AT + OPEN_HOURS) return 0;
  return leadsOn(Math.floor(hour / HOURS_A_DAY), partner) / OPEN_HOURS;
}

/** Terms as two people would sign them where a conversion earns more than eight. */
export function termsFor(figures: Figures): Terms {
  const terms = termsForFigures(figures);
  return terms.perConversion > 8 ? { ...terms, mode: 'proof' } : terms;
}

/** One owner with one partner and one agent, ready to open leads. */
export class OwnerOfPartner {
  private state = owner.initial();
  private now = new Date(START).toISOString();
  private readonly admittedAt = new Map<string, string>();

  constructor(terms: Terms, initial?: number) {
    const by = { partner: 'partner', by: 'analyst-1' };
    this.decide({ type: 'RegisterOwner', data: { owner: 'owner', name: 'Owner', terms, by: 'analyst-1', policyVersion: 0, at: this.now } });
    if (this.state.status === 'registered' && this.state.proposal) {
      this.decide({ type: 'ApproveTerms', data: { version: this.state.proposal.version, by: 'analyst-2', at: this.now } });
    }
    if (initial !== undefined) this.decide({ type: 'GrantInitial', data: { units: initial, draw: 1, at: this.now } });
    this.decide({ type: 'RegisterPartner', data: { partner: 'partner', name: 'Partner', at: this.now } });
    this.decide({ type: 'OfferAgreement', data: { ...by, version: '1', documentSha256: '', at: this.now } });
    this.decide({ type: 'SignAgreement', data: { ...by, version: '1', at: this.now } });
    this.decide({ type: 'RegisterAgent', data: { partner: 'partner', agent: 'agent', at: this.now } });
  }

  get balance(): number {
    return this.state.status === 'registered' ? this.state.allowance.balance : 0;
  }

  /** @param hour of the year */
  at(hour: number): void {
    this.now = new Date(START + hour * HOUR).toISOString();
  }

  grant(units: number): void {
    this.decide({ type: 'GrantAllowance', data: { entry: this.now, units, reason: 'growth', by: 'analyst-1', at: this.now } });
  }

  /** The code of the refusal, or `undefined` when the lead was admitted. */
  admit(id: string): string | undefined {
    const history = { latest: 0, latestId: '', latestEnded: false, nextId: id };
    const lead = {
      partner: 'partner',
      agent: 'agent',
      purpose: 'onboarding',
      personKey: id,
      leadStream: id,
      history,
      restores: 0,
      halted: false,
      at: this.now,
    };
    try {
      this.decide({ type: 'AdmitLead', data: lead });
    } catch (error) {
      if (error instanceof DomainError) return error.code;
      throw error;
    }
    this.admittedAt.set(id, this.now);
    return undefined;
  }

  step(step: Step, leadId: string): void {
    const at = this.now;
    const admittedAt = this.admittedAt.get(leadId) ?? at;
    switch (step) {
      case 'existing':
      case 'withdrawn':
      case 'lapsed':
        this.decide({ type: 'ResolveLead', data: { leadId, as: step, at } });
        break;
      case 'acknowledged':
        this.decide({ type: 'CreditAcknowledgement', data: { leadId, partner: 'partner', admittedAt, at } });
        break;
      case 'converted':
        this.decide({ type: 'SettleLead', data: { leadId, as: step, settlesAt: at, revoked: false, customerKey: leadId, at } });
        break;
      case 'declined':
        this.decide({ type: 'SettleLead', data: { leadId, as: step, settlesAt: at, revoked: false, at } });
        break;
    }
    if (step !== 'existing') this.admittedAt.delete(leadId);
  }

  private decide(command: OwnerCommand): void {
    for (const event of owner.decide(this.state, command)) this.state = owner.evolve(this.state, event);
  }
}

/** T. Ettinger's mulberry32: small, seeded, good enough for arrivals. 0 ≤ x < 1. */
export function mulberry32(seed: number): () => number {
  let state = seed >>> 0;
  return () => {
    state = (state + 0x6d2b79f5) >>> 0;
    let mixed = Math.imul(state ^ (state >>> 15), 1 | state);
    mixed = (mixed + Math.imul(mixed ^ (mixed >>> 7), 61 | mixed)) ^ mixed;
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 2 ** 32;
  };
}

/** Knuth's method, in pieces small enough for `exp`. */
function poisson(random: () => number, mean: number): number {
  let count = 0;
  for (let left = mean; left > 0; left -= 30) {
    const limit = Math.exp(-Math.min(30, left));
    for (let product = random(); product > limit; product *= random()) count++;
  }
  return count;
}
