import fc from 'fast-check';
import { stdnum } from 'stdnum';
import { DomainError } from '../../src/event-sourcing/decider.js';
import { normaliseIdentifier, type PersonIdentifier } from '../../src/modules/persons/identifier.js';
import { IDENTIFIER_SCHEMES } from '../../src/modules/persons/identifier-schemes.js';
import { KNOWN_IDENTIFIERS } from './known-identifiers.js';

const normalised = (country: string, scheme: string, value: string) => normaliseIdentifier({ country, scheme, value });

function textOrRefusal(id: PersonIdentifier): string {
  try {
    return normaliseIdentifier(id);
  } catch (error) {
    expect(error).toBeInstanceOf(DomainError);
    expect((error as DomainError).code).toBe('IDENTIFIER_INVALID');
    return 'refused';
  }
}

const known = fc.constantFrom(...KNOWN_IDENTIFIERS);
const INVISIBLE = ['\u200B', '\u200C', '\u200D', '\u2060', '\uFEFF', '\u00AD', '\u202A', '\u202E', '\u2066', '\u2069', '\uFE0F'];
const SPACES = [' ', '\u00A0', '\u2009', '\u202F', '\u3000'];
const DASHES = ['-', '\u2010', '\u2011', '\u2013', '\u2014', '\u2212', '\uFF0D'];

/** One character as somebody may have typed it: another case, another width, an accent-free compatibility form. */
const typed = (char: string): fc.Arbitrary<string> => {
  const code = char.charCodeAt(0);
  const forms = [char, char.toLowerCase()];
  if (code > 0x20 && code < 0x7f) forms.push(String.fromCharCode(code + 0xfee0));
  if (/\d/.test(char)) forms.push(String.fromCodePoint(0x1d7ce + Number(char)));
  return fc.constantFrom(...forms);
};

/** The value with anything put between its characters that means nothing. */
function written(value: string, fillers: readonly string[]): fc.Arbitrary<string> {
  const gap = fc.array(fc.constantFrom(...fillers), { maxLength: 2 }).map((parts) => parts.join(''));
  const parts = [...value].flatMap((char) => [gap, typed(char)]);
  return fc.tuple(...parts, gap).map((pieces) => pieces.join('').slice(0, 64));
}

