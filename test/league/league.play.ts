import { spawn } from 'node:child_process';
import { existsSync, readFileSync } from 'node:fs';

export interface Ended {
  /** `null` for one that was killed. */
  readonly code: number | null;
  readonly stdout: string;
  readonly stderr: string;
}

/** The league as `npm run league` starts it; `npm test` has built it. */
export function league(...options: string[]): Promise<Ended> {
  return ended(start(options));
}

/** The same, ended by a signal as soon as so many lines are on file. */
export async function leagueEndedAt(lines: number, signal: 'SIGKILL' | 'SIGINT', out: string, ...options: string[]): Promise<Ended> {
  const child = start([...options, '--out', out]);
  const watching = setInterval(() => {
    if (!existsSync(out) || readFileSync(out, 'utf8').split('\n').length <= lines) return;
    child.kill(signal);
    clearInterval(watching);
  }, 2);
  const came = await ended(child);
  clearInterval(watching);
  return came;
}

function start(options: readonly string[]) {
  return spawn(process.execPath, ['dist/simulation/main.js', ...options], { env: {}, stdio: ['ignore', 'pipe', 'pipe'] });
}

function ended(child: ReturnType<typeof start>): Promise<Ended> {
  const said = { stdout: '', stderr: '' };
  child.stdout.on('data', (chunk: Buffer) => (said.stdout += chunk.toString()));
  child.stderr.on('data', (chunk: Buffer) => (said.stderr += chunk.toString()));
  return new Promise((resolve) => {
    child.once('close', (code) => resolve({ code, ...said }));
  });
}
