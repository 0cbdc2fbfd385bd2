import { mkdtempSync } from 'node:fs';
import { join } from 'node:path';
import { copyOf, type Gate, startGate } from '../gate/gate.js';
import { ALONE, AUDIENCE, type Lead, type Stage, stageOf, warmUpFor } from '../gate/stage.js';
import { syncMs } from '../disk-sync.js';
import type { Bench, Group, Measured, OpenGroup, Row } from '../group.js';
import { type Played, play, wrkVersion } from '../load.js';
import { packageVersion } from '../package-version.js';
import { processorTime, spent } from '../processor-time.js';
import { freePort, type Program, startProgram } from '../program.js';
import { turned } from '../rounds.js';

const CONNECTIONS = 64;

const ROWS: readonly Row[] = [
  { name: 'check-vs-throttler', what: 'durable checks/s ÷ Nest + passport-jwt + @nestjs/throttler', goal: { atLeast: 8 } },
  { name: 'check-vs-tuned', what: 'durable checks/s ÷ Nest + cached tokens + rate-limiter-flexible', goal: { atLeast: 1 } },
  { name: 'check-vs-no-append', what: 'durable checks/s ÷ the same without the append', goal: { atLeast: 0.85 } },
  { name: 'latency-one', what: 'p50 alone ÷ (p50 without the append + one sync)', goal: { atMost: 1.25 } },
  { name: 'proof-vs-check', what: 'checks/s in mode proof, a try and an answer each, ÷ durable checks/s', goal: { atLeast: 0.5 } },
  { name: 'consent-vs-check', what: 'requests/s in mode consent, asking and checking, ÷ durable checks/s', goal: { atLeast: 0.4 } },
  { name: 'open-vs-check', what: 'open + check + create ÷ three checks', goal: { atLeast: 0.6 } },
];

/** Rate and processor time of one subject in one round; times in microseconds a request. */
interface Checked {
  readonly rate: number;
  readonly mainMicros: number;
  readonly otherMicros: number;
  /** p50 at one connection, microseconds. */
  readonly alone?: number;
}

type Step = Parameters<Stage['requests']>[1];
type SubjectName = 'durable' | 'no-append' | 'throttler' | 'tuned' | 'limit' | 'flow' | 'proof' | 'consent';

/**
 * How fast a check is, and what it is compared with. Everything runs anew in each round, on copies of the same log. The limit is no
 * row: it says how far the two goals can be reached at all on the machine at hand, its rate ÷ the peers' in the same round.
 */
export const checks: Group = {
  name: 'checks',
  rows: ROWS,
  async open(bench: Bench): Promise<OpenGroup> {
    bench.uses('wrk', wrkVersion());
    for (const name of ['@nestjs/core', 'fastify', 'passport-jwt', '@nestjs/throttler', 'rate-limiter-flexible', 'jose']) {
      bench.uses(name, packageVersion(name));
    }
    const comparison = new Comparison(bench, await stageOf(bench), warmUpFor(bench.amounts));
    return { round: (round) => comparison.round(round), close: async () => undefined };
  },
};

class Comparison {
  private readonly leads: { readonly warmUp: readonly Lead[]; readonly many: readonly Lead[]; readonly alone: readonly Lead[] };

  constructor(
    private readonly bench: Bench,
    private readonly stage: Stage,
    warmUp: number,
  ) {
    const { leads } = stage;
    this.leads = { warmUp: leads.slice(0, warmUp), many: leads.slice(warmUp, -ALONE), alone: leads.slice(-ALONE) };
  }

  async round(round: number): Promise<Measured> {
    const measured: Partial<Record<SubjectName, Checked>> = {};
    const sync: number[] = [];
    for (const name of turned(this.subjects(), round)) {
      this.bench.say(`round ${round + 1}: ${name}`);
      measured[name] = await this.measure(name);
      sync.push(syncMs(this.bench.directory));
    }
    return { ratios: ratiosOf(measured, Math.min(...sync)), figures: { ...figuresOf(measured), ...limits(measured) } };
  }

  private subjects(): SubjectName[] {
    const { wanted } = this.bench;
    const asked: readonly [SubjectName, boolean][] = [
      ['durable', true],
      ['no-append', wanted.has('check-vs-no-append') || wanted.has('latency-one')],
      ['throttler', wanted.has('check-vs-throttler')],
      ['tuned', wanted.has('check-vs-tuned')],
      ['limit', wanted.has('check-vs-throttler') || wanted.has('check-vs-tuned')],
      ['flow', wanted.has('open-vs-check')],
      ['proof', wanted.has('proof-vs-check')],
      ['consent', wanted.has('consent-vs-check')],
    ];
    return asked.filter(([, is]) => is).map(([name]) => name);
  }

  private measure(name: SubjectName): Promise<Checked> {
    switch (name) {
      case 'durable':
      case 'no-append':
        return this.withGate(name, this.stage.opened, (gate) => this.checks(gate));
      case 'flow':
        return this.withGate('durable', this.stage.unopened, (gate) => this.flow(gate));
      case 'proof':
        return this.withGate('durable', this.stage.opened, (gate) => this.inMode(gate, 'proof', ['prove']));
      case 'consent':
        return this.withGate('durable', this.stage.opened, (gate) => this.inMode(gate, 'consent', ['askConsent', 'checkConsent']));
      case 'throttler':
      case 'tuned':
        return this.peer(name, [this.stage.issuer, AUDIENCE, JSON.stringify(this.stage.issuerKey)]);
      case 'limit':
        return this.peer(name, [mkdtempSync(join(this.bench.directory, 'limit-'))]);
    }
  }

