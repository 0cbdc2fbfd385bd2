import { spawnSync } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { applicant, misnamed } from './applicants.js';
import { DEFENCES, withChanges } from './defences.js';
import { type Case, type Kind, PAIRS } from './pairs.js';

const run = (...args: readonly string[]) =>
  spawnSync(process.execPath, ['test/sidechannels/sidechannels.mjs', ...args], { encoding: 'utf8' });

describe('the test of side channels', () => {
  const about = (index: number): Case => ({
    index,
    person: applicant(index),
    own: 'blind-0',
    other: 'other-0',
    ownLead: '11111111-1111-4111-8111-111111111111',
    othersLead: '22222222-2222-4222-8222-222222222222',
    madeUp: '33333333-3333-4333-8333-333333333333',
    code: '01234567',
  });

  it('asks with requests of one length, whoever is asked for and on whichever side (R40)', () => {
    for (const { name, first, second } of PAIRS) {
      const lengths = [first, second].flatMap(({ ask }: Kind) =>
        [0, 1, 7, 30_000, 1_000_000, 1_020_000].map((index) => Buffer.byteLength(JSON.stringify(ask(about(index))))),
      );
      expect([name, new Set(lengths).size]).toEqual([name, 1]);
    }
  });

  it('asks for a person by another name in the same letters and length', () => {
    for (const index of [0, 5, 1_000_003]) {
      const { familyName } = misnamed(applicant(index), index);
      expect(familyName).not.toBe(applicant(index).familyName);
      expect(familyName).toMatch(/^[A-Z][a-z]{7}$/);
    }
  });

  it('knows of each defence that it takes out where it stands in the build, and which pair then has to leak', () => {
    const built = readFileSync('dist/main.js', 'utf8');
    for (const { name, pair, changes } of DEFENCES) {
      expect(PAIRS.map((each) => each.name)).toContain(pair);
      expect(withChanges(name, built, changes)).not.toBe(built);
    }
  });

  it('names its pairs and defences, and refuses what it does not understand', () => {
    const { stdout, status } = run('--list');
    expect(status).toBe(0);
    for (const { name } of [...PAIRS, ...DEFENCES]) expect(stdout).toContain(name);
    for (const wrong of [['--samples', 'many'], ['--only', 'no such pair'], ['--without', 'no such defence'], ['--nonsense']]) {
      expect(run(...wrong).status).toBe(2);
    }
  });
});
