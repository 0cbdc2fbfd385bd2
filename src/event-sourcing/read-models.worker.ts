import { parentPort, workerData, type MessagePort } from 'node:worker_threads';
import { Sqlite } from './sqlite.js';

/** How often what was committed is carried over. */
const EVERY_MS = 500;
/** Pages in the write-ahead log above which the next commit waits until it can begin anew; 64 MiB. */
const LONGEST = 16_384;

const port = parentPort as MessagePort;
const db = new Sqlite(workerData as string, { fileMustExist: true });

/** `PASSIVE` holds nobody up, and never gets to the end while commits keep coming; `RESTART` makes them wait for it. */
function carryOver(): void {
  const [{ log } = { log: 0 }] = db.pragma('wal_checkpoint(PASSIVE)') as { log: number }[];
  if (log > LONGEST) db.pragma('wal_checkpoint(RESTART)');
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
