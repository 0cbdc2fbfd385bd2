import { type Birth, bulgarian, dayMonthYear, estonian, italian } from './identifier-dates.js';

/**
 * The identifiers of natural persons that the service knows, as data. Only schemes that number persons are here: tax and
 * company numbers that also number firms are not, nor are numbers of documents, which change with the document.
 */
export interface IdentifierScheme {
  /** ISO 3166-1 alpha-2. */
  readonly country: string;
  /** Name under which a caller gives it, in lower case without punctuation; the validator's name in `stdnum`. */
  readonly scheme: string;
  /** The only accepted form once spaces, separators and case are gone. */
  readonly pattern: RegExp;
  /** True for the one scheme of its country that `national-id` means. */
  readonly nationalId?: true;
  /** Numbers issued in one numbering are one identifier under whichever name they come; the scheme itself unless given. */
  readonly numbering?: string;
  /** A number given with fewer leading zeros is filled up to this length. */
  readonly padTo?: number;
  /** Leading zeros mean nothing and are dropped. */
  readonly dropZeros?: true;
  /** Separators that mean something and so stay (`-` stands for every dash). */
  readonly keep?: string;
  /** How the validator wants to see it, as the arguments of `String.replace`. */
  readonly shown?: readonly [RegExp, string];
  /** The part that names the person: the rest is a check digit, a version or a prefix that may be left out. */
  readonly take?: readonly [number, number];
  /** The date inside, where the validator does not look whether there is such a day. */
  readonly born?: Birth;
}

const digits = (n: number): RegExp => new RegExp(`^\\d{${n}}$`);

// One birth number before 1993, one algorithm since; people of either country carry theirs across the border.
const CZECHOSLOVAK = 'CS/rc';
// The unique master citizen number of Yugoslavia, still issued by its successors from one space of regions.
const YUGOSLAV = 'YU/jmbg';

