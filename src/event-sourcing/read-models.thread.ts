import { Worker } from 'node:worker_threads';
import { programFile } from './program-file.js';

/**
 * Carries what was committed to the read models from SQLite's write-ahead log into their file, syncs included, so that the
 * event loop, which commits, never waits for the disk. Nothing rests on it: where it fails, the commits do it, later and in
 * larger pieces (`wal_autocheckpoint` of read-models.ts).
 */
export class ReadModelsThread {
  private constructor(private readonly worker: Worker) {
    worker.on('error', () => {});
  }

  /** @param file of the read models, which exists */
  static start(file: string): ReadModelsThread {
    const worker = new Worker(programFile('event-sourcing/read-models.worker.js'), { workerData: file });
    worker.unref();
    return new ReadModelsThread(worker);
  }

  /** Resolves when the file is no longer touched. */
  async stop(): Promise<void> {
    if (this.worker.threadId === -1) return;
    // Also of a thread that failed: a stop goes on without it.
    const ended = new Promise((resolve) => this.worker.once('exit', resolve));
    this.worker.ref();
    this.worker.postMessage('stop');
    await ended;
  }
}
