import type { ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { createServer } from 'node:net';
import type { AddressInfo } from 'node:net';
import { join, resolve } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { type Cores, spawnOn } from './pinned.js';

const LOOK_AGAIN_MS = 50;
const READY_WITHIN_MS = 180_000;

/** The built service in a process of its own, on a core of its own, as `npm start` starts it. */
export interface MeasuredService {
  readonly url: string;
  readonly port: number;
  readonly pid: number;
  /** Resolves when every read model and process has taken in whatever the log holds. @param token an operator's */
  caughtUp(token: string): Promise<void>;
  stop(): Promise<void>;
}

/** For the end of the campaign, whichever way it comes. */
export function killRunning(): void {
  for (const child of running) child.kill('SIGKILL');
}

const running = new Set<ChildProcess>();

export interface ServiceOptions {
  readonly dist: string;
  readonly dataDir: string;
  /** What a request that says so is held up by, µs. */
  readonly slowerBy: number;
  readonly cores: Cores | undefined;
}

export async function measuredService({ dist, dataDir, slowerBy, cores }: ServiceOptions): Promise<MeasuredService> {
  const port = await freePort();
  const url = `http://127.0.0.1:${port}`;
  const args = ['--max-semi-space-size=32', '--import', resolve('test/sidechannels/slow-requests.mjs'), join(dist, 'main.js')];
  const env = {
    PATH: process.env['PATH'],
    DATA_DIR: dataDir,
    PORT: String(port),
    PUBLIC_URL: 'http://vestibule.test',
    SANDBOX: 'false',
    SLOW_NANOSECONDS: String(slowerBy * 1_000),
    REQUESTS_PER_SECOND: '1000000',
    // No settlement falls into a run.
    SETTLEMENT_EVERY: 'P1D',
  };
  const child = spawnOn(cores?.service, args, env, ['ignore', 'ignore', 'pipe']);
  running.add(child);
  child.once('exit', () => running.delete(child));
  let complaints = '';
  child.stderr?.on('data', (chunk: Buffer) => (complaints = (complaints + chunk.toString()).slice(-4_000)));
  const stop = async (): Promise<void> => {
    if (child.exitCode !== null || child.signalCode !== null) return;
    child.kill('SIGTERM');
    await once(child, 'exit');
  };
  const lives = (): void => {
    if (child.exitCode !== null || child.signalCode !== null) throw new Error(`the service ended by itself: ${complaints}`);
  };
  try {
    await until(lives, 'the service is not ready', async () => (await fetch(`${url}/health/ready`).catch(() => undefined))?.ok === true);
  } catch (error) {
    await stop();
    throw error;
  }
  return {
    url,
    port,
    pid: child.pid ?? 0,
    stop,
    caughtUp: (token) => until(lives, 'the read models do not catch up', () => hasCaughtUp(url, token)),
  };
}

async function hasCaughtUp(url: string, token: string): Promise<boolean> {
  const response = await fetch(`${url}/metrics`, { headers: { authorization: `Bearer ${token}` } });
  const text = await response.text();
  if (!response.ok) throw new Error(`the metrics cannot be read: ${response.status}`);
  const lags = [...text.matchAll(/^vestibule_projection_lag\{[^}]*\} (\d+)/gm)].map(([, lag]) => Number(lag));
  return lags.length > 0 && lags.every((lag) => lag === 0);
}

async function until(lives: () => void, complaint: string, holds: () => Promise<boolean>): Promise<void> {
  for (const end = Date.now() + READY_WITHIN_MS; Date.now() < end; await sleep(LOOK_AGAIN_MS)) {
    lives();
    if (await holds()) return;
  }
  throw new Error(complaint);
}

async function freePort(): Promise<number> {
  const server = createServer().listen(0, '127.0.0.1');
  await once(server, 'listening');
  const { port } = server.address() as AddressInfo;
  server.close();
  await once(server, 'close');
  return port;
}
