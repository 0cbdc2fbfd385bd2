import { stdnum } from 'stdnum';
import { DomainError } from '../../event-sourcing/decider.js';
import { isInCalendar } from './identifier-dates.js';
import { IDENTIFIER_SCHEMES, type IdentifierScheme } from './identifier-schemes.js';

/** An identifier of a person as somebody typed it. */
export interface PersonIdentifier {
  /** ISO 3166-1 alpha-2. */
  readonly country: string;
  /** A scheme's name (`rc`, `pesel`, `dni`), or `national-id` for the country's own. */
  readonly scheme: string;
  readonly value: string;
}

const LONGEST_VALUE = 64;
const LONGEST_NAME = 32;

// Marks that are written into numbers and mean nothing: format characters (zero width, bidirectional, soft hyphen),
// variation selectors, spaces of every width, and the punctuation that countries print between groups of digits.
const MEANINGLESS = /[\p{Cf}\u034F\uFE00-\uFE0F\p{Zs}./:,'’()_·\u2044\u2215]/gu;
const DASH = /[\p{Pd}\u2212\u2043]/gu;

const byName = new Map<string, IdentifierScheme>();
for (const scheme of IDENTIFIER_SCHEMES) {
  byName.set(`${scheme.country}/${schemeName(scheme.scheme)}`, scheme);
  if (scheme.nationalId) byName.set(`${scheme.country}/nationalid`, scheme);
}

/**
 * The one text that stands for the person whom an identifier names: `<numbering>:<value>`. However the same number is
 * written (width, case, spaces, dashes, invisible characters, leading zeros that mean nothing, another name of the same
 * numbering), the text is the same, or the identifier is refused (R10).
 * @throws DomainError `IDENTIFIER_INVALID`
 */
export function normaliseIdentifier(id: PersonIdentifier): string {
  const scheme = byName.get(`${countryCode(id.country)}/${schemeName(id.scheme)}`);
  if (!scheme || id.value.length > LONGEST_VALUE) throw invalid();
  const value = bare(id.value, scheme);
  if (!scheme.pattern.test(value) || !verified(value, scheme)) throw invalid();
  if (scheme.born !== undefined && !isInCalendar(scheme.born(value))) throw invalid();
  const named = scheme.take ? value.slice(...scheme.take) : value;
  return `${scheme.numbering ?? `${scheme.country}/${scheme.scheme}`}:${named}`;
}

function countryCode(country: string): string {
  return country.length > LONGEST_NAME ? '' : country.normalize('NFKC').replace(MEANINGLESS, '').toUpperCase();
}

function schemeName(scheme: string): string {
  if (scheme.length > LONGEST_NAME) return '';
  return scheme.normalize('NFKC').replace(MEANINGLESS, '').replace(DASH, '').toLowerCase();
}

function bare(value: string, scheme: IdentifierScheme): string {
  const plain = value.normalize('NFKC').replace(MEANINGLESS, '').toUpperCase();
  const joined = scheme.keep ? plain.replace(DASH, '-') : plain.replace(DASH, '');
  if (scheme.dropZeros) return joined.replace(/^0+/, '');
  return scheme.padTo ? joined.padStart(scheme.padTo, '0') : joined;
}

function verified(value: string, { country, scheme, shown }: IdentifierScheme): boolean {
  const validator = stdnum[country]?.[scheme];
  if (!validator) throw new Error(`stdnum knows no ${country} ${scheme}`);
  const result = validator.validate(shown ? value.replace(...(shown as [RegExp, string])) : value);
  return result.isValid && result.isIndividual;
}

function invalid(): DomainError<'IDENTIFIER_INVALID'> {
  return new DomainError('IDENTIFIER_INVALID', 'the identifier is not one that its country and scheme issue to a person');
}
