import { setTimeout as later } from 'node:timers/promises';
import type { ApiProblem } from '../../src/cli/oauth-client.js';
import { assertBound } from '../support/bound.js';
import { person } from './persons.js';
import { isOnDuty, LEASE } from './replicated-bank.js';
import { describeCredentials } from './replicas.credentials.js';
import { describeEpochs } from './replicas.epochs.js';
import { describeMessages } from './replicas.messages.js';
import { describeModes } from './replicas.modes.js';
import { describeOwners } from './replicas.owners.js';
import { describeThrottles } from './replicas.throttles.js';
import { open, TwoReplicas } from './two-replicas.js';

const RACERS = 200;
const PATIENCE = 120_000;

const server = process.env['REPLICAS_EVENTSTOREDB_URL'];

/** R2, R5, R12, R29, R32 with two real processes on one log. */
describe(`two replicas on ${server === undefined ? 'a stand-in for EventStoreDB' : 'a real EventStoreDB'}`, () => {
  let of: TwoReplicas;

  beforeAll(async () => {
    of = await TwoReplicas.start(server);
  }, PATIENCE);
  afterEach(() => of.revive(), PATIENCE);
  afterAll(async () => {
    const log = await of.bank.log();
    await of.stop();
    await assertBound(log);
  }, PATIENCE);

  it.each([0, 1, 2, RACERS])(
    'open no more leads than there are units when 200 requests go to both at once, and no fewer (R5): %i',
    async (units) => {
      const id = `racer-${units}`;
      const partner = await of.partner(id, { initial: 0, ceiling: 1000, perConversion: 4 });
      if (units > 0) await of.a.as('ana').post(`/v1/owners/owner-${id}/grants`, { units, reason: 'other' });
      const doors = [partner, of.b.as(id)] as const;
      const racer = (i: number) => open(doors[i % 2] ?? partner, 1000 + i);
      const opened = await Promise.allSettled(Array.from({ length: RACERS }, (_, i) => racer(i)));
      const refused = opened.flatMap((each) => (each.status === 'rejected' ? [each.reason as ApiProblem] : []));
      expect(refused.filter(({ code }) => code !== 'ALLOWANCE_SPENT')).toEqual([]);
      expect(opened.length - refused.length).toBe(units);
    },
    PATIENCE,
  );

  it('answer a repeated command with the same bytes, whichever of them is asked, and charge it once (R12)', async () => {
    const here = await of.partner('repeater', { initial: 10 });
    const there = of.b.as('repeater');
    const opened = await open(here, 2000, { key: 'the-key' });
    expect(await open(there, 2000, { key: 'the-key' })).toEqual(opened);
    const { leadId } = opened;
    const question = { leadId, person: person(2000) };
    const answer = await there.post('/v1/membership-checks', question, 'another-key');
    expect((await here.post('/v1/membership-checks', question, 'another-key')).body).toEqual(answer.body);
    expect(await of.facts('LeadAdmitted', { leadId })).toHaveLength(1);
    expect(await of.facts('MembershipAnswered', { leadId })).toHaveLength(1);
  });

  it('turn a suspended partner away at its next command, on the replica that did not suspend it (R32)', async () => {
    for (let n = 0; n < 3; n++) {
      const id = `suspended-${n}`;
      await of.partner(id, { initial: 3 });
      const partner = of.b.as(id);
      await open(partner, 2100 + 2 * n);
      await of.a.as('ana').post(`/v1/partners/${id}/suspension`, { reason: 'other', note: 'a test' });
      await expect(open(partner, 2101 + 2 * n)).rejects.toMatchObject({ code: 'PARTNER_SUSPENDED' });
    }
  });

  it('open what the other one sealed', async () => {
    const partner = await of.partner('creator', { initial: 3 });
    const { leadId } = await open(partner, 2200);
    await partner.post('/v1/customers', { leadId, person: person(2200), contact: { email: 'applicant@example.org' } });
    await of.until(async () => (await of.facts('MessageQueued', { leadId })).length > 0, 10_000);
    for (const each of of.both) {
      await of.until(async () => {
        const said = await each.as('messages').request('/v1/messages', { method: 'GET' });
        return (await said.text()).includes('applicant@example.org');
      }, 5_000);
    }
  });

  it(
    'do what falls due once, also when the one that has the duty is killed in the middle of it',
    async () => {
      await of.partner('lapser', { initial: 50, followUpWithin: 'PT2S', ceiling: 1000 });
      const holder = await of.duty();
      const survivor = of.other(holder);
      const opened = await Promise.all(Array.from({ length: 20 }, (_, i) => open(survivor.as('lapser'), 2300 + i)));
      const leads = opened.map(({ leadId }) => leadId);
      const lapsed = async (): Promise<string[]> => (await of.facts<{ leadId: string }>('LeadLapsed')).map(({ leadId }) => leadId);
      await of.until(async () => (await lapsed()).length > 0, 10_000);
      await holder.kill('SIGKILL');
      await of.untilOnDuty(survivor);
      await of.until(async () => (await lapsed()).length >= leads.length, 10_000);
      await of.again(holder);
      await later(500);
      expect((await lapsed()).toSorted()).toEqual(leads.toSorted());
      const terms = (await of.facts<{ term: number }>('DutyClaimed')).map(({ term }) => term);
      expect(terms).toEqual(terms.map((_, i) => i + 1));
    },
    PATIENCE,
  );

  it(
    'were down, once, when both were killed and come back at the same time',
    async () => {
      const outages = async (): Promise<number> => (await of.facts('ServiceStarted')).filter((data) => 'outage' in data).length;
      expect(await outages()).toBe(0);
      await Promise.all(of.both.map((each) => each.kill('SIGKILL')));
      await later(2 * LEASE * 1_000 + 200);
      await of.startAnew();
      expect(await outages()).toBe(1);
      await of.duty();
      const { leadId } = await open(of.a.as('repeater'), 2400);
      expect(await of.facts('LeadOpened', { leadId })).toHaveLength(1);
    },
    PATIENCE,
  );

  it('lay the duty down at a clean stop, so that the other need not wait', async () => {
    const holder = await of.duty();
    await holder.kill('SIGTERM');
    expect(await of.until(() => isOnDuty(of.other(holder)), 5_000)).toBeLessThan(LEASE * 1_000);
    await of.again(holder);
  });

  describe('the modes', () => {
    describeModes(() => of);
  });
  describe('owners and agents', () => {
    describeOwners(() => of);
  });
  describe('messages', () => {
    describeMessages(() => of);
  });
  describe('tokens, proofs and keys', () => {
    describeCredentials(() => of);
  });
  describe('keys of persons', () => {
    describeEpochs(() => of);
  });
  describe('requests', () => {
    describeThrottles(() => of);
  });
});
