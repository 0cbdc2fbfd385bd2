import { join } from 'node:path';
import { lengthenLog, lengthenStream } from '../gate/copied-history.js';
import { copyOf, type Gate, startGate } from '../gate/gate.js';
import { settledHistory } from '../gate/settled-history.js';
import { ALONE, type Lead, type Stage, stageOf } from '../gate/stage.js';
import type { Bench, Group, Measured, OpenGroup } from '../group.js';
import { play } from '../load.js';
import { processorTime, spent } from '../processor-time.js';
import { turned } from '../rounds.js';
import { scanAndParse } from './rebuild.js';

const CONNECTIONS = 64;

type LogName = 'short log' | 'long log' | 'long stream';

/**
 * What a check costs when much has happened before. Cost is the processor's time of the whole process, read models included: a rate
 * would say more of the disk. The short log is the bench's stage, some ten thousand events.
 */
export const growth: Group = {
  name: 'growth',
  rows: [
    { name: 'growth-log', what: 'cost of a check in a long log ÷ in a short one', goal: { atMost: 1.1 } },
    { name: 'growth-stream', what: "cost of a check where the owner's stream is long ÷ short", goal: { atMost: 1.2 } },
    { name: 'ready', what: 'ready after a long log ÷ scanning and parsing it', goal: { atMost: 0.05 } },
  ],
  async open(bench: Bench): Promise<OpenGroup> {
    const logs = new Logs(bench, await stageOf(bench));
    await logs.write();
    return { round: (round) => logs.round(round), close: async () => undefined };
  },
};

class Logs {
  private readonly directories: Readonly<Record<LogName, string>>;

  constructor(
    private readonly bench: Bench,
    private readonly stage: Stage,
  ) {
    const at = (name: string): string => join(bench.directory, name);
    this.directories = { 'short log': at('short-log'), 'long log': at('long-log'), 'long stream': at('long-stream') };
  }

  async write(): Promise<void> {
    const { bench, stage, directories } = this;
    const rows = await settledHistory(bench, stage);
    const { longLog, longStream } = bench.amounts;
    for (const name of this.subjects()) copyOf(stage.opened, directories[name]);
    if (this.subjects().includes('long log')) {
      const file = join(directories['long log'], 'log.db');
      lengthenLog(file, rows, longLog, (events) => bench.say(`writing the long log: ${events} of ${longLog}`));
    }
    if (this.subjects().includes('long stream')) {
      const file = join(directories['long stream'], 'log.db');
      lengthenStream(file, pairsOf(rows), longStream, (events) => bench.say(`writing the long stream: ${events} of ${longStream}`));
    }
    // Once, so that the read models know all of it.
    for (const name of this.subjects()) {
      bench.say(`building the read models of the ${name}`);
      await this.with(name, async (gate) => gate.caughtUp(await stage.operatorToken()));
    }
  }

  async round(round: number): Promise<Measured> {
    const costs: Partial<Record<LogName, Cost>> = {};
    const { wanted } = this.bench;
    for (const name of turned(this.subjects(), round)) {
      this.bench.say(`round ${round + 1}: ${name}`);
      costs[name] = await this.with(name, (gate) => this.cost(gate, round));
    }
    const { 'short log': short, 'long log': long, 'long stream': stream } = costs;
    const from = performance.now();
    if (wanted.has('ready')) scanAndParse(this.directories['long log']);
    const scan = performance.now() - from;
    const figures = Object.entries(costs).flatMap(([name, cost]) => [
      [`${name}: µs of processor a check`, cost.all],
      [`${name}: of one owner`, cost.ofOneOwner],
      [`${name}: ms until ready`, cost.readyAfter],
    ]);
    return {
      ratios: {
        ...(short && long && wanted.has('growth-log') && { 'growth-log': long.all / short.all }),
        ...(short && stream && { 'growth-stream': stream.ofOneOwner / short.ofOneOwner }),
        ...(long && wanted.has('ready') && { ready: long.readyAfter / scan }),
      },
      figures: Object.fromEntries([...figures, ...(wanted.has('ready') ? [['scan and parse, ms', scan]] : [])]),
    };
  }

  private subjects(): LogName[] {
    const { wanted } = this.bench;
    const long = wanted.has('growth-log') || wanted.has('ready');
    return ['short log', ...(long ? ['long log' as const] : []), ...(wanted.has('growth-stream') ? ['long stream' as const] : [])];
  }

  private async with<T>(name: LogName, measure: (gate: Gate) => Promise<T>): Promise<T> {
    const gate = await startGate({ dataDir: this.directories[name], port: this.stage.port });
    try {
      return await measure(gate);
    } finally {
      await gate.stop();
    }
  }

  private async cost(gate: Gate, round: number): Promise<Cost> {
    const { leads, ofOneOwner } = this.stage;
    const all = slice(leads, round, this.bench.rounds);
    const half = all.length >> 1;
    await this.played(gate, all.slice(0, half));
    return {
      all: await this.played(gate, all.slice(half)),
      ofOneOwner: await this.played(gate, slice(ofOneOwner.slice(0, this.bench.rounds * ALONE), round, this.bench.rounds)),
      readyAfter: gate.readyAfter,
    };
  }

  /** @returns microseconds of processor time a check */
  private async played(gate: Gate, leads: readonly Lead[]): Promise<number> {
    const requests = await this.stage.requests('growth', 'check', leads);
    await gate.caughtUp(await this.stage.operatorToken());
    const before = processorTime(gate.pid);
    await play(gate.port, requests, CONNECTIONS, 'explain');
    await gate.caughtUp(await this.stage.operatorToken());
    const { mainThread, otherThreads } = spent(before, processorTime(gate.pid));
    return ((mainThread + otherThreads) * 1000) / leads.length;
  }
}

interface Cost {
  readonly all: number;
  readonly ofOneOwner: number;
  readonly readyAfter: number;
}

/** Each round has leads of its own, since the logs go on from round to round. */
function slice<T>(of: readonly T[], round: number, rounds: number): readonly T[] {
  const size = Math.floor(of.length / rounds);
  return of.slice(round * size, (round + 1) * size);
}

/** Admissions of one owner that are resolved again: copied together, they leave nothing open. */
function pairsOf<Row extends { stream: string; type: string; data: string }>(rows: readonly Row[]): Row[] {
  const ofOwner = rows.filter(({ stream }) => stream === 'owner-bench-owner-0');
  const resolved = new Set(ofOwner.filter(({ type }) => type === 'LeadResolved').map(leadIdOf));
  return ofOwner.filter((row) => (row.type === 'LeadAdmitted' || row.type === 'LeadResolved') && resolved.has(leadIdOf(row)));
}

const leadIdOf = ({ data }: { data: string }): string => (JSON.parse(data) as { leadId: string }).leadId;
