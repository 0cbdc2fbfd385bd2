import { copyFileSync, readFileSync, truncateSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { EmbeddedEventStore } from '../../src/event-sourcing/embedded.event-store.js';
import { type LogDamaged, LogVerification, type LogVerificationOptions, type Verified } from '../../src/event-sourcing/log-verification.js';
import { Sqlite } from '../../src/event-sourcing/sqlite.js';
import { happened } from './event-store.contract.js';
import { temporaryDirectory } from '../support/temporary-directory.js';

const KNOWN = { LampLit: 1, LampOut: 2 };

describe('a start on a log', () => {
  const directory = temporaryDirectory('verification');
  const file = (): string => join(directory(), 'log.db');
  let store: EmbeddedEventStore;
  let kept: Verified | undefined;
  let damages: LogDamaged[];
  let whole: number[];

  const open = async (place = directory()): Promise<EmbeddedEventStore> => (store = await EmbeddedEventStore.open(place));
  const verification = (options: Partial<LogVerificationOptions> = {}): LogVerification =>
    new LogVerification(store, KNOWN, {
      load: () => kept,
      save: (verified) => Promise.resolve(void (kept = verified)),
      onDamage: (damage) => damages.push(damage),
      onWhole: (rows) => whole.push(rows),
      slice: 3,
      pauseMs: 1,
      ...options,
    });
  /** Starts on the log as it is now, and stops. */
  const start = async (options: Partial<LogVerificationOptions> = {}): Promise<void> => {
    await open();
    const started = verification(options);
    try {
      await started.start();
      await until(() => damages.length > 0 || whole.length > 0);
      await started.stop();
    } finally {
      await store.close();
    }
  };
  /** What somebody with a tool does to the log of a stopped service. */
  const edit = (sql: string): void => {
    const db = new Sqlite(file());
    db.exec(sql);
    db.close();
  };
  /** Changes one bit of the file, in the first place after `from` where the text stands. */
  const flip = (text: string, from = 0): void => {
    const bytes = readFileSync(file());
    const at = bytes.indexOf(text, from);
    expect(at).toBeGreaterThan(0);
    bytes[at]! ^= 1;
    writeFileSync(file(), bytes);
  };

  beforeEach(async () => {
    kept = undefined;
    damages = [];
    whole = [];
    await open();
    for (let n = 0; n < 10; n++) await store.append('lamp', n - 1, [happened('LampLit', { word: `word-${n}` })]);
    await store.close();
  });
  afterEach(() => store.close());

  it('that is whole goes on, and notes how far that is', async () => {
    await start();
    expect(damages).toEqual([]);
    expect(kept).toMatchObject({ position: 9 });
  });

  it.each([
    [
      'a bit of a row that flipped',
      () => flip('word-7'),
      /^the log is damaged: position 7 \(lamp@7\) is not what was written: its checksum differs$/,
    ],
    ['a row that was deleted', () => edit('DELETE FROM event WHERE position = 4'), /^the log is damaged: position 4 is missing$/],
    ['a first row that was deleted', () => edit('DELETE FROM event WHERE position = 0'), /^the log is damaged: position 0 is missing$/],
    [
      'an event that this program does not know',
      () => edit(`UPDATE event SET type = 'Lit', checksum = NULL WHERE position = 5`),
      /of the type Lit, which/,
    ],
    [
      'an event of a newer shape',
      () => edit(`UPDATE event SET schema_version = 2, checksum = NULL WHERE position = 5`),
      /LampLit of schema version 2; this program knows versions 1 to 1/,
    ],
    [
      'a row without a checksum that is no JSON',
      () => edit(`UPDATE event SET data = '{', checksum = NULL WHERE position = 5`),
      /position 5 .*no JSON/,
    ],
  ])('refuses %s, and says which', async (_what, damage, message) => {
    damage();
    await expect(start()).rejects.toThrow(message);
  });

  describe('whose index does not hold what the rows say', () => {
    const pageOf = (index: string): number => {
      const db = new Sqlite(file());
      const size = db.pragma('page_size', { simple: true }) as number;
      const root = db.prepare<[string], number>('SELECT rootpage FROM sqlite_master WHERE name = ?').pluck().get(index) as number;
      db.close();
      return (root - 1) * size;
    };
    const idAt = (position: number): string => {
      const db = new Sqlite(file());
      const id = db.prepare<[number], string>('SELECT id FROM event WHERE position = ?').pluck().get(position) as string;
      db.close();
      return id;
    };

    it('refuses it', async () => {
      flip(idAt(6), pageOf('sqlite_autoindex_event_1'));
      // The index is searched in its order, which the flip may have broken: then another id is not found, or found where the flip was.
      await expect(start()).rejects.toThrow(
        /^the log is damaged: the id .* of position \d+ \(lamp@\d+\) (is not in the index|stands at position \d+ as well)$/,
      );
    });
  });

  describe('that has lost its rules', () => {
    beforeEach(() => {
      edit(
        `ALTER TABLE event RENAME TO strict; CREATE TABLE event AS SELECT * FROM strict; DROP TABLE strict; UPDATE event SET checksum = NULL`,
      );
    });

    it('refuses an id that is there twice (R14, R21)', async () => {
      edit('UPDATE event SET id = (SELECT id FROM event WHERE position = 2) WHERE position = 8');
      await expect(start()).rejects.toThrow(/^the log is damaged: the id .* of position 8 \(lamp@8\) stands at position 2 as well$/);
    });

    it('refuses a place in a stream that is there twice', async () => {
      edit('UPDATE event SET revision = 3 WHERE position = 4');
      await expect(start()).rejects.toThrow(/^the log is damaged: lamp@3 of position 4 stands at position 3 as well$/);
    });

    it('refuses a gap in the revisions of a stream (R14, R21)', async () => {
      edit(`UPDATE event SET stream = 'other', revision = 5 WHERE position = 4`);
      await expect(start()).rejects.toThrow(/^the log is damaged: other@4 is missing before position 4$/);
    });
  });

  it('refuses one that ends before what was found whole, or goes on otherwise', async () => {
    await start();
    edit('DELETE FROM event WHERE position = 9');
    await expect(start()).rejects.toThrow(/^the log is damaged: position 9 is not the event .* any more: newer events are lost/);
    edit(
      `INSERT INTO event SELECT 9, stream, 9, 'another', type, schema_version, recorded_at, cause, data, NULL FROM event WHERE position = 8`,
    );
    await expect(start()).rejects.toThrow(/the log was replaced/);
  });

  it('looks at what is new alone before it goes on, and finds older damage while it runs; the next start refuses (R21)', async () => {
    await start();
    flip('word-2');
    whole = [];
    await start();
    expect(damages.map(({ message }) => message)).toEqual([
      'the log is damaged: position 2 (lamp@2) is not what was written: its checksum differs',
    ]);
    expect(kept).toMatchObject({ position: 1 });
    await expect(start()).rejects.toThrow(/^the log is damaged: position 2 /);
  });

  it('on which nothing was kept looks at the newest rows first', async () => {
    flip('word-2');
    await start({ newestRows: 3 });
    expect(damages).toHaveLength(1);
    expect(kept).toMatchObject({ position: 1 });
  });

  it('notes the end as it grows, so that a start after a kill has little to do', async () => {
    await open();
    const running = verification({ noteEveryMs: 5 });
    await running.start();
    expect(kept).toMatchObject({ position: 9 });
    await store.append('lamp', 9, [happened('LampLit', {})]);
    await until(() => kept?.position === 10);
    await running.stop();
  });

  it('never notes an end over damage', async () => {
    await start();
    flip('word-2');
    await open();
    const running = verification({ noteEveryMs: 1 });
    await running.start();
    await until(() => damages.length > 0);
    await new Promise((wait) => setTimeout(wait, 20));
    await running.stop();
    expect(kept).toMatchObject({ position: 1 });
  });

  it('of the format before takes it over as it is', async () => {
    edit('ALTER TABLE event DROP COLUMN checksum; PRAGMA user_version = 1');
    await start();
    await open();
    expect((await store.readStream('lamp')).map(({ data }) => (data as { word: string }).word)).toContain('word-9');
    await store.append('lamp', 9, [happened('LampLit', { word: 'new' })]);
    await store.close();
    flip('"new"');
    await expect(start()).rejects.toThrow(/^the log is damaged: position 10 /);
  });

  describe('whose write-ahead log was torn', () => {
    /** As a kill leaves it: the newest events are in the write-ahead log alone. */
    async function killed(): Promise<{ place: string; lastId: string; torn: (bytes: number) => void }> {
      await open();
      await store.append('lamp', 9, [happened('LampLit', { word: 'acknowledged' })]);
      const place = join(directory(), 'killed');
      await (await EmbeddedEventStore.open(place)).close();
      const before = readFileSync(`${file()}-wal`).length;
      const last = happened('LampLit', { word: 'being written' });
      await store.append('lamp', 10, [last]);
      const wal = join(place, 'log.db-wal');
      copyFileSync(file(), join(place, 'log.db'));
      copyFileSync(`${file()}-wal`, wal);
      await store.close();
      return { place, lastId: last.id, torn: (bytes) => truncateSync(wal, before + bytes) };
    }

    it.each([1, 24, 2_000])('in its last commit (%i bytes of it are there) keeps everything before that', async (bytes) => {
      const { torn, place } = await killed();
      torn(bytes);
      await open(place);
      const started = verification();
      await started.start();
      await started.stop();
      expect((await store.readStream('lamp')).map(({ data }) => (data as { word: string }).word).at(-1)).toBe('acknowledged');
      expect(kept).toMatchObject({ position: 10 });
    });

    it('and has lost what was acknowledged is refused', async () => {
      const { torn, place, lastId } = await killed();
      torn(1);
      kept = { position: 11, id: lastId };
      await open(place);
      await expect(verification().start()).rejects.toThrow(/^the log is damaged: position 11 .* newer events are lost/);
    });
  });
});

async function until(condition: () => boolean): Promise<void> {
  for (let tries = 0; !condition(); tries++) {
    if (tries > 1_000) throw new Error('waited in vain');
    await new Promise((wait) => setTimeout(wait, 2));
  }
}
