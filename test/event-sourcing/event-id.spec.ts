import { eventId } from '../../src/event-sourcing/event-id.js';

describe('the id of an event', () => {
  it('is a UUID of version 7 that holds the time in milliseconds, as in the example of RFC 9562, appendix A.6', () => {
    const id = eventId(1_645_557_742_000);
    expect(id).toMatch(/^017f22e2-79b0-7[0-9a-f]{3}-[89ab][0-9a-f]{3}-[0-9a-f]{12}$/);
  });

  it('sorts by time, also where the clock of a test begins at zero', () => {
    const times = [0, 1, 255, 1_700_000_000_000, 1_700_000_000_001, 4_000_000_000_000];
    const ids = times.map(eventId);
    expect(ids.toSorted()).toEqual(ids);
    expect(eventId(0)).toMatch(/^00000000-0000-7/);
  });

  it('is another one each time, within a millisecond too', () => {
    expect(new Set(Array.from({ length: 10_000 }, () => eventId(1_700_000_000_000))).size).toBe(10_000);
  });
});