  private async withGate<T>(log: 'durable' | 'no-append', from: string, measure: (gate: Gate) => Promise<T>): Promise<T> {
    const dataDir = copyOf(from, join(this.bench.directory, 'measured'));
    const gate = await startGate({ dataDir, port: this.stage.port, log });
    try {
      return await measure(gate);
    } finally {
      await gate.stop();
    }
  }

  private async checks(gate: Gate): Promise<Checked> {
    const { warmUp, many, alone } = this.leads;
    await play(gate.port, await this.stage.requests('warm-up', 'check', warmUp), CONNECTIONS);
    const requests = await this.stage.requests('many', 'check', many);
    const one = await this.stage.requests('alone', 'check', alone);
    await this.settled(gate);
    const checked = await this.timed(gate, () => play(gate.port, requests, CONNECTIONS));
    return { ...checked, alone: (await play(gate.port, one, 1)).p50 };
  }

  /** Three requests a flow. */
  private async flow(gate: Gate): Promise<Checked> {
    const strangers = this.leads.warmUp.filter(({ isCustomer }) => !isCustomer);
    return this.inSteps(gate, ['open', 'check', 'create'], { warmUp: strangers, measured: this.stage.flows });
  }

  private async inMode(gate: Gate, mode: 'proof' | 'consent', steps: readonly Step[]): Promise<Checked> {
    await this.stage.adoptMode(mode);
    return this.inSteps(gate, steps, { warmUp: this.leads.warmUp, measured: this.leads.many });
  }

  /** One step after the other over all applicants, so that no step waits for another's answer. */
  private async inSteps(
    gate: Gate,
    steps: readonly Step[],
    { warmUp, measured }: { warmUp: readonly Lead[]; measured: readonly Lead[] },
  ): Promise<Checked> {
    for (const step of steps) await play(gate.port, await this.stage.requests(`warm-up-${step}`, step, warmUp), CONNECTIONS, 'explain');
    const files: string[] = [];
    for (const step of steps) files.push(await this.stage.requests(step, step, measured));
    await this.settled(gate);
    return this.timed(gate, async () => {
      const played: Played[] = [];
      for (const file of files) played.push(await play(gate.port, file, CONNECTIONS));
      const seconds = played.reduce((sum, { rate }) => sum + 1 / rate, 0);
      const requests = played.reduce((sum, { requests: each }) => sum + each, 0);
      return { ...(played[0] as Played), requests, rate: played.length / seconds };
    });
  }

  private async peer(name: 'throttler' | 'tuned' | 'limit', parameters: readonly string[]): Promise<Checked> {
    const port = await freePort();
    const args = [String(port), ...parameters];
    const program = await startProgram({
      file: `./peers/${name}.peer.js`,
      args,
      env: { NODE_ENV: 'production' },
      port,
      readyPath: '/ready',
    });
    try {
      await play(port, await this.stage.requests('warm-up', 'check', this.leads.warmUp), CONNECTIONS);
      const requests = await this.stage.requests('many', 'check', this.leads.many);
      return await this.timed(program, () => play(port, requests, CONNECTIONS));
    } finally {
      await program.stop();
    }
  }

  /** The processor's time counts until the read models have followed: what is put off has to be paid too. */
  private async timed(program: Program | Gate, load: () => Promise<Played>): Promise<Checked> {
    const before = processorTime(program.pid);
    const { rate, requests } = await load();
    if ('caughtUp' in program) await this.settled(program);
    const { mainThread, otherThreads } = spent(before, processorTime(program.pid));
    return { rate, mainMicros: (mainThread * 1000) / requests, otherMicros: (otherThreads * 1000) / requests };
  }

  private async settled(gate: Gate): Promise<void> {
    await gate.caughtUp(await this.stage.operatorToken());
  }
}

function ratiosOf(measured: Partial<Record<SubjectName, Checked>>, sync: number): Record<string, number> {
  const { durable, throttler, tuned, flow, proof, consent, 'no-append': noAppend } = measured;
  if (durable === undefined) return {};
  return {
    ...(throttler && { 'check-vs-throttler': durable.rate / throttler.rate }),
    ...(tuned && { 'check-vs-tuned': durable.rate / tuned.rate }),
    ...(noAppend && { 'check-vs-no-append': durable.rate / noAppend.rate }),
    ...(noAppend && { 'latency-one': (durable.alone as number) / ((noAppend.alone as number) + sync * 1000) }),
    ...(proof && { 'proof-vs-check': proof.rate / durable.rate }),
    ...(consent && { 'consent-vs-check': consent.rate / durable.rate }),
    ...(flow && { 'open-vs-check': flow.rate / durable.rate }),
  };
}

function limits({ limit, throttler, tuned }: Partial<Record<SubjectName, Checked>>): Record<string, number> {
  if (limit === undefined) return {};
  return {
    ...(throttler && { 'limit ÷ throttler': limit.rate / throttler.rate }),
    ...(tuned && { 'limit ÷ tuned': limit.rate / tuned.rate }),
  };
}

function figuresOf(measured: Partial<Record<SubjectName, Checked>>): Record<string, number> {
  const figures: Record<string, number> = {};
  for (const [name, { rate, mainMicros, otherMicros, alone }] of Object.entries(measured)) {
    figures[`${name}: requests/s`] = rate;
    figures[`${name}: main thread, µs of processor a request`] = mainMicros;
    figures[`${name}: other threads, µs of processor a request`] = otherMicros;
    if (alone !== undefined) figures[`${name}: p50 alone, µs`] = alone;
  }
  return figures;
}
