import { Presets, SingleBar } from 'cli-progress';
import { Failed, oneOf, runCommand, wholeNumber } from '../cli/command-line.js';
import { readConfig } from '../config.js';
import { missedDeadline } from './deadlines.js';
import type { Outcome } from './outcome.js';
import { CUSTOMERS_NEEDED, MOST_APPLICANTS } from './people.js';
import { type Audience, play, type Script } from './play.js';
import { comparison, report } from './report.js';
import { ownService, runningService, type Service } from './service.js';
import { type Mode, MODES } from './stage.js';

const USAGE = `usage: npm run demo -- [--applicants N] [--seed N] [--mode MODE] [--own] [--json]
An honest partner and a scanner, side by side, through OAuth and REST; then what the bank sees of both.

  --applicants N   of the honest partner; 300 unless given (60 in each of all modes), at most ${MOST_APPLICANTS}
  --seed N         1 unless given; the same seed gives the same figures
  --mode MODE      disclosure mode of both owners: instant (unless given), proof, consent or blind; or all, one after the other:
                   what the same scanner learns in each
  --own            start a service in a temporary directory, even if one is running
  --json           one JSON object on stdout, and nothing else there

Without --own it works against the service that DATA_DIR and PUBLIC_URL describe, if that is a running sandbox. Each run
there registers two new owners; the scanner's draws 50 of the 200 units of the probation pool until they are gone, so after
a few runs a scanner gets nothing at all. Figures that have to repeat exactly are those of --own.`;

/** Progress goes to stderr: stdout is for the outcome. */
function audience(applicants: number): Audience & { end(): void } {
  if (!process.stderr.isTTY) {
    return { handled: () => undefined, now: (what) => console.error(`demo: ${what}`), end: () => undefined };
  }
  const bar = new SingleBar(
    { format: '{bar} {value} of {total} applicants  {what}', stream: process.stderr, hideCursor: true },
    Presets.shades_classic,
  );
  bar.start(applicants, 0, { what: '' });
  return { handled: (done) => bar.update(done), now: (what) => bar.update({ what }), end: () => bar.stop() };
}

async function findService(own: boolean): Promise<Service> {
  const running = own ? undefined : await runningService(readConfig());
  if (running !== undefined) return running;
  console.error('demo: starting a service in a temporary directory');
  return ownService(CUSTOMERS_NEEDED);
}

const SIGNALS = ['SIGINT', 'SIGTERM'] as const;
let leaving = false;

/** Once: a terminal's Ctrl-C comes from the terminal and again from npm. */
function leave(service: Service): void {
  if (leaving) return;
  leaving = true;
  void service.stop().finally(() => process.exit(130));
}

/** What was played to its end, and why the rest was not. */
interface Performed {
  readonly outcomes: readonly Outcome[];
  readonly tooSlow?: string;
}

/**
 * Each mode on a service of its own, where the demo starts them: a scanner must not find the pool as another one left it. Where the
 * machine is so busy that applicants miss the sandbox's deadlines, the modes before stay told.
 */
async function perform(script: Omit<Script, 'mode'>, modes: readonly Mode[], own: boolean): Promise<Performed> {
  const outcomes: Outcome[] = [];
  for (const mode of modes) {
    try {
      outcomes.push(await performIn({ ...script, mode }, own));
    } catch (error) {
      const tooSlow = missedDeadline(mode, error);
      if (tooSlow === undefined) throw error;
      return { outcomes, tooSlow };
    }
  }
  return { outcomes };
}

async function performIn(script: Script, own: boolean): Promise<Outcome> {
  const service = await findService(own);
  const onSignal = (): void => leave(service);
  for (const signal of SIGNALS) process.on(signal, onSignal);
  try {
    await service.ready();
    const watching = audience(script.applicants);
    watching.now(`mode ${script.mode}`);
    return await play(service, script, watching).finally(() => watching.end());
  } finally {
    for (const signal of SIGNALS) process.off(signal, onSignal);
    await service.stop();
  }
}

await runCommand({
  name: 'demo',
  usage: USAGE,
  operands: [],
  options: {
    applicants: { type: 'string' },
    seed: { type: 'string', default: '1' },
    mode: { type: 'string', default: 'instant' },
    own: { type: 'boolean', default: false },
    json: { type: 'boolean', default: false },
  },
  run: async (values) => {
    const mode = oneOf('--mode', values.mode, [...MODES, 'all']);
    const modes = mode === 'all' ? MODES : [mode];
    const applicants = values.applicants ?? (mode === 'all' ? '60' : '300');
    const script = {
      applicants: wholeNumber('--applicants', applicants, { from: 1, to: MOST_APPLICANTS }),
      seed: wholeNumber('--seed', values.seed, { from: 0, to: Number.MAX_SAFE_INTEGER }),
    };
    const { outcomes, tooSlow } = await perform(script, modes, values.own);
    const [first] = outcomes;
    if (first !== undefined) {
      if (values.json) console.log(JSON.stringify(mode === 'all' ? { modes: outcomes } : first));
      else console.log(mode === 'all' ? comparison(outcomes) : report(first, process.stdout.isTTY));
    }
    if (tooSlow !== undefined) throw new Failed(tooSlow);
    return outcomes.every(({ unexpected }) => unexpected.length === 0) ? 0 : 1;
  },
});
