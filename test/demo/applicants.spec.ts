import { applicants, HONEST_FIGURES, registerWalk, CUSTOMERS_AMONG_ALL } from '../../src/demo/applicants.js';
import { People } from '../../src/demo/people.js';

const share = <T>(all: readonly T[], is: (one: T) => boolean): number => all.filter(is).length / all.length;

describe('the applicants of the demo', () => {
  it('are the same for the same seed, others for another, and fewer are the first of more', () => {
    expect(applicants(300, 1)).toEqual(applicants(300, 1));
    expect(applicants(300, 1)).not.toEqual(applicants(300, 2));
    expect(applicants(300, 1).slice(0, 20)).toEqual(applicants(20, 1));
  });

  it('come in the shares that the honest partner has agreed', () => {
    const many = applicants(20_000, 1);
    expect(share(many, ({ existing }) => existing)).toBeCloseTo(HONEST_FIGURES.existingShare, 1);
    expect(share(many, ({ acknowledges }) => acknowledges)).toBeCloseTo(HONEST_FIGURES.acknowledgedShare, 1);
    expect(share(many, ({ course }) => course === 'proves')).toBeCloseTo(HONEST_FIGURES.conversion, 1);
  });

  it("include customers in the scanner's walk, in the country's share", () => {
    expect(share(registerWalk(20_000, 1), Boolean)).toBeCloseTo(CUSTOMERS_AMONG_ALL, 1);
  });
});

describe('the people of a run', () => {
  const some = (people: People): readonly string[] =>
    (['walk', 'applicant'] as const).flatMap((where) => [true, false, false].map((customer) => people.meet(where, customer).person.value));

  it('are all different', () => {
    const met = some(new People(1));
    expect(new Set(met).size).toBe(met.length);
  });

  it('are the same customers in each run, and strangers that no earlier run has met', () => {
    const [first, second] = [some(new People(1)), some(new People(2))];
    expect(first.filter((value) => second.includes(value))).toEqual([first[0], first[3]]);
  });
});
