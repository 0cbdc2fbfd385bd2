import { createHash, createPrivateKey } from 'node:crypto';
import { createSigner, httpbis } from 'http-message-signatures';
import type { JWK } from 'jose';

const ALGORITHMS: Readonly<Record<string, string>> = { ES256: 'ecdsa-p256-sha256', EdDSA: 'ed25519', PS256: 'rsa-pss-sha512' };

/** What a request is signed over: all that makes it the command that it is, and the token or the proof that it comes with. */
const COVERED = ['@method', '@target-uri', 'content-digest', 'content-type', 'idempotency-key'];

export interface SignableRequest {
  readonly method: string;
  /** As the service calls itself. */
  readonly url: string;
  /** With `authorization`, `content-type` and `idempotency-key`; names in lower case. */
  readonly headers: Readonly<Record<string, string>>;
  readonly body: string;
}

/**
 * The headers by which a request is signed (RFC 9421) with the key that signs a client's assertions, its content by its digest
 * (RFC 9530).
 * @param key private, with `kid` and `alg`
 */
export async function signatureHeaders(request: SignableRequest, key: JWK): Promise<Record<string, string>> {
  const digest = createHash('sha256').update(request.body).digest('base64');
  const headers = { ...request.headers, 'content-digest': `sha-256=:${digest}:` };
  const algorithm = ALGORITHMS[key.alg ?? 'ES256'] ?? '';
  const signer = createSigner(createPrivateKey({ key: key as never, format: 'jwk' }), algorithm, key.kid);
  const credential = 'dpop' in headers ? 'dpop' : 'authorization';
  const config = { key: signer, name: 'sig', fields: [...COVERED, credential], params: ['created', 'keyid', 'alg'] };
  const signed = await httpbis.signMessage(config, { method: request.method, url: request.url, headers });
  const { Signature: signature = '', 'Signature-Input': input = '' } = signed.headers as Record<string, string>;
  return { 'content-digest': headers['content-digest'], signature, 'signature-input': input };
}
