import { randomUUID } from 'node:crypto';
import { once } from 'node:events';
import { cpSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { loadavg } from 'node:os';
import { join, resolve } from 'node:path';
import type { ChildProcess } from 'node:child_process';
import { flood } from '../faults/many-requests.js';
import { Chance } from '../simulation/chance.js';
import { applicant } from './applicants.js';
import { type Base, CANARIES, IDENTITY, LeadIds, LOADING, OPERATOR, partnerOf, personNumber, Tokens } from './base.js';
import { LoadGenerator } from './load.js';
import { type Asked, type Case, type Kind, type Pair } from './pairs.js';
import { withoutDrift } from './drift.js';
import { type Cores, spawnOn } from './pinned.js';
import { measuredService, type MeasuredService } from './service.js';

import { type Class, CLASSES, judge, type Sampled, type Samples, type Verdict } from './verdict.js';
import { workOf } from './work.js';

const CONNECTIONS = 32;
const WARM = CLASSES.length;

export interface TrialOptions {
  /** Requests of each side that are timed; as many again for each of the two controls. */
  readonly each: number;
  readonly warmUp: number;
  readonly seed: number;
  /** The difference that the control injects, µs. */
  readonly slowerBy: number;
  readonly cores: Cores | undefined;
  /** Directory of the built service; the ordinary one, or one that lacks a defence. */
  readonly dist: string;
  readonly workplace: string;
  say(what: string): void;
}

export interface Trial extends Verdict {
  readonly seconds: number;
  /** Mean number of processes that wanted a processor, when it began. */
  readonly load: number;
  /** What the responses of the two sides looked like, where that is not the same. */
  readonly bytes?: readonly string[];
}

interface Timed {
  /** Index of CLASSES, or past its end for the warm-up. */
  readonly kind: number;
  readonly about: Case;
  readonly side: Kind;
}

/** One run of R40 for one pair, on a copy of the base. */
export async function tryPair(pair: Pair, base: Base, options: TrialOptions): Promise<Trial> {
  const startedAt = performance.now();
  const [load = 0] = loadavg();
  return onCopy(base, options, async (dataDir, directory) => {
    const trial = new Running(pair, base, options, dataDir, directory);
    const { samples, bytes } = await trial.measure(await trial.prepare());
    const seconds = Math.round((performance.now() - startedAt) / 1_000);
    return { ...judge(samples), seconds, load, ...(bytes && { bytes }) };
  });
}

/** Processor time of a request of each side, µs, block by block. */
export interface Work {
  readonly first: readonly number[];
  readonly second: readonly number[];
}

/** What the two sides of a pair make the service do, its aftermath included, in blocks that take turns. */
export async function workOfPair(pair: Pair, base: Base, options: TrialOptions & { readonly blocks: number }): Promise<Work> {
  return onCopy(base, options, async (dataDir, directory) => {
    const trial = new Running(pair, base, options, dataDir, directory);
    return trial.work(options.blocks, await trial.prepare());
  });
}

async function onCopy<Result>(
  base: Base,
  { workplace }: TrialOptions,
  act: (dataDir: string, directory: string) => Promise<Result>,
): Promise<Result> {
  const directory = join(workplace, 'run');
  rmSync(directory, { recursive: true, force: true });
  const dataDir = join(directory, 'data');
  cpSync(base.directory.dataDir, dataDir, { recursive: true });
  try {
    return await act(dataDir, directory);
  } finally {
    rmSync(directory, { recursive: true, force: true });
  }
}

class Running {
  private readonly tokens: Tokens;
  private readonly timed: readonly Timed[];

  constructor(
    private readonly pair: Pair,
    base: Base,
    private readonly options: TrialOptions,
    private readonly dataDir: string,
    private readonly directory: string,
  ) {
    this.tokens = new Tokens(dataDir);
    this.timed = cast(pair, base, options, new LeadIds(dataDir));
  }

  /**
   * Everything that has to have happened before the requests that are timed, in an order that tells nothing of the sides.
   * @returns the service that it happened in where the pair is about what it remembers; else another one is started, which holds
   *   no lead in memory of those that it once did
   */
  async prepare(): Promise<MeasuredService | undefined> {
    const steps = Math.max(this.pair.first.before.length, this.pair.second.before.length);
    const locks = this.timed.filter(({ side }) => side.locked).map(({ about }) => lockOf(about));
    const canaries = this.timed.filter(({ side }) => side.canary).map(({ about }) => canaryOf(about));
    if (steps + locks.length + canaries.length === 0) return undefined;
    const service = await measuredService({ ...this.options, dataDir: this.dataDir });
    try {
      await this.send(service, 'locks', locks);
      await this.send(service, 'canaries', canaries);
      for (let n = 0; n < steps; n++) {
        const asked = this.timed.flatMap(({ about, side }) => side.before[n]?.(about) ?? []);
        await this.send(service, `step ${n + 1} of ${steps} before`, asked);
      }
      await service.caughtUp(await this.tokens.of(OPERATOR));
      if (this.pair.warm) return service;
    } catch (error) {
      await service.stop();
      throw error;
    }
    await service.stop();
    return undefined;
  }

  async measure(running?: MeasuredService): Promise<{ samples: Sampled; bytes?: readonly string[] }> {
    const requestsFile = join(this.directory, 'requests');
    const timesFile = join(this.directory, 'times');
    const service = running ?? (await measuredService({ ...this.options, dataDir: this.dataDir }));
    let load: LoadGenerator | undefined;
    try {
      writeFileSync(requestsFile, await this.requests(service.port));
      // Before the load, under which there is always an event that some read model has yet to see.
      await service.caughtUp(await this.tokens.of(OPERATOR));
      if (this.pair.load) load = await LoadGenerator.start(service.url, await this.tokens.of(LOADING));
      const shapes = await this.sample([service.url, requestsFile, timesFile]);
      const bytes = differing(shapes, this.pair);
      return { samples: this.samplesIn(timesFile), ...(bytes && { bytes }) };
    } finally {
      load?.stop();
      await service.stop();
    }
  }

  /** The warm-up, then a block of one side, two of the other, and so on: what grows with the log grows for both. */
  async work(blocks: number, running?: MeasuredService): Promise<Work> {
    const service = running ?? (await measuredService({ ...this.options, dataDir: this.dataDir }));
    try {
      await service.caughtUp(await this.tokens.of(OPERATOR));
      const of = (kind: number): Asked[] => this.timed.filter((each) => each.kind === kind).map(({ about, side }) => side.ask(about));
      const asked = { first: of(CLASSES.indexOf('first')), second: of(CLASSES.indexOf('second')) };
      const size = Math.floor(Math.min(asked.first.length, asked.second.length) / blocks);
      await this.send(service, 'warm-up', of(WARM), 1);
      const work = { first: [] as number[], second: [] as number[] };
      for (let n = 0; n < blocks; n++) {
        for (const side of n % 2 === 0 ? (['first', 'second'] as const) : (['second', 'first'] as const)) {
          const block = asked[side].slice(n * size, (n + 1) * size);
          work[side].push(await workOf(service.pid, () => this.send(service, `block ${n + 1} of ${blocks}`, block, 1).then(() => size)));
        }
      }
      return work;
    } finally {
      await service.stop();
    }
  }

  private async requests(port: number): Promise<Buffer> {
    const pieces: Buffer[] = [];
    for (const { kind, about, side } of this.timed) {
      const request = await this.onTheWire(port, side.ask(about), kind === CLASSES.indexOf('slow'));
      const head = Buffer.alloc(5);
      head.writeUInt8(kind);
      head.writeUInt32LE(request.length, 1);
      pieces.push(head, request);
    }
    const lengths = new Set(pieces.map(({ length }) => length));
    if (lengths.size !== 2) throw new Error(`requests of several lengths: ${[...lengths].join(', ')}`);
    return Buffer.concat(pieces);
  }

  private async sample(args: readonly string[]): Promise<Shapes> {
    const child = spawnOn(this.options.cores?.client, [resolve('test/sidechannels/sampler.mjs'), ...args], { PATH: process.env['PATH'] }, [
      'ignore',
      'pipe',
      'inherit',
    ]);
    let shapes: Shapes | undefined;
    for await (const line of linesOf(child)) {
      const said = JSON.parse(line) as { done?: number; of?: number; shapes?: Shapes };
      if (said.done !== undefined) this.options.say(`${said.done} of ${said.of} requests timed`);
      shapes = said.shapes ?? shapes;
    }
    if (child.exitCode === null) await once(child, 'exit');
    if (child.exitCode !== 0 || shapes === undefined) throw new Error(`the sampler ended with ${child.exitCode}`);
    return shapes;
  }

  private samplesIn(timesFile: string): Sampled {
    const file = readFileSync(timesFile);
    const times = new Float64Array(file.buffer.slice(file.byteOffset, file.byteOffset + file.byteLength));
    return { times: this.byClass(times), residuals: this.byClass(withoutDrift(times)) };
  }

  private byClass(times: Float64Array): Samples {
    const of = (name: Class): number[] => [...times].filter((_, i) => this.timed[i]?.kind === CLASSES.indexOf(name));
    return Object.fromEntries(CLASSES.map((name) => [name, of(name)])) as unknown as Samples;
  }

  private async send(service: MeasuredService, what: string, asked: readonly Asked[], connections = CONNECTIONS): Promise<void> {
    if (asked.length === 0) return;
    const [{ status }] = asked as [Asked];
    const requests: string[] = [];
    for (const each of asked) requests.push((await this.onTheWire(service.port, each, false)).toString());
    const statuses = await flood({
      url: service.url,
      connections,
      total: requests.length,
      request: (n) => requests[n] as string,
      progress: (done) => this.options.say(`${what}: ${done} of ${requests.length}`),
    });
    if (statuses.get(status) !== requests.length) throw new Error(`${what}: answered ${JSON.stringify([...statuses])}`);
  }

  private async onTheWire(port: number, { by, path, body }: Asked, slow: boolean): Promise<Buffer> {
    const text = Buffer.from(JSON.stringify(body));
    const head =
      `POST ${path} HTTP/1.1\r\nHost: 127.0.0.1:${port}\r\nAuthorization: Bearer ${await this.tokens.of(by)}\r\n` +
      `Content-Type: application/json\r\nIdempotency-Key: ${randomUUID()}\r\nX-Slow: ${slow ? 1 : 0}\r\nContent-Length: ${text.length}\r\n\r\n`;
    return Buffer.concat([Buffer.from(head), text]);
  }
}

type Shapes = Readonly<Record<string, Readonly<Record<string, number>>>>;

/** Who is asked about, in which class, and when: at random, and the same for the same seed. */
function cast(pair: Pair, base: Base, { each, warmUp, seed }: TrialOptions, ids: LeadIds): Timed[] {
  const chance = new Chance(seed, `cast of ${pair.name}`);
  const sides = { first: pair.first, again: pair.first, second: pair.second, slow: pair.first };
  const kinds = [
    ...CLASSES.flatMap((name, kind) => Array.from({ length: each }, () => ({ kind, side: sides[name] }))),
    ...Array.from({ length: warmUp }, (_, n) => ({ kind: WARM, side: n % 2 === 0 ? pair.first : pair.second })),
  ];
  const used = { customers: 0, strangers: 0 };
  const order = shuffled(
    kinds.map((each, place) => {
      const n = each.side.customer ? used.customers++ : used.strangers++;
      if (used.customers > base.customers) throw new Error('the register is too small for so many samples');
      return { ...each, index: personNumber(each.side.customer, n), place };
    }),
    chance,
  );
  // The warm-up comes first.
  return order
    .toSorted((a, b) => Number(b.kind === WARM) - Number(a.kind === WARM))
    .map(({ kind, side, index, place }) => ({ kind, side, about: caseOf(pair, index, place, ids, chance) }));
}

function caseOf({ mode }: Pair, index: number, place: number, ids: LeadIds, chance: Chance): Case {
  const person = applicant(index);
  const own = partnerOf(mode, place);
  const ownLead = ids.of(own, person);
  const other = partnerOf(mode, place + 1);
  const othersLead = ids.of(other, person);
  return { index, person, own, other, ownLead, othersLead, madeUp: chance.uuid(), code: ids.codeOf(ownLead) };
}

function lockOf({ person: { country, scheme, value } }: Case): Asked {
  return { by: IDENTITY, path: '/v1/locks', body: { person: { country, scheme, value }, locked: true }, status: 200 };
}

function canaryOf({ person: { country, scheme, value } }: Case): Asked {
  return { by: CANARIES, path: '/v1/canaries', body: { person: { country, scheme, value }, kind: 'deceased' }, status: 200 };
}

/** Fisher and Yates. */
function shuffled<Item>(items: readonly Item[], chance: Chance): Item[] {
  const all = [...items];
  for (let i = all.length - 1; i > 0; i--) {
    const j = chance.below(i + 1);
    [all[i], all[j]] = [all[j] as Item, all[i] as Item];
  }
  return all;
}

/** Two responses that must not be told apart are the same bytes, the header block included (R37). */
function differing(shapes: Shapes, { mayDiffer }: Pair): readonly string[] | undefined {
  const timed = CLASSES.map((_, kind) => Object.keys(shapes[kind] ?? {}));
  const all = [...new Set(timed.flat())];
  return all.length === 1 || mayDiffer !== undefined ? undefined : all;
}

async function* linesOf(child: ChildProcess): AsyncGenerator<string> {
  let rest = '';
  for await (const chunk of child.stdout as NodeJS.ReadableStream) {
    const lines = (rest + String(chunk)).split('\n');
    rest = lines.pop() ?? '';
    yield* lines;
  }
}
