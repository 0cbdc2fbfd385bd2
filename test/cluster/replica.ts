import { type ChildProcess, spawn } from 'node:child_process';
import { resolve } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import type { JWK } from 'jose';
import { ApiClient } from '../../src/cli/oauth-client.js';
import type { BankProcess } from '../end-to-end/bank-process.js';

/** Https also without a proxy: production takes nothing else, and nobody fetches from it. */
export const PUBLIC_URL = 'https://vestibule.test';
const AUDIENCE = 'urn:vestibule:api';
const TAIL = 20_000;

/** One process of the service at an address that stays, started again whenever it ends. */
export class Replica implements BankProcess {
  child: ChildProcess;
  private printed = '';
  private told: NodeJS.Signals | undefined;
  private ending = false;
  private readonly clients = new Map<string, ApiClient>();
  /** Ends that nobody had asked for, and clean stops that were not clean. */
  readonly mishaps: string[] = [];

  constructor(
    readonly name: string,
    readonly dataDir: string,
    readonly clientKeys: Map<string, JWK>,
    private readonly port: number,
    private readonly env: Readonly<Record<string, string>>,
  ) {
    this.child = this.launch();
  }

  get url(): string {
    return `http://127.0.0.1:${this.port}`;
  }

  output(): string {
    return this.printed;
  }

  as(clientId: string): ApiClient {
    const known = this.clients.get(clientId);
    if (known) return known;
    const privateJwk = this.clientKeys.get(clientId);
    if (privateJwk === undefined) throw new Error(`no key of ${clientId}`);
    const of = { clientId, privateJwk, issuer: `${PUBLIC_URL}/oauth`, resource: AUDIENCE };
    const client = new ApiClient({ ...of, tokenEndpoint: `${this.url}/oauth/token`, baseUrl: this.url });
    this.clients.set(clientId, client);
    return client;
  }

  /** @throws Error after `milliseconds` */
  async ready(milliseconds: number): Promise<void> {
    const until = performance.now() + milliseconds;
    for (;;) {
      const response = await fetch(`${this.url}/health/ready`, { signal: AbortSignal.timeout(5_000) }).catch(() => undefined);
      if (response?.ok) return;
      if (performance.now() > until) throw new Error(`replica ${this.name} does not become ready: ${this.printed.slice(-1_000)}`);
      await sleep(200);
    }
  }

  signal(signal: NodeJS.Signals): void {
    if (signal !== 'SIGSTOP' && signal !== 'SIGCONT') this.told = signal;
    this.child.kill(signal);
  }

  /** For good. */
  kill(signal: NodeJS.Signals = 'SIGKILL'): Promise<void> {
    this.ending = true;
    if (this.child.exitCode !== null || this.child.signalCode !== null) return Promise.resolve();
    return new Promise((ended) => {
      this.child.once('exit', () => ended());
      this.signal(signal);
    });
  }

  private launch(): ChildProcess {
    const env = {
      PATH: process.env['PATH'],
      DATA_DIR: this.dataDir,
      PORT: String(this.port),
      PUBLIC_URL,
      AUDIENCE,
      SANDBOX: 'false',
      SETTLEMENT_EVERY: 'PT2S',
      REQUESTS_PER_SECOND: '100000',
      DUTY_LEASE: 'PT5S',
      LOG_LEVEL: 'warn',
      ...this.env,
    };
    const child = spawn(process.execPath, [resolve('dist/main.js')], { env, stdio: ['ignore', 'pipe', 'pipe'] });
    const read = (chunk: Buffer): void => void (this.printed = (this.printed + chunk.toString()).slice(-TAIL));
    child.stdout.on('data', read);
    child.stderr.on('data', read);
    child.once('exit', (code, signal) => this.hasEnded(code, signal));
    return child;
  }

  private hasEnded(code: number | null, signal: NodeJS.Signals | null): void {
    const asked = this.told === 'SIGKILL' ? signal === 'SIGKILL' : this.told === 'SIGTERM' && code === 0;
    if (!asked) this.mishaps.push(`${this.name} ended with ${String(signal ?? code)}: ${this.printed.slice(-2_000)}`);
    this.told = undefined;
    if (this.ending) return;
    setTimeout(() => {
      if (!this.ending) this.child = this.launch();
    }, 1_000);
  }
}
