import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { advise, type Advised, type Asked, type Candidate } from '../../src/simulation/advice.js';
import { candidatesOf, NOBODY, quietJobs, shortlist, shortlistJobs } from '../../src/simulation/advice-candidates.js';
import { adviceText, verdictCells, verdictLines } from '../../src/simulation/advice.text.js';
import { foundBy } from '../../src/simulation/adaptive.js';
import { ORDINARY } from '../../src/simulation/honest.js';
import { type LeagueSettings, OWN_DEFENCES, type OwnDefence, ownName, type PlayedRun } from '../../src/simulation/league.js';
import type { LeagueOutcome } from '../../src/simulation/league-rounds.js';
import { readPartner } from '../../src/simulation/partner-file.js';
import { ours, termsUnder } from '../../src/simulation/our-defence.js';
import { COUNTRY } from '../../src/simulation/population.js';
import { TERMS_VARIANTS, type TermsVariant, variedTerms } from '../../src/simulation/terms-variant.js';
import { league } from './league.play.js';
import { aRun } from './made-up-runs.js';

const ASKED: Asked = { persons: 200, refused: 0.001 };
const [INSTANT, WATCHED, PROOF, CONSENT] = OWN_DEFENCES as [OwnDefence, OwnDefence, OwnDefence, OwnDefence];
const HALF = TERMS_VARIANTS.find(({ name }) => name === 'half the capital') as TermsVariant;
const settings: LeagueSettings = { days: 365, population: COUNTRY, host: ORDINARY, others: [] };

function candidate(own: OwnDefence, persons: number, refused: number, changes: Partial<Candidate> = {}): Candidate {
  return {
    defence: ownName(own),
    own,
    terms: termsUnder(own.mode, ORDINARY, own.variant),
    persons: { mean: persons, interval: { low: 0.9 * persons, high: 1.1 * persons } },
    worst: 'skimmer',
    byPublic: { mean: persons, interval: { low: 0.9 * persons, high: 1.1 * persons } },
    refused: { mean: refused, interval: { low: 0, high: 1.1 * refused } },
    days: 365,
    seeds: 5,
    model: 'exact',
    ...changes,
  };
}

const told = (candidates: readonly Candidate[], asked = ASKED): string => adviceText(advise(asked, candidates)).join('\n');

