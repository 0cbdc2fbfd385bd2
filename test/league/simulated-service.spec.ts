import type { RecordedEvent } from '../../src/event-sourcing/message.js';
import type { Process } from '../../src/event-sourcing/process.js';
import { ProcessTimers, type Sent } from '../../src/simulation/process-timers.js';
import { BEGINNING, DAY } from './agreement.cast.js';
import { scriptOf } from './agreement.script.js';
import { playSimulated } from './simulated.play.js';

const itself = (key: string): string => key;

describe('the simulated service', () => {
  it('repeats a seed to the last event, in every mode', () => {
    for (const mode of ['instant', 'proof', 'consent', 'blind'] as const) {
      const [once, again] = [playSimulated(scriptOf(2), mode, itself), playSimulated(scriptOf(2), mode, itself)];
      expect(again.log.length).toBeGreaterThan(2_000);
      expect(again).toEqual(once);
    }
  });

  it('plays another seed differently', () => {
    expect(playSimulated(scriptOf(3), 'instant', itself).said).not.toEqual(playSimulated(scriptOf(2), 'instant', itself).said);
  });

  it('numbers its events as a log does, and never goes back in time', () => {
    const { log } = playSimulated(scriptOf(2), 'proof', itself);
    const revisions = new Map<string, number>();
    for (const [place, { position, stream, revision, recordedAt }] of log.entries()) {
      expect(position).toBe(place);
      expect(revision).toBe((revisions.get(stream) ?? -1) + 1);
      revisions.set(stream, revision);
      expect(recordedAt >= (log[place - 1]?.recordedAt ?? '')).toBe(true);
    }
  });

  it('does what is due at its very millisecond, and nothing before', () => {
    const { log } = playSimulated(scriptOf(2), 'instant', itself);
    const lapsed = log.filter(({ type }) => type === 'LeadLapsed');
    const settled = log.filter(({ type }) => type === 'LeadSettled');
    expect(lapsed.length).toBeGreaterThan(10);
    expect(settled.length).toBeGreaterThan(10);
    for (const { recordedAt, data } of lapsed) expect(recordedAt).toBe((data as { deadline: string }).deadline);
    for (const { recordedAt } of settled) expect(Date.parse(recordedAt) % DAY).toBe(0);
  });
});

describe('process timers', () => {
  /** Owes `ring` at the time that its one event says; over when it has rung. */
  const alarmClock = (name: string): Process<{ key: string; at: number }, never, Sent> =>
    ({
      name,
      version: 1,
      handles: ['AlarmSet', 'AlarmRung'],
      key: ({ data }: { data: { key: string } }) => data.key,
      evolve: (_state: unknown, { type, data }: { type: string; data: object }) => (type === 'AlarmSet' ? data : undefined),
      owed: ({ key, at }: { key: string; at: number }, { now }: { now: number }) =>
        now < at ? { commands: [], wakeAt: at } : { commands: [{ type: 'Ring', data: { key, by: name } }] },
    }) as unknown as Process<{ key: string; at: number }, never, Sent>;

  const event = (type: string, data: object): RecordedEvent => ({ type, data }) as RecordedEvent;

  /** What rang, and when, as far as `until`; each ring is noted at once. */
  function rings(timers: ProcessTimers, until = BEGINNING + 10 * DAY): string[] {
    const rung: string[] = [];
    timers.send(BEGINNING, () => {});
    for (let next = timers.next; next <= until; next = timers.next) {
      timers.send(next, ({ data }) => {
        const { key, by } = data as { key: string; by: string };
        rung.push(`${next - BEGINNING} ${by} ${key}`);
        timers.follow(event('AlarmRung', { key }));
      });
    }
    return rung;
  }

  it('fire at the very millisecond, in the order of time, whatever order they were set in', () => {
    const timers = new ProcessTimers([alarmClock('clock')]);
    for (const at of [7, 3, 1_000, 4, 999]) timers.follow(event('AlarmSet', { key: `k${at}`, at: BEGINNING + at }));
    expect(rings(timers)).toEqual(['3 clock k3', '4 clock k4', '7 clock k7', '999 clock k999', '1000 clock k1000']);
  });

  it('at one moment go by process first, and then by key, as the service sorts it', () => {
    const timers = new ProcessTimers([alarmClock('first'), alarmClock('second')]);
    for (const key of ['b', 'c', 'a']) timers.follow(event('AlarmSet', { key, at: BEGINNING + 5 }));
    // What the first one has rung for is over for the second, too.
    expect(rings(timers)).toEqual(['5 first a', '5 first b', '5 first c']);
    const backwards = new ProcessTimers([alarmClock('clock')], (key) => ({ a: '3', b: '2', c: '1' })[key] ?? key);
    for (const key of ['b', 'c', 'a']) backwards.follow(event('AlarmSet', { key, at: BEGINNING + 5 }));
    expect(rings(backwards)).toEqual(['5 clock c', '5 clock b', '5 clock a']);
  });

  it('of an alarm that is set anew remember the new time alone', () => {
    const timers = new ProcessTimers([alarmClock('clock')]);
    for (const at of [9, 20]) timers.follow(event('AlarmSet', { key: 'k', at: BEGINNING + at }));
    expect(rings(timers)).toEqual(['20 clock k']);
    timers.follow(event('AlarmSet', { key: 'k', at: BEGINNING + 50 }));
    timers.follow(event('AlarmRung', { key: 'k' }));
    expect(timers.next).toBe(Infinity);
  });

  it('say so when what is owed is never done', () => {
    const timers = new ProcessTimers([alarmClock('clock')]);
    timers.follow(event('AlarmSet', { key: 'k', at: BEGINNING }));
    const never = (): void => timers.follow(event('AlarmSet', { key: 'k', at: BEGINNING }));
    expect(() => timers.send(BEGINNING, never)).toThrow('what is owed is never done: clock k');
  });
});
