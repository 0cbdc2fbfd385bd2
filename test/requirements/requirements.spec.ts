import { resolve } from 'node:path';
import { type Citation, citationsIn, citationsOfProgram, citationsOfTests } from './citations.js';
import { coverage } from './coverage.js';
import { NOT_BUILT, REQUIREMENTS } from './requirements.js';

const cited = (text: string): string[] => citationsOfTests('test/x.spec.ts', text).map(({ requirement, line }) => `${requirement}:${line}`);

describe('the table of requirements', () => {
  it('has a test for each requirement that is built, and none for what is not there', () => {
    expect(coverage(REQUIREMENTS, NOT_BUILT, citationsIn(resolve('.'))).complaints).toEqual([]);
  });

  it('has every number, and no other', () => {
    const numbers = (letter: string, last: number): string[] => Array.from({ length: last }, (_, i) => `${letter}${i + 1}`);
    expect(Object.keys(REQUIREMENTS)).toEqual([...numbers('R', 46), ...numbers('I', 12)]);
  });
});

describe('what the table is made of', () => {
  it('is the sentence of each test that cites a number, with the suites around it', () => {
    const found = citationsOfTests(
      'test/x.spec.ts',
      `describe('a gate (R12)', () => {
        it('opens once (I2, R3)', () => {});
        it.each([1, 2])('opens %i times', () => {});
        describe(\`under load, \${N} times\`, () => { it(\`holds (R40)\`, async () => {}, 1000); });
      });`,
    );
    expect(found.map(({ requirement, line }) => `${requirement}:${line}`)).toEqual(['R12:2', 'I2:2', 'R3:2', 'R12:3', 'R12:4', 'R40:4']);
    expect(found.at(-1)?.sentence).toBe('a gate (R12) under load, ${N} times holds (R40)');
  });

  it('is no test that is skipped or still to be written, and no suite without one', () => {
    expect(cited(`it.skip('x (R1)', f); it.todo('x (R2)'); xit('x (R3)', f); describe.skip('x (R4)', () => { it('y', f); });`)).toEqual([]);
    expect(cited(`describe('x (R5)', () => {});`)).toEqual([]);
  });

  it('is no number that stands in a comment, a value, or another word', () => {
    expect(cited(`// R1\nconst text = 'R2'; it('is HR3 and R4x and R500', () => expect('R6').toBe('R7'));`)).toEqual([]);
  });

  it('is what a program that npm runs says that it shows', () => {
    const [found] = citationsOfProgram('test/x.mjs', '// Does much.\n// Shows R11: all of it.\n', 'npm run x');
    expect(found).toEqual({ requirement: 'R11', sentence: 'R11: all of it.', file: 'test/x.mjs', line: 2, command: 'npm run x' });
  });
});

describe('a table that is not whole', () => {
  const citation: Citation = { requirement: 'R1', sentence: 'x (R1)', file: 'test/x.spec.ts', line: 1 };

  it('says which requirement has no test, which number there is not, and what is said not to be built and is', () => {
    expect(coverage({ R1: '', R2: '' }, {}, [citation]).complaints).toEqual(['R2 has no test']);
    expect(coverage({ R1: '' }, {}, [citation, { ...citation, requirement: 'R99' }]).complaints).toEqual([
      'test/x.spec.ts:1 cites R99, which there is not',
    ]);
    expect(coverage({ R1: '' }, { R1: 'later' }, [citation]).complaints).toEqual([
      'R1 has a test and is said not to be built (test/requirements/requirements.ts)',
    ]);
  });
});
