import type { Recorded } from '../../src/event-sourcing/message.js';
import { claimNumber } from '../../src/modules/customers/claim.process.js';
import type { LeadConverted } from '../../src/modules/leads/lead.events.js';
import type { Opened } from '../../src/modules/leads/open-lead.handler.js';
import { person } from '../end-to-end/persons.js';
import { ServiceInMemory, signedPartner, World } from '../processes/service-in-memory.js';
import { convertedLead, revokedLead } from '../support/lead.examples.js';

const BY = { owner: 'o', partner: 'p' };

describe('a conversion that was revoked before it came to claim its number', () => {
  type Followed = Parameters<typeof claimNumber.evolve>[1];
  const recorded = (fact: object): Followed => fact as Followed;

  it('owes no claim any more', () => {
    const owing = claimNumber.evolve(undefined, recorded(convertedLead()));
    expect(owing).toBeDefined();
    expect(claimNumber.evolve(owing, recorded(revokedLead()))).toBeUndefined();
  });

  it('claims nothing, also when the command was under way already; the next lead that brings the number does', async () => {
    const world = new World();
    const service = new ServiceInMemory(world);
    await signedPartner(service);
    const convert = async (n: number): Promise<Recorded<LeadConverted>> => {
      const opening = { ...BY, person: person(n), purpose: 'onboarding', agent: 'a' };
      const { leadId } = (await service.send<Opened>({ type: 'OpenLead', data: opening })).admitted;
      await service.send({ type: 'CreateCustomer', data: { ...BY, leadId, person: person(n), contact: {} } });
      const actedAt = new Date(world.clock.now()).toISOString();
      await service.send({
        type: 'ConfirmIdentity',
        data: { customerId: world.keyring.customerId(leadId), customerNumber: 'N', actedAt },
      });
      return (await world.log()).at(-1) as Recorded<LeadConverted>;
    };
    const first = await convert(1);
    await service.send({ type: 'RevokeConversion', data: { customerId: first.data.customerId, reason: 'stolen-identity' } });
    await service.send({ type: 'ClaimCustomerNumber', data: first.data });
    await service.settleUp();
    expect((await world.log()).map(({ type }) => type)).not.toContain('CustomerNumberClaimed');

    const second = await convert(2);
    await service.settleUp();
    const claims = (await world.log()).filter(({ type }) => type === 'CustomerNumberClaimed');
    expect(claims.map(({ data }) => (data as { leadId: string }).leadId)).toEqual([second.data.leadId]);
  });
});
