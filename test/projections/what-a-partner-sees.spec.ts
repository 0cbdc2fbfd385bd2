import * as fc from 'fast-check';
import { customerOfPartner, customersOf, customersOfPartner } from '../../src/projections/customers-of-partner.js';
import { leadOfPartner, leadsOf, leadsOfPartner } from '../../src/projections/leads-of-partner.js';
import { partnerDirectory } from '../../src/projections/partner-directory.js';
import { ownerView } from '../../src/projections/partner-directory.queries.js';
import { usage, usageOf } from '../../src/projections/usage.js';
import { Bank } from './bank.js';
import { aLife } from './generated-bank.js';
import { projected } from './projected.js';

const DAY = 86_400_000;

function aBank(): Bank {
  return new Bank().register('acme', ['acme-shops', 'acme-online']).register('zenith', ['zenith-credit']);
}

/** Everything that the partner can read. */
function seenBy(partner: string, owner: string, { events, now }: Pick<Bank, 'events' | 'now'>) {
  return {
    leads: leadsOf(projected(leadsOfPartner, events).db, { partner, limit: 1000 }),
    customers: customersOf(projected(customersOfPartner, events).db, { partner, limit: 1000 }),
    allowance: ownerView(projected(partnerDirectory, events).db, owner, now)?.allowance,
    usage: usageOf(projected(usage, events).db, partner),
  };
}