describe('An identifier', () => {
  it.each(KNOWN_IDENTIFIERS)('of %s %s that stdnum calls valid is accepted: %s', (country, scheme, value) => {
    expect(normalised(country, scheme, value)).toMatch(/^[A-Z]{2}\/[a-z_]+:[0-9A-Z&+-]+$/);
  });

  it('is one text however it is typed (R10)', () => {
    const variant = known.chain(([country, scheme, value]) => {
      const fillers = scheme === 'hetu' ? [...SPACES, ...INVISIBLE] : [...SPACES, ...INVISIBLE, ...DASHES];
      return written(value, fillers).map((text) => ({ country, scheme, value, text }));
    });
    fc.assert(
      fc.property(variant, ({ country, scheme, value, text }) => {
        fc.pre(text.replace(/[\p{Cf}\p{Z}\uFE0F]/gu, '').length >= value.length && text.length < 64);
        expect(normalised(country, scheme, text)).toBe(normalised(country, scheme, value));
      }),
      { numRuns: 3000 },
    );
  });

  it.each(KNOWN_IDENTIFIERS)(
    'of %s %s is the same with zeros put before it or taken away, or is refused (R10): %s',
    (country, scheme, value) => {
      const text = normalised(country, scheme, value);
      const bare = value.replace(/^0+/, '');
      for (const zeros of ['', '0', '00', '000', '0000'])
        expect([text, 'refused']).toContain(textOrRefusal({ country, scheme, value: zeros + bare }));
    },
  );

  it('is known by its country in either case, by its scheme in any spelling', () => {
    const text = normalised('CZ', 'rc', '7103192745');
    expect(normalised('cz', 'RC', '710319/2745')).toBe(text);
    expect(normalised('ＣＺ', 'National-ID', '710319 2745')).toBe(text);
    expect(normalised('CZ', 'national_id', '710319 2745')).toBe(text);
  });

  type Written = readonly [country: string, scheme: string, value: string];
  it.each<readonly [what: string, one: Written, other: Written]>([
    ['a birth number of either half of Czechoslovakia', ['CZ', 'rc', '7103192745'], ['SK', 'national-id', '710319/2745']],
    ['a master citizen number of Bosnia and of Slovenia', ['BA', 'jmbg', '0101006500006'], ['SI', 'emso', '0101006500006']],
    ['a Spanish DNI and the NIF that it is', ['ES', 'dni', '54362315K'], ['ES', 'nif', '54362315-k']],
    ['a Spanish NIE and the NIF that it is', ['ES', 'nie', 'X2482300W'], ['ES', 'national-id', 'x-2482300-w']],
    ['a Belgian register number and the social security number that it is', ['BE', 'nn', '85073003328'], ['BE', 'insz', '85.07.30-033.28']],
    ['an Argentinian CUIT and the DNI inside it', ['AR', 'cuit', '20-05536168-2'], ['AR', 'dni', '5.536.168']],
    ['a British insurance number with and without its suffix', ['GB', 'nino', 'HH 01 23 45 D'], ['GB', 'nino', 'HH012345']],
    ['a Portuguese card before and after its renewal', ['PT', 'cc', '100000000ZZ2'], ['PT', 'cc', '10000000 0 ZZ2']],
    ['a Chilean RUN and RUT', ['CL', 'run', '12.531.909-2'], ['CL', 'rut', '0125319092']],
    ['a Dutch number with and without its zeros', ['NL', 'bsn', '1855013'], ['NL', 'national-id', '001855013']],
  ])('gives one text for %s', (_, one, other) => {
    expect(normalised(...one)).toBe(normalised(...other));
  });

  it('of Estonia and of Lithuania with the same digits are two persons', () => {
    const digits = '36805280109';
    expect(normalised('EE', 'ik', digits)).not.toBe(normalised('LT', 'asmens', digits));
  });

  it('of Finland keeps the sign that is its century', () => {
    expect(normalised('FI', 'hetu', '131052–308t')).toBe(normalised('FI', 'hetu', '131052-308T'));
    expect(textOrRefusal({ country: 'FI', scheme: 'hetu', value: '131052308T' })).toBe('refused');
    expect(normalised('FI', 'hetu', '131052+308T')).not.toBe(normalised('FI', 'hetu', '131052-308T'));
  });

  it('of Sweden with ten digits is refused, because its century would depend on the day', () => {
    expect(textOrRefusal({ country: 'SE', scheme: 'personnummer', value: '880320-0016' })).toBe('refused');
    expect(normalised('SE', 'personnummer', '19880320-0016')).toBe('SE/personnummer:198803200016');
  });

  it('with one digit changed is never taken for the same (R10)', () => {
    const changed = known.chain(([country, scheme, value]) =>
      fc.tuple(fc.nat(value.length - 1), fc.integer({ min: 1, max: 9 })).map(([at, by]) => {
        const digit = value[at] ?? '';
        const other = /\d/.test(digit) ? String((Number(digit) + by) % 10) : digit;
        return { country, scheme, value, other: value.slice(0, at) + other + value.slice(at + 1) };
      }),
    );
    fc.assert(
      fc.property(changed, ({ country, scheme, value, other }) => {
        // The version of a Portuguese card and the suffixes are not part of the person.
        fc.pre(other !== value && !['PT/cc', 'PE/cui', 'AR/cuit'].includes(`${country}/${scheme}`));
        expect(textOrRefusal({ country, scheme, value: other })).not.toBe(normalised(country, scheme, value));
      }),
      { numRuns: 2000 },
    );
  });

  it.each([
    ['an unknown country', { country: 'XX', scheme: 'national-id', value: '1' }],
    ['an unknown scheme', { country: 'CZ', scheme: 'pesel', value: '7103192745' }],
    ['a wrong check digit', { country: 'CZ', scheme: 'rc', value: '7103192746' }],
    ['a VAT number', { country: 'CZ', scheme: 'dic', value: 'CZ25123891' }],
    ['the identifier of a company under a scheme that also has persons', { country: 'ES', scheme: 'nif', value: 'B58378431' }],
    ['letters of another script that look the same', { country: 'ES', scheme: 'dni', value: '54362315\u041A' }],
    ['control characters', { country: 'PL', scheme: 'pesel', value: '4405140\u00001359' }],
    ['a line break', { country: 'PL', scheme: 'pesel', value: '44051401359\n' }],
    ['nothing', { country: '', scheme: '', value: '' }],
    ['a valid number in a megabyte of spaces', { country: 'PL', scheme: 'pesel', value: `${' '.repeat(1_000_000)}44051401359` }],
    ['the number of a company where companies and persons are numbered alike', { country: 'IS', scheme: 'kennitala', value: '4504013070' }],
    ['a property of every object', { country: 'constructor', scheme: '__proto__', value: '1' }],
  ])('is refused when it is %s, without repeating it', (_, id) => {
    const refusal = (() => {
      try {
        return normaliseIdentifier(id);
      } catch (error) {
        return error as DomainError;
      }
    })();
    expect(refusal).toMatchObject({ code: 'IDENTIFIER_INVALID' });
    if (id.value.length > 1) expect((refusal as DomainError).message).not.toContain(id.value);
  });

  it('never makes anything throw but its refusal', () => {
    fc.assert(
      fc.property(
        fc.constantFrom(...IDENTIFIER_SCHEMES),
        fc.oneof(fc.string({ unit: 'binary' }), fc.stringMatching(/^[0-9A-Z+-]{1,20}$/)),
        (scheme, value) => {
          textOrRefusal({ country: scheme.country, scheme: scheme.scheme, value });
        },
      ),
      { numRuns: 5000 },
    );
  });
});

describe('The table of schemes', () => {
  it('names only validators that stdnum has', () => {
    for (const { country, scheme } of IDENTIFIER_SCHEMES) {
      expect((stdnum as Record<string, Record<string, unknown>>)[country]).toHaveProperty(scheme);
    }
  });

  it('has one national scheme for each country and no scheme twice', () => {
    const countries = new Set(IDENTIFIER_SCHEMES.map(({ country }) => country));
    for (const country of countries) {
      expect([country, IDENTIFIER_SCHEMES.filter((row) => row.country === country && row.nationalId).length]).toEqual([country, 1]);
    }
    expect(new Set(IDENTIFIER_SCHEMES.map(({ country, scheme }) => `${country}/${scheme}`)).size).toBe(IDENTIFIER_SCHEMES.length);
  });
});
