import crypto from 'node:crypto';
import synchronous from 'node:fs';
import fileSystem from 'node:fs/promises';
import { install } from '@sinonjs/fake-timers';
import type { Chance } from './chance.js';

/** Milliseconds of virtual time in which a simulation has to come to its end. */
const LONGEST_MS = 400_000;

/** Files that live in the simulation: whatever lies under a path that it knows. */
export interface Files {
  readonly root: string;
  read(path: string): Promise<string>;
  write(path: string, text: string): Promise<void>;
  rename(from: string, to: string): Promise<void>;
  /** The same at once, for those who do not wait. */
  has(path: string): boolean;
  put(path: string, text: string): void;
  move(from: string, to: string): void;
}

/** Something that the sources look up at each call, so that it can be swapped for the time of a simulation. */
interface Swap {
  readonly of: object;
  readonly name: string;
  readonly by: unknown;
}

/** Of the event loop outside. */
const outside = setImmediate;
/** Steps for one turn of the event loop, which costs as much as a step. */
const STEPS_A_TURN = 100;

/**
 * Takes one step after the other until one says that it was the last; all microtasks are done between two, as Node does them
 * between the callbacks of `setImmediate`.
 * @param step whether there is another; what it throws ends it
 */
function inSteps(step: () => boolean): Promise<void> {
  return new Promise((resolve, reject) => {
    let left = 0;
    let over = false;
    const next = (): void => {
      if (over) return;
      left -= 1;
      try {
        over = !step();
        if (over) resolve();
        else if (left === 0) turn();
      } catch (error) {
        over = true;
        reject(error as Error);
      }
    };
    const turn = (): void => {
      left = STEPS_A_TURN;
      for (let n = 0; n < STEPS_A_TURN; n++) outside(next);
    };
    turn();
  });
}

/**
 * Runs a story in a time of its own: timers fire one after the other, each after all microtasks of the one before, as fast as
 * they can; randomness comes from the seed, and files from memory. The order of everything then follows from the seed alone.
 * Nothing else may run in the process meanwhile.
 * @param longest milliseconds of virtual time in which it has to come to its end
 * @throws Error when everybody waits for nothing, or the story does not end
 */
export async function inVirtualTime<Result>(
  chance: Chance,
  disk: Files,
  story: () => Promise<Result>,
  longest = LONGEST_MS,
): Promise<Result> {
  const clock = install({
    now: 0,
    toFake: ['setTimeout', 'clearTimeout', 'setInterval', 'clearInterval', 'setImmediate', 'clearImmediate', 'performance'],
  });
  const now = (): number => clock.now;
  const swaps = swapped([
    ...randomness(chance),
    ...filing(disk),
    { of: Date, name: 'now', by: now },
    { of: performance, name: 'now', by: now },
  ]);
  const loose: unknown[] = [];
  const onLoose = (error: unknown): void => void loose.push(error);
  process.on('unhandledRejection', onLoose);
  try {
    let ended = false;
    const result = story().finally(() => (ended = true));
    result.catch(() => {});
    await inSteps(() => {
      // A process that meets one ends (R25), and so does this story.
      if (loose.length > 0) throw new Error('nobody handles a rejection', { cause: loose[0] });
      if (ended) return false;
      if (clock.countTimers() === 0) throw new Error('everybody waits, and nothing will come');
      if (clock.next() > longest) throw new Error('the story does not come to its end');
      return true;
    });
    return await result;
  } finally {
    process.off('unhandledRejection', onLoose);
    for (const { of, name, by } of swaps) Object.defineProperty(of, name, { value: by, writable: true, configurable: true });
    clock.uninstall();
  }
}

/** @returns how to swap it back */
function swapped(swaps: readonly Swap[]): readonly Swap[] {
  return swaps.map(({ of, name, by }) => {
    const original = (of as Record<string, unknown>)[name];
    Object.defineProperty(of, name, { value: by, writable: true, configurable: true });
    return { of, name, by: original };
  });
}

function randomness(chance: Chance): readonly Swap[] {
  const ids = chance.of('ids');
  const jitter = chance.of('jitter');
  return [
    { of: Math, name: 'random', by: () => jitter.next() },
    { of: crypto, name: 'randomUUID', by: () => ids.uuid() },
    { of: crypto, name: 'randomBytes', by: (size: number) => Buffer.from(Array.from({ length: size }, () => ids.below(256))) },
  ];
}

/** A file that was opened to be synced: there is nothing to sync. */
const OPENED = -1_000;

function filing(disk: Files): readonly Swap[] {
  const swap = (of: object, name: string, by: (...args: string[]) => unknown): Swap => {
    const real = (of as Record<string, (...args: unknown[]) => unknown>)[name]!;
    const here = (...args: unknown[]): unknown =>
      args[0] === OPENED || String(args[0]).startsWith(disk.root) ? by(...(args as string[])) : real(...args);
    return { of, name, by: here };
  };
  return [
    swap(fileSystem, 'readFile', (path) => disk.read(path as string)),
    swap(fileSystem, 'writeFile', (path, text) => disk.write(path as string, text as string)),
    swap(fileSystem, 'rename', (from, to) => disk.rename(from as string, to as string)),
    swap(synchronous, 'existsSync', (path) => disk.has(path as string)),
    swap(synchronous, 'writeFileSync', (path, text) => disk.put(path as string, text as string)),
    swap(synchronous, 'renameSync', (from, to) => disk.move(from as string, to as string)),
    swap(synchronous, 'mkdirSync', () => undefined),
    swap(synchronous, 'openSync', () => OPENED),
    swap(synchronous, 'fsyncSync', () => undefined),
    swap(synchronous, 'closeSync', () => undefined),
  ];
}
