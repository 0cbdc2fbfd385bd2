import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { importJWK, type JWK, SignJWT } from 'jose';
import { AccessTokens } from '../../src/modules/access/access-tokens.js';
import { externalKeys } from '../../src/modules/access/token-keys.js';
import { CommandBus } from '@nestjs/cqrs';
import { DeclareCompromise } from '../../src/modules/access/client.commands.js';
import { header, newKey, PARTNER, publicJwk, raw, startTestApp, type TestApp } from '../http/test-app.js';
import { ath, proofOf } from './proofs.js';

// Taken before anybody replaces them.
const [wall, monotonic] = [Date.now.bind(Date), performance.now.bind(performance)];

describe('The keys of another issuer (R33)', () => {
  let server: Server;
  let issuer: string;
  let keys: JWK[];
  let up: boolean;
  let claimed: string | undefined;
  let fetches: string[];

  beforeEach(async () => {
    [keys, up, claimed, fetches] = [[await newKey()], true, undefined, []];
    server = createServer((request, response) => {
      fetches.push(request.url as string);
      if (!up) response.writeHead(500).end();
      else if (request.url === '/keys') response.end(JSON.stringify({ keys: keys.map(publicJwk) }));
      else response.end(JSON.stringify({ issuer: claimed ?? issuer, jwks_uri: `${issuer}/keys` }));
    });
    await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
    issuer = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
  });
  afterEach(() => {
    jest.restoreAllMocks();
    server.closeAllConnections();
    server.close();
  });

  const later = (ms: number): void => {
    jest.spyOn(Date, 'now').mockImplementation(() => wall() + ms);
    jest.spyOn(performance, 'now').mockImplementation(() => monotonic() + ms);
  };
  const tokenBy = async (key: JWK, kid = key.kid as string, claims: object = {}, issuedAt?: number): Promise<string> =>
    new SignJWT({ client_id: 'acme', ...claims })
      .setProtectedHeader({ alg: 'ES256', typ: 'at+jwt', kid })
      .setIssuer(issuer)
      .setAudience('api')
      .setSubject('acme')
      .setJti(Math.random().toString())
      .setIssuedAt(issuedAt)
      .setExpirationTime('30m')
      .sign(await importJWK(key, 'ES256'));
  const resource = (): AccessTokens => new AccessTokens({ issuer, audience: 'api', keys: externalKeys(issuer), now: Date.now });
  const verdict = async (tokens: AccessTokens, token: string): Promise<string> =>
    tokens
      .verified(token)
      .then(({ clientId }) => clientId)
      .catch(({ code }: { code: string }) => code);

  it('are fetched once, however many ask at the same time', async () => {
    const tokens = resource();
    const asked = await Promise.all(Array.from({ length: 20 }, async () => tokenBy(keys[0] as JWK)));
    expect(await Promise.all(asked.map((token) => verdict(tokens, token)))).toEqual(asked.map(() => 'acme'));
    expect(fetches).toEqual(['/.well-known/openid-configuration', '/keys']);
  });

  it('are used in an outage until they are too old; then nothing is known, which is 503', async () => {
    const tokens = resource();
    expect(await verdict(tokens, await tokenBy(keys[0] as JWK))).toBe('acme');
    up = false;
    later(9 * 60_000);
    expect(await verdict(tokens, await tokenBy(keys[0] as JWK))).toBe('acme');
    later(11 * 60_000);
    expect(await verdict(tokens, await tokenBy(keys[0] as JWK))).toBe('ISSUER_UNAVAILABLE');
  });

  it('a made-up key id causes at most one fetch per interval', async () => {
    const tokens = resource();
    await verdict(tokens, await tokenBy(keys[0] as JWK));
    for (let i = 0; i < 30; i++) expect(await verdict(tokens, await tokenBy(keys[0] as JWK, `made-up-${i}`))).toBe('TOKEN_INVALID');
    expect(fetches.filter((url) => url === '/keys')).toHaveLength(1);
    later(31_000);
    for (let i = 0; i < 30; i++) expect(await verdict(tokens, await tokenBy(keys[0] as JWK, `again-${i}`))).toBe('TOKEN_INVALID');
    expect(fetches.filter((url) => url === '/keys')).toHaveLength(2);
  });

  it('in an outage neither', async () => {
    up = false;
    const tokens = resource();
    for (let i = 0; i < 30; i++) expect(await verdict(tokens, await tokenBy(keys[0] as JWK))).toBe('ISSUER_UNAVAILABLE');
    expect(fetches).toHaveLength(1);
  });

  it('a new key is found when the old one has been rotated', async () => {
    const tokens = resource();
    await verdict(tokens, await tokenBy(keys[0] as JWK));
    keys = [await newKey()];
    later(31_000);
    expect(await verdict(tokens, await tokenBy(keys[0] as JWK))).toBe('acme');
  });

  it("metadata in another issuer's name are not believed", async () => {
    claimed = 'https://evil.example';
    expect(await verdict(resource(), await tokenBy(keys[0] as JWK))).toBe('ISSUER_UNAVAILABLE');
    expect(fetches).not.toContain('/keys');
  });

  describe('with tokens that it has bound (R28)', () => {
    const PATH = '/v1/parcels/whoami';
    let test: TestApp;
    let ahead: number;
    beforeEach(async () => {
      ahead = 0;
      // Before the service takes it for its own.
      jest.spyOn(Date, 'now').mockImplementation(() => wall() + ahead);
      test = await startTestApp({ ISSUER_URL: issuer, AUDIENCE: 'api' });
      await test.client(PARTNER);
    });
    afterEach(() => test.stop());
    const ask = async (headers: Record<string, string>): Promise<[number, string | undefined, string]> => {
      const response = await raw(test.url, { path: PATH, headers });
      return [response.status, (JSON.parse(response.body) as { code?: string }).code, header(response, 'dpop-nonce') ?? ''];
    };

    it('its `cnf` is honoured: without a proof of that key the token is worth nothing', async () => {
      const [key, other] = [await newKey(), await newKey()];
      const token = await tokenBy(keys[0] as JWK, undefined, { cnf: { jkt: key.kid } });
      const proof = (by: JWK, nonce?: string): Promise<string> =>
        proofOf(by, { htm: 'GET', htu: `${test.config.publicUrl}${PATH}`, ath: ath(token), nonce });
      expect((await ask({ authorization: `Bearer ${token}` })).slice(0, 2)).toEqual([401, 'PROOF_INVALID']);
      const [status, code, nonce] = await ask({ authorization: `DPoP ${token}`, dpop: await proof(key) });
      expect([status, code]).toEqual([401, 'PROOF_NONCE_NEEDED']);
      expect((await ask({ authorization: `DPoP ${token}`, dpop: await proof(other, nonce) })).slice(0, 2)).toEqual([401, 'PROOF_INVALID']);
      expect((await ask({ authorization: `DPoP ${token}`, dpop: await proof(key, nonce) })).slice(0, 2)).toEqual([200, undefined]);
    });

    it('its tokens do not say by which key they were asked for: none from before a compromise, as dated by its clock, is worth anything', async () => {
      const now = Math.floor(wall() / 1000);
      const [before, dated, after] = [
        await tokenBy(keys[0] as JWK, undefined, {}, now - 60),
        await tokenBy(keys[0] as JWK, undefined, {}, now + 50),
        await tokenBy(keys[0] as JWK, undefined, {}, now + 600),
      ];
      for (const token of [before, dated]) expect((await ask({ authorization: `Bearer ${token}` }))[0]).toBe(200);
      const data = { clientId: 'acme', since: new Date(wall() - 1_000).toISOString(), keys: [], reason: 'key-exposed' } as const;
      await test.app.get(CommandBus).execute(new DeclareCompromise(data, { correlationId: 'x', causationId: 'x', actor: 'ana' }));
      for (const token of [before, dated])
        expect((await ask({ authorization: `Bearer ${token}` })).slice(0, 2)).toEqual([401, 'TOKEN_INVALID']);
      ahead = 590_000;
      expect((await ask({ authorization: `Bearer ${after}` }))[0]).toBe(200);
    });
  });
});
