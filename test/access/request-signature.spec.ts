import { createHash, createPrivateKey } from 'node:crypto';
import { createSigner, httpbis } from 'http-message-signatures';
import type { JWK } from 'jose';
import type { ClientKey } from '../../src/modules/access/client.js';
import { RequestSignatures, type SignedRequest } from '../../src/modules/access/request-signature.js';
import { clientKey } from '../../src/modules/access/signing-key.js';
import { newKey, publicJwk } from '../http/test-app.js';

const ALGORITHMS: Record<string, string> = { ES256: 'ecdsa-p256-sha256', EdDSA: 'ed25519', PS256: 'rsa-pss-sha512' };
const BODY = Buffer.from('{"purpose":"onboarding"}');
const FIELDS = ['@method', '@target-uri', 'content-digest', 'idempotency-key', 'authorization'];
const digestOf = (body: Buffer, algorithm = 'sha256'): string =>
  `${algorithm.replace('sha', 'sha-')}=:${createHash(algorithm).update(body).digest('base64')}:`;

describe("A request's message signature (RFC 9421)", () => {
  let key: JWK;
  let keys: ClientKey[];
  const signatures = new RequestSignatures({ publicUrl: 'https://gate.example', keyedHash: (text) => `hash of ${text}`, now: Date.now });
  beforeAll(async () => {
    key = await newKey();
    keys = [await clientKey(publicJwk(key))];
  });

  interface Made {
    fields?: string[];
    params?: string[];
    paramValues?: object;
    headers?: Record<string, string>;
    url?: string;
    method?: string;
    signer?: JWK;
  }
  const made = async ({
    fields = FIELDS,
    params,
    paramValues,
    headers = {},
    url,
    method = 'POST',
    signer = key,
  }: Made = {}): Promise<SignedRequest> => {
    const all: Record<string, string> = {
      authorization: 'Bearer token',
      'idempotency-key': 'key-1',
      'content-type': 'application/json',
      'content-digest': digestOf(BODY),
      ...headers,
    };
    const algorithm = ALGORITHMS[signer.alg as string] as string;
    const config = {
      key: createSigner(createPrivateKey({ key: signer as never, format: 'jwk' }), algorithm, signer.kid),
      fields,
      params: params ?? ['created', 'keyid'],
      ...(paramValues && { paramValues: paramValues as Record<string, Date> }),
    };
    const signed = await httpbis.signMessage(config, { method, url: url ?? 'https://gate.example/v1/leads?a=b', headers: all });
    const lower = Object.fromEntries(Object.entries(signed.headers).map(([name, value]) => [name.toLowerCase(), value as string]));
    return { method: 'POST', target: '/v1/leads?a=b', headers: lower, body: BODY };
  };
  const verdict = (request: SignedRequest, with_ = keys): Promise<string> =>
    signatures.verify(request, with_).then(
      () => 'taken',
      ({ code }: { code: string }) => code,
    );
  const seconds = (): number => Math.floor(Date.now() / 1000);

  it('is taken, and kept as it was made, with a keyed hash of the digest', async () => {
    const request = await made();
    const value = /:(.*):/.exec(request.headers['signature'] as string)?.[1];
    const input = (request.headers['signature-input'] as string).slice('sig='.length);
    expect(await signatures.verify(request, keys)).toEqual({
      input,
      value,
      keyId: key.kid,
      contentDigestHash: `hash of ${digestOf(BODY)}`,
    });
  });

  it.each(['ES256', 'EdDSA', 'PS256'])('made with a key for %s: taken', async (alg) => {
    const other = await newKey(alg);
    const request = await made({ signer: other, params: ['created', 'keyid', 'alg'] });
    expect(await verdict(request, [await clientKey(publicJwk(other))])).toBe('taken');
  });

  const good: [string, Made][] = [
    ['over the proof of possession instead of the token', { fields: [...FIELDS.slice(0, 4), 'dpop'], headers: { dpop: 'proof' } }],
    ['over more of what there is', { fields: [...FIELDS, 'content-type'] }],
    ['with an end', { params: ['created', 'keyid', 'expires'] }],
    ['of a content with another digest', { headers: { 'content-digest': digestOf(BODY, 'sha512') } }],
    ['of a content with two digests', { headers: { 'content-digest': `${digestOf(BODY)}, ${digestOf(BODY, 'sha512')}` } }],
  ];
  it.each(good)('%s: taken', async (_, changed) => {
    expect(await verdict(await made(changed))).toBe('taken');
  });

  const bad: [string, () => Promise<Made> | Made][] = [
    ...FIELDS.map((field): [string, () => Made] => [
      `that leaves out ${field}`,
      () => ({ fields: FIELDS.filter((each) => each !== field) }),
    ]),
    ['that leaves out the time', () => ({ params: ['keyid'] })],
    ['that leaves out the key', () => ({ params: ['created'] })],
    ['with free text in a parameter', () => ({ params: ['created', 'keyid', 'tag'], paramValues: { tag: 'Jana Novotna' } })],
    ['over what is not asked for', () => ({ fields: [...FIELDS, 'x-note'], headers: { 'x-note': 'Jana Novotna' } })],
    ['over the method of another request', () => ({ fields: ['@method;req', ...FIELDS.slice(1)] })],
    ['of three minutes ago', () => ({ paramValues: { created: new Date(Date.now() - 180_000) } })],
    ['of three minutes ahead', () => ({ paramValues: { created: new Date(Date.now() + 180_000) } })],
    ['that has expired', () => ({ params: ['created', 'keyid', 'expires'], paramValues: { expires: new Date(Date.now() - 5_000) } })],
    ['of another address', () => ({ url: 'https://gate.example/v1/customers' })],
    ['of another host', () => ({ url: 'https://evil.example/v1/leads?a=b' })],
    ['of another method', () => ({ method: 'PUT' })],
    ['by a key that is not registered', async () => ({ signer: await newKey() })],
    ['by another key under the id of one that is', async () => ({ signer: { ...(await newKey()), kid: key.kid as string } })],
    ['of a content with another digest than it has', () => ({ headers: { 'content-digest': digestOf(Buffer.from('{}')) } })],
    [
      'of a content with a weak digest',
      () => ({ headers: { 'content-digest': `md5=:${createHash('md5').update(BODY).digest('base64')}:` } }),
    ],
    [
      'of a content with a right and a wrong digest',
      () => ({ headers: { 'content-digest': `${digestOf(BODY)}, ${digestOf(Buffer.from('x'), 'sha512')}` } }),
    ],
    [
      'under an algorithm that the key does not serve',
      () => ({ params: ['created', 'keyid', 'alg'], paramValues: { alg: 'hmac-sha256' } }),
    ],
  ];
  it.each(bad)('%s: refused', async (_, changed) => {
    const request = await Promise.resolve(changed())
      .then(made)
      .catch(() => made({ fields: ['@method'] }));
    expect(await verdict(request)).toBe('SIGNATURE_INVALID');
  });

  it('that is one of two, has no value, is cut short, is huge, or is nonsense: refused', async () => {
    const { headers, ...rest } = await made();
    const [signature, input] = [headers['signature'] as string, headers['signature-input'] as string];
    const others: Record<string, string | undefined>[] = [
      { signature: `${signature}, other=:AAAA:`, 'signature-input': `${input}, other=("@method");created=${seconds()};keyid="x"` },
      { signature: undefined },
      { 'signature-input': undefined },
      { signature: signature.replace('sig=', 'other=') },
      { signature: 'sig=:AAAA:' },
      { signature: signature.slice(0, -8) },
      { signature: `sig=:${'A'.repeat(10_000)}:` },
      { 'signature-input': `${input};tag="x"` },
      { 'signature-input': input.replace('"@method" ', '"@method" "@method" ') },
      { 'signature-input': `${input};created=${seconds()}` },
      { 'signature-input': input.replace(/created=\d+/, `created=${seconds() - 1_000_000}`) },
      { 'signature-input': 'sig=()' },
      { 'signature-input': '' },
      { 'content-digest': undefined },
      { authorization: 'Bearer another' },
      { 'idempotency-key': 'key-2' },
    ];
    for (const other of others) {
      expect([other, await verdict({ ...rest, headers: { ...headers, ...other } })]).toEqual([other, 'SIGNATURE_INVALID']);
    }
    expect(await verdict({ ...rest, headers, body: Buffer.from('{"purpose":"marketing"}') })).toBe('SIGNATURE_INVALID');
    expect(await verdict({ ...rest, headers, body: undefined })).toBe('SIGNATURE_INVALID');
    expect(await verdict({ ...rest, headers, target: '/v1/leads?a=c' })).toBe('SIGNATURE_INVALID');
    expect(await verdict({ ...rest, headers })).toBe('taken');
  });
});
