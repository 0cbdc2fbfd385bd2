import { mkdtempSync, rmSync } from 'node:fs';
import { request as httpRequest } from 'node:http';
import { connect } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { type DynamicModule, Module, type Type } from '@nestjs/common';
import { CommandBus } from '@nestjs/cqrs';
import type { NestFastifyApplication } from '@nestjs/platform-fastify';
import { calculateJwkThumbprint, exportJWK, generateKeyPair, type JWK } from 'jose';
import { type Config, readConfig } from '../../src/config.js';
import { ConfigModule } from '../../src/config.module.js';
import { EventSourcingModule } from '../../src/event-sourcing.module.js';
import { HttpModule } from '../../src/http/http.module.js';
import { createApp, startApp } from '../../src/http/server.js';
import { AccessModule } from '../../src/modules/access/access.module.js';
import { RegisterClient, RegisterClientKeys } from '../../src/modules/access/client.commands.js';
import type { ClientIdentity } from '../../src/modules/access/client.js';
import { clientKey } from '../../src/modules/access/signing-key.js';
import { generateKeyring } from '../../src/modules/persons/keyring-file.js';
import type { KeyVault } from '../../src/modules/persons/key-vault.js';
import { Keyring } from '../../src/modules/persons/keyring.js';
import { NoteSeal } from '../../src/modules/persons/note-seal.js';
import { makeLogger } from '../../src/observability/logger.js';
import { ObservabilityModule } from '../../src/observability/observability.module.js';
import { ApiClient, fetchToken } from '../../src/cli/oauth-client.js';
import { ProofKey } from '../../src/cli/proof-key.js';
import { ParcelModule } from './parcel.module.js';

const keyring = new Keyring(generateKeyring());
const VAULT = { ensureKey: () => Promise.resolve(), seal: () => Promise.resolve('sealed') } as unknown as KeyVault;

@Module({})
class KeyringModule {
  static once(): DynamicModule {
    const providers = [
      { provide: Keyring, useValue: keyring },
      { provide: NoteSeal, useValue: new NoteSeal(VAULT) },
    ];
    return { module: KeyringModule, global: true, providers, exports: [Keyring, NoteSeal] };
  }
}

@Module({})
class TestModule {}

export interface TestApp {
  readonly app: NestFastifyApplication;
  readonly url: string;
  readonly config: Config;
  /** The log, a line each. */
  readonly lines: Record<string, unknown>[];
  /** Registers a client with a new key. */
  client(identity: ClientIdentity): Promise<TestClient>;
  /** Stops; the data directory stays for another start unless `forget` is true. */
  stop(options?: { forget?: boolean }): Promise<void>;
}

export interface TestClient {
  readonly clientId: string;
  readonly privateJwk: JWK;
  readonly api: ApiClient;
  token(): Promise<string>;
  /** Its tokens are bound to a key (DPoP). */
  bound(): Promise<ApiClient>;
}

export const PARTNER: ClientIdentity = { clientId: 'acme', role: 'partner', partnerId: 'p1', ownerId: 'o1' };
export const ANALYST: ClientIdentity = { clientId: 'ana', role: 'analyst' };

export async function startTestApp(
  env: Record<string, string> = {},
  dataDir = newDirectory(),
  modules: Type[] = [ParcelModule],
): Promise<TestApp> {
  const config = readConfig({ DATA_DIR: dataDir, PORT: '0', PUBLIC_URL: 'http://vestibule.test', REQUESTS_PER_SECOND: '10000', ...env });
  const lines: Record<string, unknown>[] = [];
  const logger = makeLogger(config.logLevel, { write: (line) => void lines.push(JSON.parse(line) as Record<string, unknown>) });
  const root = {
    module: TestModule,
    imports: [
      EventSourcingModule,
      ConfigModule.with(config),
      ObservabilityModule.with(logger),
      KeyringModule.once(),
      HttpModule,
      AccessModule,
      ...modules,
    ],
  };
  const app = await createApp(root, config, logger);
  const url = await startApp(app, config);
  return {
    app,
    url,
    config,
    lines,
    client: async (identity) => register(app, identity, url, config),
    stop: async ({ forget = true } = {}) => {
      await app.close();
      if (forget) rmSync(dataDir, { recursive: true, force: true });
    },
  };
}