describe('the advice', () => {
  it('takes of what meets leak and friction what costs applicants and the bank least', () => {
    const { take, nearest } = advise(ASKED, [
      candidate(CONSENT, 0, 0),
      candidate(WATCHED, 150, 0),
      candidate(PROOF, 0, 0),
      candidate(INSTANT, 4_000, 0),
    ]);
    expect([take?.candidate.defence, nearest]).toEqual(['instant, watched', undefined]);
    expect(advise(ASKED, [candidate(WATCHED, 150, 0), candidate(INSTANT, 150, 0)]).take?.candidate.defence).toBe('instant');
    // Terms that are tighter than they need be cost the partner its slack.
    const tighter = { ...INSTANT, variant: HALF };
    expect(advise(ASKED, [candidate(tighter, 100, 0), candidate(INSTANT, 150, 0)]).take?.candidate.defence).toBe('instant');
    expect(advise(ASKED, [candidate(tighter, 100, 0), candidate(INSTANT, 900, 0)]).take?.candidate.defence).toBe(
      'instant, half the capital',
    );
  });

  it('counts a limit as kept only where the upper end of the interval keeps it', () => {
    const meets = (persons: number, refused: number) => advise(ASKED, [candidate(INSTANT, persons, refused)]).take !== undefined;
    expect([meets(181, 0.0009), meets(182, 0.0009), meets(181, 0.00092)]).toEqual([true, false, false]);
  });

  it('advises nothing on less than a year or on a single run, and says what has leaked too much already', () => {
    const short = told([candidate(INSTANT, 300, 0, { days: 30 }), candidate(PROOF, 1, 0, { days: 30 })]);
    expect(short).toContain('The runs were of 30 days, not of a year, so nothing is advised.');
    expect(short).toMatch(/^Too much has leaked already in: instant\.$/m);
    expect(told([candidate(INSTANT, 1, 0, { seeds: 1 })])).toContain('One run of each has no interval, so nothing is advised.');
    expect(short).not.toMatch(/Take|meets/);
    const lines = verdictLines(advise(ASKED, [candidate(PROOF, 1, 0, { days: 30 })]).verdicts).join('\n');
    expect(lines).toContain('too little played to say');
    expect(lines).not.toContain('meets');
  });

  it('says plainly that none meets both, and what comes nearest, by which factor', () => {
    const none: Advised = advise(ASKED, [candidate(INSTANT, 4_000, 0), candidate(WATCHED, 400, 0.0005), candidate(PROOF, 0, 0.01)]);
    expect([none.take, none.nearest?.candidate.defence]).toEqual([undefined, 'instant, watched']);
    const text = adviceText(none).join('\n');
    expect(text).toContain('None of what was played meets both. Nearest comes instant, watched, which leaks too much, by a factor of 2.2');
    expect(told([candidate(INSTANT, 10, 0.01)])).toContain('which refuses too much, by a factor of 11');
    expect(told([])).toContain('there is nothing to advise');
  });

  it('says what was asked for, what was measured, on which terms, and what partner and bank pay', () => {
    const text = told([candidate(WATCHED, 150, 0.0001, { notices: { mean: 0.5, interval: { low: 0, high: 2 } } })]);
    for (const part of [
      'Asked for: at most 200 persons learned in a year by the worst adversary, and at most 0.1% of honest leads refused or slowed.',
      'Take instant, watched: it meets both. 150 (135 to 165) persons in 365 days, learned by skimmer; 0.01% (0% to 0.011%) of honest leads refused or slowed while nobody scans (exact, lead by lead, 5 seeds).',
      'Terms, as they follow from the figures (their names are those of the API): mode instant, capital ',
      'Price to the partner: no extra step for applicants',
      'acts on what honest leads would not come to, within 2 days; of honest owners that is 0.5 (0 to 2) hours for each and year, at an hour a notice.',
    ]) {
      expect(text).toContain(part);
    }
    expect(told([candidate(PROOF, 0, 0)])).toContain('show a secret that the bank has issued');
    expect(told([candidate(CONSENT, 0, 0)])).toContain('each applicant passes on a one-time code');
    expect(told([candidate(PROOF, 0, 0)])).toContain('Price to the bank: nobody has to read anything.');
  });

  it('shows beside it all that was played, the cheapest first: what each leaks and refuses, and what it asks of whom', () => {
    const notices = { mean: 0.5, interval: { low: 0, high: 2 } };
    const { verdicts } = advise(ASKED, [
      candidate(CONSENT, 0, 0, { worst: 'nobody' }),
      candidate(WATCHED, 150, 0.0001, { notices }),
      candidate(INSTANT, 4_000, 0.01),
      candidate(PROOF, 0, 0.01),
    ]);
    expect(verdicts.map(verdictCells).map(({ defence, verdict, applicant }) => [defence, verdict, applicant])).toEqual([
      ['instant', 'leaks and refuses too much', 'nothing'],
      ['instant, watched', 'meets both', 'nothing'],
      ['proof', 'refuses too much', 'a secret that the bank issued'],
      ['consent', 'meets both', 'a one-time code, or yes on a page'],
    ]);
    expect(verdictCells(verdicts[1]!)).toMatchObject({
      persons: '150 (135 to 165)',
      worst: 'skimmer',
      refused: '0.01% (0% to 0.011%)',
      bank: 'somebody reads, 0.5 (0 to 2) hours an honest owner and year',
      from: '365 days, 5 seeds, exact, lead by lead',
    });
    expect(verdictCells(verdicts[3]!)).toMatchObject({ worst: 'none learns anybody', bank: 'nothing' });
    const lines = verdictLines(verdicts);
    expect(lines).toHaveLength(5);
    expect(new Set(lines.map((line) => line.slice(line.indexOf('  ')).search(/\S/) + line.indexOf('  ')))).toEqual(new Set([18]));
  });

  it('names who would do but for an adversary that holds customers’ secrets', () => {
    const proof = candidate(PROOF, 1_500, 0, { worst: 'stolen secrets', byPublic: { mean: 0, interval: { low: 0, high: 0 } } });
    const text = told([proof, candidate(CONSENT, 0, 0)]);
    expect(text).toContain('Take consent: it meets both.');
    expect(text).toContain(
      'Before adversaries who hold nothing but what is public, proof would do: 0 (0 to 0) persons; it misses the leak by stolen secrets alone.',
    );
  });

  it('says that two people sign where a conversion has to earn much', () => {
    const terms = termsUnder('instant', { ...ORDINARY, conversion: 0.1 });
    expect(terms.perConversion).toBeGreaterThan(8);
    expect(told([candidate(PROOF, 0, 0, { terms })])).toContain('two people sign, and the mode cannot be instant');
    // To the last digit: it is what the API is given.
    expect(told([candidate(PROOF, 0, 0, { terms: { ...terms, capital: 1_234, perConversion: 9.875 } })])).toMatch(
      /capital 1234, ceiling \d+, perConversion 9\.875,/,
    );
  });
});

