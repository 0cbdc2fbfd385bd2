import { PER_CONVERSION_NEEDS_TWO, type DisclosureMode, type Terms } from '../modules/owners/terms.js';
import { type Advised, type Asked, type Candidate, upper, type Verdict } from './advice.js';
import { counted, estimated, percent } from './figures.text.js';
import { HUMAN } from './human.js';
import { MODEL_TEXTS } from './model.js';

/** What a notice takes of somebody's time, hours: an assumption. */
const HOURS_FOR_A_NOTICE = 1;

/** The advice in sentences, the answer first. */
export function adviceText(advised: Advised): readonly string[] {
  const { asked, unfit, take, nearest, verdicts } = advised;
  const wish = `Asked for: at most ${counted(asked.persons)} persons learned in a year by the worst adversary, and at most ${percent(asked.refused)} of honest leads refused or slowed.`;
  if (unfit !== undefined) return [wish, `${unfit}, so nothing is advised. What was seen:`, ...verdicts.map(seenText(asked))];
  const chosen = take ?? nearest;
  if (chosen === undefined) return [wish, 'None of this service’s modes was played, so there is nothing to advise.'];
  const others = verdicts.filter((verdict) => verdict !== chosen);
  return [
    wish,
    take === undefined ? noneText(chosen) : takeText(chosen.candidate),
    termsText(chosen.candidate),
    partnersPrice(chosen.candidate),
    banksPrice(chosen.candidate),
    ...secretsText(chosen.candidate, advised),
    ...others.map(otherText),
  ];
}

/** What leaked already leaks in a year, too. */
const seenText =
  ({ persons }: Asked) =>
  ({ candidate }: Verdict): string =>
    `${candidate.defence}: ${measured(candidate)}${candidate.persons.mean > persons ? ' That is too much already.' : ''}`;

function takeText(candidate: Candidate): string {
  return `Take ${candidate.defence}: it meets both. ${measured(candidate)}`;
}

function noneText({ candidate, meetsLeak, meetsFriction, excess }: Verdict): string {
  const misses = [...(meetsLeak ? [] : ['the leak']), ...(meetsFriction ? [] : ['the friction'])].join(' and ');
  const times = Number.isFinite(excess) ? `, by a factor of ${counted(excess)} at the upper end of the interval` : '';
  return `None of what was played meets both. Nearest comes ${candidate.defence}, which misses ${misses}${times}. ${measured(candidate)}`;
}

function measured({ persons, worst, refused, days, seeds, model }: Candidate): string {
  const leak = upper(persons) === 0 ? 'No adversary learned anybody' : `${estimated(persons)} persons in ${days} days, learned by ${worst}`;
  return `${leak}; ${estimated(refused, percent)} of honest leads refused or slowed while nobody scans (${MODEL_TEXTS[model]}, ${seeds} ${seeds === 1 ? 'seed' : 'seeds'}).`;
}

function termsText({ own, terms }: Candidate): string {
  const { mode, capital, ceiling, perConversion, pace, openLeads } = terms;
  const figures = [
    `mode ${mode}`,
    `working capital ${counted(capital)}`,
    `ceiling ${counted(ceiling)}`,
    `${perConversion} for a conversion`,
    `pace ${counted(pace)} a day`,
    `${counted(openLeads)} open leads`,
  ];
  const from =
    own.variant === undefined ? 'as they follow from the figures' : `tighter than what follows from the figures: ${own.variant.name}`;
  return `Terms, ${from}: ${figures.join(', ')}.${signedByTwo(terms)}`;
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

function otherText({ candidate, meetsLeak, meetsFriction }: Verdict): string {
  const verdict =
    meetsLeak && meetsFriction
      ? 'meets both, at a higher price'
      : `misses ${[...(meetsLeak ? [] : ['the leak']), ...(meetsFriction ? [] : ['the friction'])].join(' and ')}`;
  return `${candidate.defence} ${verdict}. ${measured(candidate)}`;
}
