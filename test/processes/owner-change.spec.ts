import type { RecordedEvent } from '../../src/event-sourcing/message.js';
import type { Answered } from '../../src/modules/leads/check-membership.handler.js';
import type { Opened } from '../../src/modules/leads/open-lead.handler.js';
import { CommandHandling } from '../../src/event-sourcing/handle-command.js';
import { CurrentOwner } from '../../src/modules/owners/current-owner.js';
import { owner } from '../../src/modules/owners/owner.js';
import { type Owner, ownerStream } from '../../src/modules/owners/owner.state.js';
import { type Terms, TERMS_WHEN_NOTHING_IS_KNOWN } from '../../src/modules/owners/terms.js';
import { person } from '../end-to-end/persons.js';
import { assertBound } from '../support/bound.js';
import { Crash, ServiceInMemory, World } from './service-in-memory.js';

const DAY = 86_400_000;

/** A bank with some owners, each with a partner or two, as its analysts and its partners see it. */
class Bank {
  readonly world = new World();
  service = new ServiceInMemory(this.world);

  async owner(id: string, partners: readonly string[], units: number, terms: Partial<Terms> = {}): Promise<void> {
    const data = { owner: id, name: id, terms: { ...TERMS_WHEN_NOTHING_IS_KNOWN, initial: 0, ...terms }, by: 'ana' };
    await this.service.send({ type: 'RegisterOwner', data });
    await this.change(id, 'GrantAllowance', { entry: 'e', units, reason: 'campaign', by: 'ana' });
    for (const partner of partners) {
      await this.service.send({ type: 'RegisterPartner', data: { owner: id, partner, name: partner } });
      await this.change(id, 'RegisterAgent', { partner, agent: 'a' });
      await this.change(id, 'OfferAgreement', { partner, version: '1', documentSha256: 'f'.repeat(64), by: 'ana' });
      await this.change(id, 'SignAgreement', { partner, version: '1', by: partner });
    }
  }

  change(id: string, type: string, data: object): Promise<unknown> {
    return this.service.send({ type: 'ChangeOwner', data: { owner: id, change: { type, data } } });
  }

  transfer(partner: string, to: string): Promise<unknown> {
    return this.service.send({ type: 'TransferPartner', data: { partner, to, reason: 'acquisition', by: 'ana' } });
  }

  merge(id: string, into: string): Promise<unknown> {
    return this.service.send({ type: 'MergeOwners', data: { owner: id, into, reason: 'merger', by: 'ana' } });
  }

  async open(by: { owner: string; partner: string }, n: number): Promise<Opened> {
    return this.service.send<Opened>({ type: 'OpenLead', data: { ...by, person: person(n), purpose: 'onboarding', agent: 'a' } });
  }

  async check(by: { owner: string; partner: string }, { admitted }: Opened, n: number): Promise<string> {
    const data = { ...by, leadId: admitted.leadId, person: person(n) };
    return (await this.service.send<Answered>({ type: 'CheckMembership', data })).answer;
  }

  /** Opened, answered `no`, created and confirmed with a customer number; to be settled some days later. */
  async convert(by: { owner: string; partner: string }, n: number, customerNumber: string): Promise<void> {
    const opened = await this.open(by, n);
    await this.check(by, opened, n);
    const { leadId } = opened.admitted;
    await this.service.send({ type: 'CreateCustomer', data: { ...by, leadId, person: person(n), contact: { email: 'a@example.org' } } });
    await this.later(60_000);
    const actedAt = new Date(this.world.clock.now()).toISOString();
    const data = { customerId: this.world.keyring.customerId(leadId), customerNumber, actedAt };
    await this.service.send({ type: 'ConfirmIdentity', data });
  }

  async later(milliseconds: number): Promise<void> {
    this.world.clock.advance(milliseconds);
    await this.service.settleUp();
  }

  async state(id: string): Promise<Owner> {
    const { state } = await new CommandHandling(this.world.store, this.world.clock).load(owner, ownerStream(id));
    if (state.status === 'unknown') throw new Error('no such owner');
    return state;
  }

  async balance(id: string): Promise<number> {
    return (await this.state(id)).allowance.balance;
  }

  currentOwner(partner: string, known: string): Promise<string> {
    return new CurrentOwner(new CommandHandling(this.world.store, this.world.clock)).of(partner, known);
  }