describe('what the advice rests on', () => {
  const quiet = (own: OwnDefence, refused: number): PlayedRun => ({
    ...aRun({ defence: ownName(own), adversary: NOBODY.name, honest: { refused } }),
    plan: NOBODY,
    own,
  });

  it('is the worst adversary of all, the worst with nothing but what is public, and what the honest pay while nobody scans', () => {
    const played = [
      aRun({ defence: 'proof', adversary: 'stolen secrets', scan: { persons: 900 }, honest: { refused: 500 } }),
      aRun({ defence: 'proof', adversary: 'skimmer', scan: { persons: 7 } }),
      quiet(PROOF, 4),
    ];
    const [found] = candidatesOf(settings, [PROOF, INSTANT], played);
    expect(found).toMatchObject({
      defence: 'proof',
      worst: 'stolen secrets',
      persons: { mean: 900 },
      byPublic: { mean: 7 },
      refused: { mean: 0.004 },
    });
    expect(candidatesOf(settings, [PROOF, INSTANT], played)).toHaveLength(1);
    expect(found).not.toHaveProperty('notices');
  });

  it('has the notices of honest owners where somebody reads them', () => {
    const played = [
      aRun({ defence: 'instant, watched' }),
      { ...quiet(WATCHED, 0), honest: aRun({ honest: { notices: 2, owners: 2 } }).honest },
    ];
    expect(candidatesOf(settings, [WATCHED], played)[0]?.notices?.mean).toBe(1);
  });

  it('is played again on tighter terms where those meet both in counts: by the adaptive adversary, by the worst on the usual terms, by nobody', () => {
    const short = { ...settings, days: 40, host: { ...ORDINARY, leadsPerDay: 20 } };
    const search = { days: 40, seeds: [1], rounds: 2 };
    const found = TERMS_VARIANTS.map((variant) => foundBy(short, { own: { ...INSTANT, variant }, search }));
    expect(found.map(({ found: { persons } }) => persons)).not.toContain(0);
    const enough = Math.max(...found.map((each) => each.found.persons));
    expect(shortlist({ persons: enough, refused: 1 }, found, short)).toEqual(found.slice(0, 2));
    expect(shortlist({ persons: 1, refused: 1 }, found, short)).toEqual([]);
    expect(shortlist({ persons: enough, refused: -1 }, found, short)).toEqual([]);
    const played = ['one a day', 'skimmer', 'turncoat'].map((adversary, n) => aRun({ adversary, scan: { persons: 10 * n } }));
    const jobs = shortlistJobs(found.slice(0, 1), played, [1, 2]);
    expect(jobs.map(({ defence, adversary, seed }) => `${defence}: ${adversary} ${seed}`)).toEqual(
      [1, 2].flatMap((seed) => ['adaptive', 'turncoat', 'skimmer', 'nobody'].map((name) => `instant, a margin of 2 %: ${name} ${seed}`)),
    );
    expect(quietJobs([INSTANT], [1])).toMatchObject([{ defence: 'instant', adversary: 'nobody', seed: 1 }]);
  });

  it('are terms with less capital or margin than those that follow from the figures, which the service has as well', () => {
    const usual = termsUnder('instant', ORDINARY);
    const half = variedTerms(usual, HALF);
    expect([half.capital, half.ceiling]).toEqual([Math.ceil(usual.capital / 2), Math.ceil(usual.ceiling / 2)]);
    expect(half.perConversion).toBe(usual.perConversion);
    const margins = [0.05, 0.02, 0].map((margin) => variedTerms(usual, { name: '', capital: 1, margin }).perConversion);
    expect(margins[0]).toBe(usual.perConversion);
    // (1 + margin − s·a) / y
    expect(margins.slice(1)).toEqual([expect.closeTo((1.02 - 0.15) / 0.28, 2), expect.closeTo((1 - 0.15) / 0.28, 2)]);
    expect(ours('instant', true, HALF).name).toBe('instant, watched, half the capital');
    expect(() => variedTerms({ ...usual, figures: undefined } as never, HALF)).toThrow('no margin');
  });
});

