import { copyFileSync, cpSync, existsSync, mkdirSync, readdirSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { backUp } from '../../src/backup/backup.js';
import { CopyDamaged } from '../../src/backup/database-copy.js';
import { BackupRefused } from '../../src/backup/manifest.js';
import { logLast, restore } from '../../src/backup/restore.js';
import {
  assertNoHalfRestore,
  readRestoreMark,
  removeRestoreMark,
  RestoreUnfinished,
  writeRestoreMark,
} from '../../src/backup/restore-mark.js';
import { KEY_FILES, SANDBOX_MARK } from '../../src/config.js';
import { DataDirectoryInUse } from '../../src/event-sourcing/data-directory-lock.js';
import { EmbeddedEventStore } from '../../src/event-sourcing/embedded.event-store.js';
import type { RecordedEvent } from '../../src/event-sourcing/message.js';
import { Sqlite } from '../../src/event-sourcing/sqlite.js';
import { FileKeyVault } from '../../src/modules/persons/file.key-vault.js';
import { makeKeyring } from '../../src/modules/persons/keyring-file.js';
import { happened } from '../event-sourcing/event-store.contract.js';
import { temporaryDirectory } from '../support/temporary-directory.js';

describe('a backup', () => {
  const place = temporaryDirectory('backup');
  let dataDir: string;
  let target: string;
  let store: EmbeddedEventStore;
  let vault: FileKeyVault;
  let revision: number;

  beforeEach(async () => {
    dataDir = join(place(), 'data');
    target = join(place(), 'backups', 'first');
    revision = -1;
    makeKeyring(join(dataDir, KEY_FILES.keyring));
    store = await EmbeddedEventStore.open(dataDir);
    vault = await FileKeyVault.open(dataDir);
    for (let n = 0; n < 3; n++) await sealed();
  });
  afterEach(async () => {
    await store.close();
    await vault.close();
  });

  /** An event about somebody whose key was made just before, as every command does it. */
  async function sealed(): Promise<void> {
    const subject = `person-${revision + 1}`;
    await vault.ensureKey(subject);
    ({ revision } = await store.append('people', revision, [
      happened('PersonMet', { subject, sealed: await vault.seal(subject, { name: subject }) }),
    ]));
  }
  const nothing = (): void => {};
  const logOf = async (directory: string): Promise<readonly RecordedEvent[]> => {
    const log = await EmbeddedEventStore.open(directory);
    try {
      return (await log.readAll()).events;
    } finally {
      await log.close();
    }
  };
  /** A data directory that holds the keys and nothing else. */
  function empty(): string {
    const directory = join(place(), 'restored');
    mkdirSync(directory);
    cpSync(join(dataDir, 'keys'), join(directory, 'keys'), { recursive: true });
    return directory;
  }

  /** Somebody new, at once: the copying does not wait for those who write. */
  function meetAtOnce(subject: string): void {
    const keys = new Sqlite(join(dataDir, 'vault.db'));
    keys.prepare('INSERT INTO data_key SELECT ?, wrapped FROM data_key LIMIT 1').run(subject);
    keys.close();
    const log = new Sqlite(join(dataDir, 'log.db'));
    const columns = 'type, schema_version, recorded_at, cause';
    log
      .prepare(
        `INSERT INTO event (position, stream, revision, id, ${columns}, data)
         SELECT position + 1, stream, revision + 1, ?, ${columns}, ? FROM event ORDER BY position DESC LIMIT 1`,
      )
      .run(subject, JSON.stringify({ subject }));
    log.close();
  }

  it('of a running service is the log as it was at one moment, however much is written meanwhile', async () => {
    const events = [...(await store.readAll()).events];
    let met = 0;
    const { through } = await backUp(dataDir, target, (file) => {
      if (file === 'log.db') meetAtOnce(`late-${met++}`);
    });
    expect(met).toBeGreaterThan(0);
    expect(through).toBe(2);
    const restored = empty();
    await restore(target, restored, nothing);
    expect(await logOf(restored)).toEqual(events);
  });

  it('holds a key for everything that its log holds, whoever comes while it is made', async () => {
    let met = 0;
    await backUp(dataDir, target, () => meetAtOnce(`late-${met++}`));
    expect(met).toBeGreaterThan(1);
    const restored = empty();
    await restore(target, restored, nothing);
    const keys = new Sqlite(join(restored, 'vault.db'));
    const known = new Set(keys.prepare<[], string>('SELECT subject FROM data_key').pluck().all());
    keys.close();
    for (const { data } of await logOf(restored)) expect(known).toContain((data as { subject: string }).subject);
  });

  it('holds the newest events also when the service was killed', async () => {
    const killed = join(place(), 'killed');
    // The write-ahead log is all that a killed process leaves of them.
    expect(statSync(join(dataDir, 'log.db-wal')).size).toBeGreaterThan(0);
    cpSync(dataDir, killed, { recursive: true, filter: (path) => !path.includes('lock.') });
    expect(await backUp(killed, target, nothing)).toMatchObject({ through: 2 });
  });

  it('can be read by its owner alone, and has no files beside it', async () => {
    writeFileSync(join(dataDir, SANDBOX_MARK), 'made up');
    await backUp(dataDir, target, nothing);
    expect(readdirSync(target).toSorted()).toEqual(['SANDBOX', 'log.db', 'manifest.json', 'vault.db']);
    for (const name of readdirSync(target)) expect([name, statSync(join(target, name)).mode & 0o777]).toEqual([name, 0o600]);
    expect(statSync(target).mode & 0o777).toBe(0o700);
    expect(readdirSync(join(target, '..'))).toEqual(['first']);
  });

  it('has its name only when all of it is there, and is made anew after it was cut off', async () => {
    const died = new Error('the process was killed');
    const cutOff = (file: string): void => {
      if (file === 'vault.db') throw died;
    };
    await expect(backUp(dataDir, target, cutOff)).rejects.toThrow(died);
    expect(existsSync(target)).toBe(false);
    await backUp(dataDir, target, nothing);
    expect(readdirSync(join(target, '..'))).toEqual(['first']);
  });

  it('takes no place that is taken, and is made of a data directory only', async () => {
    await backUp(dataDir, target, nothing);
    await expect(backUp(dataDir, target, nothing)).rejects.toThrow(BackupRefused);
    await expect(backUp(place(), join(place(), 'second'), nothing)).rejects.toThrow(/no log\.db/);
  });

  it('of a damaged file is none, also where only an index is damaged', async () => {
    await store.close();
    const file = join(dataDir, 'log.db');
    const db = new Sqlite(file);
    const pageSize = db.pragma('page_size', { simple: true }) as number;
    const index = db
      .prepare<[], number>(`SELECT rootpage FROM sqlite_master WHERE name = 'sqlite_autoindex_event_1'`)
      .pluck()
      .get() as number;
    const id = db.prepare<[], string>('SELECT id FROM event LIMIT 1').pluck().get() as string;
    db.close();
    const bytes = readFileSync(file);
    const at = bytes.indexOf(id, (index - 1) * pageSize);
    expect(at).toBeLessThan(index * pageSize);
    bytes[at]! ^= 1;
    writeFileSync(file, bytes);
    await expect(backUp(dataDir, target, nothing)).rejects.toThrow(CopyDamaged);
    expect(existsSync(target)).toBe(false);
  });

  it('of a log in which a bit has flipped is none', async () => {
    await store.close();
    const file = join(dataDir, 'log.db');
    const bytes = readFileSync(file);
    bytes[bytes.indexOf('person-1')]! ^= 1;
    writeFileSync(file, bytes);
    await expect(backUp(dataDir, target, nothing)).rejects.toThrow(/position 1 .* its checksum differs/);
    expect(existsSync(target)).toBe(false);
  });

  describe('is not restored', () => {
    let restored: string;
    beforeEach(async () => {
      await backUp(dataDir, target, nothing);
      restored = empty();
    });

    it('when a file of it was changed', async () => {
      const bytes = readFileSync(join(target, 'log.db'));
      bytes[bytes.length - 1]! ^= 1;
      writeFileSync(join(target, 'log.db'), bytes);
      await expect(restore(target, restored, nothing)).rejects.toThrow(/is not what was backed up/);
      expect(readdirSync(restored)).not.toContain('log.db');
    });

    it('when its manifest was changed, or it was made under other keys', async () => {
      const file = join(target, 'manifest.json');
      const text = readFileSync(file, 'utf8');
      writeFileSync(file, text.replace('"through": 2', '"through": 1'));
      await expect(restore(target, restored, nothing)).rejects.toThrow(/other keyring|another keyring/);
      writeFileSync(file, text);
      rmSync(join(restored, KEY_FILES.keyring));
      makeKeyring(join(restored, KEY_FILES.keyring));
      await expect(restore(target, restored, nothing)).rejects.toThrow(/another keyring/);
    });

    it('over a log that is there, without the keys, from anything else, or to a directory in use', async () => {
      await store.close();
      await expect(restore(target, dataDir, nothing)).rejects.toThrow(/move the old data away/);
      await expect(restore(place(), restored, nothing)).rejects.toThrow(/is no backup/);
      const inUse = await EmbeddedEventStore.open(restored);
      await expect(restore(target, restored, nothing)).rejects.toThrow(DataDirectoryInUse);
      await inUse.close();
      rmSync(join(restored, 'keys', 'vault-key'));
      await expect(restore(target, restored, nothing)).rejects.toThrow(/vault-key is missing/);
    });
  });

  it('that was restored is marked before its log is there, and a restoring that broke off starts nothing', async () => {
    await backUp(dataDir, target, nothing);
    const restored = empty();
    const { id, takenAt } = await restore(target, restored, nothing);
    expect(readRestoreMark(restored)).toMatchObject({ backup: id, backupTakenAt: takenAt, through: 2 });
    expect(() => assertNoHalfRestore(restored)).not.toThrow();
    // As a kill between the two leaves it.
    copyFileSync(join(restored, 'log.db'), join(restored, 'log.db.unfinished-restore'));
    rmSync(join(restored, 'log.db'));
    rmSync(join(restored, 'vault.db'));
    expect(() => assertNoHalfRestore(restored)).toThrow(RestoreUnfinished);
    await restore(target, restored, nothing);
    expect(() => assertNoHalfRestore(restored)).not.toThrow();
    removeRestoreMark(restored);
    expect(readRestoreMark(restored)).toBeUndefined();
  });

  it('gets the name of its log last: a start must find the rest', () => {
    const files = ['log.db', 'vault.db', 'SANDBOX'].map((name) => ({ name, bytes: 1, sha256: '' }));
    expect(logLast(files).map(({ name }) => name)).toEqual(['vault.db', 'SANDBOX', 'log.db']);
  });

  it('of which the mark cannot be read is not taken for one that was never restored', () => {
    const directory = empty();
    writeRestoreMark(directory, { restore: 'r', backup: 'b', backupTakenAt: 't', through: 1 });
    writeFileSync(join(directory, 'restored.json'), '');
    expect(() => readRestoreMark(directory)).toThrow(RestoreUnfinished);
  });
});
