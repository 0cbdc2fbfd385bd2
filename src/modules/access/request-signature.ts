import { createHash, createPublicKey } from 'node:crypto';
import { createVerifier, httpbis, type VerifyingKey } from 'http-message-signatures';
import type { RequestSignature } from '../../event-sourcing/message.js';
import { Problem } from '../../http/problem.js';
import type { ClientKey } from './client.js';
import { type Signature, signatureOf } from './signing-key.js';

export interface SignatureRules {
  /** Origin and path without a slash at the end, under which clients reach the service. */
  readonly publicUrl: string;
  /** In hex. */
  readonly keyedHash: (text: string) => string;
  /** Milliseconds since the epoch. */
  readonly now: () => number;
}

/** A request that comes with a signature. */
export interface SignedRequest {
  readonly method: string;
  /** As in the request line. */
  readonly target: string;
  readonly headers: Readonly<Record<string, string | string[] | undefined>>;
  readonly body: Buffer | undefined;
}

/** What has to be covered, beside a token or the proof of its possession. */
const REQUIRED = ['@method', '@target-uri', 'content-digest', 'idempotency-key'];
const EITHER = ['authorization', 'dpop'];
const ALLOWED: ReadonlySet<string> = new Set([...REQUIRED, ...EITHER, 'content-type', 'content-length']);
const PARAMETERS: ReadonlySet<string> = new Set(['created', 'keyid', 'alg', 'expires']);

/** Seconds by which a signature may be older, and newer, than this machine's clock says. */
const MOST_SECONDS_OFF = 120;
const LONGEST_HEADER = 4_096;

/** How RFC 9421 calls what our keys make. It has no RSA-PSS with SHA-256: a key for PS256 signs requests with SHA-512. */
const ALGORITHMS: Readonly<Record<Signature, string>> = { ES256: 'ecdsa-p256-sha256', EdDSA: 'ed25519', PS256: 'rsa-pss-sha512' };

/** One signature, of plain components; a subset of what RFC 9421 allows, in its canonical form, because it is kept for ever as it is. */
const INPUT = /^([a-z][a-z0-9_-]{0,31})=(\(("[a-z@-]+"(?: "[a-z@-]+")*)\)((?:;[a-z]+=(?:\d{1,12}|"[A-Za-z0-9._~-]{1,128}"))+))$/;
const VALUE = /^([a-z][a-z0-9_-]{0,31})=:([A-Za-z0-9+/]+={0,2}):$/;
const DIGEST = /^(sha-256|sha-512)=:([A-Za-z0-9+/]+={0,2}):$/;

/** Message signatures of clients (RFC 9421), made with the keys that they sign assertions with. */
export class RequestSignatures {
  constructor(private readonly rules: SignatureRules) {}

  /**
   * The library does the work; it would take any components, any number of signatures, and parameters with whatever text in them, so
   * before it is asked the form is held to what this service asks for.
   * @returns what an event keeps
   * @throws Problem `SIGNATURE_INVALID`
   */
  async verify(request: SignedRequest, keys: readonly ClientKey[]): Promise<RequestSignature> {
    const { headers, body } = request;
    const { label, input, components, parameters } = inputOf(headers['signature-input']);
    const [, labelled, value = ''] = matched(VALUE, headers['signature']);
    const key = keys.find(({ kid }) => kid === parameters.get('keyid'));
    const age = Math.abs(this.rules.now() / 1000 - Number(parameters.get('created')));
    if (labelled !== label || key === undefined || !(age <= MOST_SECONDS_OFF) || !isDigestOf(body, headers['content-digest']))
      throw invalid();
    if (!(await this.isSignedBy(key, request, components))) throw invalid();
    const contentDigestHash = this.rules.keyedHash(String(headers['content-digest']));
    return { input, value, keyId: key.kid, contentDigestHash };
  }

  private async isSignedBy(key: ClientKey, { method, target, headers }: SignedRequest, fields: string[]): Promise<boolean> {
    const message = { method, url: `${this.rules.publicUrl}${target}`, headers: headers as Record<string, string> };
    const notAfter = Math.floor(this.rules.now() / 1000) + MOST_SECONDS_OFF;
    const config = {
      keyLookup: async () => verifier(key),
      requiredFields: fields,
      requiredParams: ['created', 'keyid'],
      notAfter,
      all: true,
    };
    // What does not fit together it says by throwing.
    return (await httpbis.verifyMessage(config, message).catch(() => false)) === true;
  }
}

interface Input {
  readonly label: string;
  /** As it is kept. */
  readonly input: string;
  readonly components: string[];
  readonly parameters: ReadonlyMap<string, string>;
}

function inputOf(header: string | string[] | undefined): Input {
  const [, label = '', input = '', list = '', tail = ''] = matched(INPUT, header);
  const components = list.split(' ').map((each) => each.slice(1, -1));
  const given = tail
    .slice(1)
    .split(';')
    .map((each) => each.split('=') as [string, string]);
  const parameters = new Map(given.map(([name, value]) => [name, value.replaceAll('"', '')]));
  const isWhole = REQUIRED.every((each) => components.includes(each)) && EITHER.some((each) => components.includes(each));
  const isPlain = components.every((each) => ALLOWED.has(each)) && given.every(([name]) => PARAMETERS.has(name));
  const isOnce = new Set(components).size === components.length && parameters.size === given.length;
  if (!isWhole || !isPlain || !isOnce || !parameters.has('created') || !parameters.has('keyid')) throw invalid();
  return { label, input, components, parameters };
}

function matched(pattern: RegExp, header: string | string[] | undefined): RegExpExecArray {
  const found = typeof header === 'string' && header.length <= LONGEST_HEADER ? pattern.exec(header) : null;
  if (found === null) throw invalid();
  return found;
}

/** RFC 9530: each digest that is given has to be right, and be of a kind that stands up to somebody who wants it to be. */
function isDigestOf(body: Buffer | undefined, header: string | string[] | undefined): boolean {
  if (body === undefined || typeof header !== 'string' || header.length > LONGEST_HEADER) return false;
  return header.split(', ').every((each) => {
    const [, algorithm = '', digest] = DIGEST.exec(each) ?? [];
    return digest !== undefined && createHash(algorithm.replace('-', '')).update(body).digest('base64') === digest;
  });
}

function verifier({ kid, jwk }: ClientKey): VerifyingKey {
  const algorithm = ALGORITHMS[signatureOf(jwk) ?? 'ES256'];
  const verify = createVerifier(createPublicKey({ key: jwk as never, format: 'jwk' }), algorithm);
  return { id: kid, algs: [algorithm], verify };
}

const invalid = (): Problem => new Problem('SIGNATURE_INVALID');