export const newDirectory = (): string => mkdtempSync(join(tmpdir(), 'vestibule-test-'));

export async function newKey(alg = 'ES256'): Promise<JWK> {
  const { privateKey } = await generateKeyPair(alg, { extractable: true });
  const jwk = await exportJWK(privateKey);
  return { ...jwk, alg, kid: await calculateJwkThumbprint(jwk) };
}

export const publicJwk = ({ d: _d, p: _p, q: _q, dp: _dp, dq: _dq, qi: _qi, ...jwk }: JWK): JWK => jwk;

async function register(app: NestFastifyApplication, identity: ClientIdentity, url: string, config: Config): Promise<TestClient> {
  const bus = app.get(CommandBus);
  const cause = { correlationId: 'test', causationId: 'test', actor: 'test' };
  const privateJwk = await newKey();
  await bus.execute(new RegisterClient(identity, cause));
  await bus.execute(new RegisterClientKeys({ clientId: identity.clientId, keys: [await clientKey(publicJwk(privateJwk))] }, cause));
  const { clientId } = identity;
  const options = { tokenEndpoint: `${url}/oauth/token`, issuer: config.issuer, clientId, privateJwk, resource: config.audience };
  const token = async (): Promise<string> => (await fetchToken(options)).accessToken;
  const bound = async (): Promise<ApiClient> =>
    new ApiClient({ ...options, baseUrl: url, publicUrl: config.publicUrl, proofKey: await ProofKey.make() });
  return { clientId, privateJwk, token, api: new ApiClient({ ...options, baseUrl: url }), bound };
}

export interface RawResponse {
  readonly status: number;
  /** In the order in which they came, lower case. */
  readonly headers: readonly [string, string][];
  readonly body: string;
}

/** A request whose every byte is the test's: `fetch` would mend some of them. */
export function raw(
  url: string,
  options: { method?: string; path?: string; headers?: Record<string, string>; body?: string | Buffer },
): Promise<RawResponse> {
  const { method = 'GET', path = '/', headers = {}, body } = options;
  return new Promise((resolve, reject) => {
    const { hostname, port } = new URL(url);
    const length = body === undefined ? {} : { 'content-length': String(Buffer.byteLength(body)) };
    const request = httpRequest({ hostname, port, method, path, headers: { ...length, ...headers }, agent: false }, (response) => {
      const chunks: Buffer[] = [];
      response.on('data', (chunk: Buffer) => chunks.push(chunk));
      response.on('end', () => {
        const names = response.rawHeaders.filter((_, place) => place % 2 === 0);
        const values = response.rawHeaders.filter((_, place) => place % 2 === 1);
        resolve({
          status: response.statusCode ?? 0,
          headers: names.map((name, place) => [name.toLowerCase(), values[place] as string]),
          body: Buffer.concat(chunks).toString('utf8'),
        });
      });
    });
    request.on('error', reject);
    request.end(body);
  });
}

/** What comes back for bytes that no HTTP library would send. */
export function wire(url: string, bytes: string): Promise<string> {
  return new Promise((resolve, reject) => {
    const { hostname, port } = new URL(url);
    const socket = connect(Number(port), hostname, () => socket.write(bytes));
    let answer = '';
    socket.on('data', (chunk) => (answer += chunk.toString('utf8')));
    socket.on('close', () => resolve(answer));
    socket.on('error', reject);
    setTimeout(() => socket.destroy(), 5_000).unref();
  });
}

export const header = ({ headers }: RawResponse, name: string): string | undefined => headers.find(([found]) => found === name)?.[1];
