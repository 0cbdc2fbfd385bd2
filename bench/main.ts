// npm run bench [-- --rounds N] [-- --only row,row] [-- --quick]: see CONTRIBUTING.md.
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { arch, cpus, loadavg, tmpdir, type as system } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { oneLine } from './one-line.js';
import { readOptions, type Options } from './options.js';
import { syncMs } from './disk-sync.js';
import { Absent, type Bench, type Group } from './group.js';
import { killAll } from './program.js';
import { figure, isMet, type Result, table } from './report.js';
import { figuresOf, OUTLIER, type Round, summarise } from './rounds.js';
import { GROUPS } from './groups.js';

const RESULTS = fileURLToPath(new URL('../../results.json', import.meta.url));

class Run {
  readonly results: Result[] = [];
  readonly figures: Record<string, Record<string, number>> = {};
  readonly versions: Record<string, string> = { node: process.versions.node };
  readonly load: number[] = [];
  private readonly line = oneLine(process.stderr);

  constructor(
    private readonly options: Options,
    private readonly directory: string,
  ) {}

  async group(group: Group): Promise<void> {
    const rows = group.rows.filter(({ name }) => this.options.only.has(name));
    if (rows.length === 0) return;
    const bench: Bench = {
      amounts: this.options.amounts,
      rounds: this.options.rounds,
      wanted: this.options.only,
      directory: this.directory,
      say: (line) => this.line.show(`${group.name}: ${line}`),
      uses: (name, version) => (this.versions[name] = version),
    };
    try {
      const rounds = await this.rounds(group, bench);
      for (const row of rows) this.results.push(resultOf(row, rounds));
      this.figures[group.name] = figuresOf(rounds);
    } catch (error) {
      const reason = error instanceof Absent ? error.message : `it failed: ${error instanceof Error ? error.message : String(error)}`;
      if (!(error instanceof Absent)) process.exitCode = 1;
      for (const row of rows) this.results.push({ ...row, skipped: reason });
    } finally {
      this.line.clear();
    }
    console.log(table(this.results.slice(-rows.length)));
    for (const [name, value] of Object.entries(this.figures[group.name] ?? {})) console.log(`  ${name}: ${figure(value)}`);
    console.log();
  }

  private async rounds(group: Group, bench: Bench): Promise<Round[]> {
    bench.say('preparing');
    const open = await group.open(bench);
    const rounds: Round[] = [];
    try {
      for (let round = 0; round < this.options.rounds; round++) {
        bench.say(`round ${round + 1} of ${this.options.rounds}`);
        const before = syncMs(this.directory);
        const measured = await open.round(round);
        rounds.push({ ...measured, syncMs: (before + syncMs(this.directory)) / 2 });
        this.load.push(loadavg()[0] as number);
        this.line.clear();
        const ratios = Object.entries(measured.ratios).map(([name, ratio]) => `${name} ${figure(ratio)}`);
        console.log(`round ${round + 1}: ${ratios.join(', ')}`);
      }
    } finally {
      await open.close();
    }
    return rounds;
  }
}

function resultOf(row: Group['rows'][number], rounds: readonly Round[]): Result {
  const summary = summarise(rounds, row.name);
  if (summary === undefined) return { ...row, skipped: 'it was not measured' };
  return { ...row, ...summary, met: isMet(row.goal, summary.ratio) };
}

async function main(): Promise<void> {
  const options = readOptions(
    process.argv.slice(2),
    GROUPS.flatMap(({ rows }) => rows.map(({ name }) => name)),
  );
  const directory = mkdtempSync(join(tmpdir(), 'vestibule-bench-'));
  const leave = (): void => {
    killAll();
    rmSync(directory, { recursive: true, force: true, maxRetries: 5, retryDelay: 200 });
  };
  for (const signal of ['SIGINT', 'SIGTERM'] as const) process.once(signal, () => process.exit(130));
  process.once('exit', leave);
  const run = new Run(options, directory);
  for (const group of GROUPS) await run.group(group);
  const { results, figures, versions, load } = run;
  const machine = { system: system(), arch: arch(), processor: cpus()[0]?.model, cores: cpus().length, load };
  const { rounds, amounts, quick } = options;
  writeFileSync(
    RESULTS,
    `${JSON.stringify({ at: new Date(), quick, rounds, amounts, machine, versions, rows: results, figures }, null, 2)}\n`,
  );
  console.log(table(results));
  console.log(
    `\nMedians of ${rounds} paired rounds; a round is dropped when its sync time is off the median by more than a factor ${OUTLIER}.`,
  );
  if (quick) console.log('A quick run is for trying: its ratios mean little.');
  console.log(
    Object.entries(versions)
      .map(([name, version]) => `${name} ${version}`)
      .join(', '),
  );
  console.log(`load of the machine during the rounds: ${load.map(figure).join(' ')} on ${machine.cores} cores`);
}

await main();
// Some peers have no way to close their connections.
process.exit();
