import { createHash } from 'node:crypto';
import { cpSync, mkdtempSync, readdirSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import type { ApiClient } from '../../src/cli/oauth-client.js';
import { Sqlite } from '../../src/event-sourcing/sqlite.js';
import {
  bankDirectory,
  registerAtCommandLine,
  registerPartner,
  startBank,
  type BankDirectory,
  type BankProcess,
} from '../end-to-end/bank-process.js';
import { Evidence, exportLog, integrity } from './evidence.js';
import { must } from './fault.js';
import { Traffic } from './traffic.js';

/** Units that the honest partner may spend, more than a scene has persons. */
const UNITS = 20_000;
const LANES = 8;

/** Milliseconds that a service may take to become ready on a machine that does other things as well. */
const READY_WITHIN = 120_000;

let prepared: Promise<BankDirectory> | undefined;

/** A directory with an honest partner, and one that has nothing left; made once, by the operator's commands and the API. */
async function prepare(): Promise<BankDirectory> {
  const directory = await bankDirectory();
  await registerAtCommandLine(directory, 'op', 'operator');
  const bank = await startBank(directory, {}, 'listening');
  await ready(bank);
  await registerPartner(bank, directory, 'shop', { initial: 20, ceiling: 30_000 });
  await bank.as('ana').post('/v1/owners/owner-shop/grants', { units: UNITS, reason: 'other' });
  const scanner = await registerPartner(bank, directory, 'scanner', { initial: 1, ceiling: 200 });
  const traffic = new Traffic();
  await traffic.send(scanner, traffic.command('open', 9_998));
  await bank.kill('SIGTERM');
  return directory;
}

async function ready(bank: BankProcess): Promise<void> {
  for (const end = Date.now() + READY_WITHIN; Date.now() < end; await sleep(50)) {
    const response = await fetch(`${bank.url}/health/ready`).catch(() => undefined);
    if (response?.ok === true) return;
    must(bank.child.exitCode === null && bank.child.signalCode === null, 'a service that becomes ready', bank.output().slice(-600));
  }
  throw new Error('the service does not become ready');
}

export async function removePrepared(): Promise<void> {
  const directory = await prepared?.catch(() => undefined);
  if (directory) rmSync(dirname(directory.dataDir), { recursive: true, force: true });
}

/** The service as a process of its own on a directory of its own, with clients that remember what they were told. */
export class Scene {
  readonly traffic = new Traffic();
  bank: BankProcess | undefined;
  private killed = false;
  private load: { stop(): Promise<void> } | undefined;

  private constructor(
    readonly directory: BankDirectory,
    private readonly folder: string,
  ) {}

  /** @param at directory for the data, such as a file system of its own; a temporary one unless given */
  static async make(at?: string): Promise<Scene> {
    prepared ??= prepare();
    const { dataDir, keys } = await prepared;
    const folder = at ?? mkdtempSync(join(tmpdir(), 'vestibule-fault-'));
    const directory = { dataDir: join(folder, 'data'), keys };
    cpSync(dataDir, directory.dataDir, { recursive: true });
    return new Scene(directory, folder);
  }

  file(name: string): string {
    return join(this.directory.dataDir, name);
  }

  get running(): BankProcess {
    must(this.bank !== undefined, 'a service that runs');
    return this.bank;
  }

  get shop(): ApiClient {
    return this.running.as('shop');
  }

  get pid(): number {
    return this.running.child.pid ?? 0;
  }

  get lives(): boolean {
    const { exitCode, signalCode } = this.running.child;
    return exitCode === null && signalCode === null;
  }

  async start(env: Record<string, string> = {}, until: 'ready' | 'listening' = 'ready'): Promise<BankProcess> {
    this.bank = await startBank(this.directory, env, 'listening');
    if (until === 'ready') await ready(this.bank);
    return this.bank;
  }

  /** @param until so many commands have been acknowledged since */
  async begin(lanes = LANES, until = 2 * lanes): Promise<void> {
    const before = this.served;
    this.load = this.traffic.start(this.shop, this.running.as('scanner'), lanes);
    await this.until(() => this.served >= before + until, 'commands that are acknowledged');
  }

  async end(): Promise<void> {
    await this.load?.stop();
    this.load = undefined;
  }

  async kill(signal: NodeJS.Signals = 'SIGKILL'): Promise<void> {
    if (signal === 'SIGKILL') this.killed = true;
    await this.bank?.kill(signal);
  }

  /** To be said where the fault itself ends the process. */
  died(): void {
    this.killed = true;
  }

  async until(holds: () => boolean | Promise<boolean>, what: string, within = 60_000): Promise<void> {
    for (const end = Date.now() + within; ; await sleep(25)) {
      if (await holds()) return;
      if (Date.now() > end) throw new Error(`${what}: not within ${within / 1000} s; problems: ${[...this.traffic.problems].join(' ')}`);
    }
  }

  /** Acknowledged so far. */
  get served(): number {
    return this.traffic.acknowledged.length;
  }

  /** More commands are acknowledged than now. */
  async goesOn(more = 5): Promise<void> {
    const before = this.served;
    await this.until(() => this.served >= before + more, 'the service goes on');
  }

  /**
   * After the fault is over: a start, repetitions of what was acknowledged (the same bytes) and of what was not known, a new
   * flow, a stop, and the log held against what the clients were told. Then once more with every read model and fold thrown
   * away, which must add nothing (R8).
   */
  async aftermath(): Promise<string> {
    await this.end();
    await this.kill('SIGTERM');
    await this.start();
    const { shop, traffic } = this;
    const unknown = traffic.unknown.slice(-20);
    for (const command of traffic.acknowledged.slice(-9)) {
      const { text } = command;
      await traffic.repeat(shop, command);
      must(command.text === text, 'a repeated command is answered with the same bytes (R12)', [text, command.text]);
    }
    for (const command of unknown) await traffic.repeat(shop, command);
    must(await traffic.flow(shop), 'the service serves when the fault is over', [...traffic.problems]);
    await this.kill('SIGTERM');
    const evidence = this.examine(await exportLog(this.directory.dataDir));
    await this.rebuild(evidence);
    return `${this.served} of ${traffic.sent.length} acknowledged, ${evidence.size} events whole`;
  }

  /** @throws Error naming what is broken */
  examine(log: Parameters<Evidence['add']>[0], evidence = new Evidence()): Evidence {
    must(integrity(this.file('log.db')) === 'ok', 'an integrity check without a complaint');
    evidence.add(log).holds(this.traffic.acknowledged);
    // The one that was left over is spent when the scene is prepared.
    return evidence.reports(this.traffic.refusals, this.killed);
  }

  private async rebuild(evidence: Evidence): Promise<void> {
    const before = evidence.effects;
    // The read models rest between two pages: what was written right before the stop may not have reached them.
    await this.start();
    await this.kill('SIGTERM');
    const live = rowsOf(this.file('read-models.db'));
    for (const name of readdirSync(this.directory.dataDir)) {
      if (/^(read-models|folds)\.db/.test(name)) rmSync(this.file(name));
    }
    await this.start();
    await this.kill('SIGTERM');
    evidence.add(await exportLog(this.directory.dataDir, evidence.position));
    const rebuilt = rowsOf(this.file('read-models.db'));
    const differ = [...new Set([...live.keys(), ...rebuilt.keys()])].filter((table) => live.get(table) !== rebuilt.get(table));
    must(differ.length === 0, 'rebuilt read models that equal the live ones (R20)', differ);
    must(evidence.effects === before, 'a rebuild charges, answers and creates nothing (R8)', [before, evidence.effects]);
  }

  async remove(): Promise<void> {
    await this.bank?.kill();
    await this.end();
    rmSync(this.folder, { recursive: true, force: true });
  }
}

/** Tables whose rows a start changes, as the outage before it extends every deadline; and a rebuild is a start. */
const ABOUT_STARTS = /^(checkpoints|sqlite_|.*outages|deadlines|process )/;

function rowsOf(file: string): ReadonlyMap<string, string> {
  const db = new Sqlite(file, { readonly: true });
  try {
    const names = db.prepare<[], string>("SELECT name FROM sqlite_master WHERE type = 'table'").pluck().all();
    const kept = names.filter((name) => !ABOUT_STARTS.test(name));
    return new Map(kept.map((name) => [name, hash(db.prepare<[], object>(`SELECT * FROM "${name}"`).all())]));
  } finally {
    db.close();
  }
}

function hash(rows: readonly object[]): string {
  const lines = rows.map((row) => JSON.stringify(Object.values(row))).toSorted();
  return createHash('sha256').update(lines.join('\n')).digest('hex');
}

/** With a scene of its own, which is removed whatever happens. */
export async function onScene<Result>(act: (scene: Scene) => Promise<Result>, at?: string): Promise<Result> {
  const scene = await Scene.make(at);
  try {
    return await act(scene);
  } catch (error) {
    const said = scene.bank?.output().trimEnd().split('\n').slice(-8).join('\n') ?? '';
    throw new Error(`${error instanceof Error ? error.message : String(error)}\nthe service said last:\n${said}`, { cause: error });
  } finally {
    await scene.remove();
  }
}
