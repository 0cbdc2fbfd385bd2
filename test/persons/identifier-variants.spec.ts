import fc from 'fast-check';
import { normaliseIdentifier } from '../../src/modules/persons/identifier.js';
import { IDENTIFIER_SCHEMES } from '../../src/modules/persons/identifier-schemes.js';
import { KNOWN_IDENTIFIERS } from './known-identifiers.js';

type Written = readonly [country: string, scheme: string, value: string];

function textOf([country, scheme, value]: Written): string | undefined {
  try {
    return normaliseIdentifier({ country, scheme, value });
  } catch {
    return undefined;
  }
}

const CHECKS = [...'0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZ'];

/** The same number with other digits in it, its check characters found by trying. */
function relatives([country, scheme, value]: Written, of: (most: number) => number): Written[] {
  const digits = [...value.slice(0, -2)].flatMap((char, at) => (/\d/.test(char) ? [at] : []));
  const found: Written[] = [];
  for (let tries = 0; tries < 12 && found.length < 3; tries++) {
    const at = digits[of(digits.length)] ?? 0;
    const other = value.slice(0, at) + String(of(10)) + value.slice(at + 1);
    const endings = CHECKS.flatMap((last) => [
      other.slice(0, -1) + last,
      ...CHECKS.slice(0, 10).map((one) => other.slice(0, -2) + one + last),
    ]);
    const valid = endings.find((each) => each !== value && textOf([country, scheme, each]) !== undefined);
    if (valid !== undefined) found.push([country, scheme, valid]);
  }
  return found;
}

/** A generator with a seed, for the numbers alone: fast-check prints the seed of the variants. */
function seeded(seed: number): (most: number) => number {
  let state = seed;
  return (most) => {
    state = (Math.imul(state, 1_103_515_245) + 12_345) >>> 0;
    return Math.floor((state / 2 ** 32) * most);
  };
}

/** Of schemes of which no number is known, one that their validator takes. */
const FURTHER: readonly Written[] = [
  ...(['ME', 'MK', 'SI'] as const).map((country): Written => [country, 'jmbg', '0101006500006']),
  ['PT', 'nif', '123456789'],
  ['AD', 'nrt', 'F123456Z'],
  ['KE', 'pin', 'A003456789M'],
];
const NUMBERS = [...KNOWN_IDENTIFIERS, ...FURTHER].flatMap((known) => [known, ...relatives(known, seeded(46))]);
const ANY_NUMBER = fc.constantFrom(...NUMBERS);

/** What may stand between the characters of a number and means nothing. */
const NOTHING = [
  ...[' ', '\u00A0', '\u2007', '\u2009', '\u202F', '\u205F', '\u3000'],
  ...['\u200B', '\u200C', '\u200D', '\u2060', '\u2063', '\uFEFF', '\u00AD', '\u034F', '\u180E', '\uFE00', '\uFE0F'],
  ...['\u061C', '\u200E', '\u200F', '\u202A', '\u202B', '\u202C', '\u202D', '\u202E', '\u2066', '\u2067', '\u2068', '\u2069'],
  ...['.', '/', ':', ',', '\u2019', '(', ')', '_', '\u00B7', '\u2044'],
];
const DASHES = [
  '-',
  '\u058A',
  '\u2010',
  '\u2011',
  '\u2012',
  '\u2013',
  '\u2014',
  '\u2015',
  '\u2043',
  '\u2212',
  '\u2E3A',
  '\uFE58',
  '\uFE63',
  '\uFF0D',
];
/** What has no business in a number. */
const FOREIGN = ['+', '\t', '\u2028', '\u0301', '\u20DD', '\u{E0101}', '\u0000', '\uD800', '&', '0', 'A'];
/** The same digit in other scripts and styles. */
const STYLES = [0xff10, 0x1d7ce, 0x1d7d8, 0x1d7ec, 0x1d7f6, 0x1fbf0];
const SCRIPTS = [0x0660, 0x06f0, 0x0966, 0x09e6, 0x0e50];

const charAs = (char: string): fc.Arbitrary<string> => {
  const code = char.codePointAt(0) ?? 0;
  const same = [char, char, char.toLowerCase()];
  if (code > 0x20 && code < 0x7f) same.push(String.fromCodePoint(code + 0xfee0));
  const odd = [char];
  if (/\d/.test(char)) {
    same.push(...STYLES.map((zero) => String.fromCodePoint(zero + Number(char))));
    odd.push(...SCRIPTS.map((zero) => String.fromCodePoint(zero + Number(char))));
  }
  if (/[1-9]/.test(char)) same.push(String.fromCodePoint(0x245f + Number(char)));
  if (/[A-Z]/.test(char)) {
    same.push(String.fromCodePoint(0x24b6 + code - 65), String.fromCodePoint(0x1d400 + code - 65));
    odd.push(`${char}\u030A`, String.fromCodePoint(0x410 + code - 65));
  }
  return fc.oneof({ weight: 60, arbitrary: fc.constantFrom(...same) }, { weight: 1, arbitrary: fc.constantFrom(...odd) });
};

