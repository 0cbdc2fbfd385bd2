import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { importJWK, type JWK, SignJWT } from 'jose';
import { AccessTokens } from '../../src/modules/access/access-tokens.js';
import { externalKeys } from '../../src/modules/access/token-keys.js';
import { newKey, publicJwk } from '../http/test-app.js';

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
  const tokenBy = async (key: JWK, kid = key.kid as string): Promise<string> =>
    new SignJWT({ client_id: 'acme' })
      .setProtectedHeader({ alg: 'ES256', typ: 'at+jwt', kid })
      .setIssuer(issuer)
      .setAudience('api')
      .setSubject('acme')
      .setJti(Math.random().toString())
      .setIssuedAt()
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
});
