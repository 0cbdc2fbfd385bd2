import { applicants, registerWalk, type Applicant } from './applicants.js';
import { Figures, stagesOf } from './figures.js';
import { HonestPartner } from './honest-partner.js';
import { learnt, unexpected, type DayOfAllowance, type Outcome } from './outcome.js';
import { MOST_APPLICANTS } from './people.js';
import { Scanner } from './scanner.js';
import type { Service } from './service.js';
import { MOST_A_DAY, type Mode, setStage, type Stage } from './stage.js';

export interface Script {
  readonly applicants: number;
  readonly seed: number;
  readonly mode: Mode;
}

/** Told where the play is. */
export interface Audience {
  handled(applicants: number): void;
  now(what: string): void;
}

/**
 * The two partners side by side, one step each in turn, so that the same seed gives the same order of everything. What
 * credits anything (settlements, acknowledgements) comes between two days and is waited for.
 */
export async function play(service: Service, script: Script, audience: Audience): Promise<Outcome> {
  const begun = performance.now();
  audience.now('registering two owners with a partner each');
  const stage = await setStage(service, script);
  const figures = new Figures(stage.analyst);
  const honest = new HonestPartner(stage, script.mode);
  const scanner = new Scanner(stage, script.mode, registerWalk(MOST_APPLICANTS, script.seed));
  const granted = (await figures.ledger(stage.scanner)).balance;
  const days = await allDays({ stage, figures, honest, scanner, audience }, applicants(script.applicants, script.seed));
  audience.now('waiting for the last deadlines and settlements');
  await figures.until('every lead to end', async () => {
    const both = await Promise.all([figures.funnel(stage.honest), figures.funnel(stage.scanner)]);
    return both.every(({ waiting }) => waiting === 0);
  });
  const funnels = { honest: await figures.funnel(stage.honest), scanner: await figures.funnel(stage.scanner) };
  const { answers } = scanner;
  const told = {
    ...script,
    honest: {
      funnel: stagesOf(funnels.honest),
      answers: honest.answers,
      refusals: honest.refusals,
      allowance: { days, left: honest.left },
    },
    scanner: {
      funnel: stagesOf(funnels.scanner),
      answers,
      answersInAll: answers.yes + answers.no,
      openedBeforeGateClosed: scanner.opened,
      created: scanner.created,
      learnt: learnt(script.mode, answers),
      refusals: scanner.refusals,
      allowance: { granted, left: scanner.left },
    },
  };
  return {
    ...told,
    unexpected: unexpected(told, honest.fates),
    service: { startedByTheDemo: service.own, run: stage.run },
    timing: {
      seconds: Math.round((performance.now() - begun) / 1000),
      honestMedianSecondsToCreate: funnels.honest.medianSecondsToCreate,
    },
  };
}

interface Players {
  readonly stage: Stage;
  readonly figures: Figures;
  readonly honest: HonestPartner;
  readonly scanner: Scanner;
  readonly audience: Audience;
}

async function allDays(players: Players, all: readonly Applicant[]): Promise<readonly DayOfAllowance[]> {
  const { stage, figures, audience } = players;
  const days: DayOfAllowance[] = [];
  for (let done = 0; done < all.length;) {
    const morning = (await figures.ledger(stage.honest)).balance;
    const today = all.slice(done, done + Math.min(MOST_A_DAY, Math.floor(morning)));
    if (today.length === 0) throw new Error('the honest partner has no allowance left and nothing to wait for');
    audience.now(`day ${days.length + 1}: ${today.length} applicants`);
    await oneDay(players, today, done);
    done += today.length;
    await evening(players);
    // The applicants' deadlines do not wait for it.
    while (players.scanner.goesOn) await players.scanner.step();
    days.push({ morning, applicants: today.length, evening: (await figures.ledger(stage.honest)).balance });
  }
  return days;
}

async function oneDay({ honest, scanner, audience }: Players, today: readonly Applicant[], before: number): Promise<void> {
  scanner.newDay();
  for (const [index, applicant] of today.entries()) {
    await honest.handle(applicant);
    if (scanner.goesOn) await scanner.step();
    audience.handled(before + index + 1);
  }
}

async function evening({ stage, figures, honest, audience }: Players): Promise<void> {
  audience.now('customers and applicants talk to the bank');
  const { credits } = await figures.ledger(stage.honest);
  const acknowledged = await honest.acknowledge();
  await figures.until(
    'the acknowledgements to be credited',
    async () => (await figures.ledger(stage.honest)).credits >= credits + acknowledged,
  );
  await honest.prove();
  audience.now('waiting for the settlement');
  await figures.until('the settlement', async () => (await figures.funnel(stage.honest)).converted === honest.fates.proved);
}
