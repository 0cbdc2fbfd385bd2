import { type ChildProcess, spawn, spawnSync, type StdioOptions } from 'node:child_process';

/** Which processor each has to itself. */
export interface Cores {
  readonly service: number;
  readonly client: number;
}

/** `undefined` where there are not two, or no `taskset` to keep a process on one. */
export function twoCores(): Cores | undefined {
  const { status, stdout } = spawnSync('taskset', ['-cp', String(process.pid)], { encoding: 'utf8' });
  if (status !== 0) return undefined;
  const [, list = ''] = /: *([\d,-]+)\s*$/.exec(stdout) ?? [];
  const allowed = list.split(',').flatMap((range) => {
    const [from = 0, to = from] = range.split('-').map(Number);
    return Array.from({ length: to - from + 1 }, (_, i) => from + i);
  });
  const [client, service] = [allowed[0], allowed.at(-1)];
  return client === undefined || service === undefined || client === service ? undefined : { service, client };
}

export function spawnOn(core: number | undefined, args: readonly string[], env: NodeJS.ProcessEnv, stdio: StdioOptions): ChildProcess {
  const [command, ...rest] = core === undefined ? [process.execPath, ...args] : ['taskset', '-c', String(core), process.execPath, ...args];
  return spawn(command as string, rest, { env, stdio });
}

/** Busy whenever nobody else is, and over when whoever started it is. */
const BUSY = `process.stdin.resume().on('end', () => process.exit());
const spin = () => { for (const end = Date.now() + 20; Date.now() < end;); setImmediate(spin); };
spin();`;

/**
 * A core that has nothing to do sleeps, and wakes up late: half a millisecond of noise where the service itself waits. A process of the
 * scheduler's idle class keeps each awake, and gives way at once.
 * @returns how to end it
 */
export function keepAwake({ service, client }: Cores): () => void {
  const children = [service, client].map((core) => {
    const args = ['-c', String(core), 'chrt', '--idle', '0', process.execPath, '-e', BUSY];
    const child = spawn('taskset', args, { stdio: ['pipe', 'ignore', 'ignore'] });
    // Without `chrt` it is noisier, and the controls say whether too noisy.
    return child.on('error', () => {});
  });
  return () => children.forEach((child) => child.kill());
}
