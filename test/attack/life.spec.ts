import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { readRestoreMark, writeRestoreMark } from '../../src/backup/restore-mark.js';
import type { Config } from '../../src/config.js';
import { type Clock, VirtualClock } from '../../src/event-sourcing/clock.js';
import { CommandHandling } from '../../src/event-sourcing/handle-command.js';
import { MemoryEventStore } from '../../src/event-sourcing/memory.event-store.js';
import { gate, GATE_STREAM, type GateCommand } from '../../src/modules/gate/gate.js';
import { StartPatience } from '../../src/event-sourcing.patience.js';
import { GateReader } from '../../src/modules/gate/gate.reader.js';
import { ServiceLife } from '../../src/modules/gate/service-life.js';

const DAY = 86_400_000;
const HASTY = new StartPatience({}, { warn: () => undefined });

describe('how long the service was down', () => {
  const dataDir = mkdtempSync(join(tmpdir(), 'vestibule-life-'));
  afterAll(() => rmSync(dataDir, { recursive: true, force: true }));

  it.each(['', 'NaN', '-1', 'Infinity', '99999999999999999'])(
    'is told by the last event of the log where the sign of life is unreadable (%p), so that a torn file puts off no deadline',
    async (sign) => {
      const clock = {
        time: Date.parse('2026-01-01T00:00:00.000Z'),
        now: () => clock.time,
        monotonic: () => clock.time,
      } as unknown as Clock & { time: number };
      const store = new MemoryEventStore();
      const lifeOf = (): ServiceLife => new ServiceLife(new CommandHandling(store, clock), clock, { dataDir } as Config, store, HASTY);
      const first = lifeOf();
      await first.onModuleInit();
      await first.begin();
      // It is up for a hundred days, and at the end of them somebody writes an event.
      clock.time += 100 * DAY;
      await store.append('anything', -1, [
        {
          id: 'e',
          type: 'Anything',
          schemaVersion: 1,
          recordedAt: new Date(clock.time).toISOString(),
          cause: { correlationId: '', causationId: '', actor: '' },
          data: {},
        },
      ]);
      clearInterval((first as unknown as { timer: NodeJS.Timeout }).timer);
      await sleep(20);
      writeFileSync(join(dataDir, 'alive'), sign);
      clock.time += 60_000;
      const second = lifeOf();
      await second.onModuleInit();
      await second.begin();
      clearInterval((second as unknown as { timer: NodeJS.Timeout }).timer);
      const down = second.outages.reduce((sum, { from, until }) => sum + Date.parse(until) - Date.parse(from), 0);
      expect(down).toBe(60_000);
    },
  );

  it('is not forgotten over the word of an operator, without whom a service that was down for long does not begin', async () => {
    const own = mkdtempSync(join(tmpdir(), 'vestibule-life-'));
    const clock = new VirtualClock(Date.parse('2026-01-01T00:00:00.000Z'));
    const store = new MemoryEventStore();
    const lifeOf = (): ServiceLife => new ServiceLife(new CommandHandling(store, clock), clock, { dataDir: own } as Config, store, HASTY);
    const first = lifeOf();
    await first.onModuleInit();
    await first.begin();
    await first.end();
    clock.advance(10 * DAY);
    const second = lifeOf();
    await second.onModuleInit();
    const cause = { correlationId: '', causationId: '', actor: 'operator' };
    const data = { by: 'operator', reason: 'clock-is-right', jump: 10 * DAY, at: new Date(clock.now()).toISOString() } as const;
    await new CommandHandling(store, clock).handle(gate, GATE_STREAM, cause, (): GateCommand => ({ type: 'TrustClock', data }));
    await second.begin();
    clearInterval((second as unknown as { timer: NodeJS.Timeout }).timer);
    rmSync(own, { recursive: true, force: true });
    expect(second.outages).toEqual([{ from: '2026-01-01T00:00:00.000Z', until: '2026-01-11T00:00:00.000Z' }]);
  });

  it('is on record before any deadline is judged: a request that comes earlier waits', async () => {
    const clock = { now: () => DAY, monotonic: () => 0 } as unknown as Clock;
    const store = new MemoryEventStore();
    const commands = new CommandHandling(store, clock);
    const life = new ServiceLife(commands, clock, { dataDir } as Config, store, HASTY);
    let read = false;
    const reading = new GateReader(commands, life).read().then(() => (read = true));
    await sleep(20);
    expect(read).toBe(false);
    await life.onModuleInit();
    await life.begin();
    clearInterval((life as unknown as { timer: NodeJS.Timeout }).timer);
    expect(await reading).toBe(true);
  });
});

describe('a log that was restored from a backup', () => {
  const dataDir = mkdtempSync(join(tmpdir(), 'vestibule-life-'));
  afterAll(() => rmSync(dataDir, { recursive: true, force: true }));

  it('lets no answer leave from the first moment on, and says so in its own stream before any deadline is judged', async () => {
    const clock = { now: () => DAY, monotonic: () => 0 } as unknown as Clock;
    const store = new MemoryEventStore();
    const commands = new CommandHandling(store, clock);
    const life = new ServiceLife(commands, clock, { dataDir } as Config, store, HASTY);
    const gate = new GateReader(commands, life);
    const mark = { restore: 'r', backup: 'b', backupTakenAt: '2026-01-01T00:00:00.000Z', through: 7 };
    writeRestoreMark(dataDir, mark);
    await life.onModuleInit();
    await expect(gate.assertAnswersMayLeave()).rejects.toMatchObject({ code: 'GATE_HALTED' });
    await life.begin();
    clearInterval((life as unknown as { timer: NodeJS.Timeout }).timer);
    await expect(gate.assertAnswersMayLeave()).rejects.toMatchObject({ code: 'GATE_HALTED' });
    expect(await gate.read()).toMatchObject({ halted: true, restores: 1 });
    expect((await store.readStream('gate'))[0]).toMatchObject({ type: 'LogRestored', data: { ...mark, restores: 1 } });
    expect(readRestoreMark(dataDir)).toBeUndefined();
  });
});