export const IDENTIFIER_SCHEMES: readonly IdentifierScheme[] = [
  { country: 'AD', scheme: 'nrt', pattern: /^[EF]\d{6}[A-Z]$/, nationalId: true },
  { country: 'AO', scheme: 'bi', pattern: /^\d{9}[A-Z]{2}\d{3}$/, nationalId: true },
  { country: 'AR', scheme: 'dni', pattern: digits(8), nationalId: true, padTo: 8 },
  // A person's CUIT is a prefix, the DNI, and a check digit.
  { country: 'AR', scheme: 'cuit', pattern: /^2\d{10}$/, numbering: 'AR/dni', take: [2, 10] },
  { country: 'AT', scheme: 'vnr', pattern: digits(10), nationalId: true },
  { country: 'AU', scheme: 'tfn', pattern: /^[1-9]\d{7,8}$/, nationalId: true },
  { country: 'BA', scheme: 'jmbg', pattern: digits(13), nationalId: true, numbering: YUGOSLAV },
  { country: 'BE', scheme: 'insz', pattern: digits(11), nationalId: true },
  { country: 'BE', scheme: 'nn', pattern: digits(11), numbering: 'BE/insz' },
  { country: 'BE', scheme: 'bis', pattern: digits(11), numbering: 'BE/insz' },
  { country: 'BG', scheme: 'egn', pattern: digits(10), nationalId: true, born: bulgarian },
  { country: 'BG', scheme: 'pnf', pattern: digits(10) },
  { country: 'BR', scheme: 'cpf', pattern: digits(11), nationalId: true },
  { country: 'CA', scheme: 'sin', pattern: digits(9), nationalId: true },
  { country: 'CA', scheme: 'bc_bhn', pattern: digits(10) },
  { country: 'CH', scheme: 'ssn', pattern: /^756\d{10}$/, nationalId: true },
  { country: 'CL', scheme: 'run', pattern: /^\d{7,8}[\dK]$/, nationalId: true, dropZeros: true },
  { country: 'CL', scheme: 'rut', pattern: /^\d{7,8}[\dK]$/, numbering: 'CL/run', dropZeros: true },
  { country: 'CN', scheme: 'ric', pattern: /^\d{17}[\dX]$/, nationalId: true },
  { country: 'CO', scheme: 'nit', pattern: /^\d{8,11}$/, nationalId: true, dropZeros: true },
  { country: 'CR', scheme: 'cpf', pattern: digits(10), nationalId: true, padTo: 10 },
  { country: 'CR', scheme: 'cr', pattern: /^[1-9]\d{10,11}$/ },
  { country: 'CU', scheme: 'ni', pattern: digits(11), nationalId: true },
  { country: 'CZ', scheme: 'rc', pattern: /^\d{9,10}$/, nationalId: true, numbering: CZECHOSLOVAK },
  { country: 'DE', scheme: 'idnr', pattern: /^[1-9]\d{10}$/, nationalId: true },
  { country: 'DE', scheme: 'svnr', pattern: /^\d{8}[A-Z]\d{3}$/ },
  { country: 'DK', scheme: 'cpr', pattern: digits(10), nationalId: true },
  { country: 'DO', scheme: 'cedula', pattern: digits(11), nationalId: true },
  { country: 'EC', scheme: 'ci', pattern: digits(10), nationalId: true },
  { country: 'EE', scheme: 'ik', pattern: /^[1-8]\d{10}$/, nationalId: true, born: estonian },
  { country: 'ES', scheme: 'nif', pattern: /^[0-9KLMXYZ]\d{7}[A-Z]$/, nationalId: true },
  { country: 'ES', scheme: 'dni', pattern: /^\d{8}[A-Z]$/, numbering: 'ES/nif' },
  { country: 'ES', scheme: 'nie', pattern: /^[XYZ]\d{7}[A-Z]$/, numbering: 'ES/nif' },
  { country: 'ES', scheme: 'nss', pattern: digits(12) },
  // The sign between date and number is the century.
  { country: 'FI', scheme: 'hetu', pattern: /^\d{6}[-+A-FU-Y]\d{3}[0-9A-Y]$/, nationalId: true, keep: '-+' },
  // Months above 12 stand for a month that is not known.
  { country: 'FR', scheme: 'nir', pattern: /^[1-478]\d\d(0[1-9]|1[0-2]|[23]\d|4[0-2]|[5-9]\d)\d[\dAB]\d{8}$/, nationalId: true },
  { country: 'FR', scheme: 'nif', pattern: digits(13) },
  // The suffix letter may be left out and names nobody.
  { country: 'GB', scheme: 'nino', pattern: /^[A-Z]{2}\d{6}[A-D]?$/, nationalId: true, take: [0, 8] },
  { country: 'GH', scheme: 'tin', pattern: /^P\d{9}[\dX]$/, nationalId: true },
  { country: 'GR', scheme: 'amka', pattern: digits(11), nationalId: true },
  { country: 'GT', scheme: 'cui', pattern: digits(13), nationalId: true },
  { country: 'HK', scheme: 'hkid', pattern: /^[A-Z]{1,2}\d{6}[\dA]$/, nationalId: true },
  { country: 'HR', scheme: 'oib', pattern: digits(11), nationalId: true },
  // T and X were added to numbers that already named the person; W is a wife under her husband's number.
  { country: 'IE', scheme: 'pps', pattern: /^\d{7}[A-W][AHW]?$/, nationalId: true },
  { country: 'IL', scheme: 'idnr', pattern: digits(9), nationalId: true, padTo: 9 },
  { country: 'IN', scheme: 'aadhaar', pattern: digits(12), nationalId: true },
  { country: 'IN', scheme: 'epic', pattern: /^[A-Z]{3}\d{7}$/ },
  { country: 'IS', scheme: 'kennitala', pattern: digits(10), nationalId: true },
  { country: 'IT', scheme: 'codicefiscale', pattern: /^[A-Z]{6}[A-Z0-9]{9}[A-Z]$/, nationalId: true, born: italian },
  { country: 'KE', scheme: 'pin', pattern: /^A\d{9}[A-Z]$/, nationalId: true },
  { country: 'KR', scheme: 'rrn', pattern: digits(13), nationalId: true },
  { country: 'LT', scheme: 'asmens', pattern: digits(11), nationalId: true },
  { country: 'LV', scheme: 'pvn', pattern: /^[0-3]\d{10}$/, nationalId: true },
  { country: 'ME', scheme: 'jmbg', pattern: digits(13), nationalId: true, numbering: YUGOSLAV },
  { country: 'MK', scheme: 'jmbg', pattern: digits(13), nationalId: true, numbering: YUGOSLAV },
  { country: 'MU', scheme: 'nid', pattern: /^[A-Z]\d{12}[\dA-Z]$/, nationalId: true, born: dayMonthYear(1) },
  { country: 'MX', scheme: 'curp', pattern: /^[A-Z]{4}\d{6}[A-Z]{6}[\dA-Z]\d$/, nationalId: true },
  { country: 'MX', scheme: 'rfc', pattern: /^[A-Z&Ñ]{4}\d{6}[\dA-Z]{3}$/ },
  { country: 'MY', scheme: 'nric', pattern: digits(12), nationalId: true },
  { country: 'MZ', scheme: 'bi', pattern: /^\d{12}[A-Z]$/, nationalId: true },
  { country: 'NL', scheme: 'bsn', pattern: digits(9), nationalId: true, padTo: 9 },
  { country: 'NL', scheme: 'onderwijsnummer', pattern: digits(9) },
  { country: 'NO', scheme: 'fodselsnummer', pattern: digits(11), nationalId: true },
  { country: 'NZ', scheme: 'ird', pattern: digits(9), nationalId: true, padTo: 9 },
  // The check digit of the card may be left out.
  { country: 'PE', scheme: 'cui', pattern: /^\d{8}[\dA-K]?$/, nationalId: true, take: [0, 8] },
  { country: 'PE', scheme: 'ce', pattern: digits(9) },
  { country: 'PK', scheme: 'cnic', pattern: digits(13), nationalId: true },
  { country: 'PL', scheme: 'pesel', pattern: digits(11), nationalId: true },
  // Civil number with its check digit; then the version of the card, which changes at each renewal.
  { country: 'PT', scheme: 'cc', pattern: /^\d{9}[\dA-Z]{2}\d$/, nationalId: true, take: [0, 9] },
  { country: 'PT', scheme: 'nif', pattern: /^[123]\d{8}$/ },
  { country: 'PY', scheme: 'cedula', pattern: /^\d{5,7}$/, nationalId: true, dropZeros: true },
  { country: 'RO', scheme: 'cnp', pattern: digits(13), nationalId: true },
  { country: 'RS', scheme: 'jmbg', pattern: digits(13), nationalId: true, numbering: YUGOSLAV },
  { country: 'RU', scheme: 'inn', pattern: digits(12), nationalId: true },
  // Twelve digits: with ten, the century would depend on the day on which one asks.
  { country: 'SE', scheme: 'personnummer', pattern: /^(18|19|20)\d{10}$/, nationalId: true, shown: [/^(\d{8})/, '$1-'] },
  { country: 'SI', scheme: 'emso', pattern: digits(13), nationalId: true, numbering: YUGOSLAV },
  { country: 'SI', scheme: 'jmbg', pattern: digits(13), numbering: YUGOSLAV },
  { country: 'SK', scheme: 'rc', pattern: /^\d{9,10}$/, nationalId: true, numbering: CZECHOSLOVAK },
  { country: 'SV', scheme: 'nit', pattern: digits(14), nationalId: true, born: dayMonthYear(4) },
  { country: 'TH', scheme: 'idnr', pattern: digits(13), nationalId: true },
  { country: 'TH', scheme: 'tin', pattern: /^[1-9]\d{12}$/, numbering: 'TH/idnr' },
  { country: 'TR', scheme: 'tckimlik', pattern: digits(11), nationalId: true },
  { country: 'TW', scheme: 'natid', pattern: /^[A-Z]\d{9}$/, nationalId: true },
  { country: 'TW', scheme: 'ui', pattern: /^[A-Z]{2}\d{8}$/ },
  { country: 'UA', scheme: 'rntrc', pattern: digits(10), nationalId: true },
  { country: 'US', scheme: 'ssn', pattern: digits(9), nationalId: true },
  { country: 'UY', scheme: 'cedula', pattern: digits(8), nationalId: true },
  { country: 'UY', scheme: 'nie', pattern: digits(9) },
  { country: 'ZA', scheme: 'idnr', pattern: digits(13), nationalId: true },
  { country: 'ZA', scheme: 'tin', pattern: digits(10) },
];
