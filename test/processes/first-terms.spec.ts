import { TERMS_WHEN_NOTHING_IS_KNOWN } from '../../src/modules/owners/terms.js';
import { assertBound } from '../support/bound.js';
import { ServiceInMemory, World } from './service-in-memory.js';

describe('an owner whose first terms wait for a second person', () => {
  const terms = { ...TERMS_WHEN_NOTHING_IS_KNOWN, mode: 'proof', perConversion: 9 };
  let world: World;
  let service: ServiceInMemory;
  const change = (type: string, data: object): Promise<unknown> =>
    service.send({ type: 'ChangeOwner', data: { owner: 'o', change: { type, data } } });
  const written = async (): Promise<readonly string[]> =>
    (await world.log()).filter(({ stream }) => stream !== 'owners').map(({ type }) => type);

  beforeEach(async () => {
    world = new World();
    service = new ServiceInMemory(world);
    await service.send({ type: 'RegisterOwner', data: { owner: 'o', name: 'O', terms, by: 'ana' } });
    await service.settleUp();
  });
  afterEach(async () => assertBound(await world.log()));

  it('is registered, and takes nothing out of the pool that others start from', async () => {
    expect(await written()).toEqual(['OwnerRegistered', 'TermsProposed']);
  });

  it('is given its initial units once they hold', async () => {
    await change('ApproveTerms', { version: 1, by: 'ben' });
    await service.settleUp();
    expect(await written()).toEqual(['OwnerRegistered', 'TermsProposed', 'TermsSet', 'ProbationUnitsDrawn', 'InitialGranted']);
    expect((await world.store.readStream('probation'))[0]?.data).toMatchObject({ owner: 'o', units: 50 });
  });
});
