import { PER_CONVERSION_NEEDS_TWO, type DisclosureMode, type Terms } from '../modules/owners/terms.js';
import { type Advised, type Asked, type Candidate, upper, type Verdict, whyUnfit } from './advice.js';
import { counted, estimated, percent, worstText } from './figures.text.js';
import { HUMAN } from './human.js';
import { MODEL_TEXTS } from './model.js';

/** What a notice takes of somebody's time, hours: an assumption. */
const HOURS_FOR_A_NOTICE = 1;

/** The advice in sentences, the answer first; `verdictCells` says what it was chosen from. */
export function adviceText(advised: Advised): readonly string[] {
  const { asked, unfit, take, nearest, verdicts } = advised;
  const wish = `Asked for: at most ${counted(asked.persons)} persons learned in a year by the worst adversary, and at most ${percent(asked.refused)} of honest leads refused or slowed.`;
  if (unfit !== undefined) return [wish, `${unfit}, so nothing is advised.`, ...leakedAlready(asked, verdicts)];
  const chosen = take ?? nearest;
  if (chosen === undefined) return [wish, 'None of this service’s modes was played, so there is nothing to advise.'];
  return [
    wish,
    take === undefined ? noneText(chosen) : takeText(chosen.candidate),
    termsText(chosen.candidate),
    partnersPrice(chosen.candidate),
    banksPrice(chosen.candidate),
    ...secretsText(chosen.candidate, advised),
  ];
}

/** A year leaks no less than a part of it. */
function leakedAlready({ persons }: Asked, verdicts: readonly Verdict[]): readonly string[] {
  const names = verdicts.filter(({ candidate }) => candidate.persons.mean > persons).map(({ candidate }) => candidate.defence);
  return names.length === 0 ? [] : [`Too much has leaked already in: ${names.join('; ')}.`];
}

function takeText(candidate: Candidate): string {
  return `Take ${candidate.defence}: it meets both. ${measured(candidate)}`;
}

function noneText(nearest: Verdict): string {
  const { candidate, excess } = nearest;
  const times = Number.isFinite(excess) ? `, by a factor of ${counted(excess)} at the upper end of the interval` : '';
  return `None of what was played meets both. Nearest comes ${candidate.defence}, which ${verdictText(nearest)}${times}. ${measured(candidate)}`;
}

function measured({ persons, worst, refused, days, seeds, model }: Candidate): string {
  const leak = upper(persons) === 0 ? 'No adversary learned anybody' : `${estimated(persons)} persons in ${days} days, learned by ${worst}`;
  return `${leak}; ${estimated(refused, percent)} of honest leads refused or slowed while nobody scans (${MODEL_TEXTS[model]}, ${seeds} ${seeds === 1 ? 'seed' : 'seeds'}).`;
}

function termsText({ own, terms }: Candidate): string {
  const { mode, capital, ceiling, perConversion, pace, openLeads } = terms;
  const figures = Object.entries({ capital, ceiling, perConversion, pace, openLeads }).map(([name, value]) => `${name} ${value}`);
  const from =
    own.variant === undefined ? 'as they follow from the figures' : `tighter than what follows from the figures: ${own.variant.name}`;
  return `Terms, ${from} (their names are those of the API): mode ${mode}, ${figures.join(', ')}.${signedByTwo(terms)}`;
}

function signedByTwo({ perConversion }: Terms): string {
  return perConversion > PER_CONVERSION_NEEDS_TWO
    ? ` Above ${PER_CONVERSION_NEEDS_TWO} for a conversion two people sign, and the mode cannot be instant.`
    : '';
}

const EXTRA_STEP: Readonly<Record<DisclosureMode, string>> = {
  instant: 'no extra step for applicants: name and birth date are enough',
  proof:
    'applicants who are customers already show a secret that the bank has issued; one in ten is taken not to have it at hand, and goes on to the create as if new',
  consent:
    'each applicant passes on a one-time code, or says yes on a page; one in ten is taken to have another contact than the one on file, and goes on to the create as if new',
  blind: 'nobody is told anything: each applicant goes through the create, existing customers included',
};

