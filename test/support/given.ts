import { DomainError, type Decider } from '../../src/event-sourcing/decider.js';
import type { Fact } from '../../src/event-sourcing/message.js';

/** What a command came to: facts, or a refusal. Read as: given events, when command, this happens. */
export class Outcome<State, Command, Event extends Fact> {
  private readonly facts: readonly Event[] | undefined;
  private readonly refusal: unknown;

  constructor(
    private readonly decider: Decider<State, Command, Event>,
    private readonly past: readonly Event[],
    private readonly command: Command,
  ) {
    const state = past.reduce((folded, event) => decider.evolve(folded, event), decider.initial());
    try {
      // As the store would give it back: a member that is undefined is no member.
      this.facts = JSON.parse(JSON.stringify(decider.decide(state, command))) as readonly Event[];
    } catch (error) {
      this.refusal = error;
    }
  }

  /** Exactly these events, in this order. What it returns is the same command issued once more (R15). */
  happens(...events: readonly Event[]): { readonly again: Outcome<State, Command, Event> } {
    if (this.refusal !== undefined) throw this.refusal as Error;
    expect(this.facts).toEqual(events);
    return { again: new Outcome(this.decider, [...this.past, ...events], this.command) };
  }

  staysQuiet(): void {
    this.happens();
  }

  refuses(code: string): void {
    expect(this.facts).toBeUndefined();
    if (!(this.refusal instanceof DomainError)) throw this.refusal as Error;
    expect(this.refusal.code).toBe(code);
  }

  /** For a test that is about a single figure: the facts themselves. */
  get events(): readonly Event[] {
    if (this.facts === undefined) throw this.refusal as Error;
    return this.facts;
  }
}

export function given<State, Command, Event extends Fact>(
  decider: Decider<State, Command, Event>,
  ...events: readonly Event[]
): { when(command: Command): Outcome<State, Command, Event>; readonly state: State } {
  return {
    when: (command) => new Outcome(decider, events, command),
    get state() {
      return events.reduce((folded, event) => decider.evolve(folded, event), decider.initial());
    },
  };
}
