import * as fc from 'fast-check';
import type { Projection } from '../../src/event-sourcing/projection.js';
import { bucketOf, medianOf, middleOf } from '../../src/projections/duration-histogram.js';
import { funnels, leadFunnels } from '../../src/projections/lead-funnels.js';
import { ForeignPlace } from '../../src/projections/page.js';
import { WITHDRAWAL_REASONS } from '../../src/modules/leads/lead.events.js';
import { Bank, START } from './bank.js';
import { aLife } from './generated-bank.js';
import { Projected, projected } from './projected.js';

const HOUR = 3_600_000;
const DAY = 24 * HOUR;

function aBank(): Bank {
  return new Bank().register('acme', ['acme-shops', 'acme-online']);
}
const ask = (bank: Bank, question: Partial<Parameters<typeof funnels>[1]> = {}) =>
  funnels(projected(leadFunnels, bank.events).db, { by: ['partner'], filters: {}, limit: 100, ...question });

describe('lead funnels', () => {
  it('count a lead under each stage that it reached, with shares', () => {
    const bank = aBank();
    const [first, second, third] = [1, 2, 3].map((person) => bank.open('acme', 'acme-shops', person)!);
    bank.check(first!, 'acme-shops', true);
    bank.check(second!, 'acme-shops', false);
    bank.now += HOUR;
    bank.create(second!, 'acme-shops');
    bank.withdraw(third!, 'acme-shops');
    expect(ask(bank).rows).toEqual([
      expect.objectContaining({
        partner: 'acme-shops',
        opened: 3,
        answered: 2,
        existing: 1,
        created: 1,
        withdrawn: 1,
        lapsed: 0,
        waiting: 1,
      }),
    ]);
    expect(ask(bank).rows[0]).toMatchObject({ existingShare: 0.5, createdShare: 0.333333, withdrawnShare: 0.333333, convertedShare: 0 });
  });

  it('count a withdrawal under its reason', () => {
    const bank = aBank();
    for (const [person, reason] of WITHDRAWAL_REASONS.entries()) {
      for (let n = 0; n <= person; n++) bank.withdraw(bank.open('acme', 'acme-shops', 10 * person + n)!, 'acme-shops', reason);
    }
    expect(ask(bank).rows[0]).toMatchObject({
      withdrawn: 21,
      withdrawnLostInterest: 1,
      withdrawnUnreachable: 2,
      withdrawnNotEligible: 3,
      withdrawnWentElsewhere: 4,
      withdrawnOpenedByMistake: 5,
      withdrawnOther: 6,
    });
  });

  it('count who consented, and each lead once about which somebody never spoke to the partner', () => {
    const bank = aBank();
    const leads = [1, 2, 3].map((person) => bank.open('acme', 'acme-shops', person)!);
    const at = new Date(bank.now).toISOString();
    const of = (leadId: string) => ({ leadId, owner: 'acme', partner: 'acme-shops', agent: 'agent', at });
    for (const [place, word] of (['given', 'refused', 'denied'] as const).entries()) {
      bank.log.write('consents', { type: 'ConsentAnswered', data: { ...of(leads[place]!), ask: 1, word, by: 'page' } });
    }
    for (const through of ['consent-page', 'message-link'] as const) {
      bank.log.write('denials', { type: 'LeadDenied', data: { ...of(leads[2]!), through } });
    }
    expect(ask(bank).rows[0]).toMatchObject({ opened: 3, consented: 1, denied: 1, deniedShare: 0.333333 });
  });

  it('show as converted what a settlement has shown, and apart from it what the bank knows', () => {
    const bank = aBank();
    const lead = bank.open('acme', 'acme-shops', 1)!;
    bank.create(lead, 'acme-shops');
    bank.confirm(lead);
    expect(ask(bank).rows[0]).toMatchObject({ converted: 0, confirmedAtBank: 1, waiting: 1 });
    bank.now += 5 * DAY;
    bank.catchUp('acme');
    expect(ask(bank).rows[0]).toMatchObject({ converted: 1, confirmedAtBank: 1, waiting: 0 });
  });

  it('count every stage under the day on which the lead was opened', () => {
    const bank = aBank();
    const lead = bank.open('acme', 'acme-shops', 1)!;
    bank.now += 3 * DAY;
    bank.create(lead, 'acme-shops');
    expect(ask(bank, { by: ['day'] }).rows).toEqual([expect.objectContaining({ day: '2025-01-06', opened: 1, created: 1 })]);
  });

  it('give weeks by their Monday, and months', () => {
    const bank = aBank();
    for (const days of [0, 6, 7, 30]) {
      bank.now = START + days * DAY;
      bank.open('acme', 'acme-shops', days);
    }
    expect(ask(bank, { by: ['week'] }).rows.map(({ week, opened }) => [week, opened])).toEqual([
      ['2025-01-06', 2],
      ['2025-01-13', 1],
      ['2025-02-03', 1],
    ]);
    expect(ask(bank, { by: ['month'] }).rows.map(({ month, opened }) => [month, opened])).toEqual([
      ['2025-01', 3],
      ['2025-02', 1],
    ]);
  });

  it('can be filtered by partner, agent, purpose and days', () => {
    const bank = aBank();
    bank.open('acme', 'acme-shops', 1, 'anna');
    bank.open('acme', 'acme-shops', 2, 'bert');
    bank.open('acme', 'acme-online', 3, 'anna');
    expect(ask(bank, { filters: { partner: 'acme-shops', agent: 'anna' } }).rows).toEqual([expect.objectContaining({ opened: 1 })]);
    expect(ask(bank, { filters: { from: '2025-01-07' } }).rows).toEqual([]);
    expect(ask(bank, { filters: { to: '2025-01-06', purpose: 'onboarding' } }).rows).toHaveLength(2);
  });

  it('are sorted by a figure and paged by key, none twice and none left out', () => {
    const bank = aBank();
    for (let person = 0; person < 7; person++)
      bank.open('acme', person % 3 === 0 ? 'acme-online' : 'acme-shops', person, person % 2 === 0 ? 'anna' : 'bert');
    const by = ['partner', 'agent'];
    const all = ask(bank, { by, sort: 'opened', descending: true }).rows;
    const first = ask(bank, { by, sort: 'opened', descending: true, limit: 3 });
    const rest = ask(bank, { by, sort: 'opened', descending: true, limit: 3, after: first.next! });
    expect([...first.rows, ...rest.rows]).toEqual(all);
    expect(rest.next).toBeUndefined();
    expect(all.map(({ opened }) => opened)).toEqual([2, 2, 2, 1]);
    expect(() => ask(bank, { by, after: first.next! })).toThrow(ForeignPlace);
  });

  it.each([
    [60, 600, 6_000],
    [0.02, 0.25, 3],
  ])('tell the median of %d, %d and %d seconds from opening to create, right to a sixteenth', (...times) => {
    const bank = aBank();
    times.forEach((seconds, person) => {
      const lead = bank.open('acme', 'acme-shops', person)!;
      bank.now += seconds * 1000;
      bank.create(lead, 'acme-shops');
    });
    const median = ask(bank).rows[0]!.medianSecondsToCreate;
    expect(Math.abs(median - times[1]!) / times[1]!).toBeLessThanOrEqual(1 / 16);
  });
});

