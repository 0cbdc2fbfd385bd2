/** A refused command of a partner. */
export interface Refusal {
  readonly owner: string;
  readonly partner: string;
  readonly client: string;
  readonly command: string;
  readonly code: string;
  readonly leadId?: string;
  /** One that the bank has registered for the partner. */
  readonly agent?: string;
}

type Kind = Pick<Refusal, 'command' | 'code' | 'agent'>;
type Count = Kind & { count: number };
interface OfPartner {
  readonly owner: string;
  /** The hour in which each kind was last reported in full. */
  readonly reported: Map<string, number>;
  counts: Map<string, Count>;
  since: number | undefined;
}

const HOUR = 3_600_000;
/** Counts that a flush of one partner holds before it tells agents apart no longer: a flood under many names stays small. */
const MOST_BY_AGENT = 50;

/**
 * Which refusals are reported in full, and how many were not: the first of each kind in an hour is, a flood of more is
 * counted, by agent as long as these are few. Its size is bounded by partners × commands × codes, whatever comes in.
 */
export class RefusalTally {
  private readonly partners = new Map<string, OfPartner>();

  /** True when this refusal is the first of its kind in its hour; otherwise it has been counted. @param now epoch ms */
  add(refusal: Refusal, now: number): boolean {
    const partner = this.of(refusal);
    const kind = `${refusal.command} ${refusal.code}`;
    const hour = Math.floor(now / HOUR);
    if (partner.reported.get(kind) !== hour) {
      partner.reported.set(kind, hour);
      return true;
    }
    this.count(refusal, now);
    return false;
  }

  /** Counts a refusal that could not be, or need not be, reported in full. */
  count(refusal: Kind & Pick<Refusal, 'owner' | 'partner'>, now: number, count = 1): void {
    const partner = this.of(refusal);
    const { command, code, agent } = refusal;
    const kind = JSON.stringify([command, code, agent]);
    const known = partner.counts.get(kind);
    if (known !== undefined) known.count += count;
    else if (agent !== undefined && partner.counts.size >= MOST_BY_AGENT) {
      const { owner, partner: of } = refusal;
      this.count({ owner, partner: of, command, code }, now, count);
    } else partner.counts.set(kind, { command, code, ...(agent !== undefined && { agent }), count });
    partner.since ??= now;
  }

  /** Whether nothing has been counted since it was last taken. */
  get isEmpty(): boolean {
    return [...this.partners.values()].every(({ since }) => since === undefined);
  }

  /** Takes what has been counted since it was last taken. */
  take(): readonly { owner: string; partner: string; since: number; counts: readonly Count[] }[] {
    const taken = [];
    for (const [partner, of] of this.partners) {
      if (of.since === undefined) continue;
      taken.push({ owner: of.owner, partner, since: of.since, counts: [...of.counts.values()] });
      of.counts = new Map();
      of.since = undefined;
    }
    return taken;
  }

  private of({ owner, partner }: Pick<Refusal, 'owner' | 'partner'>): OfPartner {
    let known = this.partners.get(partner);
    if (known === undefined) {
      known = { owner, reported: new Map(), counts: new Map(), since: undefined };
      this.partners.set(partner, known);
    }
    return known;
  }
}
