import type { RecordedEvent } from '../../src/event-sourcing/message.js';
import { decline } from '../../src/modules/customers/decline.process.js';
import { settle } from '../../src/modules/customers/settle.process.js';
import type { Opened } from '../../src/modules/leads/open-lead.handler.js';
import { customersOf, customersOfPartner } from '../../src/projections/customers-of-partner.js';
import { leadsOf, leadsOfPartner } from '../../src/projections/leads-of-partner.js';
import { person } from '../end-to-end/persons.js';
import { ServiceInMemory, signedPartner, World } from '../processes/service-in-memory.js';
import { projected } from '../projections/projected.js';
import { assertBound } from '../support/bound.js';
import { day } from '../support/calendar.js';
import { convertedLead, created } from '../support/lead.examples.js';

const HOUR = 3_600_000;
const DAY = 24 * HOUR;
const BY = { owner: 'o', partner: 'p' };

/** An applicant acts at noon of the first day; the bank's word comes before an outage of four days, or as soon as it can after it. */
async function story(
  told: 'before the outage' | 'after the outage' | 'never',
): Promise<{ log: readonly RecordedEvent[]; declined: boolean }> {
  const world = new World();
  let service = new ServiceInMemory(world);
  await signedPartner(service);
  const opening = { ...BY, person: person(1), purpose: 'onboarding', agent: 'a' };
  const { leadId } = (await service.send<Opened>({ type: 'OpenLead', data: opening })).admitted;
  await service.send({ type: 'CreateCustomer', data: { ...BY, leadId, person: person(1), contact: {} } });
  world.clock.advance(4 * HOUR);
  const actedAt = new Date(world.clock.now()).toISOString();
  const confirm = (): Promise<unknown> =>
    service.send({ type: 'ConfirmIdentity', data: { customerId: world.keyring.customerId(leadId), customerNumber: 'N', actedAt } });
  world.clock.advance(HOUR);
  if (told === 'before the outage') await confirm();
  await service.settleUp();

  const from = new Date(world.clock.now()).toISOString();
  world.clock.advance(4 * DAY);
  const until = new Date(world.clock.now()).toISOString();
  const outage = { from, until };
  const data = { process: 'p2', outage, previousEndedCleanly: false, at: until };
  const cause = { correlationId: 'c', causationId: 'c', actor: 'a' };
  await world.store.append('gate', -1, [{ id: 'start', type: 'ServiceStarted', schemaVersion: 1, recordedAt: until, cause, data }]);
  service = new ServiceInMemory(world);
  await service.settleUp([outage]);
  world.clock.advance(DAY);
  if (told === 'after the outage') await confirm();
  for (let n = 0; n < 16; n++) {
    await service.settleUp([outage]);
    world.clock.advance(HOUR * 6);
  }
  const log = await world.log();
  await assertBound(log);
  return { log, declined: log.some(({ type }) => type === 'LeadDeclined') };
}

const seen = (log: readonly RecordedEvent[]): string =>
  JSON.stringify([
    leadsOf(projected(leadsOfPartner, log).db, { partner: 'p', limit: 10 }),
    customersOf(projected(customersOfPartner, log).db, { partner: 'p', limit: 10 }),
  ]).replace(/[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}/g, '(id)');

describe('an outage between the act of an applicant and its settlement', () => {
  it('is the same for a partner whether the bank had told of the act before, or could only after it (I6)', async () => {
    const before = await story('before the outage');
    const after = await story('after the outage');
    expect(seen(after.log)).toBe(seen(before.log));
    expect(seen(before.log)).toContain('"status":"confirmed"');
    const settlement = (log: readonly RecordedEvent[]): unknown => log.find(({ type }) => type === 'LeadSettled')?.data;
    // Acted on the second at noon, three days and four of outage to tell of it: the first midnight after.
    expect(settlement(before.log)).toMatchObject({ as: 'converted', settlesAt: '2026-03-10T00:00:00.000Z' });
    expect(settlement(after.log)).toMatchObject({ settlesAt: '2026-03-10T00:00:00.000Z' });
  });

  it('of whose applicant nobody tells anything, a lead waits for its deadline all the same', async () => {
    expect((await story('never')).declined).toBe(false);
  });
});

describe('the timers of created leads', () => {
  type OnSettle = Parameters<typeof settle.evolve>[1];
  type OnDecline = Parameters<typeof decline.evolve>[1];

  it('wake for the settlement that an outage has put off, and owe nothing before', () => {
    const waiting = settle.evolve(undefined, convertedLead() as OnSettle)!;
    const outages = [{ from: day(5), until: day(9) }];
    const wakeAt = Date.parse('2025-03-15T00:00:00.000Z');
    expect(settle.owed(waiting, { now: Date.parse(day(9)), outages })).toEqual({ commands: [], wakeAt });
    expect(settle.owed(waiting, { now: wakeAt, outages }).commands).toHaveLength(1);
  });

  it('decline only when the bank has had its time to tell, outages apart', () => {
    const waiting = decline.evolve(undefined, created() as OnDecline)!;
    const outages = [{ from: day(34), until: day(40) }];
    const wakeAt = Date.parse(day(42));
    expect(decline.owed(waiting, { now: Date.parse(day(40)), outages })).toEqual({ commands: [], wakeAt });
    expect(decline.owed(waiting, { now: wakeAt, outages }).commands).toHaveLength(1);
  });
});
