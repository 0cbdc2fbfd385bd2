import { INSTANT } from '../../src/http/instant.js';

describe('a moment in a request', () => {
  it.each(['2026-11-20T09:00:00Z', '2026-11-20T09:00Z', '2026-11-20T09:00:00.123456789+05:30'])('%s is one that Date reads', (moment) => {
    expect(moment).toMatch(INSTANT);
    expect(Number.isFinite(Date.parse(moment))).toBe(true);
  });

  it.each([
    '2026-W10-3T10:00:00Z',
    '2026-060T10:00:00Z',
    '-2026-11-20T10:00:00Z',
    '2026-01-01T10Z',
    '2026-01-01T10:00:00',
    '2026-01-01T24:00:00Z',
  ])('%s is none, though ISO 8601 knows it', (moment) => expect(moment).not.toMatch(INSTANT));
});
