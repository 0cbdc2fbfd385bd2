import type { ReadStreamOptions } from '../../src/event-sourcing/event-store.js';
import type { RecordedEvent } from '../../src/event-sourcing/message.js';
import type { Answered } from '../../src/modules/leads/check-membership.handler.js';
import type { Opened } from '../../src/modules/leads/open-lead.handler.js';
import { ownerStream } from '../../src/modules/owners/owner.state.js';
import { person } from '../end-to-end/persons.js';
import { ServiceInMemory, signedPartner, World } from '../processes/service-in-memory.js';

const BY = { owner: 'o', partner: 'p' };
const ONCE = { correlationId: 'c', causationId: 'c', actor: 'a', payloadHash: 'payload' };
const CONTACT = { email: 'a@example.com' };

/** Of which streams something was read, each as often as it was. */
function readsOf({ store }: World): string[] {
  const reads: string[] = [];
  const readStream = store.readStream.bind(store);
  store.readStream = (stream: string, options?: ReadStreamOptions): Promise<readonly RecordedEvent[]> => {
    reads.push(stream.replace(/^lead-.*/, 'lead'));
    return readStream(stream, options);
  };
  return reads;
}

/** Two replicas on one log, neither of which is told what the other writes. */
describe('on a log that others write to', () => {
  let world: World;
  let here: ServiceInMemory;
  let there: ServiceInMemory;
  let reads: string[];

  const opens = (by: ServiceInMemory, n: number, cause: object = ONCE): Promise<Opened> =>
    by.send<Opened>({ type: 'OpenLead', data: { ...BY, person: person(n), purpose: 'onboarding', agent: 'a' }, cause });
  const checks = (by: ServiceInMemory, leadId: string, n: number, cause: object = ONCE): Promise<Answered> =>
    by.send<Answered>({ type: 'CheckMembership', data: { ...BY, leadId, person: person(n) }, cause });
  const creates = (by: ServiceInMemory, leadId: string, n: number, cause: object = ONCE): Promise<unknown> =>
    by.send({ type: 'CreateCustomer', data: { ...BY, leadId, person: person(n), contact: CONTACT }, cause });
  const changes = (type: string, data: object): Promise<unknown> => {
    return there.send({ type: 'ChangeOwner', data: { owner: 'o', change: { type, data } } });
  };
  const suspends = (): Promise<unknown> => changes('SuspendPartner', { partner: 'p', reason: 'r', by: 'ana' });
  const halts = (): Promise<unknown> => {
    const at = new Date(world.clock.now()).toISOString();
    const data = { reason: 'a leak', by: 'ana', at };
    return world.store.append('gate', -1, [{ id: 'halt', type: 'GateHalted', schemaVersion: 1, recordedAt: at, cause: ONCE, data }]);
  };

  beforeEach(async () => {
    world = new World();
    [here, there] = [new ServiceInMemory(world), new ServiceInMemory(world)];
    await signedPartner(here);
    reads = readsOf(world);
  });

  describe('a check', () => {
    it('reads the gate and the owner to their ends, and of the lead nothing that is known here', async () => {
      const { leadId } = (await opens(here, 1)).admitted;
      reads.length = 0;
      await checks(here, leadId, 1);
      expect(reads).toEqual(['gate', ownerStream('o')]);
    });

    it('reads the lead once where another replica opened it', async () => {
      const { leadId } = (await opens(there, 1)).admitted;
      reads.length = 0;
      await checks(here, leadId, 1);
      expect(reads.filter((stream) => stream === 'lead')).toEqual(['lead']);
    });

    it('is answered once, where two replicas hold the lead as it was before the first answer', async () => {
      const { leadId } = (await opens(here, 1)).admitted;
      await opens(there, 1);
      expect(await checks(here, leadId, 1)).toMatchObject({ answer: 'no', isNew: true });
      world.register(person(1), 'C1');
      expect(await checks(there, leadId, 1)).toMatchObject({ answer: 'no', isNew: false });
    });

    it('is refused where the gate was halted or the partner suspended on another replica', async () => {
      const [first, second] = [(await opens(here, 1)).admitted.leadId, (await opens(here, 2)).admitted.leadId];
      await halts();
      await expect(checks(here, first, 1)).rejects.toMatchObject({ code: 'GATE_HALTED' });
      await suspends();
      await expect(checks(here, second, 2)).rejects.toMatchObject({ code: 'PARTNER_SUSPENDED' });
    });

    it('completes an opening that is owed, though what is known of the lead does not show it', async () => {
      const [personKey = ''] = world.keyring.personKeys(person(1));
      const leadId = world.keyring.leadId(world.keyring.leadStream('o', personKey), 1);
      await expect(checks(here, leadId, 1)).rejects.toMatchObject({ code: 'LEAD_NOT_FOUND' });
      await expect(opens(new ServiceInMemory(world, 1), 1)).rejects.toThrow('after write 1');
      expect(await checks(here, leadId, 1)).toMatchObject({ isNew: true });
    });
  });

  it('a message about a lead names the partner, whose owner is read only where the partner is not known yet', async () => {
    const to = { kind: 'applicant', personKey: 'person', sealed: 'nothing' };
    const idOf = (number: number): string => world.keyring.leadId(`lead-${'0'.repeat(24)}`, number);
    const data = { kind: 'prove-your-identity', leadId: idOf(1), owner: 'o', to, at: new Date(world.clock.now()).toISOString() };
    await here.send({ type: 'SendMessage', data: { ...data, partner: 'p' } });
    expect(reads).not.toContain(ownerStream('o'));
    expect(JSON.stringify([...world.sealed.values()])).toContain(' P told us');
    await there.send({ type: 'RegisterPartner', data: { owner: 'o', partner: 'q', name: 'Q' } });
    await here.send({ type: 'SendMessage', data: { ...data, leadId: idOf(2), partner: 'q' } });
    expect(JSON.stringify([...world.sealed.values()])).toContain(' Q told us');
  });

  describe('a command that is repeated with its key, while its partner is suspended, and whose events are found in its stream', () => {
    const keyed = (idempotencyKeyHash: string): object => ({ ...ONCE, idempotencyKeyHash });
    let leadId: string;

    beforeEach(async () => {
      ({ leadId } = (await opens(here, 1, keyed('open'))).admitted);
      await checks(here, leadId, 1, keyed('check'));
      await creates(here, leadId, 1, keyed('create'));
    });

    it.each<[string, (by: ServiceInMemory) => Promise<unknown>]>([
      ['open', (by) => opens(by, 1, keyed('open'))],
      ['check', (by) => checks(by, leadId, 1, keyed('check'))],
      ['create', (by) => creates(by, leadId, 1, keyed('create'))],
    ])('%s is not answered, by whatever replica', async (_, repeat) => {
      await repeat(here);
      await suspends();
      await expect(repeat(here)).rejects.toMatchObject({ code: 'PARTNER_SUSPENDED' });
      await expect(repeat(there)).rejects.toMatchObject({ code: 'PARTNER_SUSPENDED' });
    });

    it('check is not answered while the gate is halted, though the lead is known as it was before the answer', async () => {
      const { leadId: other } = (await opens(here, 2)).admitted;
      await opens(there, 2);
      await checks(here, other, 2, keyed('other'));
      await halts();
      await expect(checks(there, other, 2, keyed('other'))).rejects.toMatchObject({ code: 'GATE_HALTED' });
    });
  });
});
