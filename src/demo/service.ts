import { type ChildProcess, spawn } from 'node:child_process';
import { randomInt } from 'node:crypto';
import { once } from 'node:events';
import { existsSync, mkdtempSync, rmSync } from 'node:fs';
import { createServer } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { fileURLToPath } from 'node:url';
import type { Config } from '../config.js';
import { programFile } from '../event-sourcing/program-file.js';
import { ANALYSTS } from '../sandbox/cast.js';
import { clientKeyPath, readClientKeyFile } from '../sandbox/client-key-file.js';

/** The service that the demo works against, and the directory where its sandbox's keys lie. */
export interface Service {
  readonly dataDir: string;
  /** Started by the demo for itself, with nobody else in it. */
  readonly own: boolean;
  /** @throws Error when it does not become so */
  ready(): Promise<void>;
  stop(): Promise<void>;
}

const READY_WITHIN_MS = 180_000;
const LOOK_AGAIN_MS = 100;
const PROBE_MS = 2_000;
/** A little more than the service allows itself for a stop. */
const STOP_WITHIN_MS = 20_000;

/** The service that the configuration describes, if one runs there that is a sandbox of this data directory. */
export async function runningService({ publicUrl, dataDir }: Pick<Config, 'publicUrl' | 'dataDir'>): Promise<Service | undefined> {
  const [analyst] = ANALYSTS;
  if (!(await answers(`${publicUrl}/health/live`)) || !existsSync(clientKeyPath(dataDir, analyst))) return undefined;
  const { api } = readClientKeyFile(dataDir, analyst);
  return { dataDir, own: false, ready: () => ready(api, () => undefined), stop: async () => undefined };
}

/** One of the demo's own, in a temporary directory that is gone when it stops. */
export async function ownService(customers: number): Promise<Service> {
  const dataDir = mkdtempSync(join(tmpdir(), 'vestibule-demo-'));
  const port = await freePort();
  const env = {
    DATA_DIR: dataDir,
    PORT: String(port),
    LOG_LEVEL: 'error',
    SETTLEMENT_EVERY: 'PT3S',
    SANDBOX_CUSTOMERS: String(customers),
  };
  const said: string[] = [];
  const child = spawn(process.execPath, [fileURLToPath(programFile('main.js'))], {
    env,
    stdio: ['ignore', 'pipe', 'pipe'],
  });
  for (const stream of [child.stdout, child.stderr]) stream.on('data', (chunk: Buffer) => said.push(chunk.toString()));
  const stop = async (): Promise<void> => {
    await ended(child);
    rmSync(dataDir, { recursive: true, force: true });
  };
  const look = (): void => {
    if (child.exitCode !== null) throw new Error(`the service did not start:\n${said.join('')}`);
  };
  return { dataDir, own: true, ready: () => ready(`http://127.0.0.1:${port}`, look), stop };
}

async function ready(url: string, look: () => void): Promise<void> {
  for (const until = Date.now() + READY_WITHIN_MS; Date.now() < until;) {
    look();
    if (await answers(`${url}/health/ready`)) return;
    await sleep(LOOK_AGAIN_MS);
  }
  throw new Error(`${url} is not ready after ${READY_WITHIN_MS / 1000} s`);
}

async function answers(url: string): Promise<boolean> {
  try {
    const response = await fetch(url, { signal: AbortSignal.timeout(PROBE_MS) });
    await response.arrayBuffer();
    return response.ok;
  } catch {
    return false;
  }
}

/** Below those that the system gives to outgoing connections, one of which could take it before the service does. */
const PORTS = { from: 20_000, to: 32_000 };

async function freePort(): Promise<number> {
  for (;;) {
    const port = randomInt(PORTS.from, PORTS.to);
    const server = createServer();
    const isFree = await new Promise<boolean>((resolve) => {
      server.once('error', () => resolve(false)).listen(port, '127.0.0.1', () => resolve(true));
    });
    server.close();
    if (isFree) return port;
  }
}

async function ended(child: ChildProcess): Promise<void> {
  if (child.exitCode !== null || child.signalCode !== null) return;
  const exit = once(child, 'exit');
  child.kill('SIGTERM');
  const late = setTimeout(() => child.kill('SIGKILL'), STOP_WITHIN_MS);
  await exit;
  clearTimeout(late);
}