  async isBound(): Promise<readonly RecordedEvent[]> {
    const log = await this.world.log();
    await assertBound(log);
    return log;
  }
}

const shop = { owner: 'poor', partner: 'shop' };
const shopMoved = { owner: 'rich', partner: 'shop' };

async function poorAndRich(poor = 3, rich = 40): Promise<Bank> {
  const bank = new Bank();
  await bank.owner('poor', ['shop', 'sibling'], poor, { mode: 'instant', pace: 5, ceiling: 90 });
  await bank.owner('rich', ['desk'], rich, { perConversion: 3, ceiling: 80 });
  return bank;
}

describe('a partner that goes to another owner', () => {
  it('brings no unit: the smaller balance wins, the smaller pace, and of the terms the stricter (I2)', async () => {
    const bank = await poorAndRich();
    await bank.transfer('shop', 'rich');
    const { allowance, terms } = await bank.state('rich');
    expect(allowance.balance).toBe(3);
    expect(allowance.paceLeft).toBeLessThanOrEqual(35);
    expect(terms).toMatchObject({ pace: 5, ceiling: 80, perConversion: 3 });
    expect(await bank.balance('poor')).toBe(3);
    await bank.isBound();
  });

  it('finds as little where the new owner has less (I2)', async () => {
    const bank = await poorAndRich(40, 2);
    await bank.transfer('shop', 'rich');
    await bank.open(shopMoved, 0);
    await bank.open(shopMoved, 1);
    await expect(bank.open(shopMoved, 2)).rejects.toMatchObject({ code: 'ALLOWANCE_SPENT' });
    await bank.isBound();
  });

  it('brings what its agents have opened today', async () => {
    const bank = await poorAndRich(10, 10);
    await bank.open(shop, 0);
    const agentLimits = { leadsPerDay: 2 };
    await bank.change('rich', 'SetTerms', { terms: { ...(await bank.state('rich')).terms, agentLimits }, reason: 'other', by: 'ana' });
    await bank.transfer('shop', 'rich');
    await bank.open(shopMoved, 1);
    await expect(bank.open(shopMoved, 2)).rejects.toMatchObject({ code: 'AGENT_LIMIT_LEADS' });
  });

  it('opens no lead under the former owner from that moment on', async () => {
    const bank = await poorAndRich();
    await bank.transfer('shop', 'rich');
    await expect(bank.open(shop, 0)).rejects.toMatchObject({ code: 'OWNER_CHANGING' });
    expect(await bank.currentOwner('shop', 'poor')).toBe('rich');
    expect(await bank.currentOwner('sibling', 'poor')).toBe('poor');
  });

  it('goes on with the leads that it has, under the mode of its new owner, which is no looser than the former', async () => {
    const bank = await poorAndRich();
    const [one, other] = [await bank.open(shop, 0), await bank.open(shop, 1)];
    await bank.transfer('shop', 'rich');
    expect(await bank.check(shopMoved, one, 0)).toBe('no');
    await bank.change('rich', 'SetTerms', { terms: { ...(await bank.state('rich')).terms, mode: 'blind' }, reason: 'other', by: 'ana' });
    await expect(bank.check(shopMoved, other, 1)).rejects.toMatchObject({ code: 'CHECK_SWITCHED_OFF' });
    await bank.isBound();
  });

  it('gets its own open lead again, free, and its sibling of old has the other one (I1)', async () => {
    const bank = await poorAndRich();
    const own = await bank.open(shop, 0);
    await bank.open({ owner: 'poor', partner: 'sibling' }, 1);
    await bank.transfer('shop', 'rich');
    const again = await bank.open(shopMoved, 0);
    expect(again).toEqual({ ...own, isNew: false });
    await expect(bank.open(shopMoved, 1)).rejects.toMatchObject({ code: 'LEAD_HELD' });
    expect(await bank.balance('rich')).toBe(1);
    await bank.isBound();
  });

  it('hears the old answer about somebody that it has asked about, with no new look-up (I1)', async () => {
    const bank = await poorAndRich();
    const opened = await bank.open(shop, 0);
    expect(await bank.check(shop, opened, 0)).toBe('no');
    await bank.service.send({ type: 'WithdrawLead', data: { ...shop, leadId: opened.admitted.leadId, reason: 'lost-interest' } });
    await bank.transfer('shop', 'rich');
    bank.world.register(person(0), 'C0');
    const again = await bank.open(shopMoved, 0);
    expect(again.admitted).toMatchObject({ owner: 'rich', carried: 'no' });
    expect(await bank.check(shopMoved, again, 0)).toBe('no');
    await bank.isBound();
  });

  it('is asked afresh about whom only the former owner asked about later: that is another one (I7)', async () => {
    const bank = await poorAndRich();
    await bank.transfer('shop', 'rich');
    await bank.later(1_000);
    const sibling = { owner: 'poor', partner: 'sibling' };
    for (const n of [0, 1]) await bank.check(sibling, await bank.open(sibling, n), n);
    const { leadId } = (await bank.open(sibling, 1)).admitted;
    await bank.service.send({ type: 'WithdrawLead', data: { ...sibling, leadId, reason: 'lost-interest' } });
    await bank.later(1_000);
    for (const n of [0, 1]) {
      const opened = await bank.open(shopMoved, n);
      expect(opened).toMatchObject({ isNew: true, admitted: { owner: 'rich' } });
      expect(opened.admitted).not.toHaveProperty('carried');
    }
    await bank.isBound();
  });

  it('earns for nobody with what it opened before, and its customer numbers do not earn again (I8)', async () => {
    const bank = await poorAndRich(10, 10);
    await bank.convert(shop, 0, 'N0');
    await bank.later(5 * DAY);
    expect(await bank.balance('poor')).toBe(13);
    await bank.convert(shop, 1, 'N1');
    await bank.transfer('shop', 'rich');
    await bank.later(5 * DAY);
    expect(await bank.balance('poor')).toBe(12);
    expect(await bank.balance('rich')).toBe(10);
    await bank.convert(shopMoved, 2, 'N0');
    await bank.convert(shopMoved, 3, 'N1');
    await bank.later(5 * DAY);
    expect(await bank.balance('rich')).toBe(8);
    await bank.isBound();
  });

  it('takes its standing and its agreement along, and may come back', async () => {
    const bank = await poorAndRich();
    await bank.change('poor', 'SuspendPartner', { partner: 'shop', reason: 'complaints', by: 'ana' });
    await bank.transfer('shop', 'rich');
    await expect(bank.open(shopMoved, 0)).rejects.toMatchObject({ code: 'PARTNER_SUSPENDED' });
    await bank.change('rich', 'ReinstatePartner', { partner: 'shop', reason: 'cleared', by: 'ana' });
    await bank.open(shopMoved, 0);
    await bank.transfer('shop', 'poor');
    expect(await bank.currentOwner('shop', 'poor')).toBe('poor');
    expect(await bank.open(shop, 0)).toMatchObject({ isNew: false, admitted: { owner: 'rich' } });
    await bank.open(shop, 1);
    await bank.isBound();
  });

  it('is refused an owner that is none, or that was merged, and stays where it is when it is there', async () => {
    const bank = await poorAndRich();
    await expect(bank.transfer('shop', 'nobody')).rejects.toMatchObject({ code: 'OWNER_NOT_FOUND' });
    await expect(bank.transfer('nobody', 'rich')).rejects.toMatchObject({ code: 'PARTNER_NOT_FOUND' });
    await bank.transfer('shop', 'rich');
    const end = await bank.world.store.end();
    await bank.transfer('shop', 'rich');
    expect(await bank.world.store.end()).toBe(end);
  });
});

