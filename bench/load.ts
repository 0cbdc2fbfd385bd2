import { execFileSync, spawn } from 'node:child_process';
import { once } from 'node:events';
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { Absent } from './group.js';

export interface PreparedRequest {
  readonly path: string;
  readonly token: string;
  readonly body: object;
  readonly idempotencyKey: string;
  /** Of the possession of the key that the token is bound to. */
  readonly proof?: string;
}

export interface Played {
  readonly requests: number;
  /** Requests a second. */
  readonly rate: number;
  /** Microseconds. */
  readonly p50: number;
  readonly p99: number;
}

const SCRIPT = fileURLToPath(new URL('../../prepared-requests.lua', import.meta.url));
const LONGEST_S = 600;
const ASK_AGAIN_MS = 250;

/** The load comes from wrk: it costs the machine a few microseconds a request, a client in Node would cost as much as the service. */
export function wrkVersion(): string {
  try {
    execFileSync('wrk', ['--version'], { stdio: 'pipe' });
  } catch (error) {
    const { code, stdout } = error as { code?: string; stdout?: Buffer };
    if (code === 'ENOENT') throw new Absent('wrk is not installed (Debian: apt-get install wrk)');
    return /\d[\w.-]*/.exec(stdout?.toString() ?? '')?.[0] ?? '';
  }
  return '';
}

/** @returns path of the file that {@link play} takes */
export function writeRequests(directory: string, name: string, port: number, requests: readonly PreparedRequest[]): string {
  const path = join(directory, `${name}.requests`);
  writeFileSync(path, Buffer.concat(requests.map((request) => onTheWire(port, request))));
  return path;
}

/**
 * Sends every request once.
 * @param explain says what a refusal was, and costs the generator some time with each answer: where no rate is measured
 * @throws Error when one was not answered with a 2xx: then nothing was measured
 */
export async function play(port: number, file: string, connections: number, explain?: 'explain'): Promise<Played> {
  const options = ['-t1', `-c${connections}`, `-d${LONGEST_S}s`, '--timeout', `${LONGEST_S}s`, '-s', SCRIPT];
  const wrk = spawn('wrk', [...options, `http://127.0.0.1:${port}`, '--', file, ...(explain === undefined ? [] : [explain])], {
    stdio: ['ignore', 'pipe', 'inherit'],
  });
  let said = '';
  let asking: NodeJS.Timeout | undefined;
  wrk.stdout.on('data', (chunk: Buffer) => {
    said += chunk.toString();
    if (said.includes('played\n')) asking ??= setInterval(() => wrk.kill('SIGINT'), ASK_AGAIN_MS);
    if (asking !== undefined) wrk.kill('SIGINT');
  });
  await once(wrk, 'close');
  clearInterval(asking);
  return played(said, connections);
}

function played(said: string, connections: number): Played {
  const [result] = /^\{.*\}$/m.exec(said) ?? [];
  if (result === undefined) throw new Error(`wrk said nothing of what it measured:\n${said}`);
  const { sent, microseconds, p50, p99, ...errors } = JSON.parse(result) as Record<string, number>;
  if (Object.values(errors).some((count) => count !== 0)) {
    const [, refusal = ''] = /^refused: (.*)$/m.exec(said) ?? [];
    throw new Error(`not every request was answered: ${JSON.stringify(errors)} ${refusal}`);
  }
  // When the last one is asked for, all but those on the other connections have been answered.
  const requests = (sent as number) - connections + 1;
  return { requests: sent as number, rate: (requests * 1e6) / (microseconds as number), p50: p50 as number, p99: p99 as number };
}

function onTheWire(port: number, { path, token, body, idempotencyKey, proof }: PreparedRequest): Buffer {
  const text = Buffer.from(JSON.stringify(body));
  const credential = proof === undefined ? `Bearer ${token}` : `DPoP ${token}\r\nDPoP: ${proof}`;
  const head =
    `POST ${path} HTTP/1.1\r\nHost: 127.0.0.1:${port}\r\nAuthorization: ${credential}\r\n` +
    `Content-Type: application/json\r\nIdempotency-Key: ${idempotencyKey}\r\nContent-Length: ${text.length}\r\n\r\n`;
  const request = Buffer.concat([Buffer.from(head), text]);
  return Buffer.concat([Buffer.from(`${request.length}\n`), request]);
}
