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
