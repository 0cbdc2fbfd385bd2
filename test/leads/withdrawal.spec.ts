import type { Recorded } from '../../src/event-sourcing/message.js';
import type { LeadWithdrawn } from '../../src/modules/leads/lead.events.js';
import type { Opened } from '../../src/modules/leads/open-lead.handler.js';
import { streamSubject } from '../../src/modules/persons/person-subject.js';
import { person } from '../end-to-end/persons.js';
import { ServiceInMemory, signedPartner, World } from '../processes/service-in-memory.js';

const BY = { owner: 'o', partner: 'p' };

describe('what a partner adds in its own words when it withdraws a lead', () => {
  let world: World;
  let service: ServiceInMemory;
  beforeEach(async () => {
    world = new World();
    service = new ServiceInMemory(world);
    await signedPartner(service);
  });
  const open = async (n: number): Promise<Opened['admitted']> => {
    const data = { ...BY, person: person(n), purpose: 'onboarding', agent: 'a' };
    return (await service.send<Opened>({ type: 'OpenLead', data })).admitted;
  };
  const withdrawals = async (): Promise<readonly Recorded<LeadWithdrawn>[]> =>
    (await world.log()).filter(({ type }) => type === 'LeadWithdrawn') as Recorded<LeadWithdrawn>[];

  it('is sealed under the key of one owner and person, beside a reason that names nobody (I11)', async () => {
    const { leadId, leadStream } = await open(1);
    const note = 'Mrs Novak has moved abroad';
    await service.send({ type: 'WithdrawLead', data: { ...BY, leadId, reason: 'other', note } });
    const [withdrawn] = await withdrawals();
    expect(withdrawn?.data).toMatchObject({ reason: 'other', sealed: expect.stringContaining(streamSubject(leadStream)) });
    expect(world.sealed.get(withdrawn?.data.sealed ?? '')).toEqual({ note });
    expect(JSON.stringify(await world.log())).not.toContain('Novak');
  });

  it('is nothing where there is only the reason', async () => {
    await service.send({ type: 'WithdrawLead', data: { ...BY, leadId: (await open(1)).leadId, reason: 'unreachable' } });
    expect((await withdrawals())[0]?.data).not.toHaveProperty('sealed');
    expect(world.sealed.size).toBe(0);
  });

  it("is not sealed, and makes no key, for a lead that is another's or none", async () => {
    const { leadId } = await open(1);
    for (const data of [
      { ...BY, partner: 'q', leadId },
      { ...BY, leadId: world.keyring.leadId(`lead-${'0'.repeat(24)}`, 1) },
    ]) {
      const send = service.send({ type: 'WithdrawLead', data: { ...data, reason: 'other', note: 'x' } });
      await expect(send).rejects.toMatchObject({ name: 'DomainError' });
    }
    expect(world.sealed.size).toBe(0);
  });
});
