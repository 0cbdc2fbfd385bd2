import type { Defence, DefenceMaker, Outcome, Question, Reply } from '../../src/simulation/defence.js';
import type { Plan } from '../../src/simulation/plan.js';
import { Run, type RunResult, type RunSettings } from '../../src/simulation/run.js';

/** What a defence saw of a run. */
export interface Recorded {
  readonly result: RunResult;
  readonly asked: readonly { readonly question: Question; readonly reply: Reply }[];
  readonly happened: readonly { readonly outcome: Outcome; readonly question: Question; readonly at: number }[];
}

/** Plays a run, and keeps what was asked and what happened. */
export function recordedRun(maker: DefenceMaker, plan: Plan, settings: RunSettings): Recorded {
  const asked: { question: Question; reply: Reply }[] = [];
  const happened: { outcome: Outcome; question: Question; at: number }[] = [];
  const make: DefenceMaker['make'] = (world) => {
    const defence = maker.make(world);
    // The defence itself, and no wrapping: an adversary sees the balance of some.
    const before: Pick<Defence, 'ask' | 'happens'> = { ask: defence.ask.bind(defence), happens: defence.happens.bind(defence) };
    return Object.assign(defence, {
      ask: (question: Question): Reply => {
        const reply = before.ask(question);
        asked.push({ question, reply });
        return reply;
      },
      happens: (outcome: Outcome, question: Question, at: number): void => {
        happened.push({ outcome, question, at });
        before.happens(outcome, question, at);
      },
    });
  };
  return { result: new Run({ ...maker, make }, plan, settings).run(), asked, happened };
}
