import { DomainError } from '../../event-sourcing/decider.js';
import type { PersonIdentifier } from '../persons/identifier.js';
import type { Contact } from '../persons/contact.js';
import { checkedBirthDate, normaliseFamilyName } from '../persons/name.js';
import { normaliseSecret, SECRET_KINDS, type Secret, type SecretKind } from '../persons/secret.js';

/** A line of the bank's feed, checked in form. Identifiers are checked when their keys are made. */
export type RegisterRow =
  | { readonly customerNumber: string; readonly removed: true }
  | {
      readonly customerNumber: string;
      readonly removed?: undefined;
      readonly identifiers: readonly PersonIdentifier[];
      /** As the bank writes them; the first is the present one. */
      readonly familyNames: readonly string[];
      /** The same, normalised, without repetitions. */
      readonly comparedNames: readonly string[];
      readonly birthDate: string;
      readonly contact?: Contact;
      /** What the bank has issued to them, and they know. */
      readonly secrets: readonly Secret[];
      readonly givenNames?: string;
    };

/** The line is not a row. The reason is one of a closed list and repeats nothing of the line. */
export class BadRow extends Error {
  constructor(readonly reason: string) {
    super(reason);
    this.name = 'BadRow';
  }
}

const MOST_IDENTIFIERS = 16;
const MOST_NAMES = 8;
const MOST_SECRETS = 8;
const ROW = new Set(['customerNumber', 'identifiers', 'familyNames', 'birthDate', 'contact', 'secrets', 'givenNames']);
const REMOVAL = new Set(['customerNumber', 'removed']);
const IDENTIFIER = new Set(['country', 'scheme', 'value']);
const CONTACT = new Set(['email', 'phone']);
const SECRET = new Set(['kind', 'value']);
/** Stands where bytes are no UTF-8, unless it was written there. */
const REPLACEMENT = '\uFFFD';
const utf8 = new TextDecoder('utf-8', { fatal: true });
const [COLON, BACKSLASH] = [0x3a, 0x5c];
const SPACES: ReadonlySet<number> = new Set([0x20, 0x09, 0x0a, 0x0d]);
const UNFIT_TEXT = /[\p{Cc}\p{Cs}]/u;
const EMAIL = /^[^\s@<>"]{1,64}@[^\s@<>"]{1,189}$/;
const PHONE = /^\+?[0-9][0-9 ()./-]{3,30}$/;

/**
 * Reads one line. Written by hand, because a register has millions of rows and a validator driven by decorators takes
 * longer over one than everything else together.
 * @param today `YYYY-MM-DD`; nobody in the register was born later
 * @throws BadRow
 */
export function parseRow(bytes: Buffer, today: string): RegisterRow {
  const { text, row } = parsed(bytes);
  const names = row['removed'] === undefined ? ROW : REMOVAL;
  let members = onlyMembers(row, names);
  const customerNumber = textOf(row['customerNumber'], 64, 'customer-number-invalid');
  if (row['removed'] !== undefined) {
    if (row['removed'] !== true) throw new BadRow('removed-invalid');
    assertNoDuplicates(text, members);
    return { customerNumber, removed: true };
  }
  const identifiers = listOf(row['identifiers'], MOST_IDENTIFIERS, 'identifiers-invalid').map((value) => identifierOf(value));
  const contact = row['contact'] === undefined ? undefined : contactOf(row['contact']);
  const secrets = row['secrets'] === undefined ? [] : listOf(row['secrets'], MOST_SECRETS, 'secrets-invalid').map(secretOf);
  members += identifiers.length * IDENTIFIER.size + (contact ? Object.keys(contact).length : 0) + secrets.length * SECRET.size;
  assertNoDuplicates(text, members);
  const familyNames = listOf(row['familyNames'], MOST_NAMES, 'family-names-invalid').map((name) =>
    textOf(name, 200, 'family-names-invalid'),
  );
  const birthDate = textOf(row['birthDate'], 10, 'birth-date-invalid');
  if (birthDate > today) throw new BadRow('birth-date-invalid');
  return {
    customerNumber,
    identifiers,
    familyNames,
    comparedNames: [...new Set(familyNames.map((name) => refusedAs('family-names-invalid', () => normaliseFamilyName(name))))],
    birthDate: refusedAs('birth-date-invalid', () => checkedBirthDate(birthDate)),
    ...(contact && { contact }),
    secrets,
    ...(row['givenNames'] !== undefined && { givenNames: textOf(row['givenNames'], 200, 'given-names-invalid') }),
  };
}

