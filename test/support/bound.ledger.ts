import { Duration } from 'luxon';
import { CapitalBound } from './bound.capital.js';
import { BoundBroken, member, text, thousandthsOf, time, units, type LogEvent } from './bound.reading.js';

const UNIT = 1000n;
const DAY = 86_400_000n;

const MERGER = 'merger';

/** What ended a past: the so-many-th move of a partner, or a merger. */
function endingOf(event: LogEvent): string {
  return member(event, 'partner') === undefined ? MERGER : `${text(event, 'partner')} ${String(member(event, 'move'))}`;
}

/** One owner's ledger, added up again from its events in whole thousandths. */
export class LedgerBound {
  admissions = 0n;
  credits = 0n;
  revocations = 0n;
  /** Leads of this owner with an answer, looked up or carried. */
  answered = 0n;
  private ceiling = 0n;
  private perDay = 0n;
  private perConversion = 0n;
  private agreedCapital = 0n;
  readonly capital = new CapitalBound();
  private accruedUntil = -Infinity;
  private latest = -Infinity;
  /** After a restored backup: from the restore until a human grants, and whether the balance has been forfeited. */
  private awaitsGrant = false;
  private forfeited = true;
  private readonly numbers = new Set<string>();
  /** Numbers that have earned for owners whose past is this one's. */
  private readonly numbersBefore = new Set<string>();
  /** Partners that open their leads elsewhere now. */
  private readonly left = new Set<string>();
  private merged = false;
  /** Epoch ms, of the terms in force. */
  coolDown = 0;
  /** Whose past is this one's, and up to when: their streams, and epoch ms. */
  readonly pasts = new Map<string, number>();
  /** What was left when a past ended, by what ended it. */
  private readonly remainders = new Map<string, bigint>();
  /** By lead: what it earned, and 0 once that was taken back. */
  private readonly earned = new Map<string, bigint>();

  /** @param restores how often the log had been restored when the ledger began */
  constructor(private restores = 0) {}

  logRestored(restores: number): void {
    this.restores = restores;
    this.awaitsGrant = true;
    this.forfeited = false;
  }

  get balance(): bigint {
    return this.credits - this.revocations - this.admissions * UNIT;
  }

  apply(event: LogEvent, latest: number): void {
    this.latest = latest;
    switch (event.type) {
      case 'OwnerRegistered':
        this.accruedUntil = time(event, 'at');
        return;
      case 'TermsSet':
        return this.terms(event);
      case 'InitialGranted':
        if (this.pasts.size > 0 && units(event, 'units') > 0n)
          throw new BoundBroken('pool', event, 'initial units for an owner with a past');
        this.capital.initial(units(event, 'units'));
        return this.credit(event, units(event, 'units'));
      case 'AllowanceGranted':
        if (this.forfeited) this.awaitsGrant = false;
        this.capital.grant(event, units(event, 'units'));
        return this.credit(event, units(event, 'units'));
      case 'AllowanceAccrued':
        return this.accrue(event);
      case 'LeadSettled':
        return this.settle(event);
      case 'AcknowledgementCredited':
        return this.acknowledge(event);
      case 'AllowanceRevoked':
      case 'AllowanceForfeited':
        this.revocations += units(event, 'units');
        this.capital.takenBack(event);
        if (member(event, 'restores') !== undefined) this.forfeit(event);
        return;
      case 'CreditRevoked':
        return this.takeBack(event);
      case 'PartnerLeft':
        this.left.add(text(event, 'partner'));
        return this.endPast(event);
      case 'PartnerReceived':
        this.left.delete(text(event, 'partner'));
        return;
      case 'OwnerMerged':
        this.merged = true;
        return this.endPast(event);
      case 'LeadAdmitted':
        return this.admit(event);
    }
  }

  /**
   * The other's past becomes this one's: whatever it left bounds what is left here.
   * @param predecessor the other's stream
   */
  inherit(event: LogEvent, predecessor: string, from: LedgerBound): void {
    const remainder = from.remainders.get(endingOf(event));
    const until = time(event, 'until');
    if (remainder === undefined) throw new BoundBroken('move', event, 'a past that has not ended');
    if (this.balance > remainder) throw new BoundBroken('move', event, 'the larger balance wins');
    this.capital.inherit(event, from.capital, endingOf(event));
    for (const number of [...from.numbers, ...from.numbersBefore]) this.numbersBefore.add(number);
    for (const [stream, end] of [...from.pasts, [predecessor, until] as const]) {
      if (stream !== event.stream) this.pasts.set(stream, Math.max(end, this.pasts.get(stream) ?? -Infinity));
    }
  }

  private endPast(event: LogEvent): void {
    const left = thousandthsOf(event, member(event, 'balance'), 'balance');
    // Of an owner that is gone nothing more is left than there was when it went.
    const most = event.type === 'PartnerLeft' ? this.remainders.get(MERGER) : undefined;
    if (most === undefined ? left !== this.balance : left > most) throw new BoundBroken('move', event, 'another balance than there is');
    const ending = event.type === 'PartnerLeft' ? endingOf(event) : MERGER;
    this.remainders.set(ending, left);
    this.capital.endPast(ending);
  }