describe('a bank’s own figures on the command line', () => {
  let directory: string;
  beforeEach(() => {
    directory = mkdtempSync(join(tmpdir(), 'partner-'));
  });
  afterEach(() => rmSync(directory, { recursive: true }));

  const SHORT = ['--days', '15', '--seeds', '2', '--only', 'instant', '--only', 'blind', '--only', 'skimmer'];
  function file(text: string): string {
    const path = join(directory, 'partner.json');
    writeFileSync(path, text);
    return path;
  }

  it('are what the league is played with, and end with an advice: in JSON, on the terminal and in the report', async () => {
    const partner = file(JSON.stringify({ leadsPerDay: 12, conversion: 0.5, course: 'steady' }));
    const report = join(directory, 'report.html');
    const bearable = ['--may-leak', '5', '--may-refuse', '0.2'];
    const own = ['--partner', partner, '--register-share', '0.3', '--existing', '0.4'];
    const [json, text] = await Promise.all([
      league('--json', ...own, ...SHORT, ...bearable, '--report', report),
      league(...own, ...SHORT, ...bearable),
    ]);
    expect([json.code, text.code]).toEqual([0, 0]);
    const { settings: played, advice } = JSON.parse(json.stdout) as LeagueOutcome & { settings: LeagueSettings };
    expect(played.host).toEqual({ ...ORDINARY, leadsPerDay: 12, conversion: 0.5, course: 'steady', existingShare: 0.4 });
    expect(played.population.customerShare).toBe(0.3);
    expect(advice?.asked).toEqual({ persons: 5, refused: 0.2 });
    expect(advice?.take).toBeUndefined();
    expect(advice?.verdicts.at(-1)?.candidate).toMatchObject({ own: { mode: 'blind' }, persons: { mean: 0 }, model: 'exact' });
    expect(advice?.verdicts.length).toBeGreaterThanOrEqual(3);
    for (const sentence of advice?.sentences ?? []) expect(text.stdout).toContain(sentence);
    for (const told of [text.stdout, readFileSync(report, 'utf8')]) {
      expect(told).toContain('so nothing is advised.');
      expect(told).toContain('the create, of customers too');
    }
  }, 120_000);

  it.each([
    ['{"leads": 3}', 'leads is no member of a partner; members are leadsPerDay, existingShare'],
    ['{"__proto__": 3}', '__proto__ is no member of a partner'],
    ['{"leadsPerDay": "50"}', 'leadsPerDay must be a whole number from 1 to 100000'],
    ['{"leadsPerDay": 0}', 'leadsPerDay must be a whole number from 1 to 100000'],
    ['{"leadsPerDay": null}', 'leadsPerDay must be a whole number'],
    ['{"existingShare": 1}', 'existingShare must be a share, from 0 to below 1'],
    ['{"acknowledgedShare": -0.1}', 'acknowledgedShare must be a share, from 0 to 1'],
    ['{"conversion": 0}', 'conversion must be a share, above 0 and up to 1'],
    ['{"course": "wild"}', 'course must be one of steady, campaigns, season, growth, outage, nights'],
    ['{"isSlow": "yes"}', 'isSlow must be true or false'],
    ['{"agents": 2.5}', 'agents must be a whole number from 1 to 10000'],
    ['[1]', 'a partner is a JSON object'],
  ])('are refused with the member that is wrong: %s', (text, complaint) => {
    const path = file(text);
    expect(() => readPartner(path)).toThrow(`${path}: ${complaint}`);
  });

  it('are refused in a line that names the file, before anything is played', async () => {
    const { code, stdout, stderr } = await league('--partner', file('{"leadsPerDay": "50"}'), ...SHORT);
    expect([code, stdout]).toEqual([1, '']);
    expect(stderr).toMatch(/^league: \S+partner\.json: leadsPerDay must be a whole number from 1 to 100000\n$/);
  });

  it('are refused where no terms follow from them, or one limit is given without the other', async () => {
    const [few, half] = await Promise.all([
      league('--partner', file('{"existingShare": 0.9, "conversion": 0.05}'), ...SHORT),
      league('--may-leak', '3', ...SHORT),
    ]);
    expect(few.stderr).toContain('conversion and existingShare together leave so few conversions');
    expect(half.stderr).toContain('--may-leak and --may-refuse go together');
    expect([few.code, half.code]).toEqual([2, 2]);
  });
});
