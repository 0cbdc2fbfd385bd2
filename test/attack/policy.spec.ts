import { StoreUnavailable } from '../../src/event-sourcing/event-store.js';
import { ApplyPolicyHandler } from '../../src/modules/owners/owner.handlers.js';
import type { PolicyAdopted } from '../../src/modules/owners/policy.events.js';
import { runningBank, type RunningBank } from '../end-to-end/running-bank.js';

describe('a change', () => {
  let bank: RunningBank;
  beforeAll(async () => {
    bank = await runningBank();
  });
  afterAll(() => bank.stop());

  const termsOf = async (ownerId: string): Promise<unknown> => {
    const events = await bank.store.readStream(`owner-${ownerId}`);
    return events
      .filter(({ type }) => type === 'TermsSet')
      .map(({ data }) => (data as { terms: { ceiling: number; mode: string } }).terms)
      .at(-1);
  };

  it('of policy reaches every other owner, and goes on reaching them, although one cannot have it', async () => {
    await bank.partner({ ownerId: 'aaa' });
    await bank.partner({ ownerId: 'exempt', terms: { mode: 'blind' } });
    await bank.analyst.post('/v1/owners/exempt/terms', { terms: { perConversion: 9 }, reason: 'conversion-changed' });
    const second = await bank.client('second-analyst', 'analyst');
    const proposed = (await bank.store.readStream('owner-exempt')).find(({ type }) => type === 'TermsProposed');
    await second.post(`/v1/owners/exempt/terms/${(proposed?.data as { version: number }).version}/approval`, {});
    await bank.partner({ ownerId: 'zzz' });
    // More than 8 a conversion and `instant` do not go together: one owner cannot have this.
    await bank.analyst.post('/v1/policy', { changes: { mode: 'instant' }, reason: 'back-to-normal' }).catch(() => undefined);
    await bank.analyst.post('/v1/policy', { changes: { ceiling: 5 }, reason: 'precaution' }).catch(() => undefined);
    await new Promise((resolve) => setTimeout(resolve, 1_500));
    expect(await termsOf('aaa')).toMatchObject({ ceiling: 5 });
    expect(await termsOf('zzz')).toMatchObject({ ceiling: 5 });
    expect(await termsOf('exempt')).toMatchObject({ mode: 'blind', ceiling: 5 });
  });

  it('that no owner could take is refused before it is written, and keeps nobody from registering', async () => {
    for (const changes of [{ ceiling: 0.5 }, { followUpWithin: 'PTT' }, { pace: 0 }]) {
      await expect(bank.analyst.post('/v1/policy', { changes, reason: 'other' })).rejects.toMatchObject({ code: 'TERMS_INVALID' });
    }
    await bank.partner({ ownerId: 'after-the-slip' });
    expect(await termsOf('after-the-slip')).toMatchObject({ ceiling: 5 });
  });

  it('of policy is not confirmed to whoever repeats it before every owner has it', async () => {
    const handler = bank.app.get(ApplyPolicyHandler);
    const apply = handler.execute.bind(handler);
    const broken = jest.spyOn(handler, 'execute').mockImplementation(async (command) => {
      if (command.data.owner === 'zzz') throw new StoreUnavailable('not now');
      return apply(command);
    });
    const adopt = () => bank.analyst.post('/v1/policy', { changes: { ceiling: 6 }, reason: 'other' }, 'the-same');
    await expect(adopt()).rejects.toMatchObject({ status: 503 });
    await expect(adopt()).rejects.toMatchObject({ status: 503 });
    expect(await termsOf('zzz')).toMatchObject({ ceiling: 5 });
    broken.mockRestore();
    await adopt();
    expect(await termsOf('zzz')).toMatchObject({ ceiling: 6 });
    const adoptions = (await bank.store.readStream('policy')).filter(({ data }) => (data as PolicyAdopted['data']).changes.ceiling === 6);
    expect(adoptions).toHaveLength(1);
  });

  it('of policy loosens nobody: an owner that asked to be blind is and stays so, until a human looks at it', async () => {
    await bank.analyst.post('/v1/policy', { changes: { mode: 'instant' }, reason: 'back-to-normal' });
    await bank.partner({ ownerId: 'shy', terms: { mode: 'blind' } });
    expect(await termsOf('shy')).toMatchObject({ mode: 'blind' });
    await bank.analyst.post('/v1/policy', { changes: { mode: 'instant', pace: 45 }, reason: 'back-to-normal' });
    expect(await termsOf('shy')).toMatchObject({ mode: 'blind', pace: 45 });
    await bank.analyst.post('/v1/owners/shy/terms', { terms: { mode: 'instant' }, reason: 'other' });
    expect(await termsOf('shy')).toMatchObject({ mode: 'instant' });
    await bank.analyst.post('/v1/policy', { changes: { mode: 'blind' }, reason: 'leaked-list' });
    expect(await termsOf('shy')).toMatchObject({ mode: 'blind' });
  });

  it('of terms is not undone by another that was under way', async () => {
    await bank.partner({ ownerId: 'torn' });
    const change = (terms: object): Promise<unknown> => bank.analyst.post('/v1/owners/torn/terms', { terms, reason: 'other' });
    await Promise.all([
      change({ pace: 7 }),
      change({ openLeads: 9 }),
      change({ coolDown: 'PT9S' }),
      change({ mode: 'blind' }),
      change({ ceiling: 4 }),
    ]);
    expect(await termsOf('torn')).toMatchObject({ pace: 7, openLeads: 9, coolDown: 'PT9S', mode: 'blind', ceiling: 4 });
  });
});
