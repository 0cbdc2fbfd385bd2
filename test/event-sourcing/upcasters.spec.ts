import type { RecordedEvent } from '../../src/event-sourcing/message.js';
import { UnknownEventVersion, type Upcaster, Upcasters } from '../../src/event-sourcing/upcasters.js';
import { byTest } from './counter.js';

const event = (type: string, schemaVersion: number, data: object = {}): RecordedEvent => ({
  id: 'e-1',
  type,
  schemaVersion,
  recordedAt: '2026-01-02T12:00:00.000Z',
  cause: byTest,
  data,
  stream: 's',
  revision: 4,
  position: 9,
});
const add = (name: string) => (data: object) => ({ ...data, [name]: true });

const history: readonly Upcaster[] = [
  { type: 'PriceSet', version: 1, upcast: add('second') },
  { type: 'PriceSet', version: 2, upcast: add('third') },
  { type: 'FeeSet', version: 1, toType: 'PriceSet', toVersion: 2, upcast: add('fee') },
];

describe('upcasters', () => {
  const upcasters = new Upcasters(history);

  it('read an old event step by step in its newest shape, and leave the rest of it alone', () => {
    const stored = event('PriceSet', 1, { first: true });
    expect(upcasters.read(stored)).toEqual({ ...stored, schemaVersion: 3, data: { first: true, second: true, third: true } });
    expect(stored.data).toEqual({ first: true });
  });

  it('read an event under the name that it has today', () => {
    expect(upcasters.read(event('FeeSet', 1))).toMatchObject({ type: 'PriceSet', schemaVersion: 3, data: { fee: true, third: true } });
  });

  it('hand on an event of the newest shape, or without any upcaster, as it is', () => {
    for (const stored of [event('PriceSet', 3), event('Other', 1)]) expect(upcasters.read(stored)).toBe(stored);
  });

  it.each([
    ['PriceSet', 4, 3],
    ['Other', 2, 1],
    ['FeeSet', 2, 1],
  ])('refuse %s of version %d, naming where it stands', (type, version, known) => {
    expect(() => upcasters.read(event(type, version))).toThrow(UnknownEventVersion);
    expect(() => upcasters.read(event(type, version))).toThrow(
      `s@4 is ${type} of schema version ${version}; this program knows versions 1 to ${known}`,
    );
  });

  it('know which version to write and which stored types to ask for', () => {
    expect(['PriceSet', 'FeeSet', 'Other'].map((type) => upcasters.newestOf(type))).toEqual([3, 1, 1]);
    expect(upcasters.storedTypes(['PriceSet', 'Other'])).toEqual(['PriceSet', 'Other', 'FeeSet']);
    expect(upcasters.storedTypes(['Other'])).toEqual(['Other']);
  });

  it.each<[string, readonly Upcaster[], string]>([
    ['two steps from one shape', [history[0]!, history[0]!], 'two upcasters for PriceSet@1'],
    ['a version without a step', [history[1]!], 'no upcaster for PriceSet@1'],
    [
      'a step to a shape that is not the newest',
      [history[0]!, { type: 'FeeSet', version: 1, toType: 'PriceSet', toVersion: 5, upcast: add('x') }],
      'no upcaster for PriceSet@2',
    ],
    [
      'a circle',
      [
        { type: 'A', version: 1, toType: 'B', upcast: add('x') },
        { type: 'B', version: 1, toType: 'A', upcast: add('x') },
      ],
      'circle',
    ],
  ])('are refused at start when they hold %s', (_, steps, message) => {
    expect(() => new Upcasters(steps)).toThrow(message);
  });
});
