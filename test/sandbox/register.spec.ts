import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { normaliseIdentifier } from '../../src/modules/persons/identifier.js';
import { parseRow } from '../../src/modules/registry/register-row.js';
import { shuffled } from '../../src/sandbox/repeatable.js';
import { syntheticPerson, syntheticPersons, writeSyntheticRegister } from '../../src/sandbox/register.js';

const persons = [...syntheticPersons({ seed: 1, from: 0, to: 4_000 })];

describe('The synthetic register', () => {
  it('is the same for the same seed, whoever was asked for before', () => {
    expect(syntheticPerson(1, 777)).toEqual(persons[777]);
    expect([...syntheticPersons({ seed: 1, from: 777, to: 779 })]).toEqual(persons.slice(777, 779));
    expect(syntheticPerson(2, 777)).not.toEqual(persons[777]);
  });

  it('is frozen, so that a demo with a seed can be repeated by everybody', () => {
    const { birthDate, identifiers } = syntheticPerson(1, 0);
    expect({ birthDate, identifiers }).toEqual({
      birthDate: '2001-10-10',
      identifiers: [{ country: 'CZ', scheme: 'rc', value: '0160103108' }],
    });
  });

  it('has valid identifiers of at least three countries, no two alike', () => {
    const texts = persons.flatMap(({ identifiers }) => identifiers.map(normaliseIdentifier));
    expect(new Set(texts).size).toBe(texts.length);
    expect(new Set(persons.map(({ identifiers }) => identifiers[0].country))).toEqual(new Set(['CZ', 'SK', 'PL', 'SE', 'ES', 'IT']));
    expect(persons.some(({ identifiers }) => identifiers.length > 1)).toBe(true);
  });

  it('has birth dates that the identifiers say', () => {
    for (const { identifiers, birthDate } of persons) {
      const [{ country, value }] = identifiers;
      const [year = '', month = '', day = ''] = birthDate.split('-');
      if (country === 'SE') expect(value.slice(0, 8)).toBe(year + month + day);
      if (country === 'PL')
        expect(value.slice(0, 6)).toBe(year.slice(2) + String(Number(month) + (year >= '2000' ? 20 : 0)).padStart(2, '0') + day);
      if (country === 'CZ' || country === 'SK')
        expect(value.slice(0, 2) + String(Number(value.slice(2, 4)) % 50).padStart(2, '0') + value.slice(4, 6)).toBe(
          year.slice(2) + month + day,
        );
      if (country === 'IT') expect(value.slice(6, 8)).toBe(year.slice(2));
    }
  });

  it('has women who were born under another name', () => {
    expect(persons.filter(({ familyNames }) => familyNames.length > 1).length).toBeGreaterThan(persons.length / 20);
  });

  it('reaches nobody: every address is one that is kept for examples', () => {
    for (const { email } of persons) expect(email).toMatch(/@example\.(org|com|net)$/);
  });

  it('is written as lines that the import takes', async () => {
    const folder = mkdtempSync(join(tmpdir(), 'synthetic-'));
    const path = join(folder, 'register.ndjson');
    await writeSyntheticRegister(path, { seed: 1, customers: 450 });
    const lines = readFileSync(path, 'utf8').trimEnd().split('\n');
    rmSync(folder, { recursive: true });
    expect(lines).toHaveLength(450);
    const rows = lines.map((line) => parseRow(Buffer.from(line), '2026-01-31'));
    expect(rows[449]).toMatchObject({ birthDate: persons[449]?.birthDate, familyNames: persons[449]?.familyNames });
  });
});

describe('A shuffled order', () => {
  it('names each number once', () => {
    for (const size of [1, 2, 1_000, 18_993]) {
      expect(new Set(Array.from({ length: size }, (_, n) => shuffled(n, size, 7))).size).toBe(size);
    }
    expect(() => shuffled(10, 10, 7)).toThrow(RangeError);
  });
});
