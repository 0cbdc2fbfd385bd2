import { runningBank, type RunningBank } from './running-bank.js';
import { person } from './persons.js';
import { assertBound } from '../support/bound.js';
import type { ApiClient } from '../../src/cli/oauth-client.js';

interface Opened {
  readonly leadId: string;
  readonly carriedAnswer: 'yes' | 'no' | null;
}
interface OwnerDetails {
  readonly mergedInto: string | null;
  readonly allowance: { readonly balance: number };
  readonly partners: readonly { readonly partnerId: string }[];
}

const WHY = { reason: 'acquisition', note: 'told by their lawyers' };

describe('one owner, many faces, over REST', () => {
  let bank: RunningBank;

  beforeAll(async () => {
    bank = await runningBank();
  });
  afterAll(async () => {
    const log = await bank.log();
    await bank.stop();
    await assertBound(log);
  });

  const open = async (partner: ApiClient, n: number): Promise<Opened> => {
    const { country, scheme, value } = person(n);
    return (await partner.post<Opened>('/v1/leads', { person: { country, scheme, value }, purpose: 'onboarding', agent: 'agent-1' })).body;
  };
  const check = (partner: ApiClient, { leadId }: Opened, n: number): Promise<{ readonly body: { readonly answer: string } }> =>
    partner.post('/v1/membership-checks', { leadId, person: person(n) });
  const ownerOf = async (ownerId: string): Promise<OwnerDetails> => {
    await bank.settled();
    return (await bank.analyst.get<OwnerDetails>(`/v1/owners/${ownerId}`)).body;
  };
  const family = (ownerId: string, names: readonly string[], terms: object): Promise<readonly ApiClient[]> =>
    names.reduce<Promise<ApiClient[]>>(async (before, partnerId, i) => {
      const known = await before;
      return [...known, await bank.partner({ ownerId, partnerId, terms, newOwner: i === 0 })];
    }, Promise.resolve([]));

  it('all partners of an owner at once open no more leads than one of them could (R5, I2)', async () => {
    const shells = await family('many', ['shell-1', 'shell-2', 'shell-3', 'shell-4'], { initial: 6 });
    const tries = Array.from({ length: 40 }, (_, n) => open(shells[n % shells.length] as ApiClient, 1_000 + n));
    const opened = (await Promise.allSettled(tries)).filter(({ status }) => status === 'fulfilled');
    expect(opened).toHaveLength(6);
    // One more face brings nothing.
    const further = await bank.partner({ ownerId: 'many', partnerId: 'shell-5', newOwner: false });
    await expect(open(further, 1_100)).rejects.toMatchObject({ status: 403, code: 'ALLOWANCE_SPENT' });
  });

  it('a pace and a number of open leads are shared by all partners, too (I2)', async () => {
    const [one, other] = (await family('paced', ['paced-1', 'paced-2'], { initial: 20, pace: 0.3 })) as [ApiClient, ApiClient];
    await open(one, 1_200);
    await open(other, 1_201);
    await expect(open(one, 1_202)).rejects.toMatchObject({ status: 429, code: 'PACE_EXCEEDED' });
    await expect(open(other, 1_203)).rejects.toMatchObject({ status: 429, code: 'PACE_EXCEEDED' });
    const [small, sibling] = (await family('narrow', ['narrow-1', 'narrow-2'], { initial: 20, openLeads: 1 })) as [ApiClient, ApiClient];
    await open(small, 1_204);
    await expect(open(sibling, 1_205)).rejects.toMatchObject({ status: 429, code: 'OPEN_LEADS_EXCEEDED' });
  });

  it('a partner that goes to another owner keeps its client and its leads, and finds the smaller balance there (I2)', async () => {
    const [moving] = (await family('seller', ['moving', 'staying'], { initial: 3 })) as [ApiClient];
    const [resident] = (await family('buyer', ['resident'], { initial: 8 })) as [ApiClient];
    const before = await open(moving, 1_300);
    await bank.analyst.post('/v1/partners/moving/owner', { ownerId: 'buyer', ...WHY });
    expect((await ownerOf('buyer')).allowance.balance).toBe(2);
    expect((await ownerOf('buyer')).partners.map(({ partnerId }) => partnerId)).toEqual(['moving', 'resident']);
    expect((await ownerOf('seller')).partners.map(({ partnerId }) => partnerId)).toEqual(['staying']);
    expect((await check(moving, before, 1_300)).body.answer).toBe('no');
    expect((await open(moving, 1_300)).leadId).toBe(before.leadId);
    await open(moving, 1_301);
    await open(resident, 1_302);
    await expect(open(moving, 1_303)).rejects.toMatchObject({ code: 'ALLOWANCE_SPENT' });
    await expect(open(resident, 1_300)).rejects.toMatchObject({ code: 'LEAD_HELD' });
    await bank.analyst.post('/v1/partners/moving/suspension', { reason: 'complaints' });
    await expect(open(moving, 1_300)).rejects.toMatchObject({ status: 403, code: 'PARTNER_SUSPENDED' });
    await expect(check(moving, before, 1_300)).rejects.toMatchObject({ status: 403, code: 'PARTNER_SUSPENDED' });
  });

  it('a partner that has moved signs the agreement of its new owner, with the client that it had', async () => {
    const [signer] = (await family('old-home', ['signer'], { initial: 1 })) as [ApiClient];
    await family('new-home', ['new-neighbour'], { initial: 1 });
    await bank.analyst.post('/v1/partners/signer/owner', { ownerId: 'new-home', ...WHY });
    await bank.analyst.post('/v1/partners/signer/agreements', { version: '2', documentSha256: 'b'.repeat(64) });
    await expect(open(signer, 1_350)).rejects.toMatchObject({ code: 'AGREEMENT_UNSIGNED' });
    await signer.post('/v1/agreement/signature', { version: '2' });
    await open(signer, 1_350);
  });

  it('two owners that become one are told nothing afresh, and have one balance between them (I1, I2)', async () => {
    const [left] = (await family('left', ['left-shop'], { initial: 4 })) as [ApiClient];
    const [right] = (await family('right', ['right-shop'], { initial: 8 })) as [ApiClient];
    const lead = await open(left, 1_400);
    expect((await check(left, lead, 1_400)).body.answer).toBe('no');
    await bank.analyst.post('/v1/owners/left/merger', { into: 'right', ...WHY });
    expect(await ownerOf('left')).toMatchObject({ mergedInto: 'right', partners: [], allowance: { balance: 0 } });
    expect((await ownerOf('right')).allowance.balance).toBe(3);
    await left.post(`/v1/leads/${lead.leadId}/withdrawal`, { reason: 'lost-interest' });
    await bank.settled();
    expect((await open(right, 1_400)).carriedAnswer).toBe('no');
    await open(left, 1_401);
    await open(right, 1_402);
    await expect(open(left, 1_403)).rejects.toMatchObject({ code: 'ALLOWANCE_SPENT' });
    await expect(bank.analyst.post('/v1/owners/right/merger', { into: 'left', ...WHY })).rejects.toMatchObject({ status: 409 });
    await expect(bank.analyst.post('/v1/owners/left/grants', { units: 5, reason: 'goodwill' })).rejects.toMatchObject({
      code: 'OWNER_MERGED',
    });
  });

  it('only an analyst says who belongs to whom (R31)', async () => {
    const [nosy] = (await family('nosy', ['nosy-shop'], { initial: 1 })) as [ApiClient];
    await expect(nosy.post('/v1/partners/nosy-shop/owner', { ownerId: 'buyer', ...WHY })).rejects.toMatchObject({ status: 403 });
    await expect(nosy.post('/v1/owners/nosy/merger', { into: 'buyer', ...WHY })).rejects.toMatchObject({ status: 403 });
  });
});
