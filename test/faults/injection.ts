import { type ChildProcess, spawn } from 'node:child_process';

export interface Injection {
  /** System calls, by name. */
  readonly calls: string;
  /** As strace's `-e inject=CALLS:` has it. */
  readonly rule: string;
  /** Only where they are about one of these. */
  readonly files?: readonly string[];
}

/** Faults in the system calls of a process that runs, from now on. @returns takes them away again; they also end with the process */
export async function inject(pid: number, { calls, rule, files = [] }: Injection): Promise<() => Promise<void>> {
  const paths = files.flatMap((file) => ['-P', file]);
  const args = ['-f', '-p', `${pid}`, '-o', '/dev/null', ...paths, '-e', `trace=${calls}`, '-e', `inject=${calls}:${rule}`];
  const strace = spawn('strace', args, { stdio: ['ignore', 'ignore', 'pipe'] });
  await attached(strace);
  return () =>
    new Promise((gone) => {
      if (strace.exitCode !== null || strace.signalCode !== null) return gone();
      strace.once('exit', () => gone());
      strace.kill('SIGTERM');
    });
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
