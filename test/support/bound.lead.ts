import { Duration } from 'luxon';
import { BoundBroken, member, text, time, type LogEvent } from './bound.reading.js';

export interface Down {
  readonly from: number;
  readonly until: number;
}

/** One lead, from its admission to its end. */
export class LeadBound {
  readonly id: string;
  /** The owner's stream. */
  readonly owner: string;
  readonly stream: string;
  readonly partner: string;
  readonly personKey: string;
  /** When it was admitted, epoch ms. */
  readonly admittedAt: number;
  answer: string | undefined;
  /** When it was first answered, epoch ms. */
  answeredAt = Infinity;
  end: string | undefined;
  customerKey: string | undefined;
  acknowledged = false;
  /** The ledger is done with it. */
  resolved = false;
  /** When it ended as its partner sees it, epoch ms: a created one with its settlement. */
  endedAt: number | undefined;
  /** Its settlement showed it as converted. */
  shownConverted = false;
  private opened = false;
  private created: { readonly at: number; readonly confirmBy: number; readonly settleAfter: number } | undefined;
  private settles: { readonly from: number; readonly after: number; readonly told: number; readonly every: number } | undefined;
  private revoked = false;

  constructor(
    private readonly admission: LogEvent,
    private readonly outages: readonly Down[],
  ) {
    this.id = text(admission, 'leadId');
    this.owner = admission.stream;
    this.stream = text(admission, 'leadStream');
    this.personKey = text(admission, 'personKey');
    this.admittedAt = time(admission, 'at');
    this.partner = text(admission, 'partner');
    this.answer = member(admission, 'carried') as string | undefined;
    if (this.answer !== undefined) this.answeredAt = time(admission, 'at');
  }

  /** Nothing more can come of it that would stand in the way of a new lead for the same person. */
  get isOver(): boolean {
    return this.resolved || (this.end !== undefined && this.created === undefined);
  }

  /** The moment by which it has to have ended, epoch ms. */
  get due(): number {
    if (this.created === undefined) return this.followUpDue;
    const confirmed = this.extended(this.created.at, this.created.confirmBy);
    return this.extended(confirmed, confirmed + this.created.settleAfter);
  }

  private get followUpDue(): number {
    return this.extended(time(this.admission, 'at'), time(this.admission, 'followUpBy'));
  }

  apply(event: LogEvent): void {
    if (this.stream !== event.stream) throw new BoundBroken('I3', event, 'the lead is of another person');
    if (this.owner !== `owner-${text(event, 'owner')}` || text(this.admission, 'partner') !== text(event, 'partner')) {
      throw new BoundBroken('I3', event, 'the lead is of another owner or partner');
    }
    if (event.type === 'LeadOpened') return this.open(event);
    if (!this.opened) throw new BoundBroken('I3', event, 'the lead has not opened');
    switch (event.type) {
      case 'MembershipAnswered':
        if (this.answer !== undefined) throw new BoundBroken('I1', event, 'a lead yields a second answer');
        this.mustBeActive(event);
        this.answer = text(event, 'answer');
        this.answeredAt = time(event, 'at');
        return;
      case 'AnswerUpheld':
      case 'AnswerChanged':
        if (this.answer !== 'no') throw new BoundBroken('I1', event, 'what changes or is upheld is a no');
        if (!['proof', 'consent'].includes(text(event, 'mode'))) throw new BoundBroken('I1', event, 'an answer changes in its mode only');
        if (member(this.admission, 'carried') !== undefined) throw new BoundBroken('I1', event, 'a carried answer changes');
        this.mustBeActive(event);
        if (event.type === 'AnswerChanged') this.answer = text(event, 'answer');
        return;
      case 'CustomerSubmitted':
        return this.create(event);
      case 'LeadEndedExisting':
        if (this.answer !== 'yes') throw new BoundBroken('I9', event, 'an existing customer without a yes');
        return this.finish(event, 'existing');
      case 'LeadWithdrawn':
        this.mustBeActive(event);
        return this.finish(event, 'withdrawn');
      case 'LeadLapsed':
        if (time(event, 'at') < this.followUpDue) throw new BoundBroken('I9', event, 'a lapse before the deadline');
        return this.finish(event, 'lapsed');
      case 'LeadConverted':
        return this.convert(event);
      case 'LeadDeclined':
        this.outcome(event);
        return this.finish(event, 'declined');
      case 'ConversionRevoked':
        if (this.end !== 'converted') throw new BoundBroken('I2', event, 'a revocation of no conversion');
        this.revoked = true;
        return;
      case 'ExistingAcknowledged':
        if (this.end !== 'existing') throw new BoundBroken('I2', event, 'an acknowledgement of no disclosure');
        this.acknowledged = true;
        return;
    }
  }

