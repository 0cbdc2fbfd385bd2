import { type ImportState, register, type RegisterCommand } from '../../src/modules/registry/register.js';
import type { RegisterEvent } from '../../src/modules/registry/register.events.js';

const given = (...events: readonly RegisterEvent[]): ImportState =>
  events.reduce((state, event) => register.evolve(state, event), register.initial());

const batch = (fromLine: number, toLine: number): Extract<RegisterCommand, { type: 'RegisterCustomers' }>['data'] => ({
  importId: 'one',
  fromLine,
  toLine,
  customers: [],
  removed: [],
  rejected: [{ line: toLine, reason: 'not-json' }],
  accepted: toLine - fromLine,
  contentHash: `hash to ${toLine}`,
});
const registered = (fromLine: number, toLine: number): RegisterEvent => ({ type: 'CustomersRegistered', data: batch(fromLine, toLine) });
const end = { importId: 'one', lines: 20, accepted: 18, rejected: 2, contentHash: 'hash to 20' };
const finished: RegisterEvent = { type: 'ImportFinished', data: end };

describe('An import', () => {
  it('takes in the batch that follows the last one', () => {
    expect(register.decide(given(registered(1, 10)), { type: 'RegisterCustomers', data: batch(11, 20) })).toEqual([registered(11, 20)]);
  });

  it.each([
    ['a batch that is there already', batch(1, 10)],
    ['a batch that leaves lines out', batch(12, 20)],
    ['a batch that begins inside the last one', batch(10, 20)],
  ])('refuses %s: somebody else is sending it', (_, data) => {
    expect(() => register.decide(given(registered(1, 10)), { type: 'RegisterCustomers', data })).toThrow(
      expect.objectContaining({ code: 'IMPORT_RUNNING' }),
    );
  });

  it('refuses a batch after its end', () => {
    const state = given(registered(1, 20), finished);
    expect(() => register.decide(state, { type: 'RegisterCustomers', data: batch(21, 30) })).toThrow(
      expect.objectContaining({ code: 'IMPORT_RUNNING' }),
    );
  });

  it('ends when all of its lines are there', () => {
    expect(register.decide(given(registered(1, 20)), { type: 'FinishImport', data: end })).toEqual([finished]);
  });

  it('does not end before, or after more', () => {
    for (const state of [given(registered(1, 10)), given(registered(1, 21))]) {
      expect(() => register.decide(state, { type: 'FinishImport', data: end })).toThrow(
        expect.objectContaining({ code: 'IMPORT_RUNNING' }),
      );
    }
  });

  it('ends once', () => {
    expect(register.decide(given(registered(1, 20), finished), { type: 'FinishImport', data: end })).toEqual([]);
  });

  it('knows how far it is', () => {
    expect(given(registered(1, 10), registered(11, 20), finished)).toEqual({
      status: 'finished',
      toLine: 20,
      accepted: 18,
      rejected: 2,
      contentHash: 'hash to 20',
    });
  });
});
