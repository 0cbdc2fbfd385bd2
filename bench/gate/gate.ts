import { closeSync, cpSync, fsyncSync, openSync, readdirSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { type Program, startProgram } from '../program.js';

const LOOK_AGAIN_MS = 50;
const CATCH_UP_WITHIN_MS = 600_000;

/** The service in a process of its own, everything on. */
export interface Gate extends Program {
  /**
   * Resolves when every read model and process has taken in whatever the log holds.
   * @param token of somebody who may read the metrics
   */
  caughtUp(token: string): Promise<void>;
}

export interface GateOptions {
  readonly dataDir: string;
  readonly port: number;
  /** Customers of the sandbox's register, for a first start. */
  readonly customers?: number;
  /** `no-append`: the same application on a log in memory, whose append is done at once. */
  readonly log?: 'durable' | 'no-append';
  readonly env?: Readonly<Record<string, string>>;
}

const FILES = { durable: '../../../dist/main.js', 'no-append': './gate/no-append.main.js' } as const;

export async function startGate({ dataDir, port, customers, log = 'durable', env }: GateOptions): Promise<Gate> {
  const program = await startProgram({
    file: FILES[log],
    port,
    readyPath: '/health/ready',
    env: {
      DATA_DIR: dataDir,
      PORT: String(port),
      LOG_LEVEL: 'error',
      // The load of one client is no question here; the limiter is on all the same.
      REQUESTS_PER_SECOND: '1000000',
      SETTLEMENT_EVERY: 'P1D',
      ...(customers !== undefined && { SANDBOX_CUSTOMERS: String(customers) }),
      ...env,
    },
  });
  return { ...program, caughtUp: (token) => caughtUp(port, token) };
}

/** On the disk before it is measured, so that nobody's writes are waited for but one's own. */
export function copyOf(dataDir: string, to: string): string {
  rmSync(to, { recursive: true, force: true });
  cpSync(dataDir, to, { recursive: true });
  for (const entry of readdirSync(to, { recursive: true, withFileTypes: true })) {
    if (!entry.isFile()) continue;
    const file = openSync(join(entry.parentPath, entry.name), 'r');
    fsyncSync(file);
    closeSync(file);
  }
  return to;
}

async function caughtUp(port: number, token: string): Promise<void> {
  for (const until = Date.now() + CATCH_UP_WITHIN_MS; Date.now() < until;) {
    const response = await fetch(`http://127.0.0.1:${port}/metrics`, { headers: { authorization: `Bearer ${token}` } });
    const text = await response.text();
    if (!response.ok) throw new Error(`the metrics cannot be read: ${response.status}`);
    const lags = [...text.matchAll(/^vestibule_projection_lag\{[^}]*\} (\d+)/gm)].map(([, lag]) => Number(lag));
    if (lags.length > 0 && lags.every((lag) => lag === 0)) return;
    await sleep(LOOK_AGAIN_MS);
  }
  throw new Error('the read models do not catch up');
}
