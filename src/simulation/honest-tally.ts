import type { Alarm, Reply } from './defence.js';
import type { Player } from './stage.js';

/** Leads of honest partners, and what became of them before a defence. */
export interface HonestLeads {
  readonly leads: number;
  readonly refused: number;
  /** Of the refused those that were told when to come back. */
  readonly slowed: number;
}

/** Of owners without an adversary. */
export interface HonestFigures extends HonestLeads {
  readonly owners: number;
  /** Notices against them, and steps taken against them: false alarms. */
  readonly notices: number;
  readonly steps: number;
  /** Days that they were in a stricter mode than agreed, without cause; of all of them together. */
  readonly strictDays: number;
}

/** What the honest of a run paid for a defence. */
export interface HonestResult extends HonestFigures {
  /** `leads`, `refused`, `slowed` and this are of all honest leads, those of owners in which an adversary sits included. */
  readonly refusals: Readonly<Record<string, number>>;
  /** Of owners without an adversary: what they pay for the defence, and nobody's doing. */
  readonly undisturbed: HonestLeads;
  /** Of owners in which an adversary sits, which uses up what was theirs. */
  readonly crowdedOut: HonestLeads;
  /** Of owners without an adversary, by their kind, so that one that starves does not hide in a mean. */
  readonly byKind: Readonly<Record<string, HonestFigures>>;
}

type Writable<Figures> = { -readonly [Figure in keyof Figures]: Figures[Figure] };

/** Counts what becomes of the honest. */
export class HonestTally {
  private readonly refusals: Record<string, number> = {};
  private readonly crowdedOut: Writable<HonestLeads> = { leads: 0, refused: 0, slowed: 0 };
  private readonly kinds = new Map<string, Writable<HonestFigures>>();

  /** @param players whose leads are those of honest partners */
  constructor(players: readonly Player[]) {
    for (const player of players) if (!player.isAdversarys) this.kindOf(player).owners += 1;
  }

  lead(player: Player, reply: Reply): void {
    const leads = player.isAdversarys ? this.crowdedOut : this.kindOf(player);
    leads.leads += 1;
    if (reply.kind !== 'refused') return;
    leads.refused += 1;
    if (reply.retryAt !== undefined) leads.slowed += 1;
    this.refusals[reply.code] = (this.refusals[reply.code] ?? 0) + 1;
  }

  /** An alarm against an owner without an adversary. */
  alarm(player: Player, { isStep }: Alarm): void {
    this.kindOf(player).notices += 1;
    if (isStep) this.kindOf(player).steps += 1;
  }

  /** An owner without an adversary was kept in a stricter mode for a day. */
  strictDay(player: Player): void {
    this.kindOf(player).strictDays += 1;
  }

  get result(): HonestResult {
    const byKind = Object.fromEntries([...this.kinds].map(([kind, figures]) => [kind, { ...figures }]));
    const of = (figure: keyof HonestFigures): number => Object.values(byKind).reduce((sum, figures) => sum + figures[figure], 0);
    const undisturbed = { leads: of('leads'), refused: of('refused'), slowed: of('slowed') };
    const { crowdedOut } = this;
    return {
      leads: undisturbed.leads + crowdedOut.leads,
      refused: undisturbed.refused + crowdedOut.refused,
      slowed: undisturbed.slowed + crowdedOut.slowed,
      notices: of('notices'),
      steps: of('steps'),
      owners: of('owners'),
      strictDays: of('strictDays'),
      refusals: { ...this.refusals },
      undisturbed,
      crowdedOut: { ...crowdedOut },
      byKind,
    };
  }

  private kindOf({ kind }: Player): Writable<HonestFigures> {
    const known = this.kinds.get(kind) ?? { owners: 0, leads: 0, refused: 0, slowed: 0, notices: 0, steps: 0, strictDays: 0 };
    this.kinds.set(kind, known);
    return known;
  }
}
