import { LeadBound, type Down } from './bound.lead.js';
import { LedgerBound } from './bound.ledger.js';
import { BoundBroken, member, text, thousandthsOf, time, type LogEvent } from './bound.reading.js';

export type { LogEvent } from './bound.reading.js';

/**
 * The bound of design section 4 (R1), folded from a whole log and from nothing else: I1, I2, I3, I8 and I9 hold on every
 * prefix, or `apply` throws at the first event that breaks one. It shares no code with the deciders.
 */
export class Bound {
  readonly ledgers = new Map<string, LedgerBound>();
  private readonly leads = new Map<string, LeadBound>();
  /** The latest lead of each owner and person. */
  private readonly latestLead = new Map<string, LeadBound>();
  /** All leads of each owner and person. */
  private readonly leadsOf = new Map<string, LeadBound[]>();
  /** The stream of the owner that each partner belongs to; undefined while it moves. */
  private readonly ownerOf = new Map<string, string | undefined>();
  private readonly claims = new Map<string, string>();
  private readonly draws = new Map<string, bigint>();
  private readonly outages: Down[] = [];
  private drawn = 0n;
  private restores = 0;
  private position = -Infinity;
  private latest = -Infinity;

  /** @param pool units that all owners on probation hold together */
  constructor(private readonly pool = 200) {}

  apply(event: LogEvent): void {
    if (event.position <= this.position) throw new BoundBroken('order', event, 'the log goes back');
    this.position = event.position;
    const at = member(event, 'at');
    this.latest = Math.max(this.latest, Date.parse(event.recordedAt), typeof at === 'string' ? Date.parse(at) : -Infinity);
    if (event.stream.startsWith('owner-')) this.onOwner(event);
    else if (event.stream.startsWith('lead-')) this.onLead(event);
    else this.elsewhere(event);
  }

  /**
   * Every lead ended at the latest at its deadline and the timers' lag (I9). For a log whose timers have run.
   * @param now epoch ms @param lag ms
   */
  assertEnded(now: number, lag: number): void {
    for (const lead of this.leads.values()) {
      if (lead.end === undefined && lead.due + lag < now) throw new Error(`I9: lead ${lead.id} should have ended`);
    }
  }

  private onOwner(event: LogEvent): void {
    const ledger = this.ledgers.get(event.stream) ?? new LedgerBound(this.restores);
    this.ledgers.set(event.stream, ledger);
    this.move(event, ledger);
    if (event.type === 'LeadAdmitted') this.admit(event, ledger);
    else if (event.type === 'InitialGranted') this.initial(event);
    else if (member(event, 'leadId') !== undefined) this.lead(event, event.stream).applyLedger(event);
    ledger.apply(event, this.latest);
    if (event.type === 'LeadAdmitted' && member(event, 'carried') !== undefined) ledger.countAnswer(event);
  }

  /** A partner belongs to one owner at a time, and comes with the past of the one before. */
  private move(event: LogEvent, ledger: LedgerBound): void {
    switch (event.type) {
      case 'PartnerRegistered':
        this.ownerOf.set(text(event, 'partner'), event.stream);
        return;
      case 'PartnerLeft':
        if (this.ownerOf.get(text(event, 'partner')) !== event.stream)
          throw new BoundBroken('move', event, 'a partner leaves another owner');
        this.ownerOf.set(text(event, 'partner'), undefined);
        return;
      case 'PartnerReceived':
        if (this.ownerOf.get(text(event, 'partner')) !== undefined) throw new BoundBroken('move', event, 'a partner of two owners');
        if (!ledger.pasts.has(`owner-${text(event, 'from')}`)) throw new BoundBroken('move', event, 'a partner without its past');
        this.ownerOf.set(text(event, 'partner'), event.stream);
        return;
      case 'OwnerInherited': {
        const predecessor = `owner-${text(event, 'from')}`;
        const from = this.ledgers.get(predecessor);
        if (from === undefined) throw new BoundBroken('move', event, 'the past of nobody');
        ledger.inherit(event, predecessor, from);
      }
    }
  }

  /** No fresh answer about somebody of whom a past of the owner knows. */
  private heedPasts(event: LogEvent, { pasts, coolDown }: LedgerBound): void {
    for (const [stream, until] of pasts) {
      const leads = (this.leadsOf.get(`${stream} ${text(event, 'personKey')}`) ?? []).filter(({ admittedAt }) => admittedAt <= until);
      const latest = leads.at(-1);
      if (latest === undefined) continue;
      if (!latest.isOver) throw new BoundBroken('I3', event, 'an owner with its past has a lead for this person');
      const { answer, endedAt = -Infinity } = latest;
      const isKnown = latest.answeredAt <= until || this.ownerOf.get(latest.partner) === event.stream;
      const isFresh = answer !== undefined && isKnown && time(event, 'at') < endedAt + coolDown;
      if ((isFresh || leads.some(({ shownConverted }) => shownConverted)) && member(event, 'carried') === undefined) {
        throw new BoundBroken('I1', event, 'a fresh answer about somebody of whom an owner with its past was told');
      }
    }
  }

