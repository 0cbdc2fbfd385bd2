import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

export interface Injection {
  /** System calls, by name. */
  readonly calls: string;
  /** As strace's `-e inject=CALLS:` has it. */
  readonly rule: string;
  /** Only where they are about one of these. */
  readonly files?: readonly string[];
}

/**
 * Faults in the system calls of a process that runs, from now on; they also end with the process.
 * @returns takes them away again, and says how many there were. @throws Error when there were none, for then nothing was tried
 */
export async function inject(pid: number, { calls, rule, files = [] }: Injection): Promise<() => Promise<number>> {
  const folder = mkdtempSync(join(tmpdir(), 'vestibule-trace-'));
  const trace = join(folder, 'calls');
  const paths = files.flatMap((file) => ['-P', file]);
  const args = ['-f', '-p', `${pid}`, '-o', trace, ...paths, '-e', `trace=${calls}`, '-e', `inject=${calls}:${rule}`];
  const strace = spawn('strace', args, { stdio: ['ignore', 'ignore', 'pipe'] });
  await attached(strace);
  return async () => {
    if (strace.exitCode === null && strace.signalCode === null) {
      strace.kill('SIGTERM');
      await once(strace, 'exit');
    }
    const count = readFileSync(trace, 'utf8').match(/\((INJECTED|DELAYED)\)|killed by SIGKILL/g)?.length ?? 0;
    rmSync(folder, { recursive: true });
    if (count === 0) throw new Error(`no call was met by ${calls}:${rule}`);
    return count;
  };
}

function attached(strace: ChildProcess): Promise<void> {
  return new Promise((done, failed) => {
    let said = '';
    strace.stderr?.on('data', (chunk: Buffer) => {
      said += chunk.toString();
      if (/attached/.test(said)) done();
    });
    strace.once('exit', () => failed(new Error(`strace does not attach: ${said}`)));
    strace.once('error', failed);
  });
}
