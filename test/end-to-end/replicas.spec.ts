import { setTimeout as later } from 'node:timers/promises';
import { type ApiClient, ApiProblem, clientAssertion } from '../../src/cli/oauth-client.js';
import type { RecordedEvent } from '../../src/event-sourcing/message.js';
import { assertBound } from '../support/bound.js';
import { type BankProcess, registerPartner } from './bank-process.js';
import { person } from './persons.js';
import { isOnDuty, LEASE, ReplicatedBank } from './replicated-bank.js';

const RACERS = 200;
const PATIENCE = 120_000;

const server = process.env['REPLICAS_EVENTSTOREDB_URL'];

/** R2, R5, R12, R29, R32 with two real processes on one log. */
describe(`two replicas on ${server === undefined ? 'a stand-in for EventStoreDB' : 'a real EventStoreDB'}`, () => {
  let bank: ReplicatedBank;
  let [a, b]: BankProcess[] = [];
  const replicas = (): [BankProcess, BankProcess] => [a as BankProcess, b as BankProcess];

  beforeAll(async () => {
    bank = await ReplicatedBank.make(server);
    [a, b] = await Promise.all([bank.start(0), bank.start(1)]);
  }, PATIENCE);
  afterAll(async () => {
    const log = await bank.log();
    await bank.stop();
    await assertBound(log);
  }, PATIENCE);

  const open = (partner: ApiClient, n: number, key?: string): Promise<{ body: { leadId: string } }> => {
    const { country, scheme, value } = person(n);
    return partner.post('/v1/leads', { person: { country, scheme, value }, purpose: 'onboarding', agent: 'agent-1' }, key);
  };
  /** As a client does that was told 503: nothing is known, so the same once more. A machine that does other things too is slow at times. */
  const openInTheEnd = async (partner: ApiClient, n: number): Promise<{ body: { leadId: string } }> => {
    for (let attempt = 1; ; attempt++) {
      try {
        return await open(partner, n, `open-${n}`);
      } catch (error) {
        if (!(error instanceof ApiProblem) || error.status !== 503 || attempt === 5) throw error;
      }
    }
  };
  const until = async (isSo: () => boolean | Promise<boolean>, milliseconds: number): Promise<number> => {
    const began = performance.now();
    while (!(await isSo())) {
      if (performance.now() - began > milliseconds) throw new Error(`not within ${milliseconds} ms`);
      await later(20);
    }
    return performance.now() - began;
  };
  const onDuty = (): BankProcess | undefined => replicas().find((each) => each.child.exitCode === null && isOnDuty(each));
  const factsOf = async (type: string, leadId: string): Promise<readonly RecordedEvent[]> =>
    (await bank.log()).filter((event) => event.type === type && (event.data as { leadId?: string }).leadId === leadId);

  it.each([0, 1, 2, RACERS])(
    'open no more leads than there are units when 200 requests go to both at once, and no fewer (R5): %i',
    async (units) => {
      const [first, second] = replicas();
      const id = `racer-${units}`;
      const partner = await registerPartner(first, bank.directories[0], id, { initial: 0, ceiling: 1000, perConversion: 4 });
      if (units > 0) await first.as('ana').post(`/v1/owners/owner-${id}/grants`, { units, reason: 'other' });
      const doors = [partner, second.as(id)] as const;
      const opened = await Promise.allSettled(Array.from({ length: RACERS }, (_, i) => openInTheEnd(doors[i % 2] as ApiClient, 1000 + i)));
      const refused = opened.flatMap((each) => (each.status === 'rejected' ? [each.reason as ApiProblem] : []));
      expect(refused.filter(({ code }) => code !== 'ALLOWANCE_SPENT')).toEqual([]);
      expect(opened.length - refused.length).toBe(units);
    },
    PATIENCE,
  );

  it('answer a repeated command with the same bytes, whichever of them is asked, and charge it once (R12)', async () => {
    const [first, second] = replicas();
    const here = await registerPartner(first, bank.directories[0], 'repeater', { initial: 10 });
    const there = second.as('repeater');
    const { body } = await open(here, 2000, 'the-key');
    expect((await open(there, 2000, 'the-key')).body).toEqual(body);
    const check = { leadId: body.leadId, person: person(2000) };
    const answer = await there.post('/v1/membership-checks', check, 'another-key');
    expect((await here.post('/v1/membership-checks', check, 'another-key')).body).toEqual(answer.body);
    expect(await factsOf('LeadAdmitted', body.leadId)).toHaveLength(1);
    expect(await factsOf('MembershipAnswered', body.leadId)).toHaveLength(1);
  });

  it('turn a suspended partner away at its next command, on the replica that did not suspend it (R32)', async () => {
    const [first, second] = replicas();
    for (let n = 0; n < 3; n++) {
      const id = `suspended-${n}`;
      await registerPartner(first, bank.directories[0], id, { initial: 3 });
      const partner = second.as(id);
      await open(partner, 2100 + 2 * n);
      await first.as('ana').post(`/v1/partners/${id}/suspension`, { reason: 'other', note: 'a test' });
      await expect(open(partner, 2101 + 2 * n)).rejects.toMatchObject({ code: 'PARTNER_SUSPENDED' });
    }
  });

  it('take a client assertion once between them (R29)', async () => {
    const [first, second] = replicas();
    const issuer = 'http://vestibule.test/oauth';
    const privateJwk = bank.directories[0].keys.get('ana');
    const assertion = await clientAssertion({ issuer, clientId: 'ana', privateJwk: privateJwk ?? {} });
    const exchange = async ({ url }: BankProcess): Promise<number> => {
      const type = 'urn:ietf:params:oauth:client-assertion-type:jwt-bearer';
      const body = new URLSearchParams({ grant_type: 'client_credentials', client_assertion_type: type, client_assertion: assertion });
      return (await fetch(`${url}/oauth/token`, { method: 'POST', body })).status;
    };
    const statuses = await Promise.all([first, second, first, second].map((each) => exchange(each)));
    expect(statuses.toSorted()).toEqual([200, 401, 401, 401]);
  });

  it('open what the other one sealed', async () => {
    const [first, second] = replicas();
    const partner = await registerPartner(first, bank.directories[0], 'creator', { initial: 3 });
    const { leadId } = (await open(partner, 2200)).body;
    await partner.post('/v1/customers', { leadId, person: person(2200), contact: { email: 'applicant@example.org' } });
    await until(async () => (await factsOf('MessageQueued', leadId)).length > 0, 10_000);
    for (const each of [first, second]) {
      await until(async () => {
        const said = await each.as('messages').request('/v1/messages', { method: 'GET' });
        return (await said.text()).includes('applicant@example.org');
      }, 5_000);
    }
  });

  it(
    'do what falls due once, also when the one that has the duty is killed in the middle of it',
    async () => {
      await registerPartner(replicas()[0], bank.directories[0], 'lapser', { initial: 50, followUpWithin: 'PT2S', ceiling: 1000 });
      await until(() => onDuty() !== undefined, 10_000);
      const holder = onDuty() as BankProcess;
      const which = holder === a ? 0 : 1;
      const survivor = replicas()[1 - which] as BankProcess;
      const opened = await Promise.all(Array.from({ length: 20 }, (_, i) => open(survivor.as('lapser'), 2300 + i)));
      const leads = opened.map(({ body }) => body.leadId);
      const lapsed = async (): Promise<string[]> =>
        (await bank.log()).filter(({ type }) => type === 'LeadLapsed').map(({ data }) => (data as { leadId: string }).leadId);
      await until(async () => (await lapsed()).length > 0, 10_000);
      await holder.kill('SIGKILL');
      await until(() => isOnDuty(survivor), (LEASE + 5) * 1_000);
      await until(async () => (await lapsed()).length >= leads.length, 10_000);
      const again = await bank.start(which);
      [a, b] = which === 0 ? [again, survivor] : [survivor, again];
      await later(500);
      expect((await lapsed()).toSorted()).toEqual(leads.toSorted());
      const terms = (await bank.log()).filter(({ type }) => type === 'DutyClaimed').map(({ data }) => (data as { term: number }).term);
      expect(terms).toEqual(terms.map((_, i) => i + 1));
    },
    PATIENCE,
  );

  it(
    'were down, once, when both were killed and come back at the same time',
    async () => {
      const outages = async (): Promise<number> =>
        (await bank.log()).filter(({ type, data }) => type === 'ServiceStarted' && 'outage' in data).length;
      expect(await outages()).toBe(0);
      await Promise.all(replicas().map((each) => each.kill('SIGKILL')));
      await later(2 * LEASE * 1_000 + 200);
      [a, b] = await Promise.all([bank.start(0), bank.start(1)]);
      expect(await outages()).toBe(1);
      await until(() => onDuty() !== undefined, 10_000);
      const { leadId } = (await open(replicas()[0].as('repeater'), 2400)).body;
      expect(await factsOf('LeadOpened', leadId)).toHaveLength(1);
    },
    PATIENCE,
  );

  it('lay the duty down at a clean stop, so that the other need not wait', async () => {
    const holder = onDuty() as BankProcess;
    const other = replicas().find((each) => each !== holder) as BankProcess;
    await holder.kill('SIGTERM');
    expect(await until(() => isOnDuty(other), 5_000)).toBeLessThan(LEASE * 1_000);
  });
});