describe('what a partner sees of its leads', () => {
  it('is each lead with what it did and was answered, the latest opened first', () => {
    const bank = aBank();
    const first = bank.open('acme', 'acme-shops', 1)!;
    bank.check(first, 'acme-shops', true);
    bank.now += DAY;
    const second = bank.open('acme', 'acme-shops', 2)!;
    bank.check(second, 'acme-shops', false);
    expect(seenBy('acme-shops', 'acme', bank).leads.rows).toEqual([
      {
        leadId: second,
        agent: 'anna',
        purpose: 'onboarding',
        status: 'answered',
        openedAt: '2025-01-07T09:00:00.000Z',
        followUpBy: '2025-01-21T09:00:00.000Z',
        answeredAt: '2025-01-07T09:00:00.000Z',
      },
      expect.objectContaining({ leadId: first, status: 'existing', endedAt: '2025-01-06T09:00:00.000Z' }),
    ]);
  });

  it('shows deadlines as they bind: put off by the outages of the service while they ran, and by nothing else', () => {
    const bank = aBank();
    const waiting = bank.open('acme', 'acme-shops', 1)!;
    const created = bank.open('acme', 'acme-shops', 2)!;
    const withdrawn = bank.open('acme', 'acme-shops', 3)!;
    bank.create(created, 'acme-shops');
    bank.withdraw(withdrawn, 'acme-shops');
    bank.now += DAY;
    bank.down(2 * 3_600_000);
    bank.now += DAY;
    bank.down(3_600_000);
    const later = bank.open('acme', 'acme-shops', 4)!;
    const { leads, customers } = seenBy('acme-shops', 'acme', bank);
    const followUpBy = Object.fromEntries(leads.rows.map((row) => [row.leadId, row.followUpBy]));
    expect(followUpBy).toEqual({
      [waiting]: '2025-01-20T12:00:00.000Z',
      [created]: '2025-01-20T09:00:00.000Z',
      [withdrawn]: '2025-01-20T09:00:00.000Z',
      [later]: '2025-01-22T12:00:00.000Z',
    });
    expect(customers.rows.map(({ confirmBy }) => confirmBy)).toEqual(['2025-02-05T12:00:00.000Z']);
    expect(leadOfPartner(projected(leadsOfPartner, bank.events).db, 'acme-shops', waiting)?.followUpBy).toBe('2025-01-20T12:00:00.000Z');
  });

  it('puts a shown deadline off by whole seconds: when the service ended, to the millisecond, is told by what others did last', () => {
    const bank = aBank();
    bank.open('acme', 'acme-shops', 1);
    bank.now += 17;
    bank.down(60_000 + 999);
    expect(seenBy('acme-shops', 'acme', bank).leads.rows[0]!.followUpBy).toBe('2025-01-20T09:01:00.000Z');
  });

  it("never holds another partner's lead or customer (I7)", () => {
    const bank = aBank();
    const lead = bank.open('acme', 'acme-shops', 1)!;
    bank.create(lead, 'acme-shops');
    for (const [owner, partner] of [
      ['acme', 'acme-online'],
      ['zenith', 'zenith-credit'],
    ] as const) {
      expect(seenBy(partner, owner, bank)).toMatchObject({ leads: { rows: [] }, customers: { rows: [] }, usage: [] });
      expect(leadOfPartner(projected(leadsOfPartner, bank.events).db, partner, lead)).toBeUndefined();
      expect(customerOfPartner(projected(customersOfPartner, bank.events).db, partner, `customer-of-${lead}`)).toBeUndefined();
    }
  });

  it('comes in pages in its own order, and can be narrowed to a status', () => {
    const bank = aBank();
    const leads = [1, 2, 3, 4, 5].map((person) => bank.open('acme', 'acme-shops', person)!);
    bank.withdraw(leads[2]!, 'acme-shops');
    const { db } = projected(leadsOfPartner, bank.events);
    const page = leadsOf(db, { partner: 'acme-shops', status: 'open', limit: 3 });
    expect(page.rows.map(({ leadId }) => leadId)).toEqual([leads[4], leads[3], leads[1]]);
    expect(leadsOf(db, { partner: 'acme-shops', status: 'open', limit: 3, after: page.next! }).rows.map(({ leadId }) => leadId)).toEqual([
      leads[0],
    ]);
  });

  it('does not change at all when the bank confirms, turns down, revokes or links, until the settlement (I6)', () => {
    const bank = aBank();
    const leads = [1, 2, 3].map((person) => {
      const lead = bank.open('acme', 'acme-shops', person)!;
      bank.create(lead, 'acme-shops');
      return lead;
    });
    const before = seenBy('acme-shops', 'acme', bank);
    bank.confirm(leads[0]!);
    bank.confirm(leads[1]!);
    bank.revoke(leads[1]!);
    bank.turnDown(leads[2]!);
    expect(bank.events.map(({ type }) => type)).toEqual(expect.arrayContaining(['LeadConverted', 'ConversionRevoked', 'LeadDeclined']));
    expect(seenBy('acme-shops', 'acme', bank)).toEqual(before);

    bank.now += 5 * DAY;
    bank.catchUp('acme');
    const after = seenBy('acme-shops', 'acme', bank);
    expect(after.leads.rows.map(({ status }) => status)).toEqual(['declined', 'declined', 'converted']);
    expect(after.customers.rows.map(({ status }) => status)).toEqual(['declined', 'declined', 'confirmed']);
  });

  it('dates an outcome by its settlement, not by the moment at which its turn came', () => {
    const bank = aBank();
    const lead = bank.open('acme', 'acme-shops', 1)!;
    bank.create(lead, 'acme-shops');
    bank.confirm(lead);
    bank.now += 5 * DAY + 12_345;
    bank.catchUp('acme');
    const { leads, customers } = seenBy('acme-shops', 'acme', bank);
    expect(leads.rows[0]!.endedAt).toBe('2025-01-10T00:00:00.000Z');
    expect(customers.rows[0]!.settledAt).toBe('2025-01-10T00:00:00.000Z');
  });

  it('dates a lapse by the deadline, put off by outages like it, not by the moment at which its turn came (I7)', () => {
    const bank = aBank();
    bank.open('acme', 'acme-shops', 1);
    bank.down(60_000);
    bank.now += 14 * DAY + 12_345;
    bank.catchUp('acme');
    const [lead] = seenBy('acme-shops', 'acme', bank).leads.rows;
    expect(lead).toMatchObject({ status: 'lapsed', followUpBy: '2025-01-20T09:01:00.000Z', endedAt: '2025-01-20T09:01:00.000Z' });
  });

  it('is the same, over many lives, with and without what the bank alone found out since the last settlement (I6)', () => {
    const bankOnly = ['LeadConverted', 'LeadDeclined', 'ConversionRevoked', 'CustomerLinked', 'ExistingAcknowledged'];
    fc.assert(
      fc.property(aLife, ({ events, now }) => {
        const settled = new Set(events.filter(({ type }) => type === 'LeadSettled').map(({ data }) => (data as { leadId: string }).leadId));
        const without = events.filter(({ type, data }) => !bankOnly.includes(type) || settled.has((data as { leadId: string }).leadId));
        for (const [partner, owner] of [
          ['acme-shops', 'acme'],
          ['zenith-credit', 'zenith'],
        ] as const) {
          expect(seenBy(partner, owner, { events: without, now })).toEqual(seenBy(partner, owner, { events, now }));
        }
      }),
      { numRuns: 25 },
    );
  });
});

describe('the usage of a partner', () => {
  it('counts by month what it opened, had answered and created', () => {
    const bank = aBank();
    const lead = bank.open('acme', 'acme-shops', 1)!;
    bank.check(lead, 'acme-shops', false);
    bank.now += 30 * DAY;
    bank.open('acme', 'acme-shops', 2);
    expect(seenBy('acme-shops', 'acme', bank).usage).toEqual([
      { month: '2025-02', leadsOpened: 1, checksAnswered: 0, customersCreated: 0 },
      { month: '2025-01', leadsOpened: 1, checksAnswered: 1, customersCreated: 0 },
    ]);
  });
});
