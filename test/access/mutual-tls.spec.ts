import { X509Certificate } from 'node:crypto';
import { writeFileSync } from 'node:fs';
import { request as httpsRequest } from 'node:https';
import { join } from 'node:path';
import { CommandBus } from '@nestjs/cqrs';
import { decodeJwt } from 'jose';
import { generate } from 'selfsigned';
import { clientAssertion } from '../../src/cli/oauth-client.js';
import { readConfig } from '../../src/config.js';
import { RegisterClientCertificate, RevokeClientCertificate } from '../../src/modules/access/client.commands.js';
import { newDirectory, PARTNER, raw, startTestApp, type TestApp, type TestClient } from '../http/test-app.js';

const WHO = '/v1/parcels/whoami';
const CAUSE = { correlationId: 'test', causationId: 'test', actor: 'test' };
const FORM = { 'content-type': 'application/x-www-form-urlencoded' };
const DAY = 86_400_000;

interface Pair {
  readonly cert: string;
  readonly key: string;
  readonly thumbprint: string;
}
const thumbprintOf = (pem: string): string =>
  Buffer.from(new X509Certificate(pem).fingerprint256.replaceAll(':', ''), 'hex').toString('base64url');
const pairOf = (cert: string, key: string): Pair => ({ cert, key, thumbprint: thumbprintOf(cert) });
const selfSigned = async (name: string, days: object = {}): Promise<Pair> => {
  const made = await generate([{ name: 'commonName', value: name }], { keyType: 'ec', algorithm: 'sha256', ...days });
  return pairOf(made.cert, made.private);
};
/** An authority, and a client's certificate that it has issued. */
const issued = async (name: string, days: object = {}): Promise<{ authority: Pair; client: Pair }> => {
  const made = await generate([{ name: 'commonName', value: name }], {
    keyType: 'ec',
    algorithm: 'sha256',
    extensions: [
      { name: 'basicConstraints', cA: true },
      { name: 'keyUsage', keyCertSign: true, digitalSignature: true },
    ],
    clientCertificate: { cn: `client of ${name}`, ...days },
  });
  return { authority: pairOf(made.cert, made.private), client: pairOf(made.clientcert as string, made.clientprivate as string) };
};

interface Answer {
  readonly status: number;
  readonly body: { code?: string; error?: string; access_token?: string; boundBy?: string; token_type?: string };
}

interface Sent {
  readonly path: string;
  readonly headers: Record<string, string>;
  readonly body?: string;
  readonly pair?: Pair | undefined;
}

async function overTls(url: string, { path, headers, body, pair }: Sent): Promise<Answer> {
  const { hostname, port } = new URL(url);
  return new Promise((resolve, reject) => {
    const method = body === undefined ? 'GET' : 'POST';
    const length = body === undefined ? {} : { 'content-length': String(Buffer.byteLength(body)) };
    const shown = pair && { cert: pair.cert, key: pair.key };
    const options = {
      hostname,
      port,
      path,
      method,
      headers: { ...headers, ...length },
      rejectUnauthorized: false,
      agent: false as const,
      ...shown,
    };
    const request = httpsRequest(options, (response) => {
      let text = '';
      response.on('data', (chunk: Buffer) => (text += chunk.toString()));
      response.on('end', () => resolve({ status: response.statusCode ?? 0, body: JSON.parse(text) as Answer['body'] }));
    });
    request.on('error', reject);
    request.end(body);
  });
}

const grant = async (test: TestApp, { clientId, privateJwk }: TestClient): Promise<string> =>
  new URLSearchParams({
    grant_type: 'client_credentials',
    client_assertion_type: 'urn:ietf:params:oauth:client-assertion-type:jwt-bearer',
    client_assertion: await clientAssertion({ issuer: test.config.issuer, clientId, privateJwk }),
  }).toString();

