import { type ChildProcess, spawn, spawnSync } from 'node:child_process';
import { mkdirSync, mkdtempSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import type { JWK } from 'jose';
import { ApiClient } from '../../src/cli/oauth-client.js';
import { newKey, publicJwk } from '../http/test-app.js';

const ISSUER = 'http://vestibule.test/oauth';
const AUDIENCE = 'urn:vestibule:api';

/** The built service as a process of its own, which a test may kill. */
export interface BankProcess {
  readonly url: string;
  readonly child: ChildProcess;
  /** Everything that it printed. */
  output(): string;
  kill(signal?: NodeJS.Signals): Promise<void>;
  as(clientId: string): ApiClient;
}

/** Keys of the clients of one data directory. */
export interface BankDirectory {
  readonly dataDir: string;
  readonly keys: Map<string, JWK>;
}

/** A data directory with an analyst, made by the operator's own commands. */
export async function bankDirectory(): Promise<BankDirectory> {
  const dataDir = join(mkdtempSync(join(tmpdir(), 'vestibule-process-')), 'data');
  mkdirSync(dataDir);
  command('keys.js', [dataDir]);
  const directory: BankDirectory = { dataDir, keys: new Map() };
  await registerAtCommandLine(directory, 'ana', 'analyst');
  return directory;
}

/** While the service is stopped. */
export async function registerAtCommandLine({ dataDir, keys }: BankDirectory, id: string, role: string): Promise<void> {
  const jwk = await newKey();
  const file = join(dataDir, '..', `${id}.jwks.json`);
  writeFileSync(file, JSON.stringify({ keys: [publicJwk(jwk)] }));
  command('register-client.js', ['--data', dataDir, '--id', id, '--role', role, '--jwks', file]);
  keys.set(id, jwk);
}

function command(name: string, args: readonly string[]): void {
  const { status, stderr } = spawnSync(process.execPath, [resolve('dist/cli', name), ...args], { encoding: 'utf8' });
  if (status !== 0) throw new Error(`${name} failed: ${stderr}`);
}

/** @param until ready for requests, or, for a service that cannot become so, listening */
export async function startBank(
  { dataDir, keys }: BankDirectory,
  env: Record<string, string> = {},
  until: 'ready' | 'listening' = 'ready',
): Promise<BankProcess> {
  const child = spawn(process.execPath, [resolve('dist/main.js')], {
    env: {
      PATH: process.env['PATH'],
      DATA_DIR: dataDir,
      PORT: '0',
      PUBLIC_URL: 'http://vestibule.test',
      SANDBOX: 'false',
      SETTLEMENT_EVERY: 'PT0.5S',
      REQUESTS_PER_SECOND: '100000',
      ...env,
    },
    stdio: ['ignore', 'pipe', 'pipe'],
  });
  let printed = '';
  const url = await new Promise<string>((found, failed) => {
    const read = (chunk: Buffer): void => {
      // A flood of requests is a flood of lines.
      printed = (printed + chunk.toString()).slice(-2_000_000);
      const listening = /"url":"(http:[^"]+)".*"listening"|Server listening at (http:\S+?)"/.exec(printed);
      const at = listening?.[2] ?? listening?.[1];
      if (at !== undefined) found(at);
    };
    child.stdout.on('data', read);
    child.stderr.on('data', read);
    child.once('exit', (code) => failed(new Error(`the service ended with ${code} at its start: ${printed}`)));
  });
  if (until === 'ready') await ready(url);
  return {
    url,
    child,
    output: () => printed,
    kill: (signal = 'SIGKILL') =>
      new Promise((done) => {
        child.removeAllListeners('exit');
        if (child.exitCode !== null || child.signalCode !== null) return done();
        child.once('exit', () => done());
        child.kill(signal);
      }),
    as: (clientId) => {
      const privateJwk = keys.get(clientId);
      if (privateJwk === undefined) throw new Error(`no key of ${clientId}`);
      return new ApiClient({ tokenEndpoint: `${url}/oauth/token`, issuer: ISSUER, clientId, privateJwk, resource: AUDIENCE, baseUrl: url });
    },
  };
}

/** Patient: on a machine that does other things too, a start alone may take a quarter of a minute. */
async function ready(url: string): Promise<void> {
  let said = '';
  for (let attempt = 0; attempt < 1_000; attempt++) {
    const response = await fetch(`${url}/health/ready`).catch(() => undefined);
    if (response?.ok) return;
    said = (await response?.text()) ?? said;
    await new Promise((wait) => setTimeout(wait, 50));
  }
  throw new Error(`the service does not become ready: ${said}`);
}

/** Registers an owner and a partner with a signed agreement over REST. */
export async function registerPartner(bank: BankProcess, { keys }: BankDirectory, id: string, terms: object = {}): Promise<ApiClient> {
  const analyst = bank.as('ana');
  const figures = { leadsPerDay: 500, existingShare: 0.2, acknowledgedShare: 0.5, conversion: 0.5 };
  await analyst.post('/v1/owners', { ownerId: `owner-${id}`, name: 'An owner', figures, terms });
  await analyst.post('/v1/partners', { partnerId: id, ownerId: `owner-${id}`, name: 'A partner' });
  await analyst.post(`/v1/partners/${id}/agents`, { agent: 'agent-1' });
  await analyst.post(`/v1/partners/${id}/agreements`, { version: '1', documentSha256: 'a'.repeat(64) });
  const jwk = await newKey();
  await analyst.post('/v1/clients', { clientId: id, role: 'partner', partnerId: id, ownerId: `owner-${id}` });
  await analyst.post(`/v1/clients/${id}/keys`, { keys: [publicJwk(jwk)] });
  keys.set(id, jwk);
  const partner = bank.as(id);
  await partner.post('/v1/agreement/signature', { version: '1' });
  return partner;
}
