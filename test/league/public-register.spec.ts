import { stdnum } from 'stdnum';
import { Chance } from '../../src/simulation/chance.js';
import { COUNTRY } from '../../src/simulation/population.js';
import { PublicRegister, type Resident } from '../../src/simulation/public-register.js';

const SEED = 20261123;
const YEAR = 2025;
const register = new PublicRegister(COUNTRY.size, SEED, COUNTRY.customerShare);
const chance = new Chance(SEED, 'public register');
const { households } = register;

const anybody = (count: number): readonly number[] => Array.from({ length: count }, () => chance.below(COUNTRY.size));
const share = <T>(all: readonly T[], has: (each: T) => boolean): number => all.filter(has).length / all.length;
const age = ({ birthDate }: Resident): number => YEAR - Number(birthDate.slice(0, 4));
const doorOf = ({ address }: Resident): string => JSON.stringify(address);

describe(`the public register of the league (seed ${SEED})`, () => {
  describe('by address', () => {
    const first = register.places.boundsOf(7)[0];
    const walk = Array.from({ length: 3_000 }, (_, n) => register.resident(first + n));

    it('goes through a street house by house, and through a town street by street', () => {
      const streets = walk.map(({ person }) => register.streetOf(person));
      const steps = walk.slice(1).map((to, n) => ({ from: walk[n] as Resident, to, isSame: streets[n] === streets[n + 1] }));
      expect(streets).toEqual(streets.toSorted((one, other) => one - other));
      const along = steps.filter(({ isSame }) => isSame);
      expect(along.length / steps.length).toBeGreaterThan(0.97);
      expect(along.every(({ from, to }) => from.address.street === to.address.street && from.address.house <= to.address.house)).toBe(true);
      expect(share(steps, ({ from, to }) => from.address.municipality === to.address.municipality)).toBeGreaterThan(0.99);
    });

    it('is nothing that people met at random have', () => {
      const pairs = anybody(2_000).map((person) => [register.resident(person), register.resident(chance.below(COUNTRY.size))] as const);
      expect(share(pairs, ([one, other]) => one.address.municipality === other.address.municipality)).toBeLessThan(0.1);
      expect(share(pairs, ([one, other]) => one.familyName === other.familyName)).toBeLessThan(0.02);
    });
  });

  describe('in a household', () => {
    const families = anybody(3_000).map((person) => households.membersOf(person).map((member) => register.resident(member)));
    const withHead = families.flatMap(([head, ...others]) => others.map((other) => ({ head: head as Resident, other })));

    it('has one address for all, and mostly one family name', () => {
      expect(withHead.every(({ head, other }) => doorOf(head) === doorOf(other))).toBe(true);
      const named = share(withHead, ({ head, other }) => head.familyName === other.familyName);
      expect(named).toBeGreaterThan(0.88);
      expect(named).toBeLessThan(0.97);
    });

    it('has partners of about one age, and children whose parents were grown up', () => {
      const apart = withHead.map(({ head, other }) => ({ role: households.roleOf(other.person), years: age(head) - age(other) }));
      const partners = apart.filter(({ role }) => role === 'partner');
      const children = apart.filter(({ role }) => role === 'child');
      expect(partners.length).toBeGreaterThan(500);
      expect(children.length).toBeGreaterThan(500);
      expect(partners.every(({ years }) => Math.abs(years) <= 12)).toBe(true);
      expect(children.every(({ years }) => years >= 16)).toBe(true);
    });

    it('is of one person, or two, more often than of more', () => {
      const heads = Array.from({ length: 20_000 }, (_, n) => n).filter((person) => households.of(person) === person);
      expect(share(heads, (head) => households.sizeOf(head) <= 2)).toBeGreaterThan(0.65);
      expect(share(heads, (head) => households.sizeOf(head) >= 3)).toBeGreaterThan(0.2);
    });
  });

  it('has an age pyramid: a fifth minors, a fifth of 65 and more, and some of every decade', () => {
    const ages = anybody(20_000).map((person) => YEAR - register.births.yearOf(person));
    expect(share(ages, (years) => years < 18)).toBeCloseTo(0.2, 1);
    expect(share(ages, (years) => years >= 65)).toBeCloseTo(0.2, 1);
    for (const decade of [0, 10, 20, 30, 40, 50, 60, 70, 80]) {
      expect(share(ages, (years) => years >= decade && years < decade + 10)).toBeGreaterThan(0.03);
    }
    expect(Math.max(...ages)).toBeLessThan(100);
    expect(Math.min(...ages)).toBeGreaterThan(0);
  });

  it('has identifiers that are valid, say birth date and sex, and are one person’s alone', () => {
    const residents = anybody(2_000).map((person) => register.resident(person));
    for (const { identifier, birthDate, sex } of residents) {
      expect(stdnum['PL']?.['pesel']?.validate(identifier.value).isValid).toBe(true);
      const [year, month, day] = birthDate.split('-').map(Number) as [number, number, number];
      expect(Number(identifier.value.slice(0, 2))).toBe(year % 100);
      expect(Number(identifier.value.slice(2, 4))).toBe(month + (year < 2000 ? 0 : 20));
      expect(Number(identifier.value.slice(4, 6))).toBe(day);
      expect(Number(identifier.value[9]) % 2).toBe(sex === 'male' ? 1 : 0);
    }
    const small = new PublicRegister(60_000, SEED, 0.2);
    const numbers = Array.from(
      { length: small.size },
      (_, person) => `${small.births.dateOf(person).toISODate()} ${small.births.serialOf(person)}`,
    );
    expect(new Set(numbers).size).toBe(small.size);
  });

  it('can be gone through by birth date, which is the order of the identifiers of one day, with nobody twice and nobody left out', () => {
    const { births, size } = new PublicRegister(20_000, SEED, 0.2);
    const walked = [...births.inOrder(0)];
    expect(walked.toSorted((one, other) => one - other)).toEqual(Array.from({ length: size }, (_, person) => person));
    const keys = walked.map((person) => `${births.dateOf(person).toISODate()} ${String(births.serialOf(person)).padStart(4, '0')}`);
    expect(keys).toEqual(keys.toSorted());
    expect(walked).not.toEqual(walked.toSorted((one, other) => one - other));
    const later = births.inOrder(0.5).next().value as number;
    expect(births.yearOf(later)).toBe(1966);
  });

  it('can be gone through by family name, with nobody twice and nobody left out', () => {
    const { familyNames, size } = new PublicRegister(20_000, SEED, 0.2);
    const walked = [...familyNames.inOrder()];
    expect(walked.toSorted((one, other) => one - other)).toEqual(Array.from({ length: size }, (_, person) => person));
    const names = walked.map((person) => familyNames.of(person));
    expect(names).toEqual(names.toSorted((one, other) => one.localeCompare(other, 'pl')));
    expect(new Set(names).size).toBeGreaterThan(300);
  });

  it('has names that are frequent, and families that were always there', () => {
    const names = anybody(20_000).map((person) => register.familyNames.of(person));
    const counts = new Map<string, number>();
    for (const name of names) counts.set(name, (counts.get(name) ?? 0) + 1);
    expect(Math.max(...counts.values()) / names.length).toBeGreaterThan(0.008);
    const strangers = (gap: number): number =>
      share(anybody(8_000), (person) => {
        const neighbour = (person + gap) % COUNTRY.size;
        return households.of(person) !== households.of(neighbour) && register.familyNames.of(person) === register.familyNames.of(neighbour);
      });
    expect(strangers(50)).toBeGreaterThan(1.4 * strangers(4_000_000));
  });

  it('is the same whoever asks, and another country with another seed', () => {
    const again = new PublicRegister(COUNTRY.size, SEED, COUNTRY.customerShare);
    const other = new PublicRegister(COUNTRY.size, SEED + 1, COUNTRY.customerShare);
    for (const person of anybody(50)) {
      register.resident(chance.below(COUNTRY.size));
      expect(again.resident(person)).toEqual(register.resident(person));
      expect(other.resident(person)).not.toEqual(register.resident(person));
    }
  });
});
