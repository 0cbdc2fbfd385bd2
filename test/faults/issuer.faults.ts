import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { once } from 'node:events';
import { importJWK, type JWK, SignJWT } from 'jose';
import { newKey, publicJwk } from '../http/test-app.js';
import { must, type Fault } from './fault.js';
import { onScene } from './scene.js';

const AUDIENCE = 'urn:vestibule:api';

/** Milliseconds; `fetchInterval` of src/modules/access/token-keys.ts, and a little. */
const NEXT_FETCH = 31_000;

/** Another issuer on loopback, which may fail, hang, and change its keys. */
class Issuer {
  key!: JWK;
  answers: 'well' | 'with 500' | 'never' = 'well';
  asked = 0;
  readonly server: Server;

  constructor() {
    this.server = createServer((request, response) => {
      this.asked += 1;
      if (this.answers === 'never') return;
      if (this.answers === 'with 500') return void response.writeHead(500).end();
      response.setHeader('content-type', 'application/json');
      if (request.url === '/keys') response.end(JSON.stringify({ keys: [publicJwk(this.key)] }));
      else response.end(JSON.stringify({ issuer: this.url, jwks_uri: `${this.url}/keys` }));
    });
  }

  async start(): Promise<this> {
    this.key = await newKey();
    this.server.listen(0, '127.0.0.1');
    await once(this.server, 'listening');
    return this;
  }

  get url(): string {
    return `http://127.0.0.1:${(this.server.address() as AddressInfo).port}`;
  }

  async token(): Promise<string> {
    return new SignJWT({ client_id: 'shop' })
      .setProtectedHeader({ alg: 'ES256', typ: 'at+jwt', kid: this.key.kid as string })
      .setIssuer(this.url)
      .setAudience(AUDIENCE)
      .setSubject('shop')
      .setJti(`${performance.now()}`)
      .setIssuedAt()
      .setExpirationTime('30m')
      .sign(await importJWK(this.key, 'ES256'));
  }

  stop(): void {
    this.server.closeAllConnections();
    this.server.close();
  }
}

export const ISSUERS: readonly Fault[] = [
  {
    name: 'key set unavailable or rotated',
    injected: 'an issuer on loopback that answers with 500 at first, then well, then never, then with another key',
    expected: '503 while no keys are known; keys that are known are used in an outage; a new key is found; few fetches (R33)',
    run: () =>
      onScene(async (scene) => {
        const issuer = await new Issuer().start();
        try {
          issuer.answers = 'with 500';
          await scene.start({ ISSUER_URL: issuer.url });
          const status = async (): Promise<string> => {
            const headers = { authorization: `Bearer ${await issuer.token()}` };
            const response = await fetch(`${scene.running.url}/v1/allowance`, { headers });
            return `${response.status} ${((await response.json()) as { code?: string }).code ?? ''}`.trim();
          };
          const seen: string[] = [];
          const see = async (what: string, expected: string): Promise<void> => {
            const got = await status();
            must(got === expected, `${expected} with ${what}`, got);
            seen.push(`${what}: ${got}`);
          };
          for (let i = 0; i < 20; i++) must((await status()) === '503 ISSUER_UNAVAILABLE', '503 while no keys are known');
          must(issuer.asked === 1, 'one fetch in an outage, however many ask', issuer.asked);
          seen.push('no keys: 503');
          issuer.answers = 'well';
          await scene.until(async () => (await status()) === '200', 'keys that are fetched', NEXT_FETCH + 15_000);
          issuer.answers = 'never';
          await see('issuer silent', '200');
          issuer.answers = 'well';
          const fetches = issuer.asked;
          issuer.key = await newKey();
          await scene.until(async () => (await status()) === '200', 'the new key that is found', NEXT_FETCH + 15_000);
          must(issuer.asked - fetches <= 2, 'at most one look-up for a rotated key', issuer.asked - fetches);
          seen.push(`rotated: found with ${issuer.asked - fetches} fetch(es)`);
          await scene.kill('SIGTERM');
          return `${seen.join('; ')}; ${await scene.aftermath()}`;
        } finally {
          issuer.stop();
        }
      }),
  },
];
