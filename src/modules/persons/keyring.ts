import {
  type Cipher,
  createCipheriv,
  createDecipheriv,
  createHmac,
  createSecretKey,
  type Decipher,
  hkdfSync,
  type KeyObject,
} from 'node:crypto';
import { normaliseIdentifier, type PersonIdentifier } from './identifier.js';
import { type LinkPurpose, type LinkTarget, LinkTokens } from './link-tokens.js';

const BASE64URL = 'ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_';
const PSEUDONYM_CHARACTERS = 22;
const CORROBORATION_CHARACTERS = 12;
/** Before a corroboration that demands more than name and birth date. No character of base64url. */
const BESIDES_MARK = '+';
const CODE_DIGITS = 8n;
const STREAM = /^lead-[0-9a-f]{24}$/;
const UUID = /^[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}$/;
const LARGEST_NUMBER = 0xffff_ffff;

/** The secrets behind every pseudonym. Each is 32 random bytes in base64url. */
export interface KeyringFile {
  /**
   * Newest first. Persons are entered under the first and looked up under all; an epoch whose entry is taken out is retired,
   * and its pseudonyms can then be tied to nobody.
   */
  readonly epochs: readonly { readonly id: string; readonly key: string }[];
  /** These live as long as the log: losing one makes ids and streams of the past unreachable. */
  readonly keys: { readonly pseudonyms: string; readonly ids: string; readonly hashes: string };
}

/**
 * Every pseudonym of the log. All of it is deterministic: the same keys give the same pseudonyms in every process, and
 * without the keys none can be computed, tried out or joined with another. Each purpose has a key of its own, derived
 * from the secrets of the keyring file by HKDF (RFC 5869).
 */
export class Keyring {
  private readonly epochs: readonly Epoch[];
  private readonly epochById: ReadonlyMap<string, Epoch>;
  private readonly customers: KeyObject;
  private readonly contacts: KeyObject;
  private readonly codes: KeyObject;
  private readonly streams: KeyObject;
  private readonly leadIds: Permutation;
  private readonly customerIds: Permutation;
  private readonly links: Readonly<Record<LinkPurpose, LinkTokens>>;
  private readonly hashes = new Map<string, KeyObject>();

  constructor(private readonly file: KeyringFile) {
    this.epochs = file.epochs.map(({ id, key }) => ({
      id,
      persons: derive(key, `epoch ${id} persons`),
      corroborations: derive(key, `epoch ${id} corroborations`),
    }));
    this.epochById = new Map(this.epochs.map((epoch) => [epoch.id, epoch]));
    this.customers = derive(file.keys.pseudonyms, 'customers');
    this.contacts = derive(file.keys.pseudonyms, 'contacts');
    this.codes = derive(file.keys.ids, 'one-time codes');
    this.streams = derive(file.keys.pseudonyms, 'lead streams');
    this.leadIds = new Permutation(derive(file.keys.ids, 'lead ids'));
    this.customerIds = new Permutation(derive(file.keys.ids, 'customer ids'));
    const links = (purpose: LinkPurpose): LinkTokens =>
      new LinkTokens(derive(file.keys.ids, `links ${purpose}`), derive(file.keys.ids, `links ${purpose} hidden`));
    this.links = { denial: links('denial'), consent: links('consent') };
  }

  /**
   * The pseudonyms of a person, one for each live epoch, newest first: `<epoch>.<22 characters of base64url>`.
   * @throws DomainError `IDENTIFIER_INVALID`
   */
  personKeys(id: PersonIdentifier): readonly string[] {
    const text = normaliseIdentifier(id);
    return this.epochs.map((epoch) => `${epoch.id}.${pseudonym(epoch.persons, [text])}`);
  }

  /**
   * What a name and a birth date must match: 12 characters of base64url that mean nothing for any other person; marked where something
   * besides has to match, for these lie elsewhere in the register's index.
   * @param familyName as `normaliseFamilyName` gives it
   * @param birthDate as `checkedBirthDate` gives it
   * @param besides what has to match too, for it to be another corroboration: a secret, a contact
   */
  corroboration(personKey: string, familyName: string, birthDate: string, besides: readonly string[] = []): string {
    const epoch = this.epochById.get(personKey.slice(0, personKey.indexOf('.')));
    if (!epoch) throw new Error('a person key of an epoch that this keyring does not hold');
    const hmac = hmacOf(epoch.corroborations, [personKey, familyName, birthDate, ...besides]);
    return (besides.length === 0 ? '' : BESIDES_MARK) + hmac.digest('base64url').slice(0, CORROBORATION_CHARACTERS);
  }

  /** The pseudonym of a customer number of the bank: 22 characters of base64url. It outlives every epoch (I8). */
  customerKey(customerNumber: string): string {
    const number = customerNumber
      .normalize('NFKC')
      .replace(/[\p{Z}\p{C}]/gu, '')
      .toUpperCase();
    return pseudonym(this.customers, [number]);
  }

  /**
   * The pseudonym of an address or a number: 22 characters of base64url. It outlives every epoch.
   * @param contact as `normaliseContact` gives it
   */
  contactKey(contact: string): string {
    return pseudonym(this.contacts, [contact]);
  }

  /**
   * The one-time code of a lead's n-th request for consent: eight digits, 26.6 bits (R44). It follows from the key, so nothing
   * has to be kept that would tell it.
   */
  oneTimeCode(leadId: string, number: number): string {
    const digits = digest(this.codes, [leadId, String(number)]).readBigUInt64BE() % 10n ** CODE_DIGITS;
    return String(digits).padStart(Number(CODE_DIGITS), '0');
  }

