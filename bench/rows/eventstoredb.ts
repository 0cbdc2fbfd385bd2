import { startGate } from '../gate/gate.js';
import { type Lead, makeStage } from '../gate/stage.js';
import { Absent, type Bench, type Group, type OpenGroup } from '../group.js';
import { play, wrkVersion } from '../load.js';
import { packageVersion } from '../package-version.js';
import { turned } from '../rounds.js';
import { eventStoreDb } from '../stores/eventstoredb.store.js';
import { appendsPerSecond } from './appends.js';

const CONNECTIONS = 64;
/** Of the leads of a round, for the compiler. */
const WARM_UP = 0.3;

/**
 * The service on a real EventStoreDB. The server is whoever runs at `EVENTSTOREDB_URL`, and must be empty: the bench fills it with a
 * sandbox. Each round has leads of its own, since a log elsewhere cannot be copied.
 */
export const onEventStoreDb: Group = {
  name: 'eventstoredb',
  rows: [{ name: 'esdb-check', what: 'checks/s on EventStoreDB ÷ bare appends/s through its client', goal: { atLeast: 0.8 } }],
  async open(bench: Bench): Promise<OpenGroup> {
    const url = process.env['EVENTSTOREDB_URL'];
    if (url === undefined) throw new Absent('EVENTSTOREDB_URL is not set');
    wrkVersion();
    bench.uses('@eventstore/db-client', packageVersion('@eventstore/db-client'));
    const env = { EVENTSTOREDB_URL: url };
    const size = Math.round(bench.amounts.checks / 4);
    const stage = await makeStage(bench, { name: 'eventstoredb', leads: size * bench.rounds, flows: 0, ofOneOwner: 0, env });
    const gate = await startGate({ dataDir: stage.opened, port: stage.port, env });
    const bare = await eventStoreDb(url);
    const checked = async (leads: readonly Lead[]): Promise<number> => {
      const file = await stage.requests('eventstoredb', 'check', leads);
      await gate.caughtUp(await stage.operatorToken());
      return (await play(stage.port, file, CONNECTIONS)).rate;
    };
    return {
      async round(round) {
        const leads = stage.leads.slice(round * size, (round + 1) * size);
        const warmUp = Math.round(size * WARM_UP);
        await checked(leads.slice(0, warmUp));
        const rates = { checks: 0, appends: 0 };
        for (const subject of turned(['checks', 'appends'] as const, round)) {
          bench.say(`round ${round + 1}: ${subject}`);
          rates[subject] =
            subject === 'checks' ? await checked(leads.slice(warmUp)) : await appendsPerSecond(bare, bench.amounts.appendSeconds);
        }
        return {
          ratios: { 'esdb-check': rates.checks / rates.appends },
          figures: { 'checks/s': rates.checks, 'appends/s': rates.appends },
        };
      },
      async close() {
        await bare.close();
        await gate.stop();
      },
    };
  },
};
