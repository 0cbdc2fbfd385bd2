// Every line of the list of faults, by the real means against the real service: `npm run test:faults`.
// Shows R17: a thousand rounds of kill -9 under load (`-- --only 'kill -9' --rounds 1000`) lose nothing that was acknowledged.
// Shows R18: each write and each sync fails in turn, once and for good.
// Shows R8 and R20: after each fault the read models are thrown away and built anew: the same, and nothing else happened.
import { createHash } from 'node:crypto';
import { readFileSync, renameSync, writeFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { parseArgs } from 'node:util';
import { Presets, SingleBar } from 'cli-progress';

const USAGE = `npm run test:faults -- [--list] [--only WORDS]... [--rounds N] [--seed N] [--resume]
  --list    the faults, what is injected and what has to be seen
  --only    faults with these words in their names; may be given again
  --rounds  of the faults that are tried again and again, as in --only 'kill -9' --rounds 1000
  --seed    of all that is left to chance; a new one unless given
  --resume  goes on where a campaign with the same choice was cut off`;

let options;
try {
  ({ values: options } = parseArgs({
    options: {
      list: { type: 'boolean', default: false },
      only: { type: 'string', multiple: true, default: [] },
      rounds: { type: 'string' },
      seed: { type: 'string' },
      resume: { type: 'boolean', default: false },
      help: { type: 'boolean', default: false },
    },
  }));
} catch {
  console.error(USAGE);
  process.exit(2);
}
const isWhole = (text) => text === undefined || (/^\d{1,9}$/.test(text) && Number(text) > 0);
if (options.help || !isWhole(options.rounds) || !isWhole(options.seed)) {
  (options.help ? console.log : console.error)(USAGE);
  process.exit(options.help ? 0 : 2);
}

const require = createRequire(import.meta.url);
// oxlint-disable-next-line import/no-unassigned-import -- it is there for what it does to the loader
require('../simulation/typescript.cjs');
const { setUp, tearDown } = require('../support/temporary-root.cjs');
const { FAULTS } = require('./faults.ts');
const { has } = require('./fault.ts');
const { removePrepared } = require('./scene.ts');
const { Chance } = require('../simulation/chance.ts');

const chosen = FAULTS.filter(({ name }) => options.only.length === 0 || options.only.some((words) => name.includes(words)));
if (options.list) {
  for (const { name, injected, expected } of chosen) console.log(`${name}\n  injected: ${injected}\n  expected: ${expected}`);
  process.exit(0);
}
if (chosen.length === 0) {
  console.error(`no fault has such a name; --list names them all`);
  process.exit(2);
}

const progressFile = join(
  tmpdir(),
  `vestibule-faults-${createHash('sha256')
    .update(JSON.stringify([options.only, options.rounds, options.seed]))
    .digest('hex')
    .slice(0, 12)}.json`,
);
let state = { seed: Number(options.seed ?? 1 + (Date.now() % 1_000_000)), outcomes: {}, rounds: {} };
if (options.resume) {
  try {
    state = JSON.parse(readFileSync(progressFile, 'utf8'));
  } catch {
    // Then there is nothing to resume.
  }
}
function save() {
  writeFileSync(`${progressFile}.next`, JSON.stringify(state));
  renameSync(`${progressFile}.next`, progressFile);
}

setUp();
console.log(`seed ${state.seed}`);
for (const fault of chosen) {
  if (state.outcomes[fault.name]?.outcome === 'passed') continue;
  state.outcomes[fault.name] = await attempt(fault);
  save();
}
await removePrepared();
tearDown();

const outcomes = chosen.map(({ name }) => state.outcomes[name].outcome);
const [passed, failed, skipped] = ['passed', 'failed', 'skipped'].map((word) => outcomes.filter((outcome) => outcome === word).length);
console.log(`${passed} passed, ${failed} failed, ${skipped} skipped`);
// A service that a failed trial could not stop must not keep the campaign from ending.
process.exit(failed > 0 ? 1 : 0);

async function attempt(fault) {
  const { name } = fault;
  const missing = (fault.needs ?? []).filter((tool) => !has(tool));
  if (missing.length > 0) return told({ name, outcome: 'skipped', seen: `needs ${missing.join(' and ')}`, seconds: 0 });
  const rounds = fault.rounds === undefined ? 1 : Number(options.rounds ?? fault.rounds);
  const isTerminal = process.stdout.isTTY;
  const bar = new SingleBar({ format: `  {bar} {value}/{total} rounds of ${name}, {eta_formatted} left`, noTTYOutput: !isTerminal, notTTYSchedule: 60_000, etaBuffer: 50 }, Presets.shades_classic); // prettier-ignore
  const done = state.rounds[name] ?? 0;
  if (rounds > 1) bar.start(rounds, done);
  else console.log(`  ${name}: ${fault.injected}`);
  const progress = (value, total) => {
    bar.setTotal(total);
    bar.update(value);
  };
  const keep = (value) => {
    state.rounds[name] = value;
    save();
  };
  const startedAt = performance.now();
  const seconds = () => Math.round((performance.now() - startedAt) / 1_000);
  try {
    const seen = await fault.run({ rounds, done, progress, keep, chance: new Chance(state.seed + done, name) });
    bar.stop();
    return told({ name, outcome: 'passed', seen, seconds: seconds() });
  } catch (error) {
    bar.stop();
    return told({ name, outcome: 'failed', seen: String(error?.stack ?? error), seconds: seconds() });
  }
}

function told({ name, outcome, seen, seconds }) {
  const mark = { passed: '✓', failed: '✗', skipped: '-' }[outcome];
  console.log(`${mark} ${name} (${seconds} s): ${seen}`);
  return { name, outcome, seen, seconds };
}
