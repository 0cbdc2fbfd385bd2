import type { RecordedEvent } from '../../src/event-sourcing/message.js';
import { streamSubject } from '../../src/modules/persons/person-subject.js';
import { ServiceInMemory, signedPartner, World } from '../processes/service-in-memory.js';

const note = 'Mr Novak has called';

describe('what an analyst adds to a reason about an owner or its partner', () => {
  let world: World;
  let service: ServiceInMemory;
  beforeEach(async () => {
    world = new World();
    service = new ServiceInMemory(world);
    await signedPartner(service);
  });
  const change = (type: string, data: object, owner = 'o'): Promise<unknown> =>
    service.send({ type: 'ChangeOwner', data: { owner, change: { type, data: { by: 'ana', ...data } } } });
  const last = async (): Promise<RecordedEvent | undefined> => (await world.log()).at(-1);

  it("is sealed under the key of the owner's stream, beside a code that names nobody (I11)", async () => {
    await change('SuspendPartner', { partner: 'p', reason: 'complaints', note });
    const { type, data } = (await last()) as RecordedEvent & { data: { sealed: string } };
    const { sealed } = data;
    expect(type).toBe('PartnerSuspended');
    expect(data).toEqual({ partner: 'p', reason: 'complaints', sealed, by: 'ana', at: expect.any(String) as unknown });
    expect(sealed).toContain(streamSubject('owner-o'));
    expect(world.sealed.get(sealed)).toEqual({ note });
    expect(JSON.stringify(await world.log())).not.toContain('Novak');
  });

  it('is nothing where there is only the code', async () => {
    await change('GrantAllowance', { entry: 'e', units: 1, reason: 'campaign' });
    expect((await last())?.data).not.toHaveProperty('sealed');
    expect(world.sealed.size).toBe(0);
  });

  it('stays with the terms that it was proposed for when a second person signs', async () => {
    const { terms } = (await world.log()).find(({ type }) => type === 'TermsSet')?.data as { terms: object };
    await change('SetTerms', { terms: { ...terms, perConversion: 9, mode: 'blind' }, reason: 'agreed', note });
    const { sealed } = (await last())?.data as { sealed: string };
    await change('ApproveTerms', { version: 2, by: 'bob' });
    expect(await last()).toMatchObject({ type: 'TermsSet', data: { reason: 'agreed', sealed, approvedBy: 'bob' } });
  });

  it('is not sealed, and makes no key, for an owner that is none', async () => {
    const suspended = change('SuspendPartner', { partner: 'p', reason: 'complaints', note }, 'nobody');
    await expect(suspended).rejects.toMatchObject({ name: 'DomainError' });
    expect(world.sealed.size).toBe(0);
  });
});
