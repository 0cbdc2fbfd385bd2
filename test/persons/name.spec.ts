import fc from 'fast-check';
import { checkedBirthDate, normaliseFamilyName } from '../../src/modules/persons/name.js';

describe('A family name', () => {
  it.each([
    ['Nováková', 'NOVAKOVA'],
    ['Dvořáková-Nováková', 'Dvorakova Novakova'],
    ["O'Brien", 'o’brien'],
    ['O Brien', 'OBRIEN'],
    ['Müller', 'Mueller'],
    ['Müller', 'Muller'],
    ['Åkesson', 'Aakesson'],
    ['Ødegård', 'Oedegaard'],
    ['Groß', 'GROSS'],
    ['Łukasiewicz', 'Lukasiewicz'],
    ['van der Berg', 'VanDerBerg'],
    ['Ｎｏｖａｋ', 'Novak'],
    ['Nova\u0301k', 'Nov\u00E1k'],
    ['Иванов', 'Ivanov'],
  ])('%s matches %s', (one, other) => {
    expect(normaliseFamilyName(one)).toBe(normaliseFamilyName(other));
  });

  it.each([
    ['Novák', 'Nováková'],
    ['Kowalski', 'Kowalska'],
    ['Smith', 'Smyth'],
  ])('%s does not match %s', (one, other) => {
    expect(normaliseFamilyName(one)).not.toBe(normaliseFamilyName(other));
  });

  it.each(['', ' ', "'-'", '\u200B', 'x'.repeat(201)])('of which nothing can be compared is refused: %j', (name) => {
    expect(() => normaliseFamilyName(name)).toThrow(expect.objectContaining({ code: 'FAMILY_NAME_INVALID' }));
  });

  it('gives plain letters whatever comes in', () => {
    fc.assert(
      fc.property(fc.string({ unit: 'binary', maxLength: 60 }), (name) => {
        try {
          expect(normaliseFamilyName(name)).toMatch(/^[a-z0-9]+$/);
        } catch (error) {
          expect(error).toMatchObject({ code: 'FAMILY_NAME_INVALID' });
        }
      }),
    );
  });
});

describe('A birth date', () => {
  it.each(['1971-03-19', '2000-02-29', '1899-12-31'])('that the calendar has is taken as it is: %s', (date) => {
    expect(checkedBirthDate(date)).toBe(date);
  });

  it.each([
    '1971-02-29',
    '1900-02-29',
    '1971-13-01',
    '1971-3-19',
    '19710319',
    '1971-03-19T00:00:00Z',
    '1971-W12',
    ' 1971-03-19',
    '1971-03-19\n',
    '0071-03-19',
    '',
  ])('that the calendar has not, or in another form, is refused: %j', (date) => {
    expect(() => checkedBirthDate(date)).toThrow(expect.objectContaining({ code: 'BIRTH_DATE_INVALID' }));
  });
});
