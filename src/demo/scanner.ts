import { check, openLead, type Refusals, unlessRefused } from './opening.js';
import type { NamedPerson, People } from './people.js';
import type { Player } from './stage.js';

/** Refusals one after the other at which the scanner leaves off for the day. */
const ENOUGH = 10;
/** What it tries on each later day, to see whether the gate is open again. */
const TRIES_A_DAY = 5;
/** An id as they look, of no lead. */
const MADE_UP = '5ca00e12-0000-4000-8000-000000000000';

/** Walks the register in order: opens, asks, and never creates. */
export class Scanner {
  readonly answers = { yes: 0, no: 0 };
  readonly refusals: Refusals = {};
  /** Its allowance after each lead that it opened or wanted to. */
  readonly left: number[] = [];
  opened = 0;
  private triesLeft = ENOUGH;
  private readonly walk: Iterator<boolean>;
  private last: { leadId: string; person: NamedPerson } | undefined;

  constructor(
    private readonly player: Player,
    private readonly people: People,
    walk: Iterable<boolean>,
  ) {
    this.walk = walk[Symbol.iterator]();
  }

  /** It goes on until it is refused again and again. */
  get goesOn(): boolean {
    return this.triesLeft > 0;
  }

  newDay(): void {
    if (!this.goesOn) this.triesLeft = TRIES_A_DAY;
  }

  /** The next person of the register. */
  async step(): Promise<void> {
    const next = this.walk.next();
    if (next.done === true) throw new Error('the scanner was let through the whole register');
    const { person } = this.people.meet('walk', next.value);
    const { api } = this.player;
    const lead = await unlessRefused(this.refusals, openLead(api, person));
    this.left.push(lead?.left ?? 0);
    if (lead === undefined) {
      if (this.last !== undefined && this.triesLeft === ENOUGH) await this.tryTricks(this.last, person);
      this.triesLeft -= 1;
      return;
    }
    this.opened += 1;
    this.last = { leadId: lead.leadId, person };
    await this.ask(lead.leadId, person);
  }

  /** Once, when the gate has closed: another person under a lead that it has, a lead that it has not. */
  private async tryTricks({ leadId }: { leadId: string }, person: NamedPerson): Promise<void> {
    await this.ask(leadId, person);
    await this.ask(MADE_UP, person);
  }

  private async ask(leadId: string, person: NamedPerson): Promise<void> {
    const answer = await unlessRefused(this.refusals, check(this.player.api, leadId, person));
    if (answer !== undefined) this.answers[answer] += 1;
  }
}
