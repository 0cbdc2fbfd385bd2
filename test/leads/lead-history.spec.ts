import { historyOf, leadsOf, type LedgerView } from '../../src/modules/leads/lead-history.js';
import type { LeadEvent } from '../../src/modules/leads/lead.events.js';
import { lead } from '../../src/modules/leads/lead.js';
import type { LeadAdmitted } from '../../src/modules/owners/owner.events.js';
import type { Opened } from '../../src/modules/leads/open-lead.handler.js';
import { person } from '../end-to-end/persons.js';
import { ServiceInMemory, signedPartner, World } from '../processes/service-in-memory.js';
import { day } from '../support/calendar.js';
import { given } from '../support/given.js';
import {
  aLead,
  answered,
  changed,
  convertedLead,
  created,
  declinedLead,
  endedExisting,
  revokedLead,
  withdrawn,
} from '../support/lead.examples.js';
import { customerKey } from '../support/owner.examples.js';

function carriedOn(at: string, past: readonly LeadEvent[], ledger: Partial<LedgerView> = {}): object {
  const { state } = given(lead, ...past);
  const view = { unresolved: () => false, shownDeclined: () => false, coolDown: 'P30D', outages: [], now: Date.parse(at), ...ledger };
  const { carried, carriedCustomerKey } = historyOf(state, (number) => `lead-${number}`, view);
  return { carried, carriedCustomerKey };
}
const NOTHING = { carried: undefined, carriedCustomerKey: undefined };
const NO = { ...NOTHING, carried: 'no' };

describe('what a past says of a person', () => {
  const answersUntil = (until: string, past: readonly LeadEvent[], came = false): unknown[] =>
    leadsOf(given(lead, ...past).state, { until: Date.parse(until), cameAlong: () => came }).leads.map(({ answer }) => answer);

  it('is what its owner had been told by then: a later answer is no other owner’s (I7)', () => {
    const told = [aLead(), answered('yes'), endedExisting()];
    expect(answersUntil(day(2), told)).toEqual(['yes']);
    expect(answersUntil(day(1), told)).toEqual([undefined]);
  });

  it('is also what a partner that came along has been told since, on a lead from before', () => {
    expect(answersUntil(day(1), [aLead(), answered('yes'), endedExisting()], true)).toEqual(['yes']);
  });

  it('is the no that stood then, where it has changed since', () => {
    const told = [aLead(), answered('no', { mode: 'proof', tried: 'one' }), changed({ tried: 'two', at: day(5) }), endedExisting()];
    expect(answersUntil(day(4), told)).toEqual(['no']);
    expect(answersUntil(day(5), told)).toEqual(['yes']);
  });
});

describe('what a new lead carries of the one before', () => {
  it('is its answer inside the cool-down, with whom a yes was about', () => {
    const existing: LeadEvent[] = [aLead(), answered('yes'), endedExisting()];
    expect(carriedOn(day(31), existing)).toEqual({ carried: 'yes', carriedCustomerKey: customerKey(1) });
    expect(carriedOn(day(32), existing)).toEqual(NOTHING);
    expect(carriedOn(day(4), [aLead(), answered('no'), withdrawn()])).toEqual(NO);
    expect(carriedOn(day(4), [aLead(), withdrawn()])).toEqual(NOTHING);
  });

  it('is always its answer after a settled conversion, "not confirmed" where nobody had asked', () => {
    expect(carriedOn(day(3000), [aLead(), answered('no'), created(), convertedLead()])).toEqual(NO);
    expect(carriedOn(day(3000), [aLead(), created(), convertedLead()])).toEqual(NO);
  });

  it('stays so when a conversion is revoked that its settlement had shown', () => {
    expect(carriedOn(day(3000), [aLead(), created(), convertedLead(), revokedLead()])).toEqual(NO);
  });

  it('is the same for a conversion that its settlement showed as declined as for a declined lead (I6)', () => {
    const declined: LeadEvent[] = [aLead(), answered('no'), created(), declinedLead('turned-down', day(5))];
    const revoked: LeadEvent[] = [aLead(), answered('no'), created(), convertedLead(), revokedLead(day(6))];
    const ledger = { shownDeclined: () => true };
    expect(carriedOn(day(9), revoked, ledger)).toEqual(NO);
    expect(carriedOn(day(60), revoked, ledger)).toEqual(NOTHING);
    for (const at of [day(9), day(37), day(38), day(39), day(60)]) expect(carriedOn(at, revoked, ledger)).toEqual(carriedOn(at, declined));
  });
});

describe('a person whose conversion was revoked before its settlement', () => {
  const BY = { owner: 'o', partner: 'p' };
  const DAY = 86_400_000;

  it('is asked for anew after the cool-down like one who was declined, and for ever not where the settlement came first', async () => {
    const world = new World();
    const service = new ServiceInMemory(world);
    await signedPartner(service);
    const open = async (n: number): Promise<LeadAdmitted['data']> => {
      const data = { ...BY, person: person(n), purpose: 'onboarding', agent: 'a' };
      return (await service.send<Opened>({ type: 'OpenLead', data })).admitted;
    };
    const customers: string[] = [];
    for (const n of [1, 2, 3]) {
      const { leadId } = await open(n);
      await service.send({ type: 'CheckMembership', data: { ...BY, leadId, person: person(n) } });
      await service.send({ type: 'CreateCustomer', data: { ...BY, leadId, person: person(n), contact: {} } });
      customers.push(world.keyring.customerId(leadId));
    }
    const [turnedDown, revokedBefore, revokedAfter] = customers;
    const actedAt = new Date(world.clock.now()).toISOString();
    await service.send({ type: 'TurnDownCustomer', data: { customerId: turnedDown, actedAt } });
    await service.send({ type: 'ConfirmIdentity', data: { customerId: revokedBefore, customerNumber: 'N2', actedAt } });
    await service.send({ type: 'ConfirmIdentity', data: { customerId: revokedAfter, customerNumber: 'N3', actedAt } });
    await service.send({ type: 'RevokeConversion', data: { customerId: revokedBefore, reason: 'forged-papers' } });
    world.clock.advance(5 * DAY);
    await service.settleUp();
    await service.send({ type: 'RevokeConversion', data: { customerId: revokedAfter, reason: 'forged-papers' } });
    await service.settleUp();
    world.clock.advance(60 * DAY);
    expect([(await open(1)).carried, (await open(2)).carried, (await open(3)).carried]).toEqual([undefined, undefined, 'no']);
  });
});
