/** Bits of a person key, which are pseudo-random: where in the table the person belongs, and what tells them from the others there. */
export interface PersonHash {
  /** 10 bits: the part of the table. */
  readonly part: number;
  /** 32 bits. */
  readonly tag: number;
}

/** The 16 bytes of a customer key as four words. */
export type CustomerKey = readonly [number, number, number, number];

/** Parts of a table, as many as the 10 bits of `PersonHash.part` name. */
export const PARTS = 1 << 10;

const PERSON_KEY_CHARACTERS = 22;
const CORROBORATION_CHARACTERS = 12;
/** Before a corroboration that demands a secret or a contact besides name and birth date. */
const BESIDES_MARK = '+';
const NO_CHARACTER = -1;

const ALPHABET = Uint8Array.from(Buffer.from('ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_'));
const SEXTET = new Int8Array(128).fill(NO_CHARACTER);
for (const [value, character] of ALPHABET.entries()) SEXTET[character] = value;

/** 42 of a person key's 128 bits. Read from the text as it is: a `Buffer` for each would cost more than the look-up. */
export function personHashOf(personKey: string): PersonHash {
  const from = personKey.indexOf('.') + 1;
  if (personKey.length - from !== PERSON_KEY_CHARACTERS) throw new Error('not a person key');
  const first = fourSextets(personKey, from);
  const second = fourSextets(personKey, from + 4);
  if ((first | second) < 0) throw new Error('not a person key');
  return { part: second >>> 14, tag: ((first << 8) | (second & 0xff)) >>> 0 };
}

/** The first 24 of a corroboration's 72 bits. */
export function digestOf(corroboration: string): number {
  const from = corroboration.startsWith(BESIDES_MARK) ? 1 : 0;
  const digest = corroboration.length - from === CORROBORATION_CHARACTERS ? fourSextets(corroboration, from) : NO_CHARACTER;
  if (digest < 0) throw new Error('not a corroboration');
  return digest;
}

/**
 * Where the person lies who is so corroborated. By name and birth date alone, where they lie anyway; every corroboration that demands
 * more has a place of its own, or else a customer with some secrets and contacts would fill their two buckets alone.
 * @param digest of the corroboration
 */
export function placeOf(person: PersonHash, corroboration: string, digest: number): PersonHash {
  if (!corroboration.startsWith(BESIDES_MARK)) return person;
  // The place goes by the highest bits of the tag: multiplying brings all of the digest's there (Knuth, TAOCP 3, 6.4).
  return { part: person.part, tag: (person.tag ^ Math.imul(digest, 0x9e3779b1)) >>> 0 };
}

export function customerKeyOf(text: string): CustomerKey {
  const bytes = Buffer.from(text, 'base64url');
  if (bytes.length !== 16) throw new Error('not a customer key');
  return [bytes.readUInt32BE(0), bytes.readUInt32BE(4), bytes.readUInt32BE(8), bytes.readUInt32BE(12)];
}

/** The 22 characters of the key whose four words begin there. Written out, since `Buffer` takes longer over it than the look-up. */
export function customerKeyText(words: Uint32Array, at: number): string {
  const [a, b, c, d] = [words[at] as number, words[at + 1] as number, words[at + 2] as number, words[at + 3] as number];
  // prettier-ignore
  return String.fromCharCode(
    character(a >>> 26), character(a >>> 20), character(a >>> 14), character(a >>> 8), character(a >>> 2),
    character((a << 4) | (b >>> 28)), character(b >>> 22), character(b >>> 16), character(b >>> 10), character(b >>> 4),
    character((b << 2) | (c >>> 30)), character(c >>> 24), character(c >>> 18), character(c >>> 12), character(c >>> 6), character(c),
    character(d >>> 26), character(d >>> 20), character(d >>> 14), character(d >>> 8), character(d >>> 2), character(d << 4),
  );
}

function character(sextetAndMore: number): number {
  return ALPHABET[sextetAndMore & 63] as number;
}

/** 24 bits of base64url; negative where a character is none of its. */
function fourSextets(text: string, at: number): number {
  return (
    (sextet(text.charCodeAt(at)) << 18) |
    (sextet(text.charCodeAt(at + 1)) << 12) |
    (sextet(text.charCodeAt(at + 2)) << 6) |
    sextet(text.charCodeAt(at + 3))
  );
}

function sextet(character: number): number {
  return character < SEXTET.length ? (SEXTET[character] as number) : NO_CHARACTER;
}
