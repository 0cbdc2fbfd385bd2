import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { createServer } from 'node:net';
import type { AddressInfo } from 'node:net';
import { setTimeout as sleep } from 'node:timers/promises';
import { fileURLToPath } from 'node:url';

const LOOK_AGAIN_MS = 20;
const READY_WITHIN_MS = 30 * 60_000;
const STOP_WITHIN_MS = 30_000;
const LAST_WORDS = 4_000;

/** As `npm start` does it; the peers have it too. */
const AS_STARTED = ['--max-semi-space-size=32'];

/** A server that the bench has started, and ends. */
export interface Program {
  readonly pid: number;
  readonly port: number;
  /** Milliseconds from the start until it answered that it is ready. */
  readonly readyAfter: number;
  stop(): Promise<void>;
}

export interface ProgramOptions {
  /** Compiled file, as a URL relative to the bench's own folder: `./peers/x.peer.js`. */
  readonly file: string;
  readonly args?: readonly string[];
  readonly nodeArgs?: readonly string[];
  readonly env?: Readonly<Record<string, string>>;
  readonly port: number;
  /** Answers 2xx when requests may come. */
  readonly readyPath: string;
}

/** With nothing of the bench's environment but the path. @throws Error with what it said, when it ends before it is ready */
export async function startProgram({ file, args = [], nodeArgs = [], env = {}, port, readyPath }: ProgramOptions): Promise<Program> {
  const started = performance.now();
  const child = spawn(process.execPath, [...AS_STARTED, ...nodeArgs, fileURLToPath(new URL(file, import.meta.url)), ...args], {
    env: { PATH: process.env.PATH, ...env },
    stdio: ['ignore', 'pipe', 'pipe'],
  });
  running.add(child);
  let said = '';
  for (const stream of [child.stdout, child.stderr]) {
    stream.on('data', (chunk: Buffer) => (said = (said + chunk.toString()).slice(-LAST_WORDS)));
  }
  const stop = () => stopChild(child);
  const url = `http://127.0.0.1:${port}${readyPath}`;
  while (!(await answers(url))) {
    if (child.exitCode !== null || child.signalCode !== null) throw new Error(`${file} ended:\n${said}`);
    if (performance.now() - started > READY_WITHIN_MS) throw new Error(`${file} is not ready:\n${said}`);
    await sleep(LOOK_AGAIN_MS);
  }
  return { pid: child.pid as number, port, readyAfter: performance.now() - started, stop };
}

const running = new Set<ChildProcess>();

/** For the end of the bench, whichever way it comes. */
export function killAll(): void {
  for (const child of running) child.kill('SIGKILL');
}

export async function freePort(): Promise<number> {
  const server = createServer().listen(0, '127.0.0.1');
  await once(server, 'listening');
  const { port } = server.address() as AddressInfo;
  server.close();
  await once(server, 'close');
  return port;
}

async function answers(url: string): Promise<boolean> {
  try {
    const response = await fetch(url);
    await response.arrayBuffer();
    return response.ok;
  } catch {
    return false;
  }
}

async function stopChild(child: ChildProcess): Promise<void> {
  running.delete(child);
  if (child.exitCode !== null || child.signalCode !== null) return;
  const exit = once(child, 'exit');
  child.kill('SIGTERM');
  const late = setTimeout(() => child.kill('SIGKILL'), STOP_WITHIN_MS);
  await exit;
  clearTimeout(late);
}
