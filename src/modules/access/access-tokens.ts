import { decodeProtectedHeader, errors, type JWTPayload, jwtVerify, type JWTVerifyGetKey } from 'jose';
import { LRUCache } from 'lru-cache';
import { Problem } from '../../http/problem.js';
import { SIGNATURES } from './signing-key.js';
import { IssuerUnavailable } from './token-keys.js';

export interface TokenRules {
  readonly issuer: string;
  readonly audience: string;
  readonly keys: JWTVerifyGetKey;
  /** Milliseconds since the epoch. */
  readonly now: () => number;
  /** Seconds from `iat` to `exp` at most; an hour unless given. */
  readonly maxLife?: number;
  /** The issuer is this service, which says with which key of the client a token was asked for. */
  readonly builtIn?: boolean;
}

/** Seconds by which the issuer's clock may be ahead (R27). */
const CLOCK_AHEAD = 60;

/** Verified tokens held; about a kilobyte each. */
const CACHE_SIZE = 5_000;

const REQUIRED = ['iss', 'aud', 'exp', 'iat', 'jti', 'sub', 'client_id'];

/** What a token is bound to (`cnf`): thumbprints, SHA-256, base64url. Who presents it has to hold what each of them names. */
export interface Binding {
  /** Of a public key (RFC 9449). */
  readonly jkt?: string;
  /** Of a certificate (RFC 8705). */
  readonly x5t?: string;
}

export interface VerifiedToken {
  readonly clientId: string;
  /** Seconds since the epoch. */
  readonly issuedAt: number;
  readonly expiresAt: number;
  /** Missing for a token that whoever has it may use. */
  readonly binding?: Binding;
  /** Thumbprint of the client's key that it was asked for with; missing where the issuer does not say. */
  readonly askedWith?: string;
}

/** The built-in issuer's claim: RFC 7638 thumbprint of the key that signed the client's assertion. */
export const ASKED_WITH_CLAIM = 'asked_with';

/** Access tokens as RFC 9068 describes and R27 narrows. A token verified once is known by its exact text until it expires. */
export class AccessTokens {
  private readonly cache = new LRUCache<string, VerifiedToken>({ max: CACHE_SIZE });

  constructor(private readonly rules: TokenRules) {}

  /**
   * What the token says. Whether it is bound, and its bearer holds what it is bound to, is for the caller to see to.
   * @throws Problem `TOKEN_INVALID`, or `ISSUER_UNAVAILABLE` where the issuer's keys cannot be had
   */
  async verified(token: string): Promise<VerifiedToken> {
    const known = this.known(token);
    if (known !== undefined) return known;
    const found = await this.verify(token, this.seconds());
    this.cache.set(token, found);
    return found;
  }

  /** Without a verification: `undefined` for a token that was not verified before, or has expired since. */
  known(token: string): VerifiedToken | undefined {
    const known = this.cache.get(token);
    if (known === undefined || known.expiresAt > this.seconds()) return known;
    this.cache.delete(token);
    return undefined;
  }

  private seconds(): number {
    return Math.floor(this.rules.now() / 1000);
  }

  private async verify(token: string, now: number): Promise<VerifiedToken> {
    // A key set of one key would do without.
    if (!hasKeyId(token)) throw new Problem('TOKEN_INVALID');
    try {
      const { payload } = await jwtVerify(token, this.rules.keys, {
        algorithms: [...SIGNATURES],
        typ: 'at+jwt',
        issuer: this.rules.issuer,
        audience: this.rules.audience,
        requiredClaims: REQUIRED,
        currentDate: new Date(now * 1000),
        // For `nbf`; `exp` is looked at again below, without.
        clockTolerance: CLOCK_AHEAD,
      });
      return this.checked(payload, now);
    } catch (error) {
      throw tokenProblem(error);
    }
  }

  private checked(payload: JWTPayload, now: number): VerifiedToken {
    const { exp = 0, iat = Infinity, client_id: clientId, cnf } = payload;
    // Some libraries read the clock once for each end, and a second may pass in between.
    const life = exp - iat;
    const valid = exp > now && iat <= now + CLOCK_AHEAD && life > 0 && life <= (this.rules.maxLife ?? 3600) + 1;
    if (!valid || typeof clientId !== 'string') throw new Problem('TOKEN_INVALID');
    const askedWith = this.rules.builtIn === true ? payload[ASKED_WITH_CLAIM] : undefined;
    return {
      clientId,
      issuedAt: iat,
      expiresAt: exp,
      ...(cnf !== undefined && { binding: bindingOf(cnf) }),
      ...(typeof askedWith === 'string' && { askedWith }),
    };
  }
}

/** A confirmation that cannot be checked is not passed over: a token that was to be bound would be good for anybody. */
function bindingOf(cnf: unknown): Binding {
  const members = typeof cnf === 'object' && cnf !== null ? Object.entries(cnf) : [];
  const known = members.every(([name, value]) => CONFIRMATIONS.includes(name) && typeof value === 'string' && THUMBPRINT.test(value));
  if (members.length === 0 || !known) throw new Problem('TOKEN_INVALID');
  const { jkt, 'x5t#S256': x5t } = cnf as { jkt?: string; 'x5t#S256'?: string };
  return { ...(jkt !== undefined && { jkt }), ...(x5t !== undefined && { x5t }) };
}

const CONFIRMATIONS: readonly string[] = ['jkt', 'x5t#S256'];
const THUMBPRINT = /^[A-Za-z0-9_-]{43}$/;

const OUTAGES = [IssuerUnavailable, errors.JWKSTimeout, errors.JWKSInvalid];

/** What is neither the token's fault nor the issuer's is this service's own, and left as it is. */
function tokenProblem(error: unknown): unknown {
  // The library's errors about fetching keys are the only ones without a code of their own.
  const isOutage = OUTAGES.some((kind) => error instanceof kind) || (error as { code?: unknown }).code === errors.JOSEError.code;
  if (isOutage) return new Problem('ISSUER_UNAVAILABLE', { retryAfter: 5 }, { cause: error });
  return error instanceof errors.JOSEError ? new Problem('TOKEN_INVALID') : error;
}

/** The library throws plain `TypeError`s here. */
function hasKeyId(token: string): boolean {
  try {
    return typeof decodeProtectedHeader(token).kid === 'string';
  } catch {
    return false;
  }
}
