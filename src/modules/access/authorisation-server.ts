import type { IncomingMessage } from 'node:http';
import { decodeJwt, decodeProtectedHeader, type JWK } from 'jose';
import Provider, { type Adapter, type AdapterPayload, type Configuration, errors, type KoaContextWithOIDC } from 'oidc-provider';
import { ASKED_WITH_CLAIM } from './access-tokens.js';
import type { ShownCertificate } from './client-certificates.js';
import type { ClientSecrets } from './client-secrets.js';
import type { ActiveClient } from './client-directory.js';
import { isTakenFrom } from './possession.js';
import type { TokenLimits } from './token-limits.js';
import { PROOF_SIGNATURES, signatureOf, SIGNATURES } from './signing-key.js';

/** Seconds. An access token cannot be taken back, so it is short; whether the client still stands is asked per request. */
export const TOKEN_LIFE = 300;

/** Longest life of a client assertion, in seconds (R29). Some libraries read the clock once for each end: a second more is none. */
export const ASSERTION_LIFE = 120;

/** By how many seconds the clocks of client and server may differ. */
const CLOCK_TOLERANCE = 5;

export interface AuthorisationServerOptions {
  readonly issuer: string;
  readonly audience: string;
  /** Private ES256 key with `kid`. */
  readonly signingKey: JWK;
  readonly findClient: (clientId: string) => Promise<ActiveClient | undefined>;
  /** Atomic: false when the assertion was used before. Times in seconds since the epoch. */
  readonly useAssertion: (id: string, expiresAt: number, now: number) => boolean | Promise<boolean>;
  /** The same for proofs of possession. @param minute since the epoch, that the proof is of */
  readonly useProof: (id: string, minute: number) => boolean | Promise<boolean>;
  /** Of which the nonces of proofs are made; the same for all replicas. 32 bytes. */
  readonly nonceSecret: Buffer;
  /** The certificate that the client of a request holds. */
  readonly certificateOf: (request: IncomingMessage) => ShownCertificate | undefined;
  /** Missing where the bank allows none. */
  readonly secrets?: ClientSecrets;
  readonly limits: TokenLimits;
  readonly onServerError: (error: Error) => void;
}

const epochSeconds = (): number => Math.floor(Date.now() / 1000);

/**
 * OAuth 2.0 client credentials with `private_key_jwt`, for access tokens as RFC 9068 describes, and nothing else: no other
 * grant, no user, no session, no registration. A token is bound to the key that a proof comes with (RFC 9449), or to the certificate
 * that the connection does (RFC 8705).
 */
export function authorisationServer(options: AuthorisationServerOptions): Provider {
  const provider = new Provider(options.issuer, configuration(options));
  showSecrets(provider, options);
  // URLs in the metadata follow from the issuer: the mount overwrites the host that the client named (oauth.routes.ts).
  provider.proxy = true;
  provider.on('server_error', (_ctx, error) => options.onServerError(error));
  provider.use(async (ctx, next) => {
    await next();
    if (ctx.status < 400 || ctx.status >= 500 || (await options.limits.failed(ctx.req.socket.remoteAddress ?? ''))) return;
    ctx.status = 429;
    ctx.set('retry-after', '1');
    ctx.body = { error: 'temporarily_unavailable', error_description: 'too many requests that failed' };
  });
  return provider;
}

function configuration({ issuer, audience, signingKey, ...ports }: AuthorisationServerOptions): Configuration {
  return {
    adapter: (name: string) => storage(name, ports),
    jwks: { keys: [signingKey as never] },
    routes: { token: '/token', jwks: '/jwks' },
    clientAuthMethods: ['private_key_jwt', ...(ports.secrets === undefined ? [] : (['client_secret_basic'] as const))],
    // No identity tokens are issued; the library insists on a key for them all the same.
    clientDefaults: { id_token_signed_response_alg: 'ES256' },
    enabledJWA: { clientAuthSigningAlgValues: [...SIGNATURES], dPoPSigningAlgValues: [...PROOF_SIGNATURES] },
    assertJwtClientAuthClaimsAndHeader: async (ctx, claims, header, client) => {
      checkAssertion(claims, header, issuer);
      await checkCertificate(ctx, client.clientId, ports);
      checkProofAge(ctx);
    },
    extraTokenClaims: (ctx) => askedWith(ctx, ports),
    clockTolerance: CLOCK_TOLERANCE,
    responseTypes: [],
    scopes: [],
    claims: {},
    subjectTypes: ['public'],
    ttl: { ClientCredentials: TOKEN_LIFE },
    cookies: { keys: [] },
    features: {
      clientCredentials: { enabled: true },
      devInteractions: { enabled: false },
      dPoP: { enabled: true, nonceSecret: ports.nonceSecret, requireNonce: () => true },
      mTLS: { enabled: true, certificateBoundAccessTokens: true, getCertificate: (ctx) => ports.certificateOf(ctx.req)?.pem },
      introspection: { enabled: false },
      pushedAuthorizationRequests: { enabled: false },
      revocation: { enabled: false },
      rpInitiatedLogout: { enabled: false },
      userinfo: { enabled: false },
      resourceIndicators: {
        enabled: true,
        defaultResource: async () => audience,
        getResourceServerInfo: async (_ctx: KoaContextWithOIDC, resource: string) => {
          if (resource !== audience) throw new errors.InvalidTarget();
          return { audience, scope: '', accessTokenFormat: 'jwt', accessTokenTTL: TOKEN_LIFE, jwt: { sign: { alg: 'ES256' } } };
        },
      },
    },
  };
}