describe('A token that is bound to a certificate is worth nothing without it (R28)', () => {
  describe('where the service terminates TLS', () => {
    let test: TestApp;
    let client: TestClient;
    let bank: { authority: Pair; client: Pair };
    let own: Pair;
    beforeAll(async () => {
      const directory = newDirectory();
      const [server, authority] = [await selfSigned('vestibule.test'), await issued('the bank’s authority')];
      [bank, own] = [authority, await selfSigned('own')];
      const file = (name: string, text: string): string => {
        writeFileSync(join(directory, name), text);
        return join(directory, name);
      };
      test = await startTestApp(
        {
          PUBLIC_URL: 'https://vestibule.test',
          TLS_CERT_FILE: file('cert.pem', server.cert),
          TLS_KEY_FILE: file('key.pem', server.key),
          TLS_CLIENT_CA_FILE: file('ca.pem', bank.authority.cert),
        },
        directory,
      );
      client = await test.client(PARTNER);
      await test.app.get(CommandBus).execute(new RegisterClientCertificate({ clientId: 'acme', thumbprint: own.thumbprint }, CAUSE));
    });
    afterAll(() => test.stop());

    const tokenWith = async (pair?: Pair, headers: object = {}): Promise<Answer> =>
      overTls(test.url, { path: '/oauth/token', headers: { ...FORM, ...headers }, body: await grant(test, client), pair });
    const askWith = (token: string, pair?: Pair, headers: object = {}): Promise<Answer> =>
      overTls(test.url, { path: WHO, headers: { authorization: `Bearer ${token}`, ...headers }, pair });

    it.each(['an authority of the bank has issued', 'is registered with the client'])('to a certificate that %s', async (which) => {
      const [pair, other] = which.startsWith('an') ? [bank.client, own] : [own, bank.client];
      const { status, body } = await tokenWith(pair);
      expect([status, body.token_type]).toEqual([200, 'Bearer']);
      const token = body.access_token as string;
      expect(decodeJwt(token)).toMatchObject({ cnf: { 'x5t#S256': pair.thumbprint } });
      expect(await askWith(token, pair)).toMatchObject({ status: 200, body: { clientId: 'acme', boundBy: 'mtls' } });
      expect(await askWith(token)).toMatchObject({ status: 401, body: { code: 'PROOF_INVALID' } });
      expect(await askWith(token, other)).toMatchObject({ status: 401, body: { code: 'PROOF_INVALID' } });
      expect(await askWith(token, await selfSigned('a thief'))).toMatchObject({ status: 401, body: { code: 'PROOF_INVALID' } });
      // Nobody is a proxy here: the header is what somebody has typed.
      const typed = { 'client-cert': `:${new X509Certificate(pair.cert).raw.toString('base64')}:` };
      expect(await askWith(token, undefined, typed)).toMatchObject({ status: 401, body: { code: 'PROOF_INVALID' } });
      expect(await overTls(test.url, { path: WHO, headers: { authorization: `DPoP ${token}` }, pair })).toMatchObject({ status: 401 });
    });

    it('whoever shows none gets a token that is bound to none', async () => {
      const token = (await tokenWith()).body.access_token as string;
      expect(decodeJwt(token)).not.toHaveProperty('cnf');
      expect((await askWith(token)).status).toBe(200);
    });

    it('whoever shows one that nobody knows gets none: it would think to be bound', async () => {
      for (const pair of [await selfSigned('unknown'), (await issued('another authority')).client]) {
        expect(await tokenWith(pair)).toMatchObject({ status: 401, body: { error: 'invalid_client' } });
      }
    });

    it('a certificate that is over, or not yet valid, is none, though it is registered', async () => {
      const over = await selfSigned('over', { notBeforeDate: new Date(Date.now() - 3 * DAY), notAfterDate: new Date(Date.now() - DAY) });
      const early = await selfSigned('early', { notBeforeDate: new Date(Date.now() + DAY), notAfterDate: new Date(Date.now() + 3 * DAY) });
      for (const pair of [over, early]) {
        await test.app.get(CommandBus).execute(new RegisterClientCertificate({ clientId: 'acme', thumbprint: pair.thumbprint }, CAUSE));
        expect((await tokenWith(pair)).status).toBe(401);
      }
    });

    it('a certificate that was revoked stops at the next request', async () => {
      const pair = await selfSigned('for a while');
      const bus = test.app.get(CommandBus);
      await bus.execute(new RegisterClientCertificate({ clientId: 'acme', thumbprint: pair.thumbprint }, CAUSE));
      const token = (await tokenWith(pair)).body.access_token as string;
      expect((await askWith(token, pair)).status).toBe(200);
      await bus.execute(new RevokeClientCertificate({ clientId: 'acme', thumbprint: pair.thumbprint }, CAUSE));
      expect(await askWith(token, pair)).toMatchObject({ status: 401, body: { code: 'PROOF_INVALID' } });
      expect((await tokenWith(pair)).status).toBe(401);
    });
  });

  describe('behind a proxy', () => {
    let test: TestApp;
    let client: TestClient;
    let pair: Pair;
    const start = async (env: Record<string, string>): Promise<void> => {
      test = await startTestApp(env);
      client = await test.client(PARTNER);
      pair = await selfSigned('behind a proxy');
      await test.app.get(CommandBus).execute(new RegisterClientCertificate({ clientId: 'acme', thumbprint: pair.thumbprint }, CAUSE));
    };
    afterEach(() => test.stop());
    const handed = (cert = pair.cert): string => `:${new X509Certificate(cert).raw.toString('base64')}:`;
    const tokenWith = async (headers: Record<string, string>): Promise<string> => {
      const response = await raw(test.url, {
        method: 'POST',
        path: '/oauth/token',
        headers: { ...FORM, ...headers },
        body: await grant(test, client),
      });
      return (JSON.parse(response.body) as { access_token: string }).access_token;
    };
    const askWith = async (token: string, headers: Record<string, string>): Promise<number> =>
      (await raw(test.url, { path: WHO, headers: { authorization: `Bearer ${token}`, ...headers } })).status;

    it('that is believed: what it hands over, as RFC 9440 says or as percent-encoded PEM, and nothing that is malformed', async () => {
      await start({ CLIENT_CERT_HEADER: 'Client-Cert', TRUSTED_PROXIES: '10.0.0.1, 127.0.0.1' });
      const token = await tokenWith({ 'client-cert': handed() });
      expect(decodeJwt(token)).toMatchObject({ cnf: { 'x5t#S256': pair.thumbprint } });
      expect(await askWith(token, { 'client-cert': handed() })).toBe(200);
      expect(await askWith(token, { 'client-cert': encodeURIComponent(pair.cert) })).toBe(200);
      const other = await selfSigned('another');
      for (const value of [
        '',
        ':AAAA:',
        'x',
        '%',
        handed(other.cert),
        `${handed()}, ${handed()}`,
        pair.thumbprint,
        `:${'A'.repeat(9_000)}:`,
      ]) {
        expect([value, await askWith(token, { 'client-cert': value })]).toEqual([value, 401]);
      }
      expect(await askWith(token, { 'x-client-cert': handed() })).toBe(401);
    });

    it('whose address is another: never', async () => {
      await start({ CLIENT_CERT_HEADER: 'Client-Cert', TRUSTED_PROXIES: '10.0.0.1' });
      const token = await tokenWith({ 'client-cert': handed(), 'x-forwarded-for': '10.0.0.1', forwarded: 'for=10.0.0.1' });
      expect(decodeJwt(token)).not.toHaveProperty('cnf');
    });

    it('that speaks TLS: its own certificate is not the client’s, what it hands over is', async () => {
      const directory = newDirectory();
      const server = await selfSigned('vestibule.test');
      writeFileSync(join(directory, 'cert.pem'), server.cert);
      writeFileSync(join(directory, 'key.pem'), server.key);
      const tls = { TLS_CERT_FILE: join(directory, 'cert.pem'), TLS_KEY_FILE: join(directory, 'key.pem') };
      await start({ ...tls, CLIENT_CERT_HEADER: 'Client-Cert', TRUSTED_PROXIES: '127.0.0.1' });
      const token = async (headers: object): Promise<string> => {
        const sent = { path: '/oauth/token', headers: { ...FORM, ...headers }, body: await grant(test, client), pair };
        return (await overTls(test.url, sent)).body.access_token as string;
      };
      expect(decodeJwt(await token({}))).not.toHaveProperty('cnf');
      expect(decodeJwt(await token({ 'client-cert': handed() }))).toMatchObject({ cnf: { 'x5t#S256': pair.thumbprint } });
    });

    it('of which nobody was told: never', async () => {
      await start({});
      expect(decodeJwt(await tokenWith({ 'client-cert': handed() }))).not.toHaveProperty('cnf');
    });
  });

  it('settings that would believe anybody, or that hold no certificate, keep the service from starting', async () => {
    const directory = newDirectory();
    const [one, other] = [await selfSigned('one'), await selfSigned('other')];
    const file = (name: string, text: string): string => {
      writeFileSync(join(directory, name), text);
      return join(directory, name);
    };
    const [cert, key, foreign] = [file('a', one.cert), file('b', one.key), file('c', other.key)];
    expect(() => readConfig({ TLS_CERT_FILE: cert, TLS_KEY_FILE: key })).not.toThrow();
    for (const [variables, about] of [
      [{ TLS_CERT_FILE: cert }, 'TLS_KEY_FILE'],
      [{ TLS_CERT_FILE: cert, TLS_KEY_FILE: foreign }, 'TLS_KEY_FILE'],
      [{ TLS_CERT_FILE: key, TLS_KEY_FILE: key }, 'TLS_CERT_FILE'],
      [{ TLS_CERT_FILE: join(directory, 'none'), TLS_KEY_FILE: key }, 'TLS_CERT_FILE'],
      [{ TLS_CLIENT_CA_FILE: cert }, 'TLS_CLIENT_CA_FILE'],
      [{ CLIENT_CERT_HEADER: 'client-cert' }, 'TRUSTED_PROXIES'],
      [{ TRUSTED_PROXIES: '127.0.0.1' }, 'CLIENT_CERT_HEADER'],
      [{ CLIENT_CERT_HEADER: 'client-cert', TRUSTED_PROXIES: '0.0.0.0/0' }, 'TRUSTED_PROXIES'],
      [{ CLIENT_CERT_HEADER: 'client cert', TRUSTED_PROXIES: '127.0.0.1' }, 'CLIENT_CERT_HEADER'],
    ] as const) {
      expect(() => readConfig(variables as Record<string, string>)).toThrow(about);
    }
  });
});
