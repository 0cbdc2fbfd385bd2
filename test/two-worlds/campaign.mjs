// Many scripts in two worlds, over all cores: `npm run test:two-worlds -- --scripts 10000 --from 1`. A campaign that was cut off goes
// on where it was (`--resume`), and a failing seed is shown again, as short as it gets, by
// `npm run test:two-worlds -- --scripts 1 --from SEED --shrink`.
import { fork } from 'node:child_process';
import { createHash } from 'node:crypto';
import { readFileSync, renameSync, writeFileSync } from 'node:fs';
import { availableParallelism, tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { parseArgs } from 'node:util';
import { Presets, SingleBar } from 'cli-progress';

const USAGE = `npm run test:two-worlds -- [--scripts N] [--from N] [--mode M] [--difference D] [--processes N]
  [--same] [--until-failure] [--shrink] [--resume]
  --scripts        how many, 300 unless given
  --from           seed of the first one, 1 unless given
  --mode           instant, proof, consent or blind: scripts of this mode only, from beginning to end
  --difference     those scripts only whose worlds differ in this (script.ts has the list)
  --processes      how many at once, one for each core unless given
  --same           plays each script in one of its worlds twice: whatever differs is the test's own fault
  --until-failure  stops at the first that gives the worlds away
  --shrink         makes the first such script as short as it gets, and shows it
  --resume         goes on where a campaign with the same scripts was cut off`;
const MODES = ['instant', 'proof', 'consent', 'blind'];
const SAVE_EVERY = 50;

let options;
try {
  ({ values: options } = parseArgs({
    options: {
      scripts: { type: 'string', default: '300' },
      from: { type: 'string', default: '1' },
      mode: { type: 'string' },
      difference: { type: 'string' },
      processes: { type: 'string', default: String(availableParallelism()) },
      same: { type: 'boolean', default: false },
      'until-failure': { type: 'boolean', default: false },
      shrink: { type: 'boolean', default: false },
      resume: { type: 'boolean', default: false },
      help: { type: 'boolean', default: false },
    },
  }));
} catch {
  console.error(USAGE);
  process.exit(2);
}
const [scripts, from, processes] = [options.scripts, options.from, options.processes].map(Number);
const areNumbers = [scripts, from, processes].every((n) => Number.isSafeInteger(n) && n > 0);
if (options.help || !areNumbers || (options.mode !== undefined && !MODES.includes(options.mode))) {
  (options.help ? console.log : console.error)(USAGE);
  process.exit(options.help ? 0 : 2);
}
const modes = options.mode === undefined ? undefined : [options.mode];

const campaign = createHash('sha256')
  .update(`${from} ${scripts} ${options.mode ?? ''} ${options.difference ?? ''} ${options.same}`)
  .digest('hex')
  .slice(0, 12);
const progressFile = join(tmpdir(), `vestibule-two-worlds-${campaign}.json`);
/** Seeds below `next` are done but for those in `open`. */
let state = { next: from, open: [], failures: [], observations: 0, answersApart: 0, tally: {} };
if (options.resume) {
  try {
    state = JSON.parse(readFileSync(progressFile, 'utf8'));
  } catch {
    // Then there is nothing to resume.
  }
}

const end = from + scripts;
const again = state.open;
const open = new Set();
const isTerminal = process.stdout.isTTY;
const bar = new SingleBar({ format: '{bar} {value}/{total} scripts, {rate} a second, {failures} gave the worlds away, {eta_formatted} left', noTTYOutput: !isTerminal, notTTYSchedule: 30_000 }, Presets.shades_classic); // prettier-ignore
const startedAt = performance.now();
let done = state.next - from - again.length;
const doneBefore = done;
let stopping = false;
bar.start(scripts, done, { rate: '0.0', failures: state.failures.length });

const workerFile = fileURLToPath(new URL('campaign.worker.cjs', import.meta.url));
const worker = () => fork(workerFile, { stdio: ['ignore', 'inherit', 'ignore', 'ipc'], execArgv: ['--max-semi-space-size=64'] });
const workers = Array.from({ length: Math.min(processes, scripts) }, worker);
for (const each of workers) {
  let current;
  const next = () => {
    const seed = stopping ? undefined : (again.shift() ?? (state.next < end ? state.next++ : undefined));
    current = seed;
    if (seed === undefined) return each.disconnect();
    open.add(seed);
    each.send({ seed, modes, difference: options.difference, same: options.same });
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

function take({ seed, failure, observations = 0, answersApart = 0, tally = {} }) {
  open.delete(seed);
  done += 1;
  state.observations += observations;
  state.answersApart += answersApart;
  for (const [came, times] of Object.entries(tally)) state.tally[came] = (state.tally[came] ?? 0) + times;
  if (failure !== undefined) {
    state.failures.push({ seed, failure });
    if (options['until-failure']) stopping = true;
    process.stderr.write(`\nseed ${seed}: ${failure}\n  ${commandFor(seed)}\n`);
  }
  const rate = (((done - doneBefore) * 1_000) / (performance.now() - startedAt)).toFixed(1);
  bar.update(done, { rate, failures: state.failures.length });
  if (done % SAVE_EVERY === 0) save();
}

function commandFor(seed) {
  return `npm run test:two-worlds -- --scripts 1 --from ${seed} --shrink${modes === undefined ? '' : ` --mode ${options.mode}`}`;
}

function save() {
  writeFileSync(`${progressFile}.next`, JSON.stringify({ ...state, open: [...open, ...again] }));
  renameSync(`${progressFile}.next`, progressFile);
}

await Promise.all(workers.map((each) => new Promise((resolve) => each.once('exit', resolve))));
save();
bar.stop();
const { failures, observations, answersApart } = state;
console.log(
  `${done} scripts, ${failures.length} gave the worlds away; ${observations} observations were compared, ${answersApart} owners were told apart by an answer`,
);
const came = Object.entries(state.tally).sort(([one], [other]) => (one < other ? -1 : 1));
console.log(`what the requests came to, in one of the worlds: ${came.map(([what, times]) => `${what} ${times}`).join(', ')}`);
for (const each of failures) console.log(`seed ${String(each.seed)}: ${String(each.failure)}`);
if (options.shrink && failures.length > 0) await show(failures[0].seed);
process.exitCode = failures.length > 0 ? 1 : 0;

async function show(seed) {
  const one = worker();
  one.send({ seed, modes, shrink: true });
  const { report } = await new Promise((resolve) => one.once('message', resolve));
  one.disconnect();
  console.log(`\n${report}`);
}
