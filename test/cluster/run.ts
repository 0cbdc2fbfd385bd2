import { spawn } from 'node:child_process';
import { cpSync, mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { createServer } from 'node:net';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { parseArgs } from 'node:util';
import type { JWK } from 'jose';
import { readLogSettings } from '../../src/config.js';
import { BEFORE_FIRST, type EventStore } from '../../src/event-sourcing/event-store.js';
import { EventStoreDbEventStore } from '../../src/event-sourcing/eventstoredb.event-store.js';
import type { RecordedEvent } from '../../src/event-sourcing/message.js';
import { registerPartner } from '../end-to-end/bank-process.js';
import { person } from '../end-to-end/persons.js';
import { registerLine } from '../end-to-end/running-bank.js';
import { newKey, publicJwk } from '../http/test-app.js';
import { Chance } from '../simulation/chance.js';
import { checks } from './checks.js';
import { Load, opening, type Party } from './load.js';
import { type Blow, Nodes } from './nodes.js';
import { Replica } from './replica.js';

const USAGE = `npm run test:cluster -- [--rounds N] [--seed N] [--lanes N]
Two replicas of the service on a cluster of three EventStoreDB nodes, of which the leader, a follower or a replica is killed,
terminated or stopped in each round, under load; then the log is read back and checked from outside.

  --rounds   how often something is struck, 10 unless given
  --seed     of what is struck and what is sent; 1 unless given
  --lanes    of each of the six partners: clients side by side, 3 unless given

In the environment:
  CLUSTER_NODE_1, CLUSTER_NODE_2, CLUSTER_NODE_3   shell commands that start a node of an empty cluster and stay in the foreground
  EVENTSTOREDB_URL                                 all three nodes, in the same order
  EVENTSTOREDB_CA_FILE, EVENTSTOREDB_USERNAME, EVENTSTOREDB_PASSWORD   as the service takes them; with TLS it runs as in production
  CLUSTER_ADMIN_PASSWORD_FILE                      if given, npm run prepare-eventstoredb is run with it first
A first Ctrl-C strikes no more and checks what has been. Ends with 0 when everything holds, 1 when something does not, 77 when there is no cluster to run on.`;

const NOT_RUN = 77;
const COMMANDS = ['CLUSTER_NODE_1', 'CLUSTER_NODE_2', 'CLUSTER_NODE_3'] as const;
const STAFF = { ana: 'analyst', identity: 'bank-identity', feed: 'bank-feed' } as const;
const PARTIES: readonly Party[] = ['a', 'b', 'c', 'd', 'e', 'f'].map((name) => ({ owner: `owner-${name}`, partner: name }));
const MUCH = 1_000_000;
const RACERS = 200;
/** Milliseconds: longer than any election takes on a machine that does other things too. */
const PATIENCE = 180_000;

const env = process.env;
const say = (line: string): void => console.log(`${new Date().toISOString().slice(11, 19)} ${line}`);
const seconds = (ms: number): string => `${(ms / 1_000).toFixed(1)} s`;

/** Then the round is brought to its end, and what has been is checked; whoever asks once more gets no checks. */
const asked = new AbortController();

interface Struck {
  readonly what: 'leader' | 'follower' | 'replica';
  readonly blow: Blow;
  /** Milliseconds to the first success at each door. */
  readonly toSuccess: readonly number[];
}

interface Scene {
  readonly nodes: Nodes;
  readonly replicas: readonly [Replica, Replica];
  readonly load: Load;
  readonly chance: Chance;
}

/** @returns the process's exit code */
export async function main(): Promise<number> {
  const { values } = parseArgs({
    options: {
      rounds: { type: 'string', default: '10' },
      seed: { type: 'string', default: '1' },
      lanes: { type: 'string', default: '3' },
      help: { type: 'boolean', default: false },
    },
  });
  const [rounds, seed, lanes] = [values.rounds, values.seed, values.lanes].map(Number) as [number, number, number];
  if (values.help || ![rounds, seed, lanes].every((n) => Number.isSafeInteger(n) && n >= 0)) {
    console.log(USAGE);
    return values.help ? 0 : 2;
  }
  const missing = [...COMMANDS, 'EVENTSTOREDB_URL'].filter((name) => (env[name] ?? '') === '');
  if (missing.length > 0) {
    console.error(`NOT RUN: there is no cluster to run on; to be set: ${missing.join(', ')}\n\n${USAGE}`);
    return NOT_RUN;
  }
  try {
    return await onCluster(rounds, lanes, new Chance(seed, 'cluster'), seed);
  } catch (error) {
    console.error(error);
    console.log('0 passed, 1 failed');
    return 1;
  }
}

async function onCluster(rounds: number, lanes: number, chance: Chance, seed: number): Promise<number> {
  const settings = readLogSettings();
  if (settings === undefined) throw new Error('EVENTSTOREDB_URL is empty');
  const folder = mkdtempSync(join(tmpdir(), 'vestibule-cluster-'));
  const nodes = new Nodes(
    COMMANDS.map((name) => env[name] as string),
    settings,
  );
  const replicas: Replica[] = [];
  const giveUp = (): void => void cleanUp(nodes, replicas, folder).then(() => process.exit(1));
  const told = (): void => (asked.signal.aborted ? giveUp() : asked.abort());
  for (const signal of ['SIGINT', 'SIGTERM'] as const) process.on(signal, told);
  try {
    say(`seed ${seed}, ${rounds} rounds; the nodes start`);
    say(`node ${(await nodes.whole(PATIENCE)) + 1} leads`);
    if (env['CLUSTER_ADMIN_PASSWORD_FILE'] !== undefined) {
      await command('prepare-eventstoredb.js', ['--admin-password-file', env['CLUSTER_ADMIN_PASSWORD_FILE']]);
    }
    const store = await EventStoreDbEventStore.open(settings);
    try {
      if ((await store.end()) !== BEFORE_FIRST) throw new Error('the cluster has to be an empty one');
      const pair = await bank(folder, settings.secure, replicas);
      const load = new Load(pair, chance.of('load'));
      const scene: Scene = { nodes, replicas: pair, load, chance };
      return await strikeAndCheck(scene, rounds, lanes, store);
    } finally {
      await store.close();
    }
  } finally {
    await cleanUp(nodes, replicas, folder);
  }
}

async function cleanUp(nodes: Nodes, replicas: readonly Replica[], folder: string): Promise<void> {
  await Promise.all([nodes.end(), ...replicas.map((each) => each.kill())]);
  rmSync(folder, { recursive: true, force: true });
}

async function strikeAndCheck(scene: Scene, rounds: number, lanes: number, store: EventStore): Promise<number> {
  const { load, replicas, nodes } = scene;
  load.start(PARTIES, lanes);
  await inQuiet(load);
  const struck: Struck[] = [];
  let deck: (readonly [Struck['what'], Blow])[] = [];
  for (let round = 1; round <= rounds && !asked.signal.aborted; round++) {
    if (deck.length === 0) deck = shuffled(scene.chance);
    const [what, blow] = deck.shift() as (typeof deck)[number];
    await sleep(scene.chance.between(500, 3_000));
    const one = await strike(scene, what, blow);
    struck.push(one);
    const count = load.acknowledged.length;
    say(`round ${round} of ${rounds}: ${what} ${blow}, success after ${one.toSuccess.map(seconds).join(' and ')}; ${count} acknowledged`);
  }
  await load.stop();
  await nodes.whole(PATIENCE);
  await Promise.all(replicas.map((each) => each.ready(PATIENCE)));
  say('all are up; commands are repeated at both doors, and the last units raced for');
  await repeatSome(scene);
  const races = await raceForUnits(scene);
  await atRest(store);
  for (const each of replicas) await each.kill('SIGTERM');
  const log = await readBack(store);
  tellTimes(struck, scene, log);
  const all = [...checks(log, load, replicas), ...races];
  let failed = 0;
  for (const { rule, breaches } of all) {
    const found = await breaches();
    if (found.length > 0) failed += 1;
    console.log(`${found.length === 0 ? 'ok    ' : 'FAILED'} ${rule}`);
    for (const each of found.slice(0, 5)) console.log(`       ${each}`);
    if (found.length > 5) console.log(`       and ${found.length - 5} more`);
  }
  console.log(`${all.length - failed} passed, ${failed} failed`);
  return failed === 0 ? 0 : 1;
}

/** The two replicas, with one set of keys, a register and partners. */
async function bank(folder: string, secure: boolean, started: Replica[]): Promise<readonly [Replica, Replica]> {
  const keys = new Map<string, JWK>();
  const [a, b] = [join(folder, 'a'), join(folder, 'b')];
  await command('keys.js', [a]);
  mkdirSync(b);
  cpSync(join(a, 'keys'), join(b, 'keys'), { recursive: true });
  for (const [id, role] of Object.entries(STAFF)) {
    const jwk = await newKey();
    const file = join(folder, `${id}.jwks.json`);
    writeFileSync(file, JSON.stringify({ keys: [publicJwk(jwk)] }));
    await command('register-client.js', ['--data', a, '--id', id, '--role', role, '--jwks', file]);
    keys.set(id, jwk);
  }
  const of = { ...logVariables(), ...(secure && { NODE_ENV: 'production' }) };
  const [one, other] = [new Replica('a', a, keys, await freePort(), of), new Replica('b', b, keys, await freePort(), of)];
  started.push(one, other);
  await Promise.all(started.map((each) => each.ready(PATIENCE)));
  const lines = Array.from({ length: 900 }, (_, n) => registerLine(person(n * 10), `C-${n}`));
  const headers = { 'content-type': 'application/x-ndjson' };
  const path = '/v1/registry/imports?importId=feed-1&onError=stop';
  await (await one.as('feed').request(path, { method: 'POST', headers, body: lines.join('') })).text();
  for (const { partner } of PARTIES) await makePartner(one, keys, a, partner, MUCH);
  say(`two replicas${secure ? ' as in production' : ''} with ${PARTIES.length} partners, at ${one.url} and ${other.url}`);
  return [one, other];
}

async function makePartner(door: Replica, keys: Map<string, JWK>, dataDir: string, id: string, units: number): Promise<void> {
  const terms = { initial: 0, ceiling: 10 * MUCH, pace: MUCH, openLeads: MUCH, settleAfter: 'PT2S' };
  await registerPartner(door, { dataDir, keys }, id, terms);
  if (units > 0) await door.as('ana').post(`/v1/owners/owner-${id}/grants`, { units, reason: 'other' });
}

/** @throws Error unless it ends with 0 */
async function command(name: string, args: readonly string[]): Promise<void> {
  const child = spawn(process.execPath, [resolve('dist/cli', name), ...args], {
    env: { PATH: env['PATH'], ...logVariables() },
    stdio: ['ignore', 'ignore', 'inherit'],
  });
  const code = await new Promise((ended) => child.once('exit', ended));
  if (code !== 0) throw new Error(`${name} ended with ${String(code)}`);
}

function logVariables(): Record<string, string> {
  return Object.fromEntries(Object.entries(env).filter((each): each is [string, string] => each[0].startsWith('EVENTSTOREDB_')));
}

function freePort(): Promise<number> {
  return new Promise((found) => {
    const server = createServer().listen(0, '127.0.0.1', () => {
      const { port } = server.address() as { port: number };
      server.close(() => found(port));
    });
  });
}

async function inQuiet(load: Load): Promise<void> {
  await sleep(5_000);
  const count = (): number => load.acknowledged.filter(({ kind }) => kind === 'check').length;
  const [before, began] = [count(), performance.now()];
  await sleep(10_000);
  say(`in quiet ${(((count() - before) * 1_000) / (performance.now() - began)).toFixed(1)} checks a second, as parts of whole flows`);
}

/** The leader twice as often as all others together, each in every way. */
function shuffled(chance: Chance): (readonly [Struck['what'], Blow])[] {
  const blows = ['SIGKILL', 'SIGTERM', 'SIGSTOP'] as const;
  const leader = blows.map((blow) => ['leader', blow] as const);
  const deck = [...leader, ...leader, ...leader, ...leader, ...blows.map((blow) => ['follower', blow] as const), ...blows.map((blow) => ['replica', blow] as const)]; // prettier-ignore
  return deck.map((card) => ({ card, at: chance.next() })).toSorted((one, other) => one.at - other.at).map(({ card }) => card); // prettier-ignore
}

async function strike({ nodes, replicas, load, chance }: Scene, what: Struck['what'], blow: Blow): Promise<Struck> {
  const leader = await nodes.whole(PATIENCE);
  const door = chance.pick(replicas);
  const node = what === 'leader' ? leader : (leader + 1 + chance.below(2)) % 3;
  const signal = (name: NodeJS.Signals): void => (what === 'replica' ? door.signal(name) : nodes.signal(node, name));
  signal(blow);
  const watched = what === 'replica' ? replicas.filter((each) => each !== door) : replicas;
  const first = Promise.all(watched.map((each) => load.success(each, PATIENCE)));
  if (blow === 'SIGSTOP') {
    await Promise.all([first, sleep(chance.between(1_000, 8_000))]);
    signal('SIGCONT');
  }
  const toSuccess = await first;
  await nodes.whole(PATIENCE);
  if (what === 'replica') {
    await sleep(1_500);
    await door.ready(PATIENCE);
  }
  return { what, blow, toSuccess };
}

/** R12, at both doors. */
async function repeatSome({ load, replicas, chance }: Scene): Promise<void> {
  const known = load.acknowledged;
  const some = Array.from({ length: Math.min(300, known.length) }, () => chance.pick(known));
  for (const each of some) for (const door of replicas) await load.deliver(each, door);
  say(`${load.repeated} commands repeated`);
}

/** R5: with so many units left, so many leads. */
async function raceForUnits({ load, replicas, chance }: Scene): Promise<{ rule: string; breaches(): string[] }[]> {
  const results = [];
  for (const units of [0, 1, 2, RACERS]) {
    const id = `racer-${units}`;
    const keys = replicas[0].clientKeys;
    await makePartner(replicas[0], keys, replicas[0].dataDir, id, units);
    const all = await Promise.all(Array.from({ length: RACERS }, (_, n) => load.settle(opening(id, `owner-${id}`, 1_000 + n), chance)));
    const opened = all.filter(Boolean).length;
    say(`${RACERS} requests for ${units} units opened ${opened} leads`);
    const rule = `R5: of ${RACERS} requests at once to both replicas for ${units} units, so many open a lead`;
    results.push({ rule, breaches: () => (opened === units ? [] : [`${opened} leads`]) });
  }
  return results;
}

/** Nothing has been added for a while but what goes on for ever. */
async function atRest(store: EventStore): Promise<void> {
  for (let before = await store.end(), still = 0; still < 3;) {
    await sleep(2_000);
    const page = await store.readAll({ after: before });
    still = page.events.every(({ type }) => type === 'DutyClaimed' || type === 'DutyRenewed') ? still + 1 : 0;
    before = page.through;
  }
}

async function readBack(store: EventStore): Promise<readonly RecordedEvent[]> {
  const events: RecordedEvent[] = [];
  for (let after = BEFORE_FIRST; ;) {
    const page = await store.readAll({ after });
    events.push(...page.events);
    if (page.atEnd) return events;
    after = page.through;
  }
}

function tellTimes(struck: readonly Struck[], { load, nodes }: Scene, log: readonly RecordedEvent[]): void {
  for (const kind of new Set(struck.map(({ what, blow }) => `${what} ${blow}`))) {
    const times = struck.filter(({ what, blow }) => `${what} ${blow}` === kind).flatMap(({ toSuccess }) => toSuccess);
    const sorted = times.toSorted((one, other) => one - other);
    const [least, median, most] = [sorted[0], sorted[Math.floor(sorted.length / 2)], sorted.at(-1)].map((each) => seconds(each ?? 0));
    say(`${kind}: first success after ${least} to ${most}, median ${median} (${times.length} times)`);
  }
  const listed = (counts: ReadonlyMap<string, number>): string => [...counts].map(([name, count]) => `${name} ${count}`).join(', ');
  say(`${log.length} events; ${load.sent.length} commands sent, ${load.acknowledged.length} acknowledged, ${load.repeated} repeated`);
  say(`problems: ${listed(load.problems) || 'none'}; nodes ended: ${listed(nodes.ends) || 'never'}`);
}
