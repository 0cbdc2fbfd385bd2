import { createHash, generateKeyPairSync, type KeyObject, randomUUID, sign } from 'node:crypto';

interface ProofKey {
  readonly privateKey: KeyObject;
  /** The first part of each of its proofs. */
  readonly header: string;
  readonly thumbprint: string;
}

/**
 * Proofs of possession (RFC 9449), made before they are sent: what is measured is their verification. They are fresh for a minute at
 * least, so each phase has its own. Signed here and not by a library, which would take longer than the phase for which they are made.
 */
export class Proofs {
  private readonly keys = new Map<string, ProofKey>();
  private nonce = '';

  constructor(private readonly port: number) {}

  thumbprintOf(client: string): string {
    return this.keyOf(client).thumbprint;
  }

  /** Asks the running service for its nonce: with a proof that has none. */
  async renew(client: string, token: string): Promise<void> {
    const path = '/v1/leads';
    const headers = { authorization: `DPoP ${token}`, dpop: this.of(client, path, token, 'GET') };
    const response = await fetch(`http://127.0.0.1:${this.port}${path}`, { headers });
    await response.arrayBuffer();
    this.nonce = response.headers.get('dpop-nonce') ?? this.nonce;
    if (this.nonce === '') throw new Error(`the service hands out no nonce: ${response.status}`);
  }

  of(client: string, path: string, token: string, method = 'POST'): string {
    const { header, privateKey } = this.keyOf(client);
    const claims = {
      jti: randomUUID(),
      htm: method,
      htu: `http://127.0.0.1:${this.port}${path}`,
      iat: Math.floor(Date.now() / 1000),
      ath: createHash('sha256').update(token).digest('base64url'),
      nonce: this.nonce,
    };
    const text = `${header}.${Buffer.from(JSON.stringify(claims)).toString('base64url')}`;
    return `${text}.${sign('sha256', Buffer.from(text), { key: privateKey, dsaEncoding: 'ieee-p1363' }).toString('base64url')}`;
  }

  private keyOf(client: string): ProofKey {
    let key = this.keys.get(client);
    if (key === undefined) this.keys.set(client, (key = newKey()));
    return key;
  }
}

function newKey(): ProofKey {
  const { privateKey, publicKey } = generateKeyPairSync('ec', { namedCurve: 'P-256' });
  const { crv, x, y } = publicKey.export({ format: 'jwk' });
  const header = { alg: 'ES256', typ: 'dpop+jwt', jwk: { kty: 'EC', crv, x, y } };
  // RFC 7638: the members that make the key, in the order of their names.
  const thumbprint = createHash('sha256')
    .update(JSON.stringify({ crv, kty: 'EC', x, y }))
    .digest('base64url');
  return { privateKey, header: Buffer.from(JSON.stringify(header)).toString('base64url'), thumbprint };
}