/** Turns a refusal of the domain into the reason for which a line is bad. @throws BadRow */
export function refusedAs<Result>(reason: string, work: () => Result): Result {
  try {
    return work();
  } catch (error) {
    if (error instanceof DomainError) throw new BadRow(reason);
    throw error;
  }
}

function parsed(bytes: Buffer): { text: string; row: Record<string, unknown> } {
  const text = bytes.toString();
  if (text.includes(REPLACEMENT)) assertUtf8(bytes);
  try {
    return { text, row: objectOf(JSON.parse(text), 'not-an-object') };
  } catch (error) {
    throw error instanceof BadRow ? error : new BadRow('not-json');
  }
}

function assertUtf8(bytes: Buffer): void {
  try {
    utf8.decode(bytes);
  } catch {
    throw new BadRow('not-utf-8');
  }
}

function objectOf(value: unknown, reason: string): Record<string, unknown> {
  if (typeof value !== 'object' || value === null || Array.isArray(value)) throw new BadRow(reason);
  return value as Record<string, unknown>;
}

function onlyMembers(value: Record<string, unknown>, names: ReadonlySet<string>): number {
  const members = Object.keys(value);
  if (!members.every((name) => names.has(name))) throw new BadRow('unknown-member');
  return members.length;
}

/** `JSON.parse` keeps the last of two equal members and says nothing: so the names in the text are counted. */
function assertNoDuplicates(text: string, members: number): void {
  let names = 0;
  for (let open = text.indexOf('"'); open !== -1;) {
    let close = text.indexOf('"', open + 1);
    while (isEscaped(text, close)) close = text.indexOf('"', close + 1);
    let after = close + 1;
    while (SPACES.has(text.charCodeAt(after))) after += 1;
    if (text.charCodeAt(after) === COLON) names += 1;
    open = text.indexOf('"', after);
  }
  if (names !== members) throw new BadRow('duplicate-member');
}

/** In JSON that is known to be well-formed. */
function isEscaped(text: string, at: number): boolean {
  let backslashes = 0;
  while (text.charCodeAt(at - 1 - backslashes) === BACKSLASH) backslashes += 1;
  return backslashes % 2 === 1;
}

function textOf(value: unknown, longest: number, reason: string): string {
  if (typeof value !== 'string' || value.length > longest || value.trim() === '' || UNFIT_TEXT.test(value)) throw new BadRow(reason);
  return value;
}

function listOf(value: unknown, most: number, reason: string): readonly unknown[] {
  if (!Array.isArray(value) || value.length === 0 || value.length > most) throw new BadRow(reason);
  return value;
}

function identifierOf(value: unknown): PersonIdentifier {
  const identifier = objectOf(value, 'identifiers-invalid');
  onlyMembers(identifier, IDENTIFIER);
  const member = (name: string) => textOf(identifier[name], 64, 'identifiers-invalid');
  return { country: member('country'), scheme: member('scheme'), value: member('value') };
}

function secretOf(value: unknown): Secret {
  const secret = objectOf(value, 'secrets-invalid');
  onlyMembers(secret, SECRET);
  const kind = textOf(secret['kind'], 64, 'secrets-invalid') as SecretKind;
  if (!SECRET_KINDS.includes(kind)) throw new BadRow('secrets-invalid');
  const found = { kind, value: textOf(secret['value'], 64, 'secrets-invalid') };
  refusedAs('secrets-invalid', () => normaliseSecret(found));
  return found;
}

function contactOf(value: unknown): Contact {
  const contact = objectOf(value, 'contact-invalid');
  if (onlyMembers(contact, CONTACT) === 0) throw new BadRow('contact-invalid');
  const { email, phone } = contact;
  if (email !== undefined && (typeof email !== 'string' || !EMAIL.test(email) || UNFIT_TEXT.test(email)))
    throw new BadRow('contact-invalid');
  if (phone !== undefined && (typeof phone !== 'string' || !PHONE.test(phone))) throw new BadRow('contact-invalid');
  return contact as Contact;
}
