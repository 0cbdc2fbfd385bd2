import asciichart from 'asciichart';
import { STAGES } from './figures.js';
import type { Refusals } from './opening.js';
import type { Outcome } from './outcome.js';
import type { Mode } from './stage.js';

const CHART = { width: 72, height: 14, tail: 3 };

/** The outcome for people. */
export function report(outcome: Outcome, colours: boolean): string {
  return [heading(outcome), funnels(outcome), story(outcome), chart(outcome, colours), verdict(outcome)].join('\n\n');
}

const BRINGS: Readonly<Record<Mode, string>> = {
  instant: 'names and birth dates, from a register',
  proof: 'guesses: three account endings each',
  consent: 'its own mailbox, for the codes',
  blind: 'nothing, and creates everybody',
};
const BAR = 40;

/** What the same scanner learnt in each mode, for people. */
export function comparison(outcomes: readonly Outcome[]): string {
  const most = Math.max(1, ...outcomes.map(({ scanner }) => scanner.learnt));
  const row = (mode: string, brings: string, ...columns: (string | number)[]): string =>
    `  ${mode.padEnd(9)}${brings.padEnd(40)}${columns.map((each) => String(each).padStart(9)).join('')}`;
  const rows = outcomes.map(({ mode, scanner, honest }) => {
    const bar = scanner.learnt === 0 ? '' : '█'.repeat(Math.max(1, Math.round((scanner.learnt * BAR) / most)));
    return `${row(mode, BRINGS[mode], scanner.openedBeforeGateClosed, scanner.answersInAll, scanner.answers.yes, scanner.learnt, honest.funnel.converted)}  ${bar}`;
  });
  const unexpected = outcomes.flatMap(({ mode, unexpected: complaints }) => complaints.map((each) => `  - ${mode}: ${each}`));
  return [
    'The same scanner in each mode, beside the same honest partner: of whom does it know in the end whether they are customers?',
    '',
    row('mode', 'the scanner brings', 'leads', 'answers', 'yes', 'learnt', 'honest*'),
    ...rows,
    '',
    '  * conversions of the honest partner, whose applicants have their account endings and mailboxes',
    '  A guess is right once in a million; whoever is a customer and is asked for at another mailbox is warned at their own.',
    ...(outcomes.some(({ scanner }) => scanner.allowance.granted === 0)
      ? ['  Where it opened no lead it found the probation pool empty: earlier scanners drew it dry (--own starts afresh).']
      : []),
    ...(unexpected.length === 0 ? [] : ['', 'NOT as it should be:', ...unexpected]),
  ].join('\n');
}

function heading({ mode, seed, applicants, service }: Outcome): string {
  const where = service.startedByTheDemo ? 'a service of its own' : `the running service, run ${service.run} there`;
  return `Vestibule, mode ${mode}: ${applicants} applicants of an honest partner, and a scanner beside it (seed ${seed}, ${where})`;
}

function funnels({ honest, scanner }: Outcome): string {
  const row = (name: string, ...columns: (string | number)[]): string =>
    `  ${name.padEnd(16)}${columns.map((each) => String(each).padStart(16)).join('')}`;
  const rows = STAGES.filter((stage) => stage !== 'waiting').map((stage) => row(stage, honest.funnel[stage], scanner.funnel[stage]));
  const left = ({ left: series }: { left: readonly number[] }): number => series.at(-1) ?? 0;
  return [
    row('leads', 'honest partner', 'scanner'),
    ...rows,
    row('refused', total(honest.refusals), total(scanner.refusals)),
    row('allowance left', eveningOf(honest), left(scanner.allowance)),
  ].join('\n');
}

function story({ scanner, mode }: Outcome): string {
  const { answers, answersInAll, openedBeforeGateClosed, refusals, allowance } = scanner;
  const pool =
    allowance.granted === 0
      ? '  Its owner found the probation pool empty: earlier scanners drew it dry, so this one learned nothing at all.'
      : `  Its owner drew ${allowance.granted} units from the probation pool, and nothing it did earned another.`;
  const got =
    mode === 'blind'
      ? 'In mode blind it got no answer, and created them all'
      : `It got ${answersInAll} answers (${answers.yes} yes, ${answers.no} no)`;
  const rules = Object.entries(refusals).map(([code, count]) => `    ${code.padEnd(22)}${String(count).padStart(6)}`);
  return [`  ${got}, on ${openedBeforeGateClosed} leads, before the gate closed. What it was refused by:`, ...rules, pool].join('\n');
}

function chart({ honest, scanner }: Outcome, colours: boolean): string {
  // The last settlement comes after the last lead.
  const series = [[...honest.allowance.left, eveningOf(honest)], scanner.allowance.left];
  const longest = Math.max(...series.map(({ length }) => length));
  const lines = series.map((each) => sampled(each, Math.min(CHART.width, longest), longest));
  const options = { height: CHART.height, format: inWholeUnits, ...(colours && { colors: [asciichart.green, asciichart.red] }) };
  const legend = colours
    ? `${asciichart.green}honest partner${asciichart.reset}, ${asciichart.red}scanner${asciichart.reset}`
    : 'the upper line is the honest partner, the one that falls to 0 and stays there the scanner';
  return [`  Leads that may still be opened, lead by lead: ${legend}`, asciichart.plot(lines, options)].join('\n');
}

const inWholeUnits = (units: number): string => String(Math.round(units)).padStart(8);

/** As many points as there is room for, the first and the last among them, which goes on for a little so that it is seen. */
function sampled(series: readonly number[], points: number, length: number): number[] {
  const step = points > 1 ? (length - 1) / (points - 1) : 0;
  return Array.from({ length: points + CHART.tail }, (_, index) => series[Math.round(index * step)] ?? series.at(-1) ?? 0);
}

/** What the honest partner's owner has after the last settlement. */
function eveningOf({ allowance }: Outcome['honest']): number {
  return allowance.days.at(-1)?.evening ?? 0;
}

function verdict({ unexpected, timing }: Outcome): string {
  if (unexpected.length === 0) return `As it should be: no honest lead refused, no answer beyond the allowance (${timing.seconds} s).`;
  return `NOT as it should be:\n${unexpected.map((each) => `  - ${each}`).join('\n')}`;
}

function total(refusals: Refusals): number {
  return Object.values(refusals).reduce((sum, count) => sum + count, 0);
}