/** R29, beyond what the library asks: the issuer as the only audience, and a short life. */
function checkAssertion(claims: Record<string, unknown>, header: Record<string, unknown>, issuer: string): void {
  const { aud, iat, exp, jti } = claims;
  // The library would take a list, and the token endpoint's URL: then a rogue server could use what it was sent.
  if (aud !== issuer) throw new errors.InvalidClientAuth('aud is not the issuer alone');
  if (typeof header['kid'] !== 'string') throw new errors.InvalidClientAuth('kid is missing');
  if (typeof jti !== 'string' || jti.length > 255) throw new errors.InvalidClientAuth('jti is not a short text');
  if (typeof iat !== 'number' || typeof exp !== 'number') throw new errors.InvalidClientAuth('iat or exp is missing');
  if (exp - iat > ASSERTION_LIFE + 1 || exp > epochSeconds() + ASSERTION_LIFE + CLOCK_TOLERANCE) {
    throw new errors.InvalidClientAuth('the assertion lives too long');
  }
}

/** Whoever comes with a certificate that is not known as the client's means to be bound to it, and must not be told that it is. */
async function checkCertificate(ctx: KoaContextWithOIDC, clientId: string, { certificateOf, findClient }: Ports): Promise<void> {
  const certificate = isProving(ctx) ? undefined : certificateOf(ctx.req);
  if (certificate === undefined) return;
  const found = await findClient(clientId);
  if (found === undefined || !isTakenFrom(found, certificate)) throw new errors.InvalidClientAuth("the certificate is not the client's");
}

const isProving = (ctx: KoaContextWithOIDC): boolean => ctx.get('DPoP') !== '';

/** Seconds. The library takes any time where there is a nonce; under which minute a proof is remembered must follow from the proof. */
const PROOF_AGE = 120;

const proofMinute = (ctx: KoaContextWithOIDC): number => Math.floor(Number(decodeJwt(ctx.get('DPoP')).iat) / 60);

function checkProofAge(ctx: KoaContextWithOIDC): void {
  if (!isProving(ctx)) return;
  try {
    if (Math.abs(Number(decodeJwt(ctx.get('DPoP')).iat) - epochSeconds()) <= PROOF_AGE) return;
  } catch {
    // No proof at all; the library says so.
    return;
  }
  throw new errors.InvalidDpopProof('iat is not recent enough');
}

const showsSecret = (ctx: KoaContextWithOIDC | undefined): boolean => ctx?.get('authorization').toLowerCase().startsWith('basic ') === true;

/** The library would compare with a secret that it knows; here nobody does. */
function showSecrets(provider: Provider, { secrets, findClient, limits, onServerError }: AuthorisationServerOptions): void {
  const { prototype } = provider.Client as unknown as {
    prototype: { clientId: string; compareClientSecret: (actual: string) => Promise<boolean> };
  };
  prototype.compareClientSecret = async function compare(secret) {
    const { clientId } = this;
    const address = Provider.ctx?.req.socket.remoteAddress ?? '';
    if (!(await limits.mayShowSecret(clientId, address))) throw putOff(429, 60, 'too many wrong secrets');
    const found = await whereAvailable(() => findClient(clientId), onServerError);
    if (found === undefined || secrets?.isRight(clientId, secret, found.secretHash) !== true) {
      await limits.secretWasWrong(clientId, address);
      return false;
    }
    if (!(await limits.authenticated(clientId))) throw putOff(429, 1, 'too many tokens');
    return true;
  };
}

