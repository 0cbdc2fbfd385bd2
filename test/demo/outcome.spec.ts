import type { Funnel } from '../../src/demo/figures.js';
import type { Fates } from '../../src/demo/honest-partner.js';
import { learnt, type Outcome, unexpected } from '../../src/demo/outcome.js';
import { comparison, report } from '../../src/demo/report.js';

const NOTHING: Funnel = {
  opened: 0,
  answered: 0,
  existing: 0,
  acknowledged: 0,
  created: 0,
  converted: 0,
  declined: 0,
  withdrawn: 0,
  lapsed: 0,
  waiting: 0,
};
const FATES: Fates = { existing: 2, acknowledged: 1, withdrawn: 1, forgotten: 1, created: 6, proved: 5, notProved: 1 };

const AS_IT_SHOULD_BE: Outcome = {
  seed: 1,
  mode: 'instant',
  applicants: 10,
  honest: {
    funnel: {
      ...NOTHING,
      opened: 10,
      answered: 10,
      existing: 2,
      acknowledged: 1,
      created: 6,
      converted: 5,
      declined: 1,
      withdrawn: 1,
      lapsed: 1,
    },
    answers: { yes: 2, no: 8 },
    refusals: {},
    allowance: { days: [{ morning: 50, applicants: 10, evening: 52.5 }], left: [49, 48, 47, 46, 45, 44, 43, 42, 41, 40] },
  },
  scanner: {
    funnel: { ...NOTHING, opened: 3, answered: 3, existing: 1, lapsed: 2 },
    answers: { yes: 1, no: 2 },
    answersInAll: 3,
    openedBeforeGateClosed: 3,
    created: 0,
    learnt: 3,
    refusals: { ALLOWANCE_SPENT: 10 },
    allowance: { granted: 3, left: [2, 1, 0, 0] },
  },
  unexpected: [],
  service: { startedByTheDemo: true, run: 1 },
  timing: { seconds: 30, honestMedianSecondsToCreate: 0 },
};
const { scanner, honest } = AS_IT_SHOULD_BE;

describe('what the demo expects', () => {
  it('is met by a run as it should be', () => {
    expect(unexpected(AS_IT_SHOULD_BE, FATES)).toEqual([]);
  });

  it('is not met when the scanner got more answers than its allowance', () => {
    const leaky = { ...scanner, answersInAll: 4, funnel: { ...scanner.funnel, answered: 4 } };
    expect(unexpected({ ...AS_IT_SHOULD_BE, scanner: leaky }, FATES)).toEqual(['the scanner got more answers than its allowance']);
  });

  it('is not met when the gate never closed', () => {
    expect(unexpected({ ...AS_IT_SHOULD_BE, scanner: { ...scanner, refusals: {} } }, FATES)).toEqual(['the gate never closed']);
  });

  it('is not met when the honest partner was refused', () => {
    expect(unexpected({ ...AS_IT_SHOULD_BE, honest: { ...honest, refusals: { PACE_EXCEEDED: 1 } } }, FATES)).toEqual([
      'the honest partner was refused',
    ]);
  });

  it('is not met when an applicant who proved themselves was not converted', () => {
    expect(unexpected(AS_IT_SHOULD_BE, { ...FATES, proved: 6 })).toEqual([
      'not exactly the applicants who proved themselves were converted',
    ]);
  });

  it('is not met in mode blind by any answer', () => {
    const silent = { ...scanner, learnt: 0 };
    expect(unexpected({ ...AS_IT_SHOULD_BE, mode: 'blind', scanner: silent }, FATES)).toEqual([
      'somebody was told something in mode blind',
    ]);
  });

  it.each(['proof', 'consent'] as const)('is not met in mode %s when the scanner learnt of anybody', (mode) => {
    const lucky = { ...scanner, learnt: 1 };
    expect(unexpected({ ...AS_IT_SHOULD_BE, mode, scanner: lucky }, FATES)).toEqual([`the scanner learnt something in mode ${mode}`]);
  });

  it('takes a no for knowledge where only the person was asked about, and not where a secret or a mailbox was wrong', () => {
    expect(learnt('instant', { yes: 1, no: 2 })).toBe(3);
    expect(learnt('proof', { yes: 0, no: 2 })).toBe(0);
    expect(learnt('consent', { yes: 1, no: 2 })).toBe(1);
  });
});

describe('the report', () => {
  it('puts the funnels side by side, and counts what stopped the scanner', () => {
    const text = report(AS_IT_SHOULD_BE, false);
    expect(text).toMatch(/converted +5 +0\n/);
    expect(text).toContain('3 answers (1 yes, 2 no)');
    expect(text).toMatch(/ALLOWANCE_SPENT +10/);
    expect(text).toContain('As it should be');
  });

  it('draws each allowance from the first lead to the last settlement, however many leads there were', () => {
    const left = Array.from({ length: 1_000 }, (_, lead) => 1_000 - lead);
    const long = { ...honest, allowance: { days: [{ morning: 1_001, applicants: 1_000, evening: 640.5 }], left } };
    const rows = report({ ...AS_IT_SHOULD_BE, honest: long }, false)
      .split('\n')
      .filter((line) => /[┤┼]/.test(line));
    expect(rows[0]).toMatch(/^ +1000 ┼/);
    const atTheEnd = rows.find((row) => /╭─+$/.test(row.trimEnd()));
    expect(Number(/\d+/.exec(atTheEnd ?? '')?.[0])).toBeCloseTo(640.5, -2);
  });

  it('compares the modes by what the scanner learnt, and says what was not as it should be', () => {
    const proof = { ...AS_IT_SHOULD_BE, mode: 'proof', scanner: { ...scanner, learnt: 0 }, unexpected: ['x'] } as const;
    const rows = comparison([AS_IT_SHOULD_BE, proof]).split('\n');
    expect(rows.find((row) => row.includes('instant'))).toMatch(/3 +3 +1 +3 +5 +█+$/);
    expect(rows.find((row) => row.includes('proof'))).toMatch(/3 +3 +1 +0 +5\s*$/);
    expect(rows.at(-1)).toBe('  - proof: x');
  });

  it('says honestly when the pool was empty', () => {
    const empty = { ...scanner, allowance: { granted: 0, left: [0, 0] } };
    expect(report({ ...AS_IT_SHOULD_BE, scanner: empty }, false)).toContain('probation pool empty');
  });

  it('lists what was not as it should be', () => {
    expect(report({ ...AS_IT_SHOULD_BE, unexpected: ['the gate never closed'] }, false)).toContain(
      'NOT as it should be:\n  - the gate never closed',
    );
  });
});
