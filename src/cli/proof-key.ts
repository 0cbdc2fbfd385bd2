import { createHash, randomUUID } from 'node:crypto';
import { type CryptoKey, exportJWK, generateKeyPair, importJWK, type JWK, SignJWT } from 'jose';

/** A key that tokens are bound to (RFC 9449), with the nonces that servers have handed out. */
export class ProofKey {
  /** By origin: a nonce is of the server that made it. */
  private readonly nonces = new Map<string, string>();

  private constructor(
    private readonly privateKey: CryptoKey,
    private readonly publicJwk: JWK,
  ) {}

  static async make(): Promise<ProofKey> {
    const { privateKey, publicKey } = await generateKeyPair('ES256');
    return new ProofKey(privateKey, await exportJWK(publicKey));
  }

  /** A key that somebody keeps. @param privateJwk ES256 */
  static async of(privateJwk: JWK): Promise<ProofKey> {
    const { kty, crv, x, y } = privateJwk;
    return new ProofKey((await importJWK(privateJwk, 'ES256')) as CryptoKey, { kty, crv, x, y } as JWK);
  }

  /** Takes a nonce that a resource has handed out. */
  remember(uri: string, nonce: string): void {
    this.nonces.set(placeOf(uri, 'shown'), nonce);
  }

  /** @param uri as the service calls itself @param token that is shown with it; none where one is asked for */
  async proof(method: string, uri: string, token?: string): Promise<string> {
    const htu = uri.split(/[?#]/, 1)[0] as string;
    const nonce = this.nonces.get(placeOf(uri, token));
    const ath = token === undefined ? undefined : createHash('sha256').update(token).digest('base64url');
    return new SignJWT({ htm: method, htu, ...(nonce !== undefined && { nonce }), ...(ath !== undefined && { ath }) })
      .setProtectedHeader({ alg: 'ES256', typ: 'dpop+jwt', jwk: this.publicJwk as never })
      .setJti(randomUUID())
      .setIssuedAt()
      .sign(this.privateKey);
  }

  /** Sends a request with a proof, and once more where the server wants another nonce. */
  async proven(
    method: string,
    uri: string,
    send: (headers: Record<string, string>) => Promise<Response>,
    token?: string,
  ): Promise<Response> {
    const first = await send({ dpop: await this.proof(method, uri, token) });
    const nonce = first.headers.get('dpop-nonce');
    if (nonce !== null) this.nonces.set(placeOf(uri, token), nonce);
    if (nonce === null || (first.status !== 401 && first.status !== 400) || !(await wantsNonce(first))) return first;
    return send({ dpop: await this.proof(method, uri, token) });
  }
}

/** An authorisation server and a resource at one origin have nonces of their own. */
const placeOf = (uri: string, token: string | undefined): string => `${token === undefined ? 'token' : 'resource'} ${new URL(uri).origin}`;

async function wantsNonce(response: Response): Promise<boolean> {
  if (response.headers.get('www-authenticate')?.includes('use_dpop_nonce') === true) return true;
  const body = (await response
    .clone()
    .json()
    .catch(() => ({}))) as { error?: string };
  return body.error === 'use_dpop_nonce';
}