  /** HMAC-SHA-256 under a key of this purpose alone, in hex. */
  keyedHash(purpose: string, text: string): string {
    let key = this.hashes.get(purpose);
    if (!key) this.hashes.set(purpose, (key = derive(this.file.keys.hashes, `hash ${purpose}`)));
    return createHmac('sha256', key).update(text).digest('hex');
  }

  /** The stream of an owner's leads on a person: `lead-` and 96 bits in hex. */
  leadStream(ownerId: string, personKey: string): string {
    return `lead-${digest(this.streams, [ownerId, personKey]).toString('hex', 0, 12)}`;
  }

  /**
   * The public id of the stream's n-th lead: one AES block over stream and number, written as a UUID. Whoever lacks the key
   * sees neither which leads share a person nor how many there are.
   */
  leadId(stream: string, number: number): string {
    if (!STREAM.test(stream)) throw new Error('not the name of a lead stream');
    if (!Number.isInteger(number) || number < 0 || number > LARGEST_NUMBER) throw new RangeError('not the number of a lead');
    const block = Buffer.alloc(16);
    block.write(stream.slice('lead-'.length), 'hex');
    block.writeUInt32BE(number, 12);
    return asUuid(this.leadIds.of(block));
  }

  /** `undefined` when it is not written as an id. A made-up id names a stream that does not exist. */
  readLeadId(leadId: string): { readonly stream: string; readonly number: number } | undefined {
    const block = blockOf(leadId, this.leadIds);
    return block && { stream: `lead-${block.toString('hex', 0, 12)}`, number: block.readUInt32BE(12) };
  }

  /** The id under which one partner alone knows a customer; it follows from the lead that brought them. */
  customerId(leadId: string): string {
    if (!UUID.test(leadId)) throw new Error('not a lead id');
    return asUuid(this.customerIds.of(bytesOf(leadId)));
  }

  /** The lead id behind a customer id; `undefined` when it is not written as an id. */
  readCustomerId(customerId: string): string | undefined {
    const block = blockOf(customerId, this.customerIds);
    return block && asUuid(block);
  }

  /** What a link in a message ends with: 48 URL-safe characters, of which 128 bits are a MAC. @see LinkTokens */
  linkToken(purpose: LinkPurpose, leadId: string, n: number): string {
    return this.links[purpose].token({ leadId, n });
  }

  /** `undefined` for a token that is made up, mangled, or of another purpose. */
  readLinkToken(purpose: LinkPurpose, token: string): LinkTarget | undefined {
    return this.links[purpose].read(token);
  }
}

interface Epoch {
  readonly id: string;
  readonly persons: KeyObject;
  readonly corroborations: KeyObject;
}

function derive(secret: string, purpose: string): KeyObject {
  return createSecretKey(Buffer.from(hkdfSync('sha256', Buffer.from(secret, 'base64url'), '', `vestibule ${purpose}`, 32)));
}

/** Each part goes in with its length, so that no two lists of parts are the same bytes; all in one update, which an import feels. */
function hmacOf(key: KeyObject, parts: readonly string[]): ReturnType<typeof createHmac> {
  return createHmac('sha256', key).update(parts.map((part) => `${Buffer.byteLength(part)}:${part}`).join(''));
}

function digest(key: KeyObject, parts: readonly string[]): Buffer {
  return hmacOf(key, parts).digest();
}

/** 16 bytes. Cut as text, since a buffer for each is felt by an import: of the last character two bits belong to them. */
function pseudonym(key: KeyObject, parts: readonly string[]): string {
  const text = hmacOf(key, parts).digest('base64url');
  const last = BASE64URL.indexOf(text.charAt(PSEUDONYM_CHARACTERS - 1)) & 0b110000;
  return text.slice(0, PSEUDONYM_CHARACTERS - 1) + BASE64URL.charAt(last);
}

/**
 * AES on one block of random-looking content: ECB is then a plain permutation, which is what is wanted. It has no state, so
 * one cipher serves all blocks: making one costs five times what it does.
 */
class Permutation {
  private readonly cipher: Cipher;
  private readonly decipher: Decipher;

  constructor(key: KeyObject) {
    this.cipher = createCipheriv('aes-256-ecb', key, null).setAutoPadding(false);
    this.decipher = createDecipheriv('aes-256-ecb', key, null).setAutoPadding(false);
  }

  of(block: Buffer): Buffer {
    return this.cipher.update(whole(block));
  }

  back(block: Buffer): Buffer {
    return this.decipher.update(whole(block));
  }
}

/** Part of a block would wait in the cipher for the next one's bytes. */
function whole(block: Buffer): Buffer {
  if (block.length !== 16) throw new RangeError('not one block');
  return block;
}

function blockOf(uuid: string, permutation: Permutation): Buffer | undefined {
  return UUID.test(uuid) ? permutation.back(bytesOf(uuid)) : undefined;
}

function bytesOf(uuid: string): Buffer {
  return Buffer.from(uuid.replaceAll('-', ''), 'hex');
}

function asUuid(block: Buffer): string {
  const hex = block.toString('hex');
  return [hex.slice(0, 8), hex.slice(8, 12), hex.slice(12, 16), hex.slice(16, 20), hex.slice(20)].join('-');
}
