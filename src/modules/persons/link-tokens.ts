import { createCipheriv, createDecipheriv, createHmac, type KeyObject, timingSafeEqual } from 'node:crypto';

/** What a link is for; a token of the one is none of the other. */
export type LinkPurpose = 'denial' | 'consent';

/** What a link leads to: the n-th thing of its purpose about a lead. */
export interface LinkTarget {
  readonly leadId: string;
  /** A whole number up to 2^32 − 1. */
  readonly n: number;
}

const TAG_BYTES = 16;
const ID_BYTES = 16;
const TARGET_BYTES = ID_BYTES + 4;
const LARGEST_NUMBER = 0xffff_ffff;
const UUID = /^[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}$/;
/** 36 bytes: a multiple of three, so each token is written in one way only. */
const TOKEN = /^[\w-]{48}$/;

/**
 * Tokens for links in messages, of one purpose: 48 URL-safe characters that say nothing to whoever lacks the keys, and that
 * nobody else can make. Nothing is stored and nothing is random: the same target has the same token on every replica.
 *
 * The construction is SIV (Rogaway and Shrimpton 2006): a MAC of 128 bits over the target is both the tag and the
 * initialisation vector under which the target is encrypted.
 */
export class LinkTokens {
  constructor(
    private readonly macKey: KeyObject,
    private readonly cipherKey: KeyObject,
  ) {}

  /** @throws Error when it is no lead id @throws RangeError */
  token({ leadId, n }: LinkTarget): string {
    if (!UUID.test(leadId)) throw new Error('not a lead id');
    if (!Number.isInteger(n) || n < 0 || n > LARGEST_NUMBER) throw new RangeError('not the number of a link');
    const target = Buffer.alloc(TARGET_BYTES);
    target.write(leadId.replaceAll('-', ''), 'hex');
    target.writeUInt32BE(n, ID_BYTES);
    const tag = this.tagOf(target);
    return Buffer.concat([tag, createCipheriv('aes-256-ctr', this.cipherKey, tag).update(target)]).toString('base64url');
  }

  /** `undefined` for whatever this key did not make. */
  read(token: string): LinkTarget | undefined {
    if (!TOKEN.test(token)) return undefined;
    const bytes = Buffer.from(token, 'base64url');
    const tag = bytes.subarray(0, TAG_BYTES);
    const target = createDecipheriv('aes-256-ctr', this.cipherKey, tag).update(bytes.subarray(TAG_BYTES));
    if (!timingSafeEqual(tag, this.tagOf(target))) return undefined;
    const hex = target.toString('hex', 0, ID_BYTES);
    const leadId = [hex.slice(0, 8), hex.slice(8, 12), hex.slice(12, 16), hex.slice(16, 20), hex.slice(20)].join('-');
    return { leadId, n: target.readUInt32BE(ID_BYTES) };
  }

  private tagOf(target: Buffer): Buffer {
    return createHmac('sha256', this.macKey).update(target).digest().subarray(0, TAG_BYTES);
  }
}
