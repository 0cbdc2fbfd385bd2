import type { RecordedEvent } from '../../src/event-sourcing/message.js';
import { DAY } from './agreement.cast.js';
import { scriptOf } from './agreement.script.js';
import { sameLog } from './same-log.js';
import { playSimulated } from './simulated.play.js';

describe('the comparison of two logs', () => {
  const { log } = playSimulated(scriptOf(1), 'proof', (key) => key);
  /** The same log under other names. */
  const renamed = JSON.parse(JSON.stringify(log).replaceAll('"lead-', '"lead-x').replaceAll('"1.', '"2.')) as RecordedEvent[];
  const placeOf = (type: string, nth = 20): number => log.indexOf(log.filter((event) => event.type === type)[nth] as RecordedEvent);
  const withData = (place: number, data: object): RecordedEvent[] =>
    log.map((event, n) => (n === place ? { ...event, data: { ...event.data, ...data } } : event));
  const seen = (changed: readonly RecordedEvent[]): string => sameLog(log, changed).differences.join('\n');

  it('finds a log the same as itself, under whatever names', () => {
    const tries = renamed.map((event) => ({ ...event, stream: event.stream.replace(/^tries-1\./, 'tries-2.') }));
    expect(sameLog(log, tries)).toMatchObject({ differences: [], events: log.length });
  });

  it('sees an event that is missing, and one that is there twice', () => {
    const place = placeOf('CustomerSubmitted');
    expect(seen(log.toSpliced(place, 1))).toContain('CustomerSubmitted or');
    expect(seen(log.toSpliced(place, 0, log[place] as RecordedEvent))).toContain('or CustomerSubmitted');
  });

  it('sees a stream that only one of them has', () => {
    const stream = 'lead-nobody';
    expect(seen([...log, { ...(log[placeOf('LeadOpened')] as RecordedEvent), stream }])).toContain('only the simulation has lead-nobody');
    const { stream: first } = log[placeOf('CustomerNumberClaimed')] as RecordedEvent;
    expect(seen(log.filter((event) => event.stream !== first))).toContain(`only the service has ${first}`);
  });

  it('sees another order within a stream', () => {
    const one = placeOf('LeadSettled');
    const other = log.findIndex(({ stream, type }, place) => place > one && type === 'LeadSettled' && stream === log[one]?.stream);
    const swapped = log.with(one, log[other] as RecordedEvent).with(other, log[one] as RecordedEvent);
    expect(seen(swapped)).toContain('LeadSettled');
  });

  it('sees a millisecond, in when an event was recorded and in what it says', () => {
    const place = placeOf('LeadLapsed', 3);
    const event = log[place] as RecordedEvent;
    const later = (time: string): string => new Date(Date.parse(time) + 1).toISOString();
    expect(seen(log.with(place, { ...event, recordedAt: later(event.recordedAt) }))).toContain('LeadLapsed at');
    expect(seen(withData(place, { at: later(event.recordedAt) }))).toContain('LeadLapsed.at');
  });

  it('sees another figure, word or member', () => {
    expect(seen(withData(placeOf('LeadSettled'), { units: 0.001 }))).toContain('LeadSettled.units');
    expect(seen(withData(placeOf('MembershipAnswered'), { answer: 'maybe' }))).toContain('MembershipAnswered.answer');
    expect(seen(withData(placeOf('LeadDeclined', 2), { settles: { every: DAY } }))).toContain('LeadDeclined.settles');
  });

  it('sees a name that stands for two, and two that stand for one', () => {
    const [one, other] = [placeOf('CustomerNumberClaimed', 3), placeOf('CustomerNumberClaimed', 4)];
    const { leadId } = log[one]?.data as { leadId: string };
    expect(seen(withData(other, { leadId }))).toContain('CustomerNumberClaimed.leadId');
    expect(sameLog(withData(other, { leadId }), log).differences.join('\n')).toContain('CustomerNumberClaimed.leadId');
  });
});
