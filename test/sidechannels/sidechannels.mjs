// R40 and R41 against the built service: `npm run test:sidechannels`.
// Shows R40: the two-sample test of time, whose runs count only where their controls hold.
// Shows R41: no pair of requests that must not be told apart is, in any mode, alone and under load.
// Shows R37: the responses of each pair are the same bytes, the header block included.
import { appendFileSync, existsSync, readFileSync, rmSync } from 'node:fs';
import { createRequire } from 'node:module';
import { availableParallelism, tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { parseArgs } from 'node:util';

const USAGE = `usage: npm run test:sidechannels -- [--list] [--quick] [--only WORDS]... [--without WORDS] [--samples N] [--every-run] [--seed N] [--out FILE] [--resume]
Two kinds of request that must not be told apart, timed by a client on one connection; both programs on cores of their own.

  --list       the pairs, and the defences that can be taken out
  --quick      few samples, one run each, and 2 ms injected instead of 20 µs: shows that everything runs, and little else
  --only       pairs with these words in their names; may be given again
  --without    takes a defence out of a copy of the built service first: then its pair has to leak
  --samples    of the two sides together, 20000 unless given; the controls take as many again; fewer where the service waits
  --work       counts processor time instead, of each request and of what it causes afterwards: figures, and no verdict
  --every-run  three runs that count of each pair, also where one has shown already that it does not leak
  --seed       of the order and of who is asked for; a new one unless given
  --out        where each run is put down, a line of JSON each
  --resume     goes on with what --out (or the last file) has

Exit code: 0 nothing leaks (or, without a defence, its pair does); 1 otherwise; 3 a pair could not be shown, as its controls did not hold.`;

const RUNS = 3;
/** Runs of one pair at the most, those included that do not count. */
const TRIES = 6;
/** The difference that has to be caught (R40), µs; few samples catch no more than the other one. */
const INJECTED = { full: 20, quick: 2_000 };
/** Of requests of one side, after each of which it is seen what they have cost. */
const BLOCKS = 8;
const LAST = join(tmpdir(), 'vestibule-sidechannels.jsonl');

function wrongUse(why) {
  console.error(`${why}\n${USAGE}`);
  process.exit(2);
}

let options;
try {
  ({ values: options } = parseArgs({
    options: {
      list: { type: 'boolean', default: false },
      quick: { type: 'boolean', default: false },
      only: { type: 'string', multiple: true, default: [] },
      without: { type: 'string' },
      samples: { type: 'string' },
      work: { type: 'boolean', default: false },
      'every-run': { type: 'boolean', default: false },
      seed: { type: 'string' },
      out: { type: 'string', default: LAST },
      resume: { type: 'boolean', default: false },
      help: { type: 'boolean', default: false },
    },
  }));
} catch (error) {
  wrongUse(error.message);
}
if (options.help) {
  console.log(USAGE);
  process.exit(0);
}
for (const name of ['samples', 'seed']) {
  if (options[name] !== undefined && !/^[1-9]\d{0,8}$/.test(options[name])) wrongUse(`--${name} is a whole number above 0`);
}

const require = createRequire(import.meta.url);
// oxlint-disable-next-line import/no-unassigned-import -- it is there for what it does to the loader
require('../simulation/typescript.cjs');
const { setUp, tearDown } = require('../support/temporary-root.cjs');
const { PAIRS } = require('./pairs.ts');
const { DEFENCES, builtWithout } = require('./defences.ts');

if (options.list) {
  for (const { name, mayDiffer } of PAIRS) console.log(`${name}${mayDiffer ? `\n  may differ: ${mayDiffer}` : ''}`);
  console.log('\nDefences that --without takes out:');
  for (const { name, pair } of DEFENCES) console.log(`${name}\n  leaks in: ${pair}`);
  process.exit(0);
}

const defence = options.without === undefined ? undefined : DEFENCES.find(({ name }) => name.includes(options.without));
if (options.without !== undefined && defence === undefined) wrongUse('no defence has such a name; --list names them all');
const isChosen = ({ name }) => options.only.length === 0 || options.only.some((each) => name.includes(each));
const chosen = PAIRS.filter(defence ? ({ name }) => name === defence.pair : isChosen);
if (chosen.length === 0) wrongUse('no pair has such a name; --list names them all');

// Only now: they are the whole service.
const { makeBase, workplace } = require('./base.ts');
const { keepAwake, twoCores } = require('./pinned.ts');
const { killRunning } = require('./service.ts');
const { tryPair, workOfPair } = require('./trial.ts');
const { counting, outcomeOf } = require('./verdict.ts');
const { largest, welch } = require('./welch.ts');

const samples = Number(options.samples ?? (options.quick ? 1_000 : 20_000));
const each = Math.ceil(samples / 2);
const warmUp = Math.max(200, Math.round(each / 5));
/** That one request takes, about. */
const secondsOf = ({ waitsMs = 0 }) => 0.0022 + waitsMs / 1_000;
/** Seconds that the requests of a run may take. */
const LONGEST = 520;
/** Where the service waits in each, as many as there is time for. */
const eachOf = (pair) => Math.min(each, Math.floor((LONGEST / secondsOf(pair) - warmUp) / 4));
const injected = options.quick ? INJECTED.quick : INJECTED.full;
const [runs, tries] = options.quick ? [1, 2] : [RUNS, TRIES];
const cores = twoCores();
const seed = Number(options.seed ?? 1 + (Date.now() % 1_000_000));
const known = options.resume && existsSync(options.out) ? linesIn(options.out) : [];
if (!options.resume) rmSync(options.out, { force: true });

setUp();
const room = workplace();
const letSleep = cores ? keepAwake(cores) : () => {};
const end = (code) => {
  killRunning();
  letSleep();
  rmSync(room, { recursive: true, force: true });
  tearDown();
  process.exit(code);
};
for (const signal of ['SIGINT', 'SIGTERM']) process.on(signal, () => end(130));

const minutes = chosen.reduce((sum, pair) => sum + (4 * eachOf(pair) + warmUp) * secondsOf(pair) + 15, 0) / 60;
console.log(
  `seed ${seed}; ${chosen.length} pairs, ${2 * each} samples and as many of the controls a run, fewer where the service waits; about ${Math.ceil(minutes)} minutes if ` +
    `nothing leaks, up to ${runs} times that otherwise; ${cores ? `service on core ${cores.service}, client on core ${cores.client}` : `NOT on cores of their own (${availableParallelism()} here)`}`,
);
console.log(`each run goes to ${options.out}`);

try {
  const dist = defence ? builtWithout(defence, join(room, 'without')) : resolve('dist');
  if (defence) console.log(`without: ${defence.name}`);
  const base = await makeBase(3 * each + each + warmUp, say);
  if (options.work) {
    for (const pair of chosen) await count(pair, base, dist);
    end(0);
  }
  const outcomes = [];
  for (const pair of chosen) outcomes.push({ pair, outcome: await show(pair, base, dist) });
  console.log(summary(outcomes));
  const counted = outcomes.filter(({ pair }) => pair.mayDiffer === undefined).map(({ outcome }) => outcome);
  if (counted.includes('not shown')) end(3);
  // Without a defence it is the silence that is wrong.
  end(counted.includes(defence ? 'silent' : 'leak') ? 1 : 0);
} catch (error) {
  console.error(error);
  end(1);
}

async function count(pair, base, dist) {
  const { first, second } = await workOfPair(pair, base, {
    each,
    warmUp,
    seed,
    slowerBy: 0,
    cores,
    dist,
    workplace: room,
    blocks: BLOCKS,
    say: (what) => say(`${pair.name}: ${what}`),
  });
  const mean = (values) => values.reduce((sum, value) => sum + value, 0) / values.length;
  const [one, other] = [mean(first), mean(second)];
  clear();
  console.log(
    `  ${pair.name}: ${one.toFixed(0)} and ${other.toFixed(0)} µs of processor a request, ${(other - one).toFixed(0)} between them (t = ${welch(first, second).toFixed(1)} over ${first.length} blocks each)`,
  );
}

async function show(pair, base, dist) {
  const trials = known.filter(
    (line) =>
      line.pair === pair.name &&
      line.samples === 2 * eachOf(pair) &&
      line.slowerBy === injected &&
      line.without === (defence?.name ?? null),
  );
  const enough = () => {
    const outcome = outcomeOf(trials, runs, tries);
    return outcome !== 'unfinished' && (!options['every-run'] || counting(trials).length >= runs || trials.length >= tries);
  };
  while (!enough()) {
    const run = trials.length + 1;
    const own = seed + 1_000 * run;
    const trial = await tryPair(pair, base, {
      each: eachOf(pair),
      warmUp,
      seed: own,
      slowerBy: injected,
      cores,
      dist,
      workplace: room,
      say: (what) => say(`${pair.name}, run ${run}: ${what}`),
    });
    const line = {
      pair: pair.name,
      run,
      seed: own,
      samples: 2 * eachOf(pair),
      slowerBy: injected,
      pinned: cores !== undefined,
      without: defence?.name ?? null,
      node: process.version,
      ...trial,
    };
    appendFileSync(options.out, `${JSON.stringify(line)}\n`);
    trials.push(line);
    told(line);
  }
  for (const each of counting(trials).filter((counted) => !trials.includes(counted))) {
    console.log(`  ${pair.name}, runs that only count together: ${figuresOf(each)}`);
  }
  // Responses that differ in their bytes need no clock to be told apart.
  return trials.some(({ bytes }) => bytes !== undefined) ? 'leak' : outcomeOf(trials, runs, tries);
}

function figuresOf({ sides, same, injected: slowed }) {
  const t = (cropped) => largest(cropped).toFixed(1);
  return `t = ${t(sides)} (the same ${t(same)}, ${injected} µs injected ${t(slowed)})`;
}

function told(line) {
  const { pair, run, differs, invalid, bytes, medians, seconds } = line;
  clear();
  const verdict = invalid ? `does not count: ${invalid}` : differs ? 'differs' : 'silent';
  const took = `medians ${medians.first.toFixed(0)} and ${medians.second.toFixed(0)} µs`;
  console.log(`  ${pair}, run ${run} (${seconds} s): ${figuresOf(line)}, ${took}: ${verdict}`);
  if (bytes) console.log(`  the responses are not the same bytes:\n${bytes.join('\n---\n')}`);
}

function summary(outcomes) {
  const rows = outcomes.map(({ pair, outcome }) => {
    const text = pair.mayDiffer && outcome === 'leak' ? `differs, as it may: ${pair.mayDiffer}` : outcome;
    return `${pair.name.padEnd(90)} ${text}`;
  });
  return ['', ...rows].join('\n');
}

function linesIn(file) {
  return readFileSync(file, 'utf8')
    .trimEnd()
    .split('\n')
    .filter(Boolean)
    .map((line) => JSON.parse(line));
}

function say(what) {
  if (!process.stderr.isTTY) return;
  process.stderr.write(`\r\u001b[K  ${what}`);
}

function clear() {
  if (process.stderr.isTTY) process.stderr.write('\r\u001b[K');
}
