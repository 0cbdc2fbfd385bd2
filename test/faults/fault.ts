import { spawnSync } from 'node:child_process';
import { existsSync, readdirSync } from 'node:fs';
import type { Chance } from '../simulation/chance.js';

/** What a fault is injected with, where the system has to bring it. */
export type Tool = 'strace' | 'libfaketime' | 'tmpfs' | 'a cluster';

/** One run of a fault. */
export interface Trial {
  /** For faults that are tried again and again. */
  readonly rounds: number;
  readonly chance: Chance;
  /** Rounds that an earlier, interrupted campaign has done. */
  readonly done: number;
  progress(done: number, total: number): void;
  /** So many rounds need not be done again when the campaign is cut off here. */
  keep(done: number): void;
}

/** One line of the list of faults, or a part of one. */
export interface Fault {
  readonly name: string;
  /** What is done to the real service, and by which means. */
  readonly injected: string;
  /** What has to be seen, beside R1 to R9 in the log and every acknowledged answer in it. */
  readonly expected: string;
  readonly needs?: readonly Tool[];
  /** Unless given on the command line; faults without it are tried once. */
  readonly rounds?: number;
  /** What was seen, in a line. @throws Error that says what should have been seen */
  run(trial: Trial): Promise<string>;
}

const FAKETIME = ['/usr/lib', '/usr/lib64', '/usr/local/lib', '/opt/homebrew/lib'];

/** The library, not its multi-threaded variant, which hangs in what V8 does while it starts. */
export function faketimeLibrary(): string | undefined {
  for (const root of FAKETIME.filter((each) => existsSync(each))) {
    for (const folder of ['', ...readdirSync(root)]) {
      const file = `${root}/${folder}/faketime/libfaketime.so.1`;
      if (existsSync(file)) return file;
    }
  }
  return undefined;
}

/** Whether it is there, and may be used by who runs this. */
export function has(tool: Tool): boolean {
  switch (tool) {
    case 'strace':
      return spawnSync('strace', ['-f', '-o', '/dev/null', 'true']).status === 0;
    case 'libfaketime':
      return faketimeLibrary() !== undefined;
    case 'tmpfs':
      // Tried in a namespace of its own, so that nothing is left mounted.
      return spawnSync('unshare', ['--mount', 'mount', '-t', 'tmpfs', '-o', 'size=1m', 'tmpfs', '/mnt']).status === 0;
    case 'a cluster':
      return false;
  }
}

/** @throws Error saying what was to be seen, and what was */
export function must(holds: boolean, expected: string, seen?: unknown): asserts holds {
  if (!holds) throw new Error(seen === undefined ? expected : `${expected}; seen: ${JSON.stringify(seen)}`);
}