  private admit(event: LogEvent, ledger: LedgerBound): void {
    const lead = new LeadBound(event, this.outages);
    // Logs that do not begin with the registration of their partners know nothing of whose they are.
    if (this.ownerOf.has(lead.partner) && this.ownerOf.get(lead.partner) !== event.stream) {
      throw new BoundBroken('move', event, 'an admission for a partner of another owner');
    }
    this.heedPasts(event, ledger);
    if (this.leads.has(lead.id)) throw new BoundBroken('I2', event, 'a lead is admitted twice');
    if (`owner-${text(event, 'owner')}` !== event.stream) throw new BoundBroken('I3', event, 'an admission in the stream of another owner');
    const before = this.latestLead.get(lead.stream);
    if (before && before.owner !== lead.owner) throw new BoundBroken('I3', event, 'two owners share a stream of leads');
    if (before && !before.isOver) throw new BoundBroken('I3', event, 'the owner has a lead for this person');
    this.leads.set(lead.id, lead);
    this.latestLead.set(lead.stream, lead);
    const key = `${lead.owner} ${lead.personKey}`;
    this.leadsOf.set(key, [...(this.leadsOf.get(key) ?? []), lead]);
  }

  private initial(event: LogEvent): void {
    const key = drawKey(event.stream, member(event, 'draw'));
    if (member(event, 'draw') === 0) return;
    const drawn = this.draws.get(key);
    if (drawn === undefined || thousandthsOf(event, member(event, 'units'), 'units') > drawn) {
      throw new BoundBroken('pool', event, 'initial units that were not drawn from the pool');
    }
    this.draws.delete(key);
  }

  private onLead(event: LogEvent): void {
    const lead = this.lead(event);
    lead.apply(event);
    if (event.type === 'MembershipAnswered') this.ledgers.get(lead.owner)?.countAnswer(event);
    if (event.type === 'CustomerLinked') this.link(event);
  }

  private link(event: LogEvent): void {
    const claimedBy = text(event, 'claimedByLead');
    if (this.claims.get(text(event, 'customerKey')) !== claimedBy || claimedBy === text(event, 'leadId')) {
      throw new BoundBroken('I8', event, 'a link to a customer who is not there');
    }
  }

  private elsewhere(event: LogEvent): void {
    switch (event.type) {
      case 'CustomerNumberClaimed':
        return this.claim(event);
      case 'ServiceStarted': {
        const outage = member(event, 'outage') as { readonly from: string; readonly until: string } | undefined;
        if (outage) this.outages.push({ from: Date.parse(outage.from), until: Date.parse(outage.until) });
        return;
      }
      case 'ProbationUnitsDrawn': {
        const units = thousandthsOf(event, member(event, 'units'), 'units');
        this.drawn += units;
        this.draws.set(drawKey(`owner-${text(event, 'owner')}`, member(event, 'draw')), units);
        if (this.drawn > BigInt(this.pool) * 1000n) throw new BoundBroken('pool', event, 'more units are out than the pool holds');
        return;
      }
      case 'LogRestored':
        this.restores += 1;
        for (const ledger of this.ledgers.values()) ledger.logRestored(this.restores);
        return;
      case 'ProbationUnitsReturned':
        this.drawn -= thousandthsOf(event, member(event, 'units'), 'units');
        return;
    }
  }

  private claim(event: LogEvent): void {
    const number = text(event, 'customerKey');
    if (this.claims.has(number)) throw new BoundBroken('I8', event, 'a customer number is claimed twice');
    if (event.stream !== `claim-${number}`) throw new BoundBroken('I8', event, 'a claim in the stream of another number');
    if (this.lead(event).customerKey !== number) throw new BoundBroken('I8', event, 'a claim without a confirmation');
    this.claims.set(number, text(event, 'leadId'));
  }

  private lead(event: LogEvent, owner?: string): LeadBound {
    const lead = this.leads.get(text(event, 'leadId'));
    if (lead === undefined || (owner !== undefined && lead.owner !== owner))
      throw new BoundBroken('I3', event, 'a lead that was never admitted');
    return lead;
  }
}

function drawKey(owner: string, draw: unknown): string {
  return `${owner} ${String(draw)}`;
}

/** Folds a log from its first event. @throws BoundBroken naming the rule and the event */
export async function assertBound(log: Iterable<LogEvent> | AsyncIterable<LogEvent>, bound = new Bound()): Promise<Bound> {
  for await (const event of log) bound.apply(event);
  return bound;
}
