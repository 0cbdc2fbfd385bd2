import { Adversary } from './adversary.js';
import { DAY, FIRST_DAY, HOUR, OPEN_FOR, OPENS_AT } from './calendar.js';
import { Chance } from './chance.js';
import type { Asker, DefenceMaker } from './defence.js';
import type { Applicant, Fate } from './honest.js';
import type { Plan } from './plan.js';
import type { Population } from './population.js';
import { type Player, scanning } from './stage.js';

/** One question of an adversary's. */
export interface ScanAsking {
  /** Epoch ms. */
  readonly at: number;
  readonly by: Asker;
  readonly applicant: Applicant;
  /** Owner, or all of them, by which it counts what is refused. */
  readonly desk: string;
  /** It is about somebody who agreed, and is paid. */
  readonly isPadding: boolean;
}

/** What it sees in the morning, beside its plan. */
export interface Sight {
  readonly day: number;
  /** Units left to an owner, where the defence tells its partners; else undefined. */
  balance(owner: string): number | undefined;
  /** Share of what it asked through a desk yesterday that was refused. */
  refusedShare(desk: string): number;
  isStopped(owner: string): boolean;
}

const COVERED_AFTER = 5 * HOUR;
const PROVED_AFTER = 2 * DAY;
const REVOKED_AFTER = 30 * DAY;
const DENIED_AFTER = DAY;
const ACKNOWLEDGED_AFTER = DAY;
const BY_A_MULE: Fate['ifNo'] = [
  [COVERED_AFTER, 'created'],
  [PROVED_AFTER, 'proved'],
];
const COVERS: Readonly<Record<Exclude<Plan['cover'], 'nothing'>, Fate['ifNo']>> = {
  withdraw: [[COVERED_AFTER, 'withdrawn']],
  create: [[COVERED_AFTER, 'created']],
  mule: BY_A_MULE,
  'stolen papers': [...BY_A_MULE, [REVOKED_AFTER, 'revoked']],
};
const DENIED: Fate['ifYes'] = [[DENIED_AFTER, 'denied']];
const NOTHING: Fate['ifYes'] = [];
/** It works through all owners alike. */
const ANYBODY = 'anybody';

/** The days of an adversary: through which of its owners it asks, when, and what it does afterwards. */
export class Scan {
  private readonly adversary: Adversary;
  private readonly chance: Chance;

  /** @param players through whom it works */
  constructor(
    private readonly plan: Plan,
    private readonly players: readonly Player[],
    private readonly demandsOf: (owner: string) => DefenceMaker['demands'],
    private readonly population: Population,
    private readonly settings: { readonly seed: number; readonly volume: number },
  ) {
    const desks = plan.sitsIn === ANYBODY ? [ANYBODY] : players.map(({ owner }) => owner.owner);
    this.adversary = new Adversary(plan, desks, population, new Chance(settings.seed, 'adversary'));
    this.chance = new Chance(settings.seed, 'scan');
  }

  askings(sight: Sight): readonly ScanAsking[] {
    const players = this.players.filter(({ owner }) => !sight.isStopped(owner.owner));
    if (players.length === 0) return [];
    if (this.plan.sitsIn === ANYBODY) return this.through(ANYBODY, players, sight, undefined);
    return players.flatMap((player) => this.through(player.owner.owner, [player], sight, sight.balance(player.owner.owner)));
  }

  private through(desk: string, players: readonly Player[], sight: Sight, balance: number | undefined): readonly ScanAsking[] {
    const volume = players[0]?.owner.figures?.leadsPerDay ?? this.settings.volume;
    const wishes = this.adversary.wishes(desk, { day: sight.day, balance, volume }, sight.refusedShare(desk));
    const morning = FIRST_DAY + sight.day * DAY + OPENS_AT;
    // One after the other, in the order of its list: who walks through a register is seen to.
    const times = Float64Array.from({ length: wishes }, () => morning + this.chance.below(OPEN_FOR)).sort();
    const askings: ScanAsking[] = [];
    for (const at of times) {
      const paid = this.paid();
      const player = players[players.length === 1 ? 0 : this.chance.below(players.length)] as Player;
      const applicant = paid ?? this.targeted(desk, player.owner.owner);
      if (applicant === undefined) break;
      askings.push({ at, by: scanning(player, this.plan.agents, this.chance), applicant, desk, isPadding: paid !== undefined });
    }
    return askings;
  }

  private targeted(desk: string, owner: string): Applicant | undefined {
    const person = this.adversary.target(desk);
    if (person === undefined) return undefined;
    const { brings } = this.plan;
    return {
      person,
      brings: { ...brings, secret: brings.secret && this.population.isCustomer(person) },
      fate: this.coverOf(person, owner),
    };
  }

  /** Somebody who agreed, where it is their turn. */
  private paid(): Applicant | undefined {
    const { padding, accomplices } = this.plan;
    if (padding !== undefined && this.chance.happens(padding)) return this.mule();
    return accomplices !== undefined && this.chance.happens(accomplices) ? this.accomplice() : undefined;
  }

  private accomplice(): Applicant {
    const person = this.population.applicant(this.chance, true);
    const ifYes: Fate['ifYes'] = [[ACKNOWLEDGED_AFTER, 'acknowledged']];
    return { person, brings: { name: true, secret: true, contact: true }, fate: { ifNo: [], ifYes } };
  }

  private mule(): Applicant {
    const person = this.population.applicant(this.chance, false);
    return { person, brings: { name: true, secret: false, contact: true }, fate: { ifNo: BY_A_MULE, ifYes: [] } };
  }

  private coverOf(person: number, owner: string): Fate {
    const { cover, covered } = this.plan;
    // A customer who is told of a question that was never theirs; in `consent` it is the warning at their own contact.
    const isDenied = this.population.isCustomer(person) && this.chance.happens(this.population.figures.denyingShare);
    const denied = isDenied ? DENIED : NOTHING;
    const ifNo = cover === 'nothing' || !this.chance.happens(covered) ? NOTHING : COVERS[cover];
    return { ifNo: this.demandsOf(owner) === 'contact' ? [...ifNo, ...denied] : ifNo, ifYes: denied };
  }
}
