import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { serialize } from 'node:v8';
import { FoldCache } from '../../src/event-sourcing/fold-cache.js';
import { CommandHandling } from '../../src/event-sourcing/handle-command.js';
import { byTest, counter, ScriptedStore, writeElsewhere } from './counter.js';
import { Sqlite } from '../../src/event-sourcing/sqlite.js';

const clock = { now: () => Date.parse('2026-01-02T12:00:00.000Z') };
const LENGTH = 2_500;

let folder: string;
let file: string;
let store: ScriptedStore;
let problems: unknown[];
let opened: FoldCache[];

beforeEach(async () => {
  folder = mkdtempSync(join(tmpdir(), 'folds-'));
  file = join(folder, 'folds.db');
  problems = [];
  opened = [];
  store = new ScriptedStore();
  await writeElsewhere(
    store,
    's',
    Array.from({ length: LENGTH }, (_, i) => `t${i}`),
    0,
  );
});

afterEach(() => {
  for (const cache of opened) cache.close();
  rmSync(folder, { recursive: true });
});

function open(): FoldCache {
  const cache = FoldCache.open(file, (error) => problems.push(error));
  opened.push(cache);
  return cache;
}

/** A new process: nothing in memory, the files as they are. */
function restart(options = {}): CommandHandling {
  opened.pop()?.close();
  store.calls.length = 0;
  return new CommandHandling(store, clock, open(), options);
}

async function keepFold(decider = counter): Promise<void> {
  const handling = restart();
  await handling.load(decider, 's');
  handling.flush();
}

describe('the fold of a long stream', () => {
  it('is read forward from disk after a restart', async () => {
    await keepFold();
    await writeElsewhere(store, 's', ['later'], LENGTH);
    const { state, revision } = await restart().load(counter, 's');
    expect([state.total, state.tags.size, revision]).toEqual([LENGTH + 1, LENGTH + 1, LENGTH]);
    expect(store.countOf('read')).toBe(1);
  });

  it('keeps its maps and sets, and goes on from them', async () => {
    await keepFold();
    const handling = restart();
    const again = await handling.handle(counter, 's', byTest, () => ({ tag: 't7' }));
    const fresh = await handling.handle(counter, 's', byTest, () => ({ tag: 'fresh' }));
    expect([again.events.length, fresh.events[0]?.revision]).toEqual([0, LENGTH]);
  });

  it('is written by itself soon after the answer, and again after so many events', async () => {
    const handling = restart({ snapshotEvery: 10 });
    await handling.load(counter, 's');
    expect(open().find('s', counter)).toBeUndefined();
    await new Promise((resolve) => setTimeout(resolve, 60));
    expect(open().find('s', counter)?.revision).toBe(LENGTH - 1);
    for (let i = 0; i < 10; i++) await handling.handle(counter, 's', byTest, () => ({ tag: `new${i}` }));
    await handling.load(counter, 's');
    handling.flush();
    // The set of 2,500 tags takes about 20 bytes each, so that the next snapshot is due after ~30 events, not 10.
    expect(open().find('s', counter)?.revision).toBe(LENGTH - 1);
    for (let i = 10; i < 60; i++) await handling.handle(counter, 's', byTest, () => ({ tag: `new${i}` }));
    handling.flush();
    expect(open().find('s', counter)?.revision).toBeGreaterThan(LENGTH + 10);
  });

  it('of a short stream is not written at all', async () => {
    const handling = restart();
    await handling.handle(counter, 'short', byTest, () => ({ tag: 'a' }));
    handling.flush();
    expect(open().find('short', counter)).toBeUndefined();
  });

  it('made by another version of the decider, or by another decider, is not used', async () => {
    await keepFold();
    for (const other of [
      { ...counter, version: 2 },
      { ...counter, name: 'other' },
    ]) {
      expect((await restart().load(other, 's')).state.total).toBe(LENGTH);
      expect(store.countOf('read')).toBeGreaterThan(5);
    }
  });

  it('that is ahead of the log, which was restored from a backup, is not used', async () => {
    await keepFold();
    store = new ScriptedStore();
    await writeElsewhere(store, 's', ['a', 'b'], 0);
    const { state, revision } = await restart().load(counter, 's');
    expect([state.total, revision]).toEqual([2, 1]);
  });

  it('of a log that was restored and went on differently is not used', async () => {
    await keepFold();
    store = new ScriptedStore();
    await writeElsewhere(
      store,
      's',
      Array.from({ length: LENGTH + 5 }, (_, i) => `other${i}`),
      0,
    );
    expect((await restart().load(counter, 's')).state.tags.has('t7')).toBe(false);
  });
});

describe('a fold on disk that is damaged', () => {
  /** Changes the file as nobody would, then loads. */
  async function loadAfter(damage: () => void): Promise<number> {
    await keepFold();
    opened.pop()?.close();
    damage();
    return (await restart().load(counter, 's')).state.total;
  }

  function update(set: string, value: unknown): void {
    const db = new Sqlite(file);
    db.prepare(`UPDATE folds SET ${set} = ?`).run(value);
    db.close();
  }

  it.each([
    ['holds another state', () => update('state', serialize({ total: 1, tags: new Set() }))],
    ['cannot be read', () => update('state', Buffer.from('nonsense'))],
    ['names an earlier revision', () => update('revision', 3)],
  ])('is ignored when it %s', async (_, damage) => {
    expect(await loadAfter(damage)).toBe(LENGTH);
    expect(problems).toEqual([expect.objectContaining({ message: 'the stored fold of s is damaged' })]);
  });

  it.each([
    ['is no database', () => writeFileSync(file, 'x'.repeat(10_000))],
    ['lost its second half', () => writeFileSync(file, readFileSync(file).subarray(0, 5_000))],
    ['was overwritten in the middle', () => writeFileSync(file, readFileSync(file).fill(0xff, 4_096, 20_000))],
  ])('is ignored, and the file made anew, when the file %s', async (_, damage) => {
    expect(await loadAfter(damage)).toBe(LENGTH);
    expect(problems.length).toBeGreaterThan(0);
    await keepFold();
    await restart().load(counter, 's');
    expect(store.countOf('read')).toBe(1);
  });

  it('is ignored when the file cannot even be opened', async () => {
    file = join(folder, 'no', 'such', 'folder', 'folds.db');
    expect((await restart().load(counter, 's')).state.total).toBe(LENGTH);
  });

  it('is no reason to fail when the state cannot be written', async () => {
    const odd = { ...counter, name: 'odd', initial: () => ({ ...counter.initial(), f: () => 1 }) };
    await keepFold(odd);
    expect((await restart().load(odd, 's')).state.total).toBe(LENGTH);
    expect(String(problems[0])).toContain('could not be cloned');
  });
});
