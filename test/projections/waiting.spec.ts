import type { ServiceStarted } from '../../src/modules/gate/gate.events.js';
import { deadlines, upcomingDeadlines } from '../../src/projections/deadlines.js';
import { disclosureLedger, ledger } from '../../src/projections/disclosure-ledger.js';
import { identifications, pendingIdentifications } from '../../src/projections/identifications.js';
import { Bank, START } from './bank.js';
import { projected } from './projected.js';

const DAY = 86_400_000;
const iso = (days: number): string => new Date(START + days * DAY).toISOString();

function aBank(): Bank {
  return new Bank().register('acme', ['acme-shops', 'acme-online']);
}
const due = ({ events }: Bank) =>
  upcomingDeadlines(projected(deadlines, events).db, { limit: 10 }).rows.map(({ leadId, kind, dueAt }) => ({ leadId, kind, dueAt }));

describe('deadlines', () => {
  it('are the follow-up, then the confirmation, then the settlement of a lead, then none', () => {
    const bank = aBank();
    const leadId = bank.open('acme', 'acme-shops', 1)!;
    expect(due(bank)).toEqual([{ leadId, kind: 'follow-up', dueAt: iso(14) }]);
    bank.create(leadId, 'acme-shops');
    expect(due(bank)).toEqual([{ leadId, kind: 'confirmation', dueAt: iso(30) }]);
    bank.confirm(leadId);
    expect(due(bank)).toEqual([{ leadId, kind: 'settlement', dueAt: '2025-01-10T00:00:00.000Z' }]);
    bank.now += 5 * DAY;
    bank.catchUp('acme');
    expect(due(bank)).toEqual([]);
  });

  it('go with the end of a lead', () => {
    const bank = aBank();
    bank.check(bank.open('acme', 'acme-shops', 1)!, 'acme-shops', true);
    bank.withdraw(bank.open('acme', 'acme-shops', 2)!, 'acme-shops');
    bank.open('acme', 'acme-shops', 3);
    bank.now += 15 * DAY;
    bank.catchUp('acme');
    expect(due(bank)).toEqual([]);
  });

  it('are put off by the time that the service was down while they ran', () => {
    const bank = aBank();
    const leadId = bank.open('acme', 'acme-shops', 1)!;
    const started: ServiceStarted = {
      type: 'ServiceStarted',
      data: { process: 'p2', outage: { from: iso(1), until: iso(3) }, previousEndedCleanly: true, at: iso(3) },
    };
    bank.log.write('gate', started);
    expect(due(bank)).toEqual([{ leadId, kind: 'follow-up', dueAt: iso(16) }]);
    bank.now += 4 * DAY;
    const later = bank.open('acme', 'acme-shops', 2)!;
    expect(due(bank)).toEqual([
      { leadId, kind: 'follow-up', dueAt: iso(16) },
      { leadId: later, kind: 'follow-up', dueAt: iso(18) },
    ]);
  });

  it('of a settlement are put off to another one, where the bank could not tell of the act for a while', () => {
    const bank = aBank();
    const leadId = bank.open('acme', 'acme-shops', 1)!;
    bank.create(leadId, 'acme-shops');
    bank.confirm(leadId);
    expect(due(bank)).toEqual([{ leadId, kind: 'settlement', dueAt: '2025-01-10T00:00:00.000Z' }]);
    bank.now += DAY;
    bank.down(DAY);
    expect(due(bank)).toEqual([{ leadId, kind: 'settlement', dueAt: '2025-01-11T00:00:00.000Z' }]);
    bank.down(DAY / 24);
    expect(due(bank)).toEqual([{ leadId, kind: 'settlement', dueAt: '2025-01-11T00:00:00.000Z' }]);
  });

  it('come in pages, the next due first, for one partner if asked', () => {
    const bank = aBank();
    for (let person = 0; person < 5; person++) {
      bank.now += DAY;
      bank.open('acme', person === 1 ? 'acme-online' : 'acme-shops', person);
    }
    const { db } = projected(deadlines, bank.events);
    const first = upcomingDeadlines(db, { partner: 'acme-shops', limit: 3 });
    const rest = upcomingDeadlines(db, { partner: 'acme-shops', limit: 3, after: first.next! });
    expect([...first.rows, ...rest.rows].map(({ dueAt }) => dueAt)).toEqual([iso(15), iso(17), iso(18), iso(19)]);
  });
});

describe('pending identifications', () => {
  it('list who was submitted, first come first, until the bank has spoken', () => {
    const bank = aBank();
    const leads = [1, 2, 3].map((person) => {
      const lead = bank.open('acme', 'acme-shops', person)!;
      bank.create(lead, 'acme-shops');
      return lead;
    });
    const pending = () => pendingIdentifications(projected(identifications, bank.events).db, { limit: 10 }).rows;
    expect(pending().map(({ leadId }) => leadId)).toEqual(leads);
    expect(pending()[0]).toMatchObject({ customerId: `customer-of-${leads[0]}`, personKeys: ['1.person-1'], sealed: 'sealed' });
    bank.confirm(leads[0]!);
    bank.turnDown(leads[2]!);
    expect(pending().map(({ leadId }) => leadId)).toEqual([leads[1]]);
  });
});

describe('the disclosure ledger', () => {
  const told = ({ events }: Bank) =>
    ledger(projected(disclosureLedger, events).db, { filters: {}, limit: 10 }).rows.map(({ kind, subject, persons, yes, no, carried }) => ({
      kind,
      subject,
      persons,
      yes,
      no,
      carried,
    }));

  it('counts each person once for a partner and once for its owner, with what was said', () => {
    const bank = aBank();
    bank.check(bank.open('acme', 'acme-shops', 1)!, 'acme-shops', true);
    bank.check(bank.open('acme', 'acme-shops', 2)!, 'acme-shops', false);
    bank.check(bank.open('acme', 'acme-online', 3)!, 'acme-online', false);
    expect(told(bank)).toEqual([
      { kind: 'owner', subject: 'acme', persons: 3, yes: 1, no: 2, carried: 0 },
      { kind: 'partner', subject: 'acme-online', persons: 1, yes: 0, no: 1, carried: 0 },
      { kind: 'partner', subject: 'acme-shops', persons: 2, yes: 1, no: 1, carried: 0 },
    ]);
  });

  it('tells a sibling what a lead carries over, and the owner nothing new', () => {
    const bank = aBank();
    bank.check(bank.open('acme', 'acme-shops', 1)!, 'acme-shops', true);
    bank.catchUp('acme');
    bank.now += DAY;
    bank.open('acme', 'acme-online', 1);
    expect(told(bank)).toEqual([
      { kind: 'owner', subject: 'acme', persons: 1, yes: 1, no: 0, carried: 0 },
      { kind: 'partner', subject: 'acme-online', persons: 1, yes: 1, no: 0, carried: 1 },
      { kind: 'partner', subject: 'acme-shops', persons: 1, yes: 1, no: 0, carried: 0 },
    ]);
  });

  it('turns a no into a yes when a later look-up says so, and never back', () => {
    const bank = aBank();
    const first = bank.open('acme', 'acme-shops', 1)!;
    bank.check(first, 'acme-shops', false);
    bank.withdraw(first, 'acme-shops');
    bank.catchUp('acme');
    bank.now += 40 * DAY;
    bank.check(bank.open('acme', 'acme-shops', 1)!, 'acme-shops', true);
    expect(told(bank)[0]).toEqual({ kind: 'owner', subject: 'acme', persons: 1, yes: 1, no: 0, carried: 0 });
  });
});
