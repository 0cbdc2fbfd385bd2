import { closeSync, createReadStream, createWriteStream, openSync, readSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { Readable } from 'node:stream';
import { pipeline } from 'node:stream/promises';
import { ApiClient } from '../../src/cli/oauth-client.js';
import { inspect, upload } from '../../src/cli/register-upload.js';
import { Sqlite } from '../../src/event-sourcing/sqlite.js';
import { readClientKeyFile } from '../../src/sandbox/client-key-file.js';
import { registerNdjson } from '../../src/sandbox/register.js';
import { copyOf, startGate } from '../gate/gate.js';
import type { Bench, Group, OpenGroup } from '../group.js';
import { peakMemory } from '../processor-time.js';
import { freePort } from '../program.js';
import { turned } from '../rounds.js';

/** Rows in a transaction, as the service takes them in. */
const BATCH = 500;
const SEED = 2;

/**
 * A register on its way in over REST: every line validated, every identifier turned into a pseudonym, every contact sealed under a key
 * of its own, one event a batch, the tables in memory kept up. Beside it, the same lines put into a table as they are, one transaction
 * of the same size after the other, as durable.
 */
export const registerImport: Group = {
  name: 'import',
  rows: [
    { name: 'import', what: 'customers/s taken in ÷ the same lines inserted raw', goal: { atLeast: 0.5 } },
    { name: 'import-memory', what: 'GiB of the process at its peak', goal: { atMost: 1 } },
  ],
  async open(bench: Bench): Promise<OpenGroup> {
    const { importRows } = bench.amounts;
    bench.say(`writing ${importRows} lines`);
    const file = join(bench.directory, 'register.ndjson');
    await pipeline(Readable.from(registerNdjson(importRows, SEED)), createWriteStream(file));
    const port = await freePort();
    const empty = join(bench.directory, 'import-empty');
    await (await startGate({ dataDir: empty, port, customers: 1 })).stop();
    return {
      async round(round) {
        const rates: Record<string, number> = {};
        let peak = 0;
        for (const subject of turned(['raw', 'service'] as const, round)) {
          readWhole(file);
          if (subject === 'raw') {
            rates[subject] = importRows / (await insertRaw(file, join(bench.directory, 'raw.db')));
            continue;
          }
          const dataDir = copyOf(empty, join(bench.directory, 'import-data'));
          const taken = await takeIn(bench, { file, port, dataDir }, importRows);
          rates[subject] = importRows / taken.seconds;
          peak = taken.peak;
        }
        const { raw, service } = rates as { raw: number; service: number };
        return {
          ratios: { import: service / raw, 'import-memory': peak / 2 ** 30 },
          figures: { rows: importRows, 'service: customers/s': service, 'raw: lines/s': raw },
        };
      },
      close: async () => rmSync(file),
    };
  },
};

interface Target {
  readonly file: string;
  readonly port: number;
  readonly dataDir: string;
}

/** @returns peak memory in bytes, and how long it took from the first line to the last acknowledgement */
async function takeIn(bench: Bench, { file, port, dataDir }: Target, rows: number): Promise<{ peak: number; seconds: number }> {
  const gate = await startGate({ dataDir, port, customers: 1 });
  try {
    const key = readClientKeyFile(dataDir, 'bank-feed');
    const client = new ApiClient({ ...key, resource: key.audience, baseUrl: `http://127.0.0.1:${port}` });
    const watcher = { progress: (line: number) => bench.say(`taking in lines: ${line} of ${rows}`), badLine: () => undefined };
    const inspected = await inspect(file);
    const from = performance.now();
    const { accepted, problem } = await upload(client, inspected, 'stop', watcher);
    const seconds = (performance.now() - from) / 1000;
    if (accepted !== rows) throw new Error(`${accepted} of ${rows} rows were taken in: ${problem ?? ''}`);
    return { peak: peakMemory(gate.pid), seconds };
  } finally {
    await gate.stop();
  }
}

/** @returns seconds */
async function insertRaw(file: string, path: string): Promise<number> {
  const from = performance.now();
  for (const suffix of ['', '-wal', '-shm']) rmSync(path + suffix, { force: true });
  const db = new Sqlite(path);
  db.pragma('journal_mode = WAL');
  db.pragma('synchronous = FULL');
  db.exec('CREATE TABLE customer (number INTEGER PRIMARY KEY, line TEXT NOT NULL)');
  const insert = db.prepare('INSERT INTO customer (line) VALUES (?)');
  const all = db.transaction((lines: readonly string[]) => lines.forEach((line) => insert.run(line)));
  let lines: string[] = [];
  for await (const line of createInterface({ input: createReadStream(file) })) {
    lines.push(line);
    if (lines.length < BATCH) continue;
    all(lines);
    lines = [];
  }
  all(lines);
  db.close();
  return (performance.now() - from) / 1000;
}

/** So that nobody waits for the disk to read it. */
function readWhole(file: string): void {
  const descriptor = openSync(file, 'r');
  const buffer = Buffer.alloc(1 << 20);
  while (readSync(descriptor, buffer) > 0);
  closeSync(descriptor);
}
