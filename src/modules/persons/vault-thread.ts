import { once } from 'node:events';
import { Worker } from 'node:worker_threads';
import { programFile } from '../../event-sourcing/program-file.js';
import { VaultUnavailable, VaultUnusable } from './key-vault.js';
import type { VaultAnswer, VaultQuestion, VaultReply, VaultRequest } from './key-vault.worker.js';

interface Waiting {
  resolve(answer: VaultAnswer): void;
  reject(error: Error): void;
}

/** The thread that alone touches the vault's file, so that its syncs stall nobody. */
export class VaultThread {
  private readonly waiting = new Map<number, Waiting>();
  private queue: VaultRequest[] = [];
  private asking = false;
  private seq = 0;
  private dead = false;

  private constructor(private readonly worker: Worker) {
    worker.on('message', (replies: readonly VaultReply[]) => this.take(replies));
    worker.on('error', () => this.die());
    worker.on('exit', () => this.die());
  }

  /** @throws VaultUnusable when the file cannot be opened, or is not a vault */
  static async start(file: string): Promise<VaultThread> {
    const worker = new Worker(programFile('modules/persons/key-vault.worker.js'), { workerData: { file } });
    try {
      await once(worker, 'message');
    } catch (error) {
      throw new VaultUnusable(`the vault cannot be opened: ${(error as Error).message}`);
    }
    return new VaultThread(worker);
  }

  /** What is asked while an answer is awaited is sent together, and so becomes one commit. @throws VaultUnavailable */
  ask(question: VaultQuestion): Promise<VaultAnswer> {
    if (this.dead) return Promise.reject(new VaultUnavailable('the vault is closed'));
    return new Promise((resolve, reject) => {
      const seq = this.seq++;
      this.waiting.set(seq, { resolve, reject });
      this.queue.push([seq, question]);
      if (!this.asking) this.send();
    });
  }

  async close(): Promise<void> {
    if (this.dead) return;
    const ended = once(this.worker, 'exit');
    await this.ask({ kind: 'close' });
    await ended;
  }

  private send(): void {
    this.asking = this.queue.length > 0;
    if (!this.asking) return;
    this.worker.postMessage(this.queue);
    this.queue = [];
  }

  private take(replies: readonly VaultReply[]): void {
    for (const { seq, answer, failed } of replies) {
      const waiting = this.waiting.get(seq);
      this.waiting.delete(seq);
      if (failed === undefined) waiting?.resolve(answer ?? {});
      else waiting?.reject(new VaultUnavailable(`the vault failed: ${failed}`));
    }
    this.send();
  }

  private die(): void {
    this.dead = true;
    for (const waiting of this.waiting.values()) waiting.reject(new VaultUnavailable('the vault is closed'));
    this.waiting.clear();
  }
}
