import type { LeadAdmitted } from '../../src/modules/owners/owner.events.js';
import type { Opened } from '../../src/modules/leads/open-lead.handler.js';
import { person } from '../end-to-end/persons.js';
import { Crash, ServiceInMemory, signedPartner, World } from '../processes/service-in-memory.js';
import { assertBound } from '../support/bound.js';

const BY = { owner: 'o', partner: 'p' };

describe('a person whose lead was admitted under an older epoch of the person keys', () => {
  let world: World;
  const open = async (service: ServiceInMemory): Promise<LeadAdmitted['data']> => {
    const data = { ...BY, person: person(1), purpose: 'onboarding', agent: 'a' };
    return (await service.send<Opened>({ type: 'OpenLead', data })).admitted;
  };
  const written = async (type: string): Promise<readonly object[]> =>
    (await world.log()).filter((event) => event.type === type).map(({ data }) => data);

  beforeEach(async () => {
    world = new World();
    await signedPartner(new ServiceInMemory(world));
  });
  afterEach(async () => assertBound(await world.log()));

  it('has that lead and no second one, although the service died before it opened and the keys were rotated before it started', async () => {
    await expect(open(new ServiceInMemory(world, 1, true))).rejects.toThrow(Crash);
    expect((await world.log()).at(-1)?.type).toBe('LeadAdmitted');
    world.rotate();
    const after = new ServiceInMemory(world);
    const { leadId } = await open(after);
    await after.send({ type: 'CheckMembership', data: { ...BY, leadId, person: person(1) } });
    world.clock.advance(60_000);
    await after.settleUp();
    expect(await written('LeadAdmitted')).toHaveLength(1);
    expect(await written('LeadOpened')).toEqual(await written('LeadAdmitted'));
    expect(await written('MembershipAnswered')).toHaveLength(1);
  });

  it('is found in whichever epoch it was, and the lead that the process opened meanwhile is theirs', async () => {
    await expect(open(new ServiceInMemory(world, 1, true))).rejects.toThrow(Crash);
    world.rotate();
    world.rotate();
    const after = new ServiceInMemory(world);
    world.clock.advance(60_000);
    await after.settleUp();
    const again = await open(after);
    expect([again]).toEqual(await written('LeadOpened'));
    expect(await written('LeadAdmitted')).toHaveLength(1);
  });

  it('has a lead that names them in each epoch of its day, and in none that was not', async () => {
    const first = await open(new ServiceInMemory(world));
    expect(first).not.toHaveProperty('otherKeys');
    world.rotate();
    const data = { ...BY, person: person(2), purpose: 'onboarding', agent: 'a' };
    const { admitted } = await new ServiceInMemory(world).send<Opened>({ type: 'OpenLead', data });
    expect([admitted.personKey, ...(admitted.otherKeys ?? [])]).toEqual(world.keyring.personKeys(person(2)));
    expect(admitted.otherKeys).toHaveLength(1);
  });

  it('goes on in the same stream with the next lead', async () => {
    const first = await open(new ServiceInMemory(world));
    world.rotate();
    const after = new ServiceInMemory(world);
    await after.send({ type: 'WithdrawLead', data: { ...BY, leadId: first.leadId, reason: 'other' } });
    const second = await open(after);
    expect(second).toMatchObject({ number: 2, leadStream: first.leadStream, personKey: first.personKey });
  });
});
