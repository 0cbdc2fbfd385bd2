import { accountEndingIn, check, checkWithCode, openLead, type Refusals, unlessRefused } from './opening.js';
import type { NamedPerson } from './people.js';
import type { Mode, Stage } from './stage.js';

/** Refusals one after the other at which the scanner leaves off for the day. */
const ENOUGH = 10;
/** What it tries on each later day, to see whether the gate is open again. */
const TRIES_A_DAY = 5;
/** An id as they look, of no lead. */
const MADE_UP = '5ca00e12-0000-4000-8000-000000000000';

/** Account endings that it tries on each: as many as a lead bears. */
const GUESSES = ['000000', '123456', '111111'];

/**
 * Walks the register in order, which tells names and birth dates: opens, and asks with whatever it can bring. It has no account
 * endings, so it guesses; it has no mailbox but its own, so it has the codes sent there; where nobody is asked, it creates.
 */
export class Scanner {
  readonly answers = { yes: 0, no: 0 };
  readonly refusals: Refusals = {};
  /** Its allowance after each lead that it opened or wanted to. */
  readonly left: number[] = [];
  opened = 0;
  created = 0;
  private triesLeft = ENOUGH;
  private readonly walk: Iterator<boolean>;
  private last: { leadId: string; person: NamedPerson } | undefined;

  constructor(
    private readonly stage: Stage,
    private readonly mode: Mode,
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
    const { person } = this.stage.people.meet('walk', next.value);
    const { api } = this.stage.scanner;
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
    const answer = await unlessRefused(this.refusals, this.askAsItCan(leadId, person));
    if (answer !== undefined) this.answers[answer] += 1;
    if (this.mode === 'blind' && leadId !== MADE_UP && person === this.last?.person) await this.create(leadId, person);
  }

  private async askAsItCan(leadId: string, person: NamedPerson): Promise<'yes' | 'no'> {
    const { scanner, mailboxes } = this.stage;
    switch (this.mode) {
      case 'instant':
      case 'blind':
        return check(scanner.api, leadId, person);
      case 'proof':
        return this.guess(leadId, person);
      case 'consent':
        return checkWithCode({ api: scanner.api, mailboxes }, leadId, person, `anybody-${this.opened}@scanner.example`);
    }
  }

  private async guess(leadId: string, person: NamedPerson): Promise<'yes' | 'no'> {
    for (const ending of GUESSES) {
      if ((await check(this.stage.scanner.api, leadId, person, accountEndingIn(ending))) === 'yes') return 'yes';
    }
    return 'no';
  }

  /** It is accepted like anybody's; what becomes of it is told at the settlement, and never that somebody was a customer. */
  private async create(leadId: string, person: NamedPerson): Promise<void> {
    const contact = { email: `anybody-${this.opened}@scanner.example` };
    await this.stage.scanner.api.post('/v1/customers', { leadId, person, contact });
    this.created += 1;
  }
}
