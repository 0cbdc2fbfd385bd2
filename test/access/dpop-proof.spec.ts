import { randomUUID } from 'node:crypto';
import { calculateJwkThumbprint, type JWK, SignJWT } from 'jose';
import { StoreUnavailable } from '../../src/event-sourcing/event-store.js';
import { DpopProofs } from '../../src/modules/access/dpop-proof.js';
import { ProofNonces } from '../../src/modules/access/proof-nonces.js';
import { type UsedProofs, UsedProofsOfProcess } from '../../src/modules/access/used-proofs.js';
import { newKey, publicJwk } from '../http/test-app.js';
import { ath, proofOf } from './proofs.js';

const NOON = Date.parse('2026-01-01T12:00:00Z');
const SECRET = 'a secret of the replicas';
const TOKEN = 'the token';
const METHOD = 'POST';
const TARGET = '/v1/leads?view=all';
const HTU = 'https://gate.example/v1/leads';

/** Rows of equal length: for a missing one jest would pass its callback. */
const rows = (table: readonly [string, object, object?][]): [string, object, object][] =>
  table.map(([what, claims, header = {}]) => [what, claims, header]);

describe('A proof of possession (R28)', () => {
  let now = NOON;
  let key: JWK;
  let jkt: string;
  let nonces: ProofNonces;
  let proofs: DpopProofs;
  const server = (used: UsedProofs = new UsedProofsOfProcess()): DpopProofs =>
    new DpopProofs({ publicUrl: 'https://gate.example', nonces, used, now: () => now });
  const good = (): object => ({ htm: METHOD, htu: HTU, ath: ath(TOKEN), iat: Math.floor(now / 1000), nonce: nonces.current() });
  const made = (claims: object = {}, header: object = {}, signer: JWK = key): Promise<string> =>
    proofOf(signer, { ...good(), ...claims }, header);
  const take = async (more: { proof: string }): Promise<string | undefined> => {
    const checked = await proofs.verify({ method: METHOD, target: TARGET, token: TOKEN, jkt, ...more });
    await checked.take();
    return checked.freshNonce;
  };
  const shown = (proof: string, more: object = {}): Promise<string> =>
    take({ proof, ...more }).then(
      (fresh) => `taken${fresh === undefined ? '' : ', and another nonce'}`,
      (error: { code?: string }) => error.code ?? 'another error',
    );

  beforeAll(async () => {
    key = await newKey();
    jkt = await calculateJwkThumbprint(key);
  });
  beforeEach(() => {
    now = NOON;
    nonces = new ProofNonces(SECRET, () => now);
    proofs = server();
  });

  it.each(
    rows([
      ['as it should be', {}],
      ['of which the host is written in capitals, and the port is the usual', { htu: 'HTTPS://Gate.EXAMPLE:443/v1/leads' }],
      ['of which the address has a query and a fragment', { htu: `${HTU}?view=none#top` }],
      ['made by a clock that is two minutes behind', { iat: NOON / 1000 - 120 }],
      ['made by a clock that is two minutes ahead', { iat: NOON / 1000 + 120 }],
      ['with claims that nobody knows', { purpose: 'test' }],
    ]),
  )('%s: taken', async (_, claims, header) => {
    expect(await shown(await made(claims, header))).toBe('taken');
  });

  it.each(['ES256', 'EdDSA', 'PS256'])('signed with %s: taken', async (alg) => {
    const other = await newKey(alg);
    expect(await shown(await made({}, {}, other), { jkt: await calculateJwkThumbprint(other) })).toBe('taken');
  });

  it.each(
    rows([
      ['for another method', { htm: 'GET' }],
      ['for the method in small letters', { htm: 'post' }],
      ['for another host', { htu: 'https://evil.example/v1/leads' }],
      ['for another port', { htu: 'https://gate.example:8443/v1/leads' }],
      ['for plain HTTP', { htu: 'http://gate.example/v1/leads' }],
      ['for a path in capitals', { htu: 'https://gate.example/v1/LEADS' }],
      ['for a longer path', { htu: 'https://gate.example/v1/leads/1' }],
      ['for a path with a slash more', { htu: 'https://gate.example/v1/leads/' }],
      ['for an address with somebody in it', { htu: 'https://user@gate.example/v1/leads' }],
      ['for a path alone', { htu: '/v1/leads' }],
      ['for no address', { htu: undefined }],
      ['for a list of addresses', { htu: [HTU] }],
      ['for another token', { ath: ath('another') }],
      ['for no token', { ath: undefined }],
      ['without an id', { jti: undefined }],
      ['with an empty id', { jti: '' }],
      ['with an id that is a number', { jti: 7 }],
      ['with an id that is a book', { jti: 'x'.repeat(257) }],
      ['without a time', { iat: undefined }],
      ['with a time that is a text', { iat: String(NOON / 1000) }],
      ['of three minutes ago', { iat: NOON / 1000 - 180 }],
      ['of three minutes ahead', { iat: NOON / 1000 + 180 }],
      ['that has expired', { exp: NOON / 1000 - 200 }],
      ['that is not valid yet', { nbf: NOON / 1000 + 200 }],
      ['of another type', {}, { typ: 'JWT' }],
      ['of the type of access tokens', {}, { typ: 'at+jwt' }],
      ['without a type', {}, { typ: undefined }],
      ['without a key', {}, { jwk: undefined }],
      ['with a key that is a text', {}, { jwk: 'key' }],
      ['with a key that is a list', {}, { jwk: [] }],
      ['with a key of no kind', {}, { jwk: {} }],
      ['with a point that is on no curve', {}, { jwk: { kty: 'EC', crv: 'P-256', x: 'AAAA', y: 'AAAA' } }],
      ['with an extension that must be understood', {}, { crit: ['b65'], b65: true }],
    ]),
  )('%s: refused', async (_, claims, header) => {
    const proof = await made(claims, header).catch(() => handMade({ ...good(), ...claims }, header));
    expect(await shown(proof)).toBe('PROOF_INVALID');
  });

  const part = (value: object): string => Buffer.from(JSON.stringify(value)).toString('base64url');
  /** What the library does not sign; the signature is some other proof's. */
  const handMade = async (claims: object, header: object): Promise<string> => {
    const [, , signature] = (await made()).split('.');
    return `${part({ alg: 'ES256', typ: 'dpop+jwt', jwk: publicJwk(key), ...header })}.${part(claims)}.${signature}`;
  };

  it('unsigned, or signed with the public key as a secret: refused', async () => {
    const header = { typ: 'dpop+jwt', jwk: publicJwk(key) };
    expect(await shown(`${part({ ...header, alg: 'none' })}.${part({ jti: 'a', ...good() })}.`)).toBe('PROOF_INVALID');
    const secret = Buffer.from(JSON.stringify(publicJwk(key)));
    const forged = await new SignJWT({ jti: 'a', ...good() }).setProtectedHeader({ ...header, alg: 'HS256' } as never).sign(secret);
    expect(await shown(forged)).toBe('PROOF_INVALID');
    const shared = { kty: 'oct', k: secret.toString('base64url') };
    const own = await new SignJWT({ jti: 'a', ...good() })
      .setProtectedHeader({ typ: 'dpop+jwt', alg: 'HS256', jwk: shared } as never)
      .sign(secret);
    expect(await shown(own)).toBe('PROOF_INVALID');
  });

  it.each(['d', 'p', 'k'])('that shows a private key, by its member %s: refused, though it is the right key', async (member) => {
    const jwk = { ...publicJwk(key), [member]: key.d };
    expect(await shown(await made({}, { jwk }))).toBe('PROOF_INVALID');
  });

  it.each(['RS256', 'ES384', 'PS512'])('signed with %s, which no list has: refused', async (alg) => {
    const other = await newKey(alg);
    expect(await shown(await made({}, {}, other), { jkt: await calculateJwkThumbprint(other) })).toBe('PROOF_INVALID');
  });

  it('of another key: refused, also when that key is known', async () => {
    const other = await newKey();
    expect(await shown(await made({}, {}, other), { jkt: await calculateJwkThumbprint(other) })).toBe('taken');
    expect(await shown(await made({}, {}, other))).toBe('PROOF_INVALID');
  });

  it('that shows the right key and is signed with another: refused', async () => {
    expect(await shown(await made({}, { jwk: publicJwk(key) }, { ...(await newKey()) }))).toBe('PROOF_INVALID');
  });

  it('cut short anywhere, doubled, empty, huge, or nonsense: refused', async () => {
    const proof = await made();
    for (let length = 0; length < proof.length; length += 7) expect(await shown(proof.slice(0, length))).toBe('PROOF_INVALID');
    for (const other of [
      `${proof}, ${await made()}`,
      `${proof}.`,
      ' ',
      '..',
      'a.b.c',
      `${'a'.repeat(100_000)}.b.c`,
      `${proof}${'A'.repeat(9_000)}`,
    ]) {
      expect(await shown(other)).toBe('PROOF_INVALID');
    }
    expect(await shown(await made({ jti: 'huge', filler: 'x'.repeat(9_000) }))).toBe('PROOF_INVALID');
    expect(await shown(proof)).toBe('taken');
  });

  describe('serves once', () => {
    it('however often it comes', async () => {
      const proof = await made();
      expect([await shown(proof), await shown(proof), await shown(proof)]).toEqual(['taken', 'PROOF_INVALID', 'PROOF_INVALID']);
    });

    it('of two hundred at once: exactly one', async () => {
      const proof = await made();
      const answers = await Promise.all(Array.from({ length: 200 }, () => shown(proof)));
      expect(answers.filter((answer) => answer === 'taken')).toHaveLength(1);
    });

    it('signed anew under the same id: not again', async () => {
      expect([await shown(await made({ jti: 'one' })), await shown(await made({ jti: 'one', more: 1 }))]).toEqual([
        'taken',
        'PROOF_INVALID',
      ]);
    });

    it('for as long as its nonce is good, whatever the clock does', async () => {
      const proof = await made();
      expect(await shown(proof)).toBe('taken');
      const after: string[] = [];
      for (const jump of [30, 59, 60, 119, 60, 0, -60]) {
        now = NOON + jump * 1000;
        // Others come in between, with newer nonces.
        await shown(await made());
        after.push(await shown(proof));
      }
      expect(after.filter((each) => each.startsWith('taken'))).toEqual([]);
    });

    it('and not at all by a process that started since: what was used before is not known', async () => {
      const proof = await made();
      expect(await shown(proof)).toBe('taken');
      nonces = new ProofNonces('the secret of the next start', () => now);
      proofs = server();
      expect(await shown(proof)).toBe('PROOF_NONCE_NEEDED');
    });
  });

  describe('carries a nonce of this service', () => {
    it.each([undefined, '', 'made-up', 7, ['a']])('%p is none: it is told one, which is taken then', async (nonce) => {
      expect(await shown(await made({ nonce }))).toBe('PROOF_NONCE_NEEDED');
      const refusal = await proofs
        .verify({ proof: await made({ nonce }), method: METHOD, target: TARGET, token: TOKEN, jkt })
        .catch(({ details }: { details: { nonce: string } }) => details.nonce as never);
      expect(await shown(await made({ nonce: refusal }))).toBe('taken');
    });

    it('of this minute or the last: taken, and the last is followed by a new one; older ones are not', async () => {
      const nonce = nonces.current();
      now = NOON + 60_000;
      expect(await shown(await made({ nonce }))).toBe('taken, and another nonce');
      now = NOON + 119_999;
      expect(await shown(await made({ nonce }))).toBe('taken, and another nonce');
      now = NOON + 120_000;
      expect(await shown(await made({ nonce }))).toBe('PROOF_NONCE_NEEDED');
    });

    it('that is given up stays so when the clock goes back', async () => {
      const nonce = nonces.current();
      now = NOON + 600_000;
      nonces.current();
      now = NOON;
      expect(await shown(await made({ nonce }))).toBe('PROOF_NONCE_NEEDED');
      expect(await shown(await made())).toBe('taken');
    });

    it('of a replica that has the same secret: taken, a minute ahead, too', async () => {
      const ahead = new ProofNonces(SECRET, () => now + 60_000);
      expect(await shown(await made({ nonce: ahead.current() }))).toMatch(/^taken/);
      const other = new ProofNonces('another secret', () => now);
      expect(await shown(await made({ nonce: other.current() }))).toBe('PROOF_NONCE_NEEDED');
    });
  });

  describe('where it cannot be known whether it was used', () => {
    it('because there are too many to remember: put off, and nothing is forgotten for it', async () => {
      proofs = server(new UsedProofsOfProcess(2));
      const first = await made();
      expect([await shown(first), await shown(await made())]).toEqual(['taken', 'taken']);
      const third = await made();
      await expect(take({ proof: third })).rejects.toThrow(StoreUnavailable);
      expect(await shown(first)).toBe('PROOF_INVALID');
      now = NOON + 6 * 60_000;
      expect(await shown(await made())).toBe('taken');
    });

    it('because the log is gone: put off', async () => {
      proofs = server({ use: () => Promise.reject(new StoreUnavailable('gone')) });
      await expect(take({ proof: await made() })).rejects.toThrow(StoreUnavailable);
    });
  });

  it('is not used up before it is taken', async () => {
    const proof = await made();
    const request = { proof, method: METHOD, target: TARGET, token: TOKEN, jkt };
    await proofs.verify(request);
    expect([await shown(proof), await shown(proof)]).toEqual(['taken', 'PROOF_INVALID']);
  });

  it('is held in memory by a short hash, however long its id', () => {
    const used = new UsedProofsOfProcess();
    used.use(`${jkt} ${'x'.repeat(256)}`, 1);
    const held = [...(used as unknown as { byMinute: Map<number, Set<string>> }).byMinute.values()].flatMap((ids) => [...ids]);
    expect(held.map(({ length }) => length)).toEqual([22]);
  });

  it('is remembered by no more than its key and its id', async () => {
    const used: [string, number][] = [];
    proofs = server({ use: (id, minute) => used.push([id, minute]) > 0 });
    const jti = randomUUID();
    await shown(await made({ jti }));
    expect(used).toEqual([[`${jkt} ${jti}`, NOON / 60_000]]);
  });
});