function partnersPrice({ terms, refused }: Candidate): string {
  return `Price to the partner: ${EXTRA_STEP[terms.mode]}; ${estimated(refused, percent)} of its leads refused or slowed.`;
}

const READS = `somebody reads each canary that was asked about and each denial, and acts on what honest leads would not come to, within ${HUMAN.after} days`;

function banksPrice({ own, notices }: Candidate): string {
  if (!own.isWatched) return 'Price to the bank: nobody has to read anything.';
  if (notices === undefined) return `Price to the bank: ${READS}.`;
  const hours = estimated(notices, (count) => counted(count * HOURS_FOR_A_NOTICE));
  return `Price to the bank: ${READS}; of honest owners that is ${hours} hours for each and year, at an hour a notice.`;
}

/** Whoever holds customers' secrets is another adversary than who scans with what is public, and a bank may weigh it by itself. */
function secretsText({ defence }: Candidate, { asked, verdicts }: Advised): readonly string[] {
  const enough = verdicts.find(({ candidate, meetsFriction }) => meetsFriction && upper(candidate.byPublic) <= asked.persons);
  if (enough === undefined || enough.candidate.defence === defence || upper(enough.candidate.byPublic) === upper(enough.candidate.persons))
    return [];
  const { candidate } = enough;
  return [
    `Before adversaries who hold nothing but what is public, ${candidate.defence} would do: ${estimated(candidate.byPublic)} persons; it misses the leak by ${candidate.worst} alone.`,
  ];
}

function verdictText({ meetsLeak, meetsFriction }: Verdict): string {
  if (meetsLeak) return meetsFriction ? 'meets both' : 'refuses too much';
  return meetsFriction ? 'leaks too much' : 'leaks and refuses too much';
}

/** One line of what was played, for a table. */
export interface VerdictCells {
  readonly defence: string;
  readonly verdict: string;
  readonly persons: string;
  readonly worst: string;
  readonly refused: string;
  /** What it asks of each applicant. */
  readonly applicant: string;
  /** What it asks of the bank. */
  readonly bank: string;
  /** How many runs of which model. */
  readonly from: string;
}

const ASKED_OF_APPLICANTS: Readonly<Record<DisclosureMode, string>> = {
  instant: 'nothing',
  proof: 'a secret that the bank issued',
  consent: 'a one-time code, or yes on a page',
  blind: 'the create, of customers too',
};

export function verdictCells(verdict: Verdict): VerdictCells {
  const { defence, persons, worst, refused, terms, own, notices, seeds, days, model } = verdict.candidate;
  const hours =
    notices === undefined ? '' : `, ${estimated(notices, (count) => counted(count * HOURS_FOR_A_NOTICE))} hours an honest owner and year`;
  return {
    defence,
    verdict: whyUnfit(verdict.candidate) === undefined ? verdictText(verdict) : 'too little played to say',
    persons: estimated(persons),
    worst: worstText({ adversary: worst, persons }),
    refused: estimated(refused, percent),
    applicant: ASKED_OF_APPLICANTS[terms.mode],
    bank: own.isWatched ? `somebody reads${hours}` : 'nothing',
    from: `${days} days, ${seeds} ${seeds === 1 ? 'seed' : 'seeds'}, ${MODEL_TEXTS[model]}`,
  };
}

/** The same for a terminal, with a line of titles. */
export function verdictLines(verdicts: readonly Verdict[]): readonly string[] {
  const titles = {
    defence: 'played',
    verdict: 'verdict',
    persons: 'persons learned',
    refused: 'refused or slowed',
    applicant: 'asked of applicants',
    bank: 'of the bank',
  };
  const columns = Object.keys(titles) as readonly (keyof typeof titles)[];
  const rows = [titles, ...verdicts.map(verdictCells)];
  const widths = columns.map((column) => Math.max(...rows.map((row) => row[column].length)));
  return rows.map((row) =>
    columns
      .map((column, n) => row[column].padEnd(widths[n] ?? 0))
      .join('  ')
      .trimEnd(),
  );
}
