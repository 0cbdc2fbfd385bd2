// Many seeds of the simulation, over all cores: `npm run test:simulation -- --seeds 100000 --from 1`. A campaign that was cut
// off goes on where it was (`--resume`), and a failing seed is shown again by `npm run test:simulation -- --from SEED --seeds 1`.
// Shows R1, R2, R3, R4, R9, R12, I4 and I12 over as many seeds of bad weather as one likes.
import { fork } from 'node:child_process';
import { createHash } from 'node:crypto';
import { readFileSync, renameSync, writeFileSync } from 'node:fs';
import { availableParallelism, tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { parseArgs } from 'node:util';
import { Presets, SingleBar } from 'cli-progress';

const USAGE = `npm run test:simulation -- [--seeds N] [--from N] [--processes N] [--until-failure] [--resume]
  --seeds          how many seeds, 1000 unless given
  --from           the first one, 1 unless given
  --processes      how many at once, one for each core unless given
  --until-failure  stops at the first seed that fails
  --resume         goes on where a campaign with the same seeds was cut off`;
const SAVE_EVERY = 200;

let options;
try {
  ({ values: options } = parseArgs({
    options: {
      seeds: { type: 'string', default: '1000' },
      from: { type: 'string', default: '1' },
      processes: { type: 'string', default: String(availableParallelism()) },
      'until-failure': { type: 'boolean', default: false },
      resume: { type: 'boolean', default: false },
      help: { type: 'boolean', default: false },
    },
  }));
} catch {
  console.error(USAGE);
  process.exit(2);
}
const [seeds, from, processes] = [options.seeds, options.from, options.processes].map(Number);
if (options.help || ![seeds, from, processes].every((n) => Number.isSafeInteger(n) && n > 0)) {
  (options.help ? console.log : console.error)(USAGE);
  process.exit(options.help ? 0 : 2);
}

const campaign = createHash('sha256').update(`${from} ${seeds}`).digest('hex').slice(0, 12);
const progressFile = join(tmpdir(), `vestibule-simulation-${campaign}.json`);
/** Seeds below `next` are done but for those in `open`. */
let state = { next: from, open: [], failures: [], events: 0, replies: 0, deaths: 0 };
if (options.resume) {
  try {
    state = JSON.parse(readFileSync(progressFile, 'utf8'));
  } catch {
    // Then there is nothing to resume.
  }
}

const end = from + seeds;
const again = state.open;
const open = new Set();
const isTerminal = process.stdout.isTTY;
const bar = new SingleBar({ format: '{bar} {value}/{total} seeds, {rate} a second, {failures} failed, {eta_formatted} left', noTTYOutput: !isTerminal, notTTYSchedule: 30_000 }, Presets.shades_classic); // prettier-ignore
const startedAt = performance.now();
let done = state.next - from - again.length;
const doneBefore = done;
let stopping = false;
bar.start(seeds, done, { rate: '0.0', failures: state.failures.length });

const worker = fileURLToPath(new URL('campaign.worker.cjs', import.meta.url));
const workers = Array.from({ length: Math.min(processes, seeds) }, () => fork(worker, { stdio: ['ignore', 'inherit', 'ignore', 'ipc'] }));
for (const each of workers) {
  let current;
  const next = () => {
    const seed = stopping ? undefined : (again.shift() ?? (state.next < end ? state.next++ : undefined));
    current = seed;
    if (seed === undefined) return each.disconnect();
    open.add(seed);
    each.send(seed);
  };
  each.on('message', (outcome) => {
    take(outcome);
    next();
  });
  each.on('exit', (code) => {
    if (current === undefined) return;
    take({ seed: current, failure: `the process ended with ${code}` });
    stopping = true;
  });
  next();
}
for (const signal of ['SIGINT', 'SIGTERM']) process.on(signal, () => (stopping = true));

function take({ seed, failure, events = 0, replies = 0, deaths = 0 }) {
  open.delete(seed);
  done += 1;
  state.events += events;
  state.replies += replies;
  state.deaths += deaths;
  if (failure !== undefined) {
    state.failures.push({ seed, failure });
    if (options['until-failure']) stopping = true;
    process.stderr.write(`\nseed ${seed}: ${failure}\n  npm run test:simulation -- --from ${seed} --seeds 1\n`);
  }
  const rate = (((done - doneBefore) * 1_000) / (performance.now() - startedAt)).toFixed(1);
  bar.update(done, { rate, failures: state.failures.length });
  if (done % SAVE_EVERY === 0) save();
}

function save() {
  writeFileSync(`${progressFile}.next`, JSON.stringify({ ...state, open: [...open, ...again] }));
  renameSync(`${progressFile}.next`, progressFile);
}

await Promise.all(workers.map((each) => new Promise((resolve) => each.once('exit', resolve))));
save();
bar.stop();
const { failures, events, replies, deaths } = state;
console.log(`${done} seeds, ${failures.length} failed; ${events} events, ${replies} replies, ${deaths} deaths in them`);
for (const each of failures) console.log(`seed ${String(each.seed)}: ${String(each.failure)}`);
process.exitCode = failures.length > 0 ? 1 : 0;
