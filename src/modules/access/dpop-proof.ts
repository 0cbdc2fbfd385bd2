import { createHash } from 'node:crypto';
import { type CryptoKey, importJWK, type JWK, type JWTHeaderParameters, type JWTPayload, jwtVerify } from 'jose';
import { LRUCache } from 'lru-cache';
import { Problem } from '../../http/problem.js';
import type { ProofNonces } from './proof-nonces.js';
import { clientKey, PROOF_SIGNATURES, signatureOf } from './signing-key.js';
import type { UsedProofs } from './used-proofs.js';

/** Seconds by which a proof may be older, and newer, than this machine's clock says. How long it is good for the nonce decides. */
const MOST_SECONDS_OFF = 120;

/** Characters; one with an RSA key of 4096 bits has about two thousand. */
const LONGEST_PROOF = 8_192;
const LONGEST_ID = 256;

/** Keys held that have verified a proof, ready for the next. */
const KEYS_HELD = 5_000;

export interface ProofRules {
  /** Origin and path without a slash at the end, under which clients reach the service. */
  readonly publicUrl: string;
  readonly nonces: ProofNonces;
  readonly used: UsedProofs;
  /** Milliseconds since the epoch. */
  readonly now: () => number;
}

/** A request that shows a token, and the proof that its sender holds the key that the token is bound to. */
export interface ProvenRequest {
  readonly proof: string;
  readonly method: string;
  /** As in the request line. */
  readonly target: string;
  readonly token: string;
  /** Thumbprint of the key that the token is bound to. */
  readonly jkt: string;
}

/** A proof that is right in itself: whether it comes for the first time is not known yet. */
export interface CheckedProof {
  /** For the next proof, where this one's nonce is not the newest any more. */
  readonly freshNonce?: string;
  /**
   * Uses the proof up, which is remembered.
   * @throws Problem `PROOF_INVALID` where it was used before
   * @throws StoreUnavailable, UnknownOutcome where that cannot be known
   */
  take(): Promise<void>;
}

interface HeldKey {
  readonly key: CryptoKey;
  readonly thumbprint: string;
}

/** Proofs of possession (RFC 9449, section 4.3), each taken once, and with a nonce of this service only (R28). */
export class DpopProofs {
  private readonly keys = new LRUCache<string, HeldKey>({ max: KEYS_HELD });

  constructor(private readonly rules: ProofRules) {}

  /**
   * Stores nothing: who sends too fast is turned away before the proof is taken.
   * @throws Problem `PROOF_INVALID`, `PROOF_NONCE_NEEDED`
   */
  async verify(request: ProvenRequest): Promise<CheckedProof> {
    const claims = await this.claims(request);
    if (!this.isFor(claims, request)) throw new Problem('PROOF_INVALID');
    const { nonces, used } = this.rules;
    const { nonce, jti } = claims;
    const minute = typeof nonce === 'string' ? nonces.minuteOf(nonce) : undefined;
    if (minute === undefined) throw new Problem('PROOF_NONCE_NEEDED', { nonce: nonces.current() });
    const newest = nonces.current();
    return {
      ...(nonce !== newest && { freshNonce: newest }),
      take: async () => {
        if (!(await used.use(`${request.jkt} ${String(jti)}`, minute))) throw new Problem('PROOF_INVALID');
      },
    };
  }

  /** What the proof says, signed by the key that the token is bound to. */
  private async claims({ proof, jkt }: ProvenRequest): Promise<JWTPayload> {
    if (proof.length > LONGEST_PROOF) throw new Problem('PROOF_INVALID');
    try {
      const currentDate = new Date(this.rules.now());
      const options = { algorithms: [...PROOF_SIGNATURES], typ: 'dpop+jwt', currentDate, clockTolerance: MOST_SECONDS_OFF };
      return (await jwtVerify(proof, (header: JWTHeaderParameters) => this.keyOf(header, jkt), options)).payload;
    } catch (error) {
      // What is not a proof makes the library, and what it stands on, throw errors of many kinds; nothing here asks anybody else.
      throw error instanceof Problem ? error : new Problem('PROOF_INVALID', {}, { cause: error });
    }
  }

  /** Any key signs what it likes: before it is looked at, it has to be the one that the token is bound to. */
  private async keyOf({ jwk, alg }: JWTHeaderParameters, jkt: string): Promise<CryptoKey> {
    if (typeof jwk !== 'object' || jwk === null) throw new Problem('PROOF_INVALID');
    const text = `${alg} ${JSON.stringify(jwk)}`;
    const held = this.keys.get(text) ?? (await heldKey(jwk, alg));
    if (held.thumbprint !== jkt) throw new Problem('PROOF_INVALID');
    this.keys.set(text, held);
    return held.key;
  }

  private isFor({ htm, htu, ath, iat, jti }: JWTPayload, { method, target, token }: ProvenRequest): boolean {
    const off = typeof iat === 'number' ? Math.abs(this.rules.now() / 1000 - iat) : Infinity;
    return (
      htm === method &&
      this.isUriOf(htu, target) &&
      ath === createHash('sha256').update(token).digest('base64url') &&
      off <= MOST_SECONDS_OFF &&
      typeof jti === 'string' &&
      jti.length > 0 &&
      jti.length <= LONGEST_ID
    );
  }

  /** Compared as RFC 9449 says: normalised (RFC 3986, section 6.2), without query and fragment. */
  private isUriOf(htu: unknown, target: string): boolean {
    const uri = `${this.rules.publicUrl}${target.split('?', 1)[0]}`;
    if (htu === uri) return true;
    if (typeof htu !== 'string' || !URL.canParse(htu) || !URL.canParse(uri)) return false;
    const claimed = new URL(htu);
    claimed.search = '';
    claimed.hash = '';
    return claimed.href === new URL(uri).href;
  }
}

/** @throws DomainError `KEY_INVALID` for anything but a public key of an allowed kind, and one that does not serve the algorithm */
async function heldKey(jwk: JWK, alg: string): Promise<HeldKey> {
  const { jwk: publicJwk, thumbprint } = await clientKey(jwk);
  const serves = signatureOf(publicJwk) === (alg === 'Ed25519' ? 'EdDSA' : alg);
  if (!serves) throw new Problem('PROOF_INVALID');
  return { key: (await importJWK(publicJwk as JWK, alg)) as CryptoKey, thumbprint };
}
