// Checks the model exhaustively, and that each naive variant of it fails. `npm run test:model [-- WORD]`: only the variants whose
// name has the word; with --trail too, the steps to what they break. Exits with 0 when all is as it should be, 1 when not, and
// with 69 (EX_UNAVAILABLE of sysexits.h) when spin or a C compiler is missing and nothing was checked.
// Shows R11: no interleaving of two replicas, crashes and lost answers breaks the bound, and each naive variant breaks it.
import { spawnSync } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { NAIVE, PROTOCOL, SITUATIONS } from './variants.mjs';

const NOTHING_CHECKED = 69;
const MEMORY_MIB = 1024;
const MODEL = 'charge-then-answer.pml';
const A_CYCLE = 'a fair cycle without end';
const DEEPEST = 50_000;

const here = dirname(fileURLToPath(import.meta.url));
const trails = process.argv.includes('--trail');
const word = process.argv.slice(2).find((argument) => !argument.startsWith('--')) ?? '';

const missing = ['spin', 'cc'].filter((tool) => spawnSync(tool, [tool === 'spin' ? '-V' : '--version']).error);
if (missing.length > 0) {
  console.error(`NOTHING WAS CHECKED: ${missing.join(' and ')} not found. On Debian: apt-get install spin gcc`);
  process.exit(NOTHING_CHECKED);
}

/** Compiles one variant to a verifier of its own, runs it to the end, and returns what it printed. */
function verify({ naive, breaks, macros, liveness, large }, folder) {
  const all = { ...macros, ...(breaks && { PROPERTY: breaks }), ...(naive && { [naive]: '' }) };
  const defined = Object.entries(all).map(([name, value]) => (value === '' ? `-D${name}` : `-D${name}=${value}`));
  run('spin', [...defined, '-a', join(here, MODEL)], folder);
  const kind = liveness ? ['-DNFAIR=4'] : ['-DSAFETY'];
  run('cc', [large ? '-O1' : '-O0', '-w', '-DVECTORSZ=512', `-DMEMLIM=${MEMORY_MIB}`, ...kind, '-o', 'pan', 'pan.c'], folder);
  const how = [`-m${DEEPEST}`, ...(liveness ? ['-a', '-f'] : [])];
  const { stdout, stderr, signal } = spawnSync(join(folder, 'pan'), how, { cwd: folder, encoding: 'utf8', maxBuffer: 1e8 });
  return `${stdout}${stderr}${signal ? `killed by ${signal}` : ''}`;
}

function run(command, args, cwd) {
  const { status, stdout, stderr } = spawnSync(command, args, { cwd, encoding: 'utf8' });
  if (status !== 0) throw new Error(`${command} ${args.join(' ')}\n${stdout}${stderr}`);
}

/** What a verifier's output says; a number that is not in it is NaN. */
function read(output) {
  const number = (pattern) => Number(pattern.exec(output)?.[1] ?? Number.NaN);
  return {
    states: number(/(\d+) states, stored/),
    depth: number(/depth reached (\d+)/),
    errors: number(/errors: (\d+)/),
    violated: /assertion violated (\w+)/.exec(output)?.[1],
    cycle: /acceptance cycle/.test(output),
    wholly:
      /Full statespace search for/.test(output) &&
      !/not completed|max search depth too small|out of memory|reached -DMEMLIM|VECTORSZ|killed by|bit statespace|Hash-Compact/i.test(
        output,
      ),
    fairly: /acceptance\s+cycles\s+\+ \(fairness enabled\)/.test(output),
  };
}

/** The word for the result, and whether it is the one that was expected. */
function judge({ naive, breaks, liveness }, found) {
  const wanted = naive ? (liveness ? A_CYCLE : breaks) : 'holds';
  let result = found.violated ?? (found.cycle ? A_CYCLE : 'holds');
  if (result === 'holds' && !(found.wholly && found.errors === 0 && found.states > 0)) result = 'not exhaustive';
  if (result === 'holds' && liveness && !found.fairly) result = 'not fair';
  return { wanted, result, right: result === wanted };
}

/** The steps to a violation, the verifier's own way of telling them. */
function trail(folder) {
  return spawnSync(join(folder, 'pan'), ['-r', `${MODEL}.trail`], { cwd: folder, encoding: 'utf8', maxBuffer: 1e8 }).stdout;
}

const started = performance.now();
const chosen = [...PROTOCOL, ...NAIVE].filter(({ name }) => name.includes(word));
const seen = new Set();
const wrong = [];
let states = 0;

for (const [place, variant] of chosen.entries()) {
  if (process.stdout.isTTY) process.stdout.write(`${place + 1} of ${chosen.length}: ${variant.name} ...\r`);
  const folder = mkdtempSync(join(tmpdir(), 'vestibule-model-'));
  try {
    const began = performance.now();
    const output = verify(variant, folder);
    const found = read(output);
    const { wanted, result, right } = judge(variant, found);
    if (!variant.naive) {
      states += found.states;
      for (const [, what] of output.matchAll(/^seen: (.*)$/gm)) seen.add(what);
    }
    const count = `${found.states.toLocaleString('en')} states, depth ${found.depth}`;
    const seconds = ((performance.now() - began) / 1000).toFixed(1);
    const verdict = right
      ? `${variant.naive && result !== A_CYCLE ? 'breaks ' : ''}${result}, as expected`
      : `${result}; EXPECTED ${wanted}`;
    console.log(`${right ? 'ok' : 'NO'}  ${variant.name.padEnd(62)} ${count.padEnd(32)} ${seconds.padStart(5)} s  ${verdict}`);
    if (!right) wrong.push(variant.name);
    if (found.errors > 0 && (trails || !variant.naive)) console.log(trail(folder));
    if (result === 'not exhaustive') console.log(output);
  } finally {
    rmSync(folder, { recursive: true });
  }
}

if (word === '') {
  for (const what of SITUATIONS) if (!seen.has(what)) wrong.push(`never seen in the model: ${what}`);
  for (const what of seen) if (!SITUATIONS.includes(what)) wrong.push(`seen, and not in the list of situations: ${what}`);
  for (const [, property] of readFileSync(join(here, 'properties.pml'), 'utf8').matchAll(/^bool (\w+) = true/gm)) {
    if (!NAIVE.some(({ breaks }) => breaks === property)) wrong.push(`no naive variant breaks the property ${property}`);
  }
}
const naive = chosen.filter((variant) => variant.naive).length;
const took = `${Math.round((performance.now() - started) / 1000)} s`;
console.log(
  `${chosen.length - naive} runs of the protocol over ${states.toLocaleString('en')} states in all, ${naive} naive variants, ` +
    `${seen.size} situations seen, ${took}: ${wrong.length === 0 ? 'all as expected' : `${wrong.length} NOT as expected`}`,
);
for (const what of wrong) console.log(`  ${what}`);
process.exitCode = wrong.length === 0 && chosen.length > 0 ? 0 : 1;