/** With which of its keys the client has asked: the token is worth nothing any more when that one is revoked. */
async function askedWith(ctx: KoaContextWithOIDC, { findClient }: Ports): Promise<Record<string, string>> {
  if (showsSecret(ctx)) return { [ASKED_WITH_CLAIM]: (await findClient(ctx.oidc.client?.clientId ?? ''))?.secretHash ?? '' };
  const { kid } = decodeProtectedHeader(String(ctx.oidc.params?.['client_assertion']));
  const found = await findClient(ctx.oidc.client?.clientId ?? '');
  const key = found?.keys.find((each) => each.kid === kid);
  if (key === undefined) throw new errors.InvalidClientAuth('the key was revoked meanwhile');
  return { [ASKED_WITH_CLAIM]: key.thumbprint };
}

type Ports = Omit<AuthorisationServerOptions, 'issuer' | 'audience' | 'signingKey'>;

/** Seconds after which a full disk or a lost log may be worth another try. */
const TRY_AGAIN = 5;

/** Without knowing the client, or that an assertion was not used before, nobody gets a token. */
async function whereAvailable<Result>(ask: () => Result | Promise<Result>, onServerError: (error: Error) => void): Promise<Result> {
  try {
    return await ask();
  } catch (error) {
    onServerError(error as Error);
    throw putOff(503, TRY_AGAIN, 'tokens cannot be issued at the moment');
  }
}

/** RFC 6749 has the word for its other endpoint; it says what is so. @param retryAfter seconds */
function putOff(status: number, retryAfter: number, description: string): Error {
  Provider.ctx?.set('retry-after', String(retryAfter));
  const error = new errors.OIDCProviderError(status, 'temporarily_unavailable');
  return Object.assign(error, { expose: true, error_description: description });
}

/** What the library keeps: clients come from the log, used assertions are counted, and there is nothing else to keep. */
function storage(name: string, ports: Ports): Adapter {
  const { findClient, useAssertion, useProof, limits, onServerError } = ports;
  const nothing = async (): Promise<undefined> => undefined;
  const adapter: Adapter = {
    find: nothing,
    upsert: nothing,
    findByUid: nothing,
    findByUserCode: nothing,
    consume: nothing,
    destroy: nothing,
    revokeByGrantId: nothing,
  };
  if (name === 'Client') adapter.find = async (id) => metadata(await whereAvailable(() => findClient(id), onServerError), ports);
  if (name === 'ReplayDetection') {
    // The library looks first and stores later, which lets two requests at once pass; so only the storing counts.
    const authenticated = new WeakSet<object>();
    adapter.upsert = async (id) => {
      const { ctx } = Provider;
      const clientId = ctx?.oidc.client?.clientId ?? '';
      // A client shows who it is before it proves anything else.
      if (ctx !== undefined && (authenticated.has(ctx) || showsSecret(ctx))) {
        checkProofAge(ctx);
        if (await whereAvailable(() => useProof(id, proofMinute(ctx)), onServerError)) return;
        throw new errors.InvalidDpopProof('the proof was used before');
      }
      if (ctx !== undefined) authenticated.add(ctx);
      if (!(await limits.authenticated(clientId))) throw putOff(429, 1, 'too many tokens');
      const isFirst = await whereAvailable(() => useAssertion(id, refusedFrom(Provider.ctx), epochSeconds()), onServerError);
      if (isFirst) return;
      await limits.wasNotTheClient(clientId);
      throw new errors.InvalidClientAuth('the assertion was used before');
    };
  }
  return adapter;
}

/**
 * Seconds since the epoch from which the assertion of this request is refused for its age. What the library hands on was reckoned from
 * the time of the request, and may be a second off the next time.
 */
function refusedFrom(ctx: KoaContextWithOIDC | undefined): number {
  const { exp } = decodeJwt(String(ctx?.oidc.params?.['client_assertion']));
  return (exp as number) + CLOCK_TOLERANCE;
}

function metadata(found: ActiveClient | undefined, { certificateOf, secrets }: Ports): AdapterPayload | undefined {
  if (found === undefined) return undefined;
  const { ctx } = Provider;
  const keys = found.keys.map(({ kid, jwk }) => ({ ...jwk, kid, use: 'sig', alg: signatureOf(jwk) as string }));
  return {
    client_id: found.identity.clientId,
    grant_types: ['client_credentials'],
    redirect_uris: [],
    response_types: [],
    ...(secrets !== undefined && found.secretHash !== '' && showsSecret(ctx)
      ? { token_endpoint_auth_method: 'client_secret_basic', client_secret: found.secretHash }
      : { token_endpoint_auth_method: 'private_key_jwt' }),
    // To the library a property of the client; here of the connection that it comes over.
    tls_client_certificate_bound_access_tokens: ctx !== undefined && !isProving(ctx) && certificateOf(ctx.req) !== undefined,
    jwks: { keys },
  } as AdapterPayload;
}