describe('two owners that become one', () => {
  it('have the smaller balance, and the one that is gone admits and is granted nothing any more (I2)', async () => {
    const bank = await poorAndRich();
    await bank.merge('poor', 'rich');
    expect([await bank.balance('poor'), await bank.balance('rich')]).toEqual([0, 3]);
    for (const partner of ['shop', 'sibling']) expect(await bank.currentOwner(partner, 'poor')).toBe('rich');
    await expect(bank.change('poor', 'GrantAllowance', { entry: 'f', units: 9, reason: 'other', by: 'ana' })).rejects.toMatchObject({
      code: 'OWNER_MERGED',
    });
    await bank.open(shopMoved, 0);
    await bank.open({ owner: 'rich', partner: 'sibling' }, 1);
    await bank.open({ owner: 'rich', partner: 'desk' }, 2);
    await expect(bank.open({ owner: 'rich', partner: 'desk' }, 3)).rejects.toMatchObject({ code: 'ALLOWANCE_SPENT' });
    await bank.isBound();
  });

  it('hear about nobody afresh of whom one of them was told (I1)', async () => {
    const bank = await poorAndRich();
    const opened = await bank.open(shop, 0);
    await bank.check(shop, opened, 0);
    await bank.merge('poor', 'rich');
    const desk = { owner: 'rich', partner: 'desk' };
    await expect(bank.open(desk, 0)).rejects.toMatchObject({ code: 'LEAD_HELD' });
    await bank.service.send({ type: 'WithdrawLead', data: { ...shopMoved, leadId: opened.admitted.leadId, reason: 'lost-interest' } });
    bank.world.register(person(0), 'C0');
    expect((await bank.open(desk, 0)).admitted.carried).toBe('no');
    await bank.isBound();
  });

  it('make no circle, and neither is merged twice', async () => {
    const bank = await poorAndRich();
    await bank.owner('third', ['third'], 5);
    await expect(bank.merge('rich', 'rich')).rejects.toMatchObject({ code: 'OWNER_MERGED' });
    await bank.merge('poor', 'rich');
    await expect(bank.merge('rich', 'poor')).rejects.toMatchObject({ code: 'OWNER_MERGED' });
    await expect(bank.merge('poor', 'third')).rejects.toMatchObject({ code: 'OWNER_MERGED' });
    await expect(bank.transfer('third', 'poor')).rejects.toMatchObject({ code: 'OWNER_MERGED' });
    await bank.merge('rich', 'third');
    expect(await bank.currentOwner('shop', 'poor')).toBe('third');
    await bank.isBound();
  });

  it('draw nothing from the probation pool again: what nominees drew is spent, merged or not', async () => {
    const bank = new Bank();
    for (const nominee of ['one', 'two', 'three']) await bank.owner(nominee, [nominee], 1, { initial: 50 });
    const pool = async (): Promise<readonly string[]> =>
      (await bank.world.log()).map(({ type }) => type).filter((type) => type.startsWith('ProbationUnits'));
    const before = await pool();
    await bank.merge('one', 'two');
    await bank.transfer('two', 'three');
    await bank.later(DAY);
    expect(await pool()).toEqual(before);
    expect(await bank.balance('three')).toBe(51);
    await bank.isBound();
  });
});

