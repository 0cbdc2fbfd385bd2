import { closeSync, fdatasyncSync, openSync, rmSync, writeSync } from 'node:fs';
import { join } from 'node:path';
import { median } from './rounds.js';

const SAMPLES = 40;
const PAGE = Buffer.alloc(4096, 1);

/** Milliseconds that the disk takes for one durable write: 4 KiB more at the end of a file and `fdatasync`; the median of 40. */
export function syncMs(directory: string): number {
  const path = join(directory, 'sync-sample');
  const file = openSync(path, 'w');
  try {
    const taken = Array.from({ length: SAMPLES }, () => {
      const from = performance.now();
      writeSync(file, PAGE);
      fdatasyncSync(file);
      return performance.now() - from;
    });
    return median(taken);
  } finally {
    closeSync(file);
    rmSync(path);
  }
}