describe('the histogram of times', () => {
  it('puts every millisecond into a bucket whose middle is at most a sixteenth away, in order', () => {
    let last = -1;
    for (let ms = 0; ms < 2 ** 40; ms = Math.floor(ms * 1.03) + 1) {
      const bucket = bucketOf(ms);
      expect(bucket).toBeGreaterThanOrEqual(last);
      expect(Math.abs(middleOf(bucket) - ms)).toBeLessThanOrEqual(ms / 16);
      last = bucket;
    }
  });

  it.each([31, 32, 33, 39])('begins a new bucket at 2^%d milliseconds, where its arithmetic changes its width', (power) => {
    expect(bucketOf(2 ** power)).toBe(bucketOf(2 ** power - 1) + 1);
  });

  it('keeps what lies outside at its edges, and has no median of nothing', () => {
    expect(bucketOf(-5)).toBe(0);
    expect(bucketOf(1e15)).toBe(bucketOf(2 ** 40));
    expect(medianOf([])).toBeUndefined();
  });
});

describe('the changes of many events', () => {
  it('are those of each event by itself, in whatever order and however often they come (R19)', () => {
    const events = aLife.chain(({ events }) =>
      fc.record({
        history: fc.oneof(fc.constant(events), fc.shuffledSubarray([...events, ...events.slice(-20)], { minLength: 30 })),
        batches: fc.array(fc.integer({ min: 1, max: 40 }), { minLength: 1 }),
      }),
    );
    fc.assert(
      fc.property(events, ({ history, batches }) => {
        const one = new Projected(leadFunnels as unknown as Projection);
        const many = new Projected(leadFunnels as unknown as Projection);
        const handled = history.filter(({ type }) => (leadFunnels.handles as readonly string[]).includes(type));
        one.apply(handled);
        for (let from = 0, batch = 0; from < handled.length; batch++) {
          const to = from + batches[batch % batches.length]!;
          const changes = leadFunnels.gather!(many.db);
          for (const event of handled.slice(from, to)) changes.take(event as never);
          changes.write();
          from = to;
        }
        expect(many.hash).toBe(one.hash);
      }),
      { numRuns: 60 },
    );
  });
});
