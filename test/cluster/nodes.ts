import { type ChildProcess, spawn } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { request as plainRequest } from 'node:http';
import { request as secureRequest } from 'node:https';
import { setTimeout as sleep } from 'node:timers/promises';
import type { EventStoreDbSettings } from '../../src/event-sourcing/eventstoredb.settings.js';

export type Blow = 'SIGKILL' | 'SIGTERM' | 'SIGSTOP';

/** Milliseconds in which a node says what it is. */
const PATIENCE = 2_000;

interface Node {
  readonly command: string;
  child: ChildProcess;
}

/** The nodes of a cluster, each a process that is started again whenever it ends, whatever its code: it may have to truncate. */
export class Nodes {
  private readonly nodes: Node[];
  private ending = false;
  /** How often a node ended, by its code or signal. */
  readonly ends = new Map<string, number>();

  /** @param commands stay in the foreground; in the order of the addresses in the settings */
  constructor(
    commands: readonly string[],
    private readonly settings: EventStoreDbSettings,
  ) {
    this.nodes = commands.map((command) => ({ command, child: this.launch(command) }));
    for (const node of this.nodes) this.watch(node);
  }

  /** `leader`, `follower` and so on; undefined where there is no answer. */
  states(): Promise<readonly (string | undefined)[]> {
    return Promise.all(this.nodes.map((_, n) => this.state(n).catch(() => undefined)));
  }

  /** Waits until one leads and all others follow. @returns the leader's number @throws Error after `milliseconds` */
  async whole(milliseconds: number): Promise<number> {
    const until = performance.now() + milliseconds;
    for (;;) {
      const states = (await this.states()).map((state) => state?.toLowerCase());
      const followers = states.filter((state) => state === 'follower').length;
      if (followers === this.nodes.length - 1 && states.includes('leader')) return states.indexOf('leader');
      if (performance.now() > until) throw new Error(`the nodes do not come together: ${states.join(', ')}`);
      await sleep(200);
    }
  }

  signal(n: number, signal: NodeJS.Signals): void {
    const { child } = this.nodes[n] as Node;
    send(child, signal);
  }

  async end(): Promise<void> {
    this.ending = true;
    for (const { child } of this.nodes) send(child, 'SIGKILL');
    await Promise.all(this.nodes.map(({ child }) => hasEnded(child)));
  }

  private launch(command: string): ChildProcess {
    // A group of its own, so that a signal reaches what the shell has started.
    return spawn('/bin/sh', ['-c', command], { stdio: 'ignore', detached: true });
  }

  private watch(node: Node): void {
    node.child.once('exit', (code, signal) => {
      const how = String(signal ?? code);
      this.ends.set(how, (this.ends.get(how) ?? 0) + 1);
      if (!this.ending) setTimeout(() => this.again(node), 1_000);
    });
  }

  private again(node: Node): void {
    if (this.ending) return;
    node.child = this.launch(node.command);
    this.watch(node);
  }

  private state(n: number): Promise<string> {
    const { addresses, secure, caFile } = this.settings;
    const at = addresses[n];
    if (at === undefined) throw new Error('EVENTSTOREDB_URL names fewer nodes than there are commands');
    const options = { host: at.address, port: at.port, path: '/info', agent: false, signal: AbortSignal.timeout(PATIENCE) } as const;
    return new Promise((resolve, reject) => {
      const ca = caFile === undefined ? {} : { ca: readFileSync(caFile) };
      const asked = secure ? secureRequest({ ...options, ...ca }) : plainRequest(options);
      asked.on('error', reject);
      asked.on('response', (response) => {
        let text = '';
        response.on('error', reject);
        response.on('data', (chunk: Buffer) => (text += chunk.toString()));
        response.on('end', () => {
          const state = /"state":\s*"(\w+)"/.exec(text)?.[1];
          if (state === undefined) reject(new Error('no state'));
          else resolve(state);
        });
      });
      asked.end();
    });
  }
}

function send({ pid, exitCode, signalCode }: ChildProcess, signal: NodeJS.Signals): void {
  if (pid === undefined || exitCode !== null || signalCode !== null) return;
  try {
    process.kill(-pid, signal);
  } catch {
    // It has just ended.
  }
}

function hasEnded(child: ChildProcess): Promise<void> {
  if (child.exitCode !== null || child.signalCode !== null) return Promise.resolve();
  return new Promise((ended) => child.once('exit', () => ended()));
}
