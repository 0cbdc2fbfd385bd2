import type { Answered } from '../../src/modules/leads/check-membership.handler.js';
import type { Opened } from '../../src/modules/leads/open-lead.handler.js';
import { person } from '../end-to-end/persons.js';
import { ServiceInMemory, signedPartner, World } from '../processes/service-in-memory.js';

const BY = { owner: 'o', partner: 'p' };
const ONCE = { correlationId: 'c', causationId: 'c', actor: 'a', payloadHash: 'payload' };

/** A repeated command need not be decided again: what it wrote before may be all that it comes to. */
describe('a command that is repeated with its idempotency key when answers may not leave any more', () => {
  let world: World;
  let service: ServiceInMemory;
  const open = (n: number, idempotencyKeyHash: string): Promise<Opened> => {
    const data = { ...BY, person: person(n), purpose: 'onboarding', agent: 'a' };
    return service.send<Opened>({ type: 'OpenLead', data, cause: { ...ONCE, idempotencyKeyHash } });
  };
  const check = (leadId: string, idempotencyKeyHash: string): Promise<Answered> =>
    service.send<Answered>({
      type: 'CheckMembership',
      data: { ...BY, leadId, person: person(1) },
      cause: { ...ONCE, idempotencyKeyHash },
    });
  const halt = (): Promise<unknown> => {
    const at = new Date(world.clock.now()).toISOString();
    const data = { reason: 'leaked-list', by: 'ana', at };
    return world.store.append('gate', -1, [{ id: 'halt', type: 'GateHalted', schemaVersion: 1, recordedAt: at, cause: ONCE, data }]);
  };

  beforeEach(async () => {
    world = new World();
    service = new ServiceInMemory(world);
    world.register(person(1), 'C1');
    await signedPartner(service);
  });

  it('is not answered with the answer that it had while the gate is halted', async () => {
    const { leadId } = (await open(1, 'open')).admitted;
    expect(await check(leadId, 'check')).toEqual({ leadId, answer: 'yes', isNew: true });
    expect(await check(leadId, 'check')).toEqual({ leadId, answer: 'yes', isNew: false });
    await halt();
    service = new ServiceInMemory(world);
    await expect(check(leadId, 'check')).rejects.toMatchObject({ code: 'GATE_HALTED' });
  });

  it('is not answered any more once its answer can no longer be read', async () => {
    const { leadId } = (await open(1, 'open')).admitted;
    await check(leadId, 'check');
    await service.settleUp();
    world.clock.advance(29 * 86_400_000);
    expect(await check(leadId, 'check')).toEqual({ leadId, answer: 'yes', isNew: false });
    world.clock.advance(2 * 86_400_000);
    await expect(check(leadId, 'check')).rejects.toMatchObject({ code: 'ANSWER_EXPIRED' });
  });

  it('is not answered with the answer that its lead carries, and is where it carries none', async () => {
    const { leadId } = (await open(1, 'first')).admitted;
    await check(leadId, 'check');
    await service.settleUp();
    expect((await open(1, 'carrying')).admitted.carried).toBe('yes');
    const other = await open(2, 'other');
    await halt();
    service = new ServiceInMemory(world);
    await expect(open(1, 'carrying')).rejects.toMatchObject({ code: 'GATE_HALTED' });
    expect((await open(2, 'other')).admitted).toEqual(other.admitted);
  });
});
