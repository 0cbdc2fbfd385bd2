import { parentPort, workerData, type MessagePort } from 'node:worker_threads';
import { Sqlite } from './sqlite.js';

/** How often what was committed is carried over. */
const EVERY_MS = 500;
/** Pages in the write-ahead log above which it should begin anew, 64 MiB, and above which commits have to wait for that. */
const LONG = 16_384;
const TOO_LONG = 4 * LONG;
const TRIES = 8;

interface Carried {
  /** Pages in the write-ahead log, and how many of them are in the file. */
  readonly log: number;
  readonly checkpointed: number;
}

const port = parentPort as MessagePort;
const db = new Sqlite(workerData as string, { fileMustExist: true });

const carry = (mode: 'PASSIVE' | 'RESTART'): Carried => (db.pragma(`wal_checkpoint(${mode})`) as [Carried])[0];

/**
 * `PASSIVE` holds nobody up. A commit that finds everything carried over begins the log anew; while commits keep coming, that
 * takes some tries, each of which has less to carry. `RESTART` makes commits wait.
 */
function carryOver(): void {
  let carried = carry('PASSIVE');
  for (let tries = 1; tries < TRIES && carried.log > LONG && carried.checkpointed < carried.log; tries++) carried = carry('PASSIVE');
  if (carried.log > TOO_LONG) carry('RESTART');
}

const timer = setInterval(() => {
  try {
    carryOver();
  } catch {
    // A full or failing disk: the log of the file grows until it can be carried over again.
  }
}, EVERY_MS);

port.on('message', () => {
  clearInterval(timer);
  db.close();
  port.close();
});
