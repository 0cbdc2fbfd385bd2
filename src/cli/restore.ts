import { resolve } from 'node:path';
import { restore } from '../backup/restore.js';
import { runCommand } from './command-line.js';

await runCommand({
  name: 'restore',
  usage: `usage: npm run restore -- FROM [--data DATA_DIR]
Puts a backup into DATA_DIR, which holds nothing yet but the folder keys from the backup of the keys. At the next start the gate
is halted and every owner's allowance is zero, because what was spent since the backup is not known: look, grant, reopen the gate.

  --data DATA_DIR   ./data unless given`,
  operands: ['FROM'],
  options: { data: { type: 'string', default: './data' } },
  run: async ({ data }, [from]) => {
    const { takenAt, through } = await restore(resolve(from as string), resolve(data), (file) => console.error(`copying ${file}`));
    console.log(`${resolve(data)}: ${through + 1} events, as of ${takenAt}`);
    return 0;
  },
});
