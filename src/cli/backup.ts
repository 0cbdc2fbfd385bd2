import { resolve } from 'node:path';
import { Presets, SingleBar } from 'cli-progress';
import { backUp } from '../backup/backup.js';
import { readDataDir, readLogSettings } from '../config.js';
import { Failed, runCommand } from './command-line.js';

await runCommand({
  name: 'backup',
  usage: `usage: npm run backup -- TARGET [--data DATA_DIR]
Copies the log and the vault of a running or stopped service into the new folder TARGET. It takes that name when all of it is
there; run it again when it was cut off. The keys are not in it: back up DATA_DIR/keys once, apart from the log. A log in
EventStoreDB (EVENTSTOREDB_URL) is backed up with its own tools.

  --data DATA_DIR   DATA_DIR of the environment, or ./data, unless given`,
  operands: ['TARGET'],
  options: { data: { type: 'string' } },
  run: async ({ data }, [target]) => {
    if (readLogSettings() !== undefined)
      throw new Failed(
        'EVENTSTOREDB_URL is set: back the log up with the tools of EventStoreDB; all else that counts is the copy of DATA_DIR/keys',
      );
    const bar = new SingleBar(
      { format: '{bar} {percentage} % of {file}', hideCursor: true, stream: process.stderr },
      Presets.shades_classic,
    );
    bar.start(1, 0, { file: '' });
    const { through, files } = await backUp(readDataDir(data), resolve(target as string), (file, done, total) => {
      bar.setTotal(total);
      bar.update(done, { file });
    }).finally(() => bar.stop());
    const bytes = files.reduce((sum, file) => sum + file.bytes, 0);
    console.log(`${resolve(target as string)}: ${through + 1} events, ${bytes} bytes`);
    return 0;
  },
});
