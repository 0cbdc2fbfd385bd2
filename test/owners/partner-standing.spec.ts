import type { ExecutionContext } from '@nestjs/common';
import { Reflector } from '@nestjs/core';
import { CommandHandling } from '../../src/event-sourcing/handle-command.js';
import { Replay } from '../../src/http/replay.js';
import type { AuthenticatedClient } from '../../src/modules/access/roles.js';
import { owner, type OwnerCommand } from '../../src/modules/owners/owner.js';
import { ownerStream } from '../../src/modules/owners/owner.state.js';
import { PartnerStandingGuard } from '../../src/modules/owners/partner-standing.guard.js';
import { ScriptedStore } from '../event-sourcing/counter.js';
import { TERMS_WHEN_NOTHING_IS_KNOWN } from '../../src/modules/owners/terms.js';

const CLIENT: AuthenticatedClient = { clientId: 'c', role: 'partner', partnerId: 'p', ownerId: 'o' };
const AT = '2026-03-02T08:00:00.000Z';
const CAUSE = { correlationId: 'c', causationId: 'c', actor: 'a' };
const STREAM = ownerStream('o');

class Routes {
  @Replay(() => ({}), PartnerStandingGuard)
  commanded(): void {}

  @Replay(() => ({}))
  repeatedUnasked(): void {}

  read(): void {}
}

/** Two replicas: one that the partner asks, and one on which the bank decides. */
describe('the standing of a partner', () => {
  let store: ScriptedStore;
  let here: CommandHandling;
  let there: CommandHandling;
  let guard: PartnerStandingGuard;

  const tell = (command: object): Promise<unknown> => there.handle(owner, STREAM, CAUSE, () => command as OwnerCommand);
  const suspend = (): Promise<unknown> => tell({ type: 'SuspendPartner', data: { partner: 'p', reason: 'r', by: 'ana', at: AT } });
  const reinstate = (): Promise<unknown> => tell({ type: 'ReinstatePartner', data: { partner: 'p', reason: 'r', by: 'ana', at: AT } });
  const asks = async (route: keyof Routes): Promise<boolean> => {
    const handler = Routes.prototype[route];
    const http = { getRequest: () => ({ user: CLIENT }) };
    return guard.canActivate({ switchToHttp: () => http, getHandler: () => handler } as unknown as ExecutionContext);
  };
  const repeats = (): Promise<void> => guard.beforeReplay([], CLIENT);

  beforeEach(async () => {
    store = new ScriptedStore();
    [here, there] = [1, 2].map(() => new CommandHandling(store, { now: () => Date.parse(AT) })) as [CommandHandling, CommandHandling];
    guard = new PartnerStandingGuard(here, new Reflector());
    await tell({
      type: 'RegisterOwner',
      data: { owner: 'o', name: 'O', terms: TERMS_WHEN_NOTHING_IS_KNOWN, by: 'ana', policyVersion: 0, at: AT },
    });
    await tell({ type: 'RegisterPartner', data: { partner: 'p', name: 'P', at: AT } });
    await tell({ type: 'OfferAgreement', data: { partner: 'p', version: '1', documentSha256: 'f'.repeat(64), by: 'ana', at: AT } });
    await tell({ type: 'SignAgreement', data: { partner: 'p', version: '1', by: 'p', at: AT } });
    store.calls.length = 0;
  });

  it('is read to its end where nothing is known of the owner yet', async () => {
    expect(await asks('commanded')).toBe(true);
    expect(store.calls).toEqual(['read']);
  });

  it('needs no read before a command that decides it, where it was good the last time', async () => {
    await asks('commanded');
    store.calls.length = 0;
    expect(await asks('commanded')).toBe(true);
    expect(store.calls).toEqual([]);
  });

  it('is read before anything else that it was not said of that its command decides it', async () => {
    await asks('commanded');
    await suspend();
    await expect(asks('read')).rejects.toMatchObject({ code: 'PARTNER_SUSPENDED' });
    await reinstate();
    expect(await asks('read')).toBe(true);
    await suspend();
    await expect(asks('repeatedUnasked')).rejects.toMatchObject({ code: 'PARTNER_SUSPENDED' });
  });

  it('is read before an answer is repeated, however lately it was good', async () => {
    await asks('commanded');
    await expect(repeats()).resolves.toBeUndefined();
    await suspend();
    expect(await asks('commanded')).toBe(true);
    await expect(repeats()).rejects.toMatchObject({ code: 'PARTNER_SUSPENDED' });
  });

  it('is read before it turns anybody away, and a partner that was reinstated elsewhere is let in', async () => {
    await suspend();
    await expect(asks('commanded')).rejects.toMatchObject({ code: 'PARTNER_SUSPENDED' });
    await reinstate();
    expect(await asks('commanded')).toBe(true);
  });
});
