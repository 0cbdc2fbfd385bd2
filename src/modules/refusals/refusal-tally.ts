/** A refused command of a partner. */
export interface Refusal {
  readonly owner: string;
  readonly partner: string;
  readonly client: string;
  readonly command: string;
  readonly code: string;
  readonly leadId?: string;
  readonly agent?: string;
}

interface Count {
  readonly command: string;
  readonly code: string;
  count: number;
}
interface OfPartner {
  readonly owner: string;
  /** The hour in which each kind was last reported in full. */
  readonly reported: Map<string, number>;
  counts: Map<string, Count>;
  since: number | undefined;
}

const HOUR = 3_600_000;

/**
 * Which refusals are reported in full, and how many were not: the first of each kind in an hour is, a flood of more is
 * counted. Its size is bounded by partners × commands × codes, whatever comes in.
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
  count(refusal: Pick<Refusal, 'owner' | 'partner' | 'command' | 'code'>, now: number, count = 1): void {
    const partner = this.of(refusal);
    const kind = `${refusal.command} ${refusal.code}`;
    const known = partner.counts.get(kind);
    if (known === undefined) partner.counts.set(kind, { command: refusal.command, code: refusal.code, count });
    else known.count += count;
    partner.since ??= now;
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