  /** What the owner's ledger says about it. */
  applyLedger(event: LogEvent): void {
    switch (event.type) {
      case 'LeadResolved':
        if (this.end !== text(event, 'as')) throw new BoundBroken('I9', event, `the ledger resolves what ${this.end ?? 'has not ended'}`);
        return this.resolve(event);
      case 'LeadSettled':
        return this.settle(event);
      case 'AcknowledgementCredited':
        if (!this.acknowledged) throw new BoundBroken('I2', event, 'nobody acknowledged this lead');
        return;
      case 'CreditRevoked':
        if (!this.revoked) throw new BoundBroken('I2', event, 'nobody revoked this lead');
        return;
    }
  }

  private open(event: LogEvent): void {
    if (this.opened) throw new BoundBroken('I2', event, 'a lead opens twice');
    if (JSON.stringify(event.data) !== JSON.stringify(this.admission.data))
      throw new BoundBroken('I3', event, 'an opening that is not its admission');
    this.opened = true;
  }

  private mustBeActive(event: LogEvent): void {
    if (this.end !== undefined || this.created !== undefined) throw new BoundBroken('I3', event, 'the lead is not active any more');
    if (time(event, 'at') >= this.followUpDue) throw new BoundBroken('I3', event, 'the deadline of the lead has passed');
  }

  private create(event: LogEvent): void {
    this.mustBeActive(event);
    if (this.answer === 'yes') throw new BoundBroken('I9', event, 'a create after a yes');
    if (!(member(event, 'personKeys') as string[]).includes(text(this.admission, 'personKey'))) {
      throw new BoundBroken('I3', event, 'a create for another person');
    }
    const settleAfter = Duration.fromISO(text(this.admission, 'settleAfter')).toMillis();
    this.created = { at: time(event, 'at'), confirmBy: time(event, 'confirmBy'), settleAfter };
  }

  private convert(event: LogEvent): void {
    this.finish(event, 'converted');
    this.outcome(event);
    this.customerKey = text(event, 'customerKey');
    const acted = time(event, 'actedAt');
    // A bank's clock may show whole seconds.
    if (this.created && (acted <= this.created.at - 1_000 || acted > this.extended(this.created.at, this.created.confirmBy))) {
      throw new BoundBroken('I9', event, 'an act out of time');
    }
  }

  private finish(event: LogEvent, as: string): void {
    if (this.end !== undefined) throw new BoundBroken('I9', event, 'a lead ends twice');
    if ((as === 'converted' || as === 'declined') !== (this.created !== undefined)) {
      throw new BoundBroken('I9', event, this.created ? 'a created lead ends otherwise' : 'an outcome of a lead that was not created');
    }
    this.end = as;
    if (this.created === undefined) this.endedAt = time(event, 'at');
  }

  private settle(event: LogEvent): void {
    const as = text(event, 'as');
    const shownAsDeclined = as === 'declined' && this.end === 'converted' && this.revoked;
    if (this.created === undefined || (this.end !== as && !shownAsDeclined)) {
      throw new BoundBroken('I9', event, `the ledger settles what ${this.end ?? 'has not ended'}`);
    }
    this.mustBeItsSettlement(event);
    const number = member(event, 'customerKey');
    this.endedAt = time(event, 'settlesAt');
    this.shownConverted = as === 'converted';
    if (number !== undefined && number !== this.customerKey) throw new BoundBroken('I8', event, 'another number than was confirmed');
    this.resolve(event);
  }

  private outcome(event: LogEvent): void {
    const { from, after, told, every } = member(event, 'settles') as { from: string; after: string; told: string; every: number };
    this.settles = { from: Date.parse(from), after: Duration.fromISO(after).toMillis(), told: Date.parse(told), every };
    if (told !== text(event, 'at') || after !== text(this.admission, 'settleAfter')) {
      throw new BoundBroken('I6', event, 'a settlement by other terms');
    }
  }

  /** The first one `settleAfter` after the act, outages in between apart, and not before the bank told of it. */
  private mustBeItsSettlement(event: LogEvent): void {
    if (this.settles === undefined) return;
    const { from, after, told, every } = this.settles;
    const earliest = Math.max(this.extended(from, from + after), told);
    const settlesAt = time(event, 'settlesAt');
    if (settlesAt % every !== 0 || settlesAt < earliest || settlesAt - every >= earliest) {
      throw new BoundBroken('I6', event, 'another settlement than the first');
    }
    if (time(event, 'at') < settlesAt) throw new BoundBroken('I6', event, 'a settlement before its time');
  }

  private resolve(event: LogEvent): void {
    if (this.resolved) throw new BoundBroken('I9', event, 'a lead is resolved twice');
    this.resolved = true;
  }

  /** A deadline, and the time that the service was down before it, one outage after the other. */
  private extended(from: number, deadline: number): number {
    let due = deadline;
    for (const outage of this.outages) {
      const down = outage.until - Math.max(from, outage.from);
      if (outage.from < due && down > 0) due += down;
    }
    return due;
  }
}