/** However somebody may have written it, by mistake or on purpose. */
function hostile(value: string): fc.Arbitrary<string> {
  const gap = fc.oneof(
    { weight: 80, arbitrary: fc.constant('') },
    { weight: 15, arbitrary: fc.constantFrom(...NOTHING) },
    { weight: 5, arbitrary: fc.constantFrom(...DASHES) },
    { weight: 1, arbitrary: fc.constantFrom(...FOREIGN) },
  );
  const zeros = fc.oneof(
    { weight: 5, arbitrary: fc.constant('') },
    { weight: 1, arbitrary: fc.constantFrom('0', '00', '\uFF10', '0\u200B0') },
  );
  const form = fc.constantFrom('NFC', 'NFD', 'NFKC', 'NFKD', undefined);
  const parts = [...value].flatMap((char) => [gap, charAs(char)]);
  return fc
    .tuple(zeros, form, fc.tuple(...parts, gap))
    .map(([before, as, pieces]) => before + (as === undefined ? pieces.join('') : pieces.join('').normalize(as)));
}

/** What is left when only the ASCII digits and letters of a text count, by nothing that the service uses. */
function meant(text: string): string {
  return [...text.normalize('NFKD').toUpperCase()].filter((char) => /[0-9A-Z]/.test(char)).join('');
}

describe('one number, in whatever way it is written', () => {
  it('there are numbers of every scheme', () => {
    const tried = new Set(NUMBERS.map(([country, scheme]) => `${country}/${scheme}`));
    const untried = IDENTIFIER_SCHEMES.map(({ country, scheme }) => `${country}/${scheme}`).filter((each) => !tried.has(each));
    expect(untried).toEqual([]);
    expect(NUMBERS.filter((each) => textOf(each) === undefined)).toEqual([]);
    expect(NUMBERS.length).toBeGreaterThan(2 * KNOWN_IDENTIFIERS.length);
  });

  it('is one person or is refused, never a second person (R10)', () => {
    const variants = ANY_NUMBER.chain((number) => hostile(number[2]).map((text) => ({ number, text })));
    let accepted = 0;
    fc.assert(
      fc.property(variants, ({ number, text }) => {
        const [country, scheme, value] = number;
        const found = textOf([country, scheme, text]);
        if (found === undefined) return;
        accepted += 1;
        // Zeros that count, put before a number of fewer digits, make another number; nothing else does.
        if (meant(text) === meant(value)) expect(found).toBe(textOf(number));
        else expect([textOf(number), textOf([country, scheme, meant(text)])]).toContain(found);
      }),
      { numRuns: 20_000 },
    );
    expect(accepted).toBeGreaterThan(5_000);
    expect(accepted).toBeLessThan(19_000);
  });

  it('is the same under every other name of the same numbering, or is none of theirs (R10)', () => {
    const numberingOf = ({ country, scheme, numbering }: (typeof IDENTIFIER_SCHEMES)[number]): string =>
      numbering ?? `${country}/${scheme}`;
    let equal = 0;
    for (const number of NUMBERS) {
      const own = IDENTIFIER_SCHEMES.find(({ country, scheme }) => country === number[0] && scheme === number[1]);
      if (own === undefined || own.take !== undefined) continue;
      for (const other of IDENTIFIER_SCHEMES) {
        if (other === own || other.take !== undefined || numberingOf(other) !== numberingOf(own)) continue;
        const found = textOf([other.country, other.scheme, number[2]]);
        if (found !== undefined) expect(found).toBe(textOf(number));
        if (found !== undefined) equal += 1;
      }
      if (own.nationalId) expect(textOf([number[0].toLowerCase(), 'National-ID', number[2]])).toBe(textOf(number));
    }
    expect(equal).toBeGreaterThan(20);
  });

  it.each<readonly [string, Written]>([
    ['a thirteenth month in Bulgaria', ['BG', 'egn', '7513169260']],
    ['a thirty-ninth day in Estonia', ['EE', 'ik', '36805390109']],
    ['a thirtieth of February in Mauritius', ['MU', 'nid', 'M300297290349B']],
    ['a ninety-ninth day in Salvador', ['SV', 'nit', '06149907071048']],
    ['a thirty-fifth day in Italy', ['IT', 'codicefiscale', 'RCCMNL83S35D969H']],
    ['a fifteenth month in France', ['FR', 'nir', '295159912611193']],
    ['a thirty-second day in Poland', ['PL', 'pesel', '44053201359']],
    ['a thirty-second of March in Bohemia', ['CZ', 'rc', '7103322745']],
  ])('with an impossible date is refused, with whatever check digit: %s (R10)', (_, [country, scheme, value]) => {
    const endings = CHECKS.flatMap((last) => [value.slice(0, -1) + last, ...CHECKS.map((one) => value.slice(0, -2) + one + last)]);
    expect(endings.filter((each) => textOf([country, scheme, each]) !== undefined)).toEqual([]);
  });

  it('with a date that there is goes on being accepted', () => {
    expect(textOf(['IT', 'codicefiscale', 'RCCMNL83S18D969H'])).toBeDefined();
    // A woman's day, and letters for digits where two would have one code.
    const women = CHECKS.map((last): Written => ['IT', 'codicefiscale', `RCCMNL83S58D969${last}`]);
    expect(women.filter((each) => textOf(each) !== undefined)).toHaveLength(1);
    const doubles = CHECKS.map((last): Written => ['IT', 'codicefiscale', `RCCMNLUPS1UD969${last}`]);
    expect(doubles.filter((each) => textOf(each) !== undefined)).toHaveLength(1);
  });
});
