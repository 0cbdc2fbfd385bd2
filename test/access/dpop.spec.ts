import { generateKeyPair, generateProof } from 'dpop';
import { decodeJwt, type JWK } from 'jose';
import { StoreUnavailable } from '../../src/event-sourcing/event-store.js';
import { fetchToken } from '../../src/cli/oauth-client.js';
import { ProofKey } from '../../src/cli/proof-key.js';
import { UsedProofsOfProcess } from '../../src/modules/access/used-proofs.js';
import {
  header,
  newDirectory,
  newKey,
  PARTNER,
  raw,
  type RawResponse,
  startTestApp,
  type TestApp,
  type TestClient,
} from '../http/test-app.js';
import { ath, proofOf } from './proofs.js';

const WHO = '/v1/parcels/whoami';
const code = ({ body }: RawResponse): string => (JSON.parse(body) as { code?: string }).code ?? 'ok';

describe('A token that is bound to a key is worth nothing without it (R28)', () => {
  let test: TestApp;
  let client: TestClient;
  let key: JWK;
  const directory = newDirectory();
  beforeAll(async () => {
    test = await startTestApp({}, directory);
    client = await test.client(PARTNER);
    key = await newKey();
  });
  afterAll(() => test.stop());

  const request = (proofKey?: ProofKey) => {
    const { issuer, audience: resource } = test.config;
    const { clientId, privateJwk } = client;
    return { tokenEndpoint: `${test.url}/oauth/token`, issuer, clientId, privateJwk, resource, ...(proofKey && { proofKey }) };
  };
  /** A token that is bound to the key of the test. */
  const boundToken = async (to = key): Promise<string> => {
    const nonces: { nonce?: string } = {};
    const proofKey = {
      proven: async (method: string, htu: string, send: (headers: Record<string, string>) => Promise<Response>) => {
        const first = await send({ dpop: await proofOf(to, { htm: method, htu, ...nonces }) });
        nonces.nonce = first.headers.get('dpop-nonce') ?? '';
        return send({ dpop: await proofOf(to, { htm: method, htu, ...nonces }) });
      },
    };
    return (await fetchToken(request(proofKey as never))).accessToken;
  };
  const ask = (headers: Record<string, string>, path = WHO) => raw(test.url, { path, headers });
  const nonceOf = async (token: string): Promise<string> => {
    const proof = await proofOf(key, { htm: 'GET', htu: `${test.config.publicUrl}${WHO}`, ath: ath(token) });
    return header(await ask({ authorization: `DPoP ${token}`, dpop: proof }), 'dpop-nonce') ?? '';
  };
  const proof = async (token: string, claims: object = {}): Promise<string> =>
    proofOf(key, { htm: 'GET', htu: `${test.config.publicUrl}${WHO}`, ath: ath(token), nonce: await nonceOf(token), ...claims });

  it('the built-in issuer binds it to the key of the proof that it was asked for with', async () => {
    const token = await fetchToken(request(await ProofKey.make()));
    expect(decodeJwt(token.accessToken)).toMatchObject({ cnf: { jkt: expect.any(String) as unknown }, client_id: 'acme' });
  });

  it('and says so, with a nonce that it asks for first', async () => {
    const { issuer } = test.config;
    const form = { 'content-type': 'application/x-www-form-urlencoded' };
    const dpop = await proofOf(key, { htm: 'POST', htu: `${issuer}/token` });
    const { clientAssertion } = await import('../../src/cli/oauth-client.js');
    const body = async (): Promise<string> =>
      new URLSearchParams({
        grant_type: 'client_credentials',
        client_assertion_type: 'urn:ietf:params:oauth:client-assertion-type:jwt-bearer',
        client_assertion: await clientAssertion(request()),
      }).toString();
    const first = await raw(test.url, { method: 'POST', path: '/oauth/token', headers: { ...form, dpop }, body: await body() });
    expect([first.status, JSON.parse(first.body)]).toMatchObject([400, { error: 'use_dpop_nonce' }]);
    const nonce = header(first, 'dpop-nonce');
    const again = { ...form, dpop: await proofOf(key, { htm: 'POST', htu: `${issuer}/token`, nonce }) };
    const answer = await raw(test.url, { method: 'POST', path: '/oauth/token', headers: again, body: await body() });
    expect([answer.status, JSON.parse(answer.body)]).toMatchObject([200, { token_type: 'DPoP', expires_in: 300 }]);
    // The same proof with another assertion.
    const replayed = await raw(test.url, { method: 'POST', path: '/oauth/token', headers: again, body: await body() });
    expect([replayed.status, JSON.parse(replayed.body)]).toMatchObject([400, { error: 'invalid_dpop_proof' }]);
    const old = await proofOf(key, { htm: 'POST', htu: `${issuer}/token`, nonce, iat: Math.floor(Date.now() / 1000) - 180 });
    const aged = await raw(test.url, { method: 'POST', path: '/oauth/token', headers: { ...form, dpop: old }, body: await body() });
    expect([aged.status, JSON.parse(aged.body)]).toMatchObject([400, { error: 'invalid_dpop_proof' }]);
  });

  it('its metadata say which signatures it takes', async () => {
    const metadata = JSON.parse((await raw(test.url, { path: '/.well-known/openid-configuration' })).body) as object;
    expect(metadata).toMatchObject({ dpop_signing_alg_values_supported: ['PS256', 'ES256', 'EdDSA', 'Ed25519'] });
  });

  it('with a proof it is taken, as often as there is a new one, and serves with the cached token, too', async () => {
    const token = await boundToken();
    for (let i = 0; i < 3; i++) {
      const response = await ask({ authorization: `DPoP ${token}`, dpop: await proof(token) });
      expect([response.status, JSON.parse(response.body)]).toMatchObject([200, { clientId: 'acme', boundBy: 'dpop' }]);
    }
  });

  it('shown as a bearer token, with or without a proof, also after it was taken: refused', async () => {
    const token = await boundToken();
    expect(code(await ask({ authorization: `Bearer ${token}` }))).toBe('PROOF_INVALID');
    expect(code(await ask({ authorization: `DPoP ${token}`, dpop: await proof(token) }))).toBe('ok');
    const [plain, proven] = [
      await ask({ authorization: `Bearer ${token}` }),
      await ask({ authorization: `Bearer ${token}`, dpop: await proof(token) }),
    ];
    expect([plain.status, code(plain), proven.status, code(proven)]).toEqual([401, 'PROOF_INVALID', 401, 'PROOF_INVALID']);
    expect(header(plain, 'www-authenticate')).toBe('DPoP realm="vestibule", error="invalid_dpop_proof", algs="PS256 ES256 EdDSA Ed25519"');
  });

  it('without a proof, or with two: refused', async () => {
    const token = await boundToken();
    expect(code(await ask({ authorization: `DPoP ${token}` }))).toBe('PROOF_INVALID');
    expect(code(await ask({ authorization: `DPoP ${token}`, dpop: `${await proof(token)}, ${await proof(token)}` }))).toBe('PROOF_INVALID');
  });

  it('a token that is bound to nothing is not taken with a proof, nor as if it were bound', async () => {
    const token = await client.token();
    expect(code(await ask({ authorization: `Bearer ${token}` }))).toBe('ok');
    const dpop = await proof(await boundToken(), { ath: ath(token) });
    expect(code(await ask({ authorization: `Bearer ${token}`, dpop }))).toBe('PROOF_INVALID');
    expect(code(await ask({ authorization: `DPoP ${token}`, dpop }))).toBe('PROOF_INVALID');
    expect(code(await ask({ authorization: `DPoP ${token}` }))).toBe('PROOF_INVALID');
  });

  it('the proof of another token of the same key, and the token of another key with the proof of this: refused', async () => {
    const [one, other] = [await boundToken(), await boundToken(await newKey())];
    expect(code(await ask({ authorization: `DPoP ${one}`, dpop: await proof(one, { ath: ath(other) }) }))).toBe('PROOF_INVALID');
    expect(code(await ask({ authorization: `DPoP ${other}`, dpop: await proof(one, { ath: ath(other) }) }))).toBe('PROOF_INVALID');
  });

  it('without a nonce it is told one, as the standard says', async () => {
    const token = await boundToken();
    const first = await ask({ authorization: `DPoP ${token}`, dpop: await proof(token, { nonce: undefined }) });
    expect([first.status, code(first)]).toEqual([401, 'PROOF_NONCE_NEEDED']);
    expect(header(first, 'www-authenticate')).toBe('DPoP realm="vestibule", error="use_dpop_nonce", algs="PS256 ES256 EdDSA Ed25519"');
    const nonce = header(first, 'dpop-nonce') as string;
    expect((await ask({ authorization: `DPoP ${token}`, dpop: await proof(token, { nonce }) })).status).toBe(200);
  });

  it("made by the library that clients use: taken, and its key need not be the server's", async () => {
    const pair = await generateKeyPair('Ed25519', { extractable: true });
    const proofKey = await ProofKey.make();
    Object.assign(proofKey, {
      proven: async (method: string, htu: string, send: (headers: Record<string, string>) => Promise<Response>) => {
        const first = await send({ dpop: await generateProof(pair, htu, method) });
        return send({ dpop: await generateProof(pair, htu, method, first.headers.get('dpop-nonce') as string) });
      },
    });
    const token = (await fetchToken(request(proofKey))).accessToken;
    const made = (nonce?: string): Promise<string> => generateProof(pair, `${test.config.publicUrl}${WHO}`, 'GET', nonce, token);
    const nonce = header(await ask({ authorization: `DPoP ${token}`, dpop: await made() }), 'dpop-nonce');
    expect((await ask({ authorization: `DPoP ${token}`, dpop: await made(nonce) })).status).toBe(200);
  });

  it('of two hundred requests with one proof at once exactly one passes', async () => {
    const token = await boundToken();
    const headers = { authorization: `DPoP ${token}`, dpop: await proof(token) };
    const answers = await Promise.all(Array.from({ length: 200 }, () => ask(headers)));
    expect(answers.map(code).filter((each) => each === 'ok')).toHaveLength(1);
    expect(new Set(answers.map(code))).toEqual(new Set(['ok', 'PROOF_INVALID']));
  });

  it('while it cannot be known whether a proof was used nobody passes: 503', async () => {
    const token = await boundToken();
    const dpop = await proof(token);
    jest.spyOn(UsedProofsOfProcess.prototype, 'use').mockImplementationOnce(() => {
      throw new StoreUnavailable('more than can be remembered');
    });
    const put = await ask({ authorization: `DPoP ${token}`, dpop });
    expect([put.status, code(put)]).toEqual([503, 'STORE_UNAVAILABLE']);
    expect((await ask({ authorization: `DPoP ${token}`, dpop })).status).toBe(200);
  });

  it('a flood of right proofs fills nothing: what is too fast is refused before its proof is remembered', async () => {
    const flooded = await startTestApp({ REQUESTS_PER_SECOND: '2' });
    try {
      const { issuer, audience: resource } = flooded.config;
      const { clientId, privateJwk } = await flooded.client(PARTNER);
      const proofKey = await ProofKey.make();
      const { accessToken } = await fetchToken({
        tokenEndpoint: `${flooded.url}/oauth/token`,
        issuer,
        clientId,
        privateJwk,
        resource,
        proofKey,
      });
      const url = `${flooded.config.publicUrl}${WHO}`;
      const send = async (): Promise<RawResponse> => {
        const dpop = await proofKey.proof('GET', url, accessToken);
        return raw(flooded.url, { path: WHO, headers: { authorization: `DPoP ${accessToken}`, dpop } });
      };
      proofKey.remember(url, header(await send(), 'dpop-nonce') ?? '');
      const remembered = jest.spyOn(UsedProofsOfProcess.prototype, 'use').mockClear();
      const answers = await Promise.all(Array.from({ length: 40 }, send));
      const codes = answers.map(code);
      expect(codes.filter((each) => each === 'TOO_MANY_REQUESTS').length).toBeGreaterThan(10);
      expect(remembered).toHaveBeenCalledTimes(codes.filter((each) => each === 'ok').length);
    } finally {
      jest.restoreAllMocks();
      await flooded.stop();
    }
  });

  it('after a restart a proof of before is worth nothing, whether it was used or not', async () => {
    const token = await boundToken();
    const [used, unused] = [await proof(token), await proof(token)];
    expect((await ask({ authorization: `DPoP ${token}`, dpop: used })).status).toBe(200);
    await test.stop({ forget: false });
    test = await startTestApp({}, directory);
    const answers = [
      await ask({ authorization: `DPoP ${token}`, dpop: used }),
      await ask({ authorization: `DPoP ${token}`, dpop: unused }),
    ];
    expect(answers.map((each) => [each.status, code(each)])).toEqual(Array(2).fill([401, 'PROOF_NONCE_NEEDED']));
    expect((await ask({ authorization: `DPoP ${token}`, dpop: await proof(token) })).status).toBe(200);
  });

  it('no credential reaches the log of the service (R26)', async () => {
    const token = await boundToken();
    const dpop = await proof(token);
    await ask({ authorization: `DPoP ${token}`, dpop });
    await ask({ authorization: `DPoP ${token}`, dpop });
    await ask({ authorization: `Bearer ${token}`, dpop: `${dpop}x` });
    const log = JSON.stringify(test.lines);
    expect([log.includes(token), log.includes(dpop), log.includes(dpop.split('.')[2] as string)]).toEqual([false, false, false]);
  });
});