  countAnswer(event: LogEvent): void {
    this.answered += 1n;
    if (this.answered > this.admissions) throw new BoundBroken('I2', event, 'more leads are answered than admitted');
  }

  private admit(event: LogEvent): void {
    if (this.merged) throw new BoundBroken('move', event, 'an admission by an owner that was merged');
    if (this.balance > this.ceiling) throw new BoundBroken('ceiling', event, 'a stricter ceiling has not taken effect');
    if (this.awaitsGrant) throw new BoundBroken('restore', event, 'an admission on a restored log before a human granted anything');
    this.admissions += 1n;
    if (this.admissions * UNIT > this.credits - this.revocations) {
      throw new BoundBroken('I2', event, 'an admission beyond credits less revocations');
    }
    if (this.admissions * UNIT > this.credits) throw new BoundBroken('I2', event, 'more admissions than credits');
  }

  private forfeit(event: LogEvent): void {
    if (member(event, 'restores') !== this.restores) throw new BoundBroken('restore', event, 'a forfeiture for another restore');
    if (this.balance > 0n) throw new BoundBroken('restore', event, 'a balance is left after the log was restored');
    this.forfeited = true;
  }

  private credit(event: LogEvent, booked: bigint): void {
    this.credits += booked;
    if (this.awaitsGrant && this.forfeited && booked > 0n && this.balance > 0n) {
      throw new BoundBroken('restore', event, 'a credit on a restored log before a human granted anything');
    }
    if (booked > 0n && this.balance > this.ceiling) throw new BoundBroken('ceiling', event, 'the balance rises above the ceiling');
  }

  private terms(event: LogEvent): void {
    const terms = member(event, 'terms') as Readonly<Record<string, unknown>>;
    this.ceiling = thousandthsOf(event, terms['ceiling'], 'ceiling');
    this.perDay = thousandthsOf(event, terms['perDay'], 'perDay');
    this.perConversion = thousandthsOf(event, terms['perConversion'], 'perConversion');
    this.agreedCapital = thousandthsOf(event, terms['capital'], 'capital');
    this.coolDown = Duration.fromISO(String(terms['coolDown'])).toMillis();
    this.accruedUntil = Math.max(this.accruedUntil, time(event, 'at'));
  }

  private accrue(event: LogEvent): void {
    const from = time(event, 'from');
    const until = time(event, 'until');
    if (from < this.accruedUntil) throw new BoundBroken('accrual', event, 'time is counted twice');
    if (until > this.latest) throw new BoundBroken('accrual', event, 'time is counted that has not come yet');
    if (units(event, 'units') * DAY > this.perDay * BigInt(until - from)) {
      throw new BoundBroken('accrual', event, 'more than perDay allows for the time');
    }
    this.accruedUntil = until;
    this.credit(event, units(event, 'units'));
  }

  private settle(event: LogEvent): void {
    const credited = units(event, 'credited');
    const bonus = units(event, 'bonus');
    const number = member(event, 'customerKey');
    if (number !== undefined) this.spendNumber(event, text(event, 'customerKey'));
    if (credited + bonus === 0n) return;
    if (this.left.has(text(event, 'partner'))) throw new BoundBroken('move', event, 'an earning by a partner that has left');
    if (text(event, 'as') !== 'converted') throw new BoundBroken('I2', event, 'only a conversion earns');
    if (number === undefined) throw new BoundBroken('I8', event, 'an earning without a customer number');
    if (credited > this.perConversion || bonus > this.perConversion)
      throw new BoundBroken('I2', event, 'more than the terms give a conversion');
    this.capital.bonus(event, bonus, this.agreedCapital);
    this.earn(event, credited + bonus);
  }

  private spendNumber(event: LogEvent, number: string): void {
    if (this.numbersBefore.has(number)) throw new BoundBroken('I8', event, 'a customer number earns again for an owner with its past');
    if (this.numbers.has(number)) throw new BoundBroken('I8', event, 'a customer number earns twice for one owner');
    this.numbers.add(number);
  }

  private acknowledge(event: LogEvent): void {
    const credited = units(event, 'credited');
    if (credited > 0n && this.left.has(text(event, 'partner')))
      throw new BoundBroken('move', event, 'an earning by a partner that has left');
    if (credited > UNIT) throw new BoundBroken('I2', event, 'an acknowledgement earns more than one unit');
    this.earn(event, credited);
  }

  private earn(event: LogEvent, booked: bigint): void {
    const lead = text(event, 'leadId');
    if (this.earned.has(lead)) throw new BoundBroken('I2', event, 'a lead earns twice');
    this.earned.set(lead, booked);
    this.credit(event, booked);
  }

  private takeBack(event: LogEvent): void {
    const lead = text(event, 'leadId');
    const taken = units(event, 'units');
    if (taken !== (this.earned.get(lead) ?? 0n))
      throw new BoundBroken('I2', event, 'a revocation takes back something else than was credited');
    this.earned.set(lead, 0n);
    this.revocations += taken;
  }
}
