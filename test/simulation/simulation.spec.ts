import { execFile } from 'node:child_process';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { simulate } from './simulate.js';

/** The first seeds, as many as fit into the time; `npm run test:simulation` runs as many as one likes. */
const SEEDS = 300;
const ENOUGH_MS = 20_000;

describe('replicas over a log, in bad weather', () => {
  it('a seed repeats itself, event for event and reply for reply', async () => {
    const first = await simulate(1);
    await simulate(2);
    expect(await simulate(1)).toEqual(first);
  }, 60_000);

  it('keep what they promise (R1, R2, R3, I4, I9, I12), whatever happens in whatever order', async () => {
    const until = performance.now() + ENOUGH_MS;
    for (let seed = 1; seed <= SEEDS && performance.now() < until; seed++) {
      try {
        await simulate(seed);
      } catch (error) {
        throw new Error(`seed ${seed}: npm run test:simulation -- --from ${seed} --seeds 1`, { cause: error });
      }
    }
  }, 90_000);

  it('can be tried without each of its defences: what would be taken out still stands where it is looked for', async () => {
    const { stdout } = await promisify(execFile)(process.execPath, [join(__dirname, 'mutations.mjs'), '--check']);
    expect(stdout).toMatch(/^\d+ mutations fit the sources$/m);
  });
});