/** One step after the other, each tried again by a program that was started anew when the one before died in it. */
async function story(crashAt: number, after: boolean): Promise<{ bank: Bank; crashes: number; written: number }> {
  const bank = await poorAndRich(9, 40);
  await bank.owner('third', ['third'], 20);
  const opened = [await bank.open(shop, 0), await bank.open(shop, 1)] as const;
  await bank.check(shop, opened[0], 0);
  const running = new ServiceInMemory(bank.world, crashAt, after);
  bank.service = running;
  let crashes = 0;
  const step = async (act: () => Promise<unknown>): Promise<void> => {
    try {
      await act();
    } catch (error) {
      if (!(error instanceof Crash)) throw error;
      crashes += 1;
      bank.service = new ServiceInMemory(bank.world);
      await bank.later(5_000);
      await act();
    }
  };
  await step(() => bank.transfer('shop', 'rich'));
  await step(() => bank.open(shopMoved, 2));
  await step(() => bank.merge('rich', 'third'));
  await step(() => bank.later(5_000));
  for (const n of [0, 1, 2]) await bank.open({ owner: 'third', partner: 'shop' }, n);
  await bank.later(5_000);
  return { bank, crashes, written: running.written };
}

describe('whoever changes owners dies between any two writes', () => {
  it.each([true, false])(
    'and with the write that it died at in the log (%s), every partner has one owner, and nobody has a unit or an answer more',
    async (after) => {
      const whole = await story(Infinity, true);
      expect(whole.written).toBeGreaterThan(10);
      for (let at = 1; at <= whole.written; at++) {
        const { bank, crashes } = await story(at, after);
        expect(crashes).toBe(1);
        for (const [partner, known] of [
          ['shop', 'poor'],
          ['desk', 'rich'],
          ['third', 'third'],
        ] as const) {
          expect(await bank.currentOwner(partner, known)).toBe('third');
        }
        expect(await bank.currentOwner('sibling', 'poor')).toBe('poor');
        const log = await bank.isBound();
        expect(log.filter(({ type }) => type === 'LeadAdmitted')).toHaveLength(3);
        expect(await bank.balance('third')).toBeLessThanOrEqual(7);
        expect(await bank.balance('rich')).toBe(0);
      }
    },
    60_000,
  );
});
