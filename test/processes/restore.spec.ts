import { CommandHandling } from '../../src/event-sourcing/handle-command.js';
import { gate, GATE_STREAM, type GateCommand } from '../../src/modules/gate/gate.js';
import { TERMS_WHEN_NOTHING_IS_KNOWN } from '../../src/modules/owners/terms.js';
import { assertBound } from '../support/bound.js';
import { ServiceInMemory, signedPartner, World } from './service-in-memory.js';

const PERSON = { country: 'CZ', scheme: 'rc', value: '865408/5506' };

describe('after the log was restored from a backup, handlers and processes together', () => {
  const at = '2026-03-02T08:00:00.000Z';
  let world: World;
  let service: ServiceInMemory;

  beforeEach(async () => {
    world = new World();
    service = new ServiceInMemory(world);
    await signedPartner(service);
    await service.settleUp();
    const commands = new CommandHandling(world.store, world.clock);
    const data = { restore: 'r', backup: 'b', backupTakenAt: at, through: 7, at };
    await commands.handle(gate, GATE_STREAM, { correlationId: 'c', causationId: 'c', actor: 'test' }, (): GateCommand => ({
      type: 'RestoreLog',
      data,
    }));
  });
  afterEach(async () => assertBound(await world.log()));

  const grant = (): Promise<unknown> => {
    const change = { type: 'GrantAllowance', data: { units: 3, reason: 'log-restored', by: 'ana' } };
    return service.send({ type: 'ChangeOwner', data: { owner: 'o', change } });
  };
  const open = (): Promise<unknown> =>
    service.send({ type: 'OpenLead', data: { owner: 'o', partner: 'p', agent: 'a', purpose: 'onboarding', person: PERSON } });
  const ledger = async (): Promise<readonly unknown[]> =>
    (await world.log())
      .filter(({ type }) => ['AllowanceForfeited', 'AllowanceGranted', 'LeadAdmitted'].includes(type))
      .map(({ type, data }) => [type, (data as { units?: number }).units]);

  it('no lead is admitted before the process has come to the owner', async () => {
    await expect(open()).rejects.toMatchObject({ code: 'ALLOWANCE_SPENT' });
    await service.settleUp();
    await expect(open()).rejects.toMatchObject({ code: 'ALLOWANCE_SPENT' });
    expect(await ledger()).toEqual([['AllowanceForfeited', 50]]);
  });

  it('what a human grants before that is not forfeited with the rest', async () => {
    await grant();
    await service.settleUp();
    await open();
    expect(await ledger()).toEqual([
      ['AllowanceForfeited', 50],
      ['AllowanceGranted', 3],
      ['LeadAdmitted', undefined],
    ]);
  });

  it('an owner that is registered afterwards starts as any other', async () => {
    const owner = { owner: 'late', name: 'Late', terms: TERMS_WHEN_NOTHING_IS_KNOWN, by: 'ana' };
    await service.send({ type: 'RegisterOwner', data: owner });
    await service.settleUp();
    const events = await world.store.readStream('owner-late');
    expect(events.map(({ type }) => type)).toEqual(['OwnerRegistered', 'TermsSet', 'InitialGranted']);
    expect(events[0]?.data).toMatchObject({ restores: 1 });
  });
});
