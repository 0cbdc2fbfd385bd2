import { existsSync, mkdtempSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { ReadModelsThread } from '../../src/event-sourcing/read-models.thread.js';
import { ReadModels } from '../../src/event-sourcing/read-models.js';
import { tally } from './tally.js';
import { Sqlite } from '../../src/event-sourcing/sqlite.js';

let folder: string;
let file: string;
let damage: string[];

beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'read-models-'));
  file = join(folder, 'read-models.db');
  damage = [];
});

afterEach(() => rmSync(folder, { recursive: true }));

const open = () => ReadModels.open(file, ({ message }) => damage.push(message));

/** The tables with these rows, written in this order. */
function filled(rows: readonly (readonly [tag: unknown, times: unknown])[]): ReadModels {
  const readModels = ReadModels.open(':memory:');
  readModels.startAnew({ ...tally, schema: 'CREATE TABLE tally (tag, times); CREATE TABLE tally_log (position INTEGER PRIMARY KEY)' });
  for (const row of rows) readModels.db.prepare('INSERT INTO tally VALUES (?, ?)').run(...row);
  return readModels;
}

describe('the file of read models', () => {
  it('keeps a checkpoint with its last event over a restart', () => {
    const before = open();
    before.startAnew(tally);
    before.saveCheckpoint(tally, { position: 7, lastEvent: { stream: 's', revision: 3, id: 'e' } });
    before.close();
    const after = open();
    expect(after.checkpointOf(tally)).toEqual({ position: 7, lastEvent: { stream: 's', revision: 3, id: 'e' } });
    expect(damage).toEqual([]);
    after.close();
  });

  it('is a write-ahead log that does not sync each commit', () => {
    const { db } = open();
    expect([db.pragma('journal_mode', { simple: true }), db.pragma('synchronous', { simple: true })]).toEqual(['wal', 1]);
    db.close();
  });

  it('is carried over into its file by a thread of its own, however many commits come, and not by the commits', async () => {
    const readModels = open();
    const thread = ReadModelsThread.start(file);
    readModels.startAnew(tally);
    const pages = () => statSync(`${file}-wal`).size / 4_096;
    const insert = readModels.statement('INSERT INTO tally_log (position) VALUES (?)');
    const before = statSync(file).size;
    for (const until = Date.now() + 20_000; statSync(file).size === before && Date.now() < until; await sleep(20)) {
      for (let i = 0; i < 50; i++) insert.run(null);
    }
    expect(statSync(file).size).toBeGreaterThan(before);
    expect(pages()).toBeGreaterThan(0);
    await thread.stop();
    // Without the thread nobody does it for a long time.
    const size = statSync(file).size;
    readModels.inOneTransaction(() => {
      for (let i = 0; i < 200_000; i++) insert.run(null);
    });
    expect(pages()).toBeGreaterThan(400);
    expect(statSync(file).size).toBe(size);
    readModels.close();
  });

  it('holds up no stop when its thread has failed', async () => {
    const thread = ReadModelsThread.start(join(folder, 'not-there.db'));
    await expect(thread.stop()).resolves.toBeUndefined();
    await expect(thread.stop()).resolves.toBeUndefined();
  });

  it('knows no checkpoint of another version, of tables that are gone, or after a new start', () => {
    const readModels = open();
    readModels.startAnew(tally);
    readModels.saveCheckpoint(tally, { position: 7 });
    expect(readModels.checkpointOf({ ...tally, version: 2 })).toBeUndefined();
    expect(readModels.checkpointOf(tally)).toEqual({ position: 7 });
    readModels.db.exec('DROP TABLE tally_log');
    expect(readModels.checkpointOf(tally)).toBeUndefined();
    readModels.startAnew(tally);
    expect(readModels.checkpointOf(tally)).toBeUndefined();
    readModels.close();
  });

  describe('where the file is large', () => {
    const large = () => ReadModels.open(file, ({ message }) => damage.push(message), 0);
    /** A page in the middle of the table's tree, which nobody reads at a start. */
    const harm = () => {
      const bytes = readFileSync(file);
      writeFileSync(file, bytes.fill(0xff, bytes.length - 8_192, bytes.length - 4_096));
    };
    const filled = () => {
      const readModels = large();
      readModels.startAnew(tally);
      const insert = readModels.db.prepare('INSERT INTO tally_log VALUES (?, 0, ?)');
      for (let n = 0; n < 2_000; n++) insert.run(n, Buffer.alloc(100));
      return readModels;
    };

    it('it is not looked through after it was closed in good order: a start does not take longer the more there is', () => {
      filled().close();
      harm();
      large().close();
      expect(damage).toEqual([]);
    });

    it('it is looked through after damage was met in it, however it was closed', () => {
      filled().close();
      harm();
      const met = large();
      const all = () => met.inOneTransaction(() => met.db.prepare('UPDATE tally_log SET seen = 1').run());
      expect(all).toThrow(/malformed/);
      met.close();
      large().close();
      expect(damage).toEqual([expect.stringContaining('do not hold together')]);
    });

    it('it is looked through after damage was met by who only read it', () => {
      filled().close();
      harm();
      const met = large();
      expect(() => met.noticing(() => met.db.prepare('SELECT sum(seen) FROM tally_log').get())).toThrow(/malformed/);
      met.close();
      large().close();
      expect(damage).toEqual([expect.stringContaining('do not hold together')]);
    });

    it('it is looked through after an end that was none', () => {
      const killed = filled();
      killed.db.pragma('wal_checkpoint(TRUNCATE)');
      killed.db.close();
      harm();
      large().close();
      expect(damage).toEqual([expect.stringContaining('do not hold together')]);
    });

    it('it is looked through after an end that was none, though it was once closed in good order', () => {
      filled().close();
      large().db.close();
      harm();
      large().close();
      expect(damage).toHaveLength(1);
    });
  });

  it.each([
    ['is no database', () => writeFileSync(file, 'x'.repeat(10_000))],
    ['was overwritten in the middle', () => writeFileSync(file, readFileSync(file).fill(0xff, 8_192, 16_384))],
    ['lost its end', () => writeFileSync(file, readFileSync(file).subarray(0, 8_192))],
    [
      'is of another format',
      () => {
        const db = new Sqlite(file);
        db.pragma('user_version = 99');
        db.close();
      },
    ],
  ])('is deleted and begun anew, and says so, when it %s', (_, harm) => {
    const before = open();
    before.startAnew(tally);
    before.saveCheckpoint(tally, { position: 7 });
    const insert = before.db.prepare('INSERT INTO tally VALUES (?, 1)');
    for (let i = 0; i < 1_000; i++) insert.run(`a tag with the number ${i}`);
    before.close();
    expect(existsSync(`${file}-wal`)).toBe(false);
    harm();
    const after = open();
    expect(damage).toHaveLength(1);
    expect(after.checkpointOf(tally)).toBeUndefined();
    after.close();
  });

  it('that cannot be opened for another reason is an error, and nothing is deleted', () => {
    file = join(folder, 'no', 'folder', 'read-models.db');
    expect(open).toThrow();
    expect(damage).toEqual([]);
  });
});

describe('the hash of a read model', () => {
  it('is the same for the same rows, in whatever order they were written', () => {
    expect(
      filled([
        ['a', 1],
        ['b', 2],
      ]).hashOf(tally),
    ).toBe(
      filled([
        ['b', 2],
        ['a', 1],
      ]).hashOf(tally),
    );
  });

  it.each<[string, readonly (readonly [unknown, unknown])[]]>([
    ['another value', [['a', 2]]],
    ['another type of value', [['a', '1']]],
    ['a real for an integer', [['a', 1.5]]],
    ['bytes for a text', [[Buffer.from('a'), 1]]],
    ['null for a value', [['a', null]]],
    [
      'a row more',
      [
        ['a', 1],
        ['a', 1],
      ],
    ],
    ['no row', []],
  ])('differs for %s', (_, rows) => {
    expect(filled(rows).hashOf(tally)).not.toBe(filled([['a', 1n]]).hashOf(tally));
  });
});
