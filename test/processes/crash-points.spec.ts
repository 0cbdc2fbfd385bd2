import type { RecordedEvent } from '../../src/event-sourcing/message.js';
import type { Opened } from '../../src/modules/leads/open-lead.handler.js';
import { messageIdOf } from '../../src/modules/messages/message.js';
import { TERMS_WHEN_NOTHING_IS_KNOWN } from '../../src/modules/owners/terms.js';
import { person } from '../end-to-end/persons.js';
import { assertBound } from '../support/bound.js';
import { Crash, ServiceInMemory, signedPartner, World } from './service-in-memory.js';

const DAY = 86_400_000;
const BY = { owner: 'o', partner: 'p' };

/** Tries a step again with a new run of the program, as whoever sent it would, when the one before died in the middle. */
class Story {
  private running: ServiceInMemory;
  crashes = 0;

  constructor(
    readonly world: World,
    crashAt: number,
    after: boolean,
  ) {
    this.running = new ServiceInMemory(world, crashAt, after);
  }

  get written(): number {
    return this.running.written;
  }

  async step<Result>(act: (service: ServiceInMemory) => Promise<Result>): Promise<Result> {
    try {
      return await act(this.running);
    } catch (error) {
      if (!died(error)) throw error;
      this.crashes += 1;
      this.running = new ServiceInMemory(this.world);
      return act(this.running);
    }
  }

  /** Time goes by; whatever is owed by then is done, also by a program that was started only now. */
  async later(milliseconds: number): Promise<void> {
    this.world.clock.advance(milliseconds);
    await this.step((service) => service.settleUp());
  }
}

function died(error: unknown): boolean {
  return error instanceof Crash;
}

/** One of everything: converted and revoked, converted twice with one number, existing, lapsed, withdrawn, turned down, not proved. */
async function story(crashAt = Infinity, after = true): Promise<Story> {
  const world = new World();
  world.register(person(2), 'C2');
  const told = new Story(world, crashAt, after);
  const at = (): string => new Date(world.clock.now()).toISOString();
  const send = (type: string, data: object): Promise<unknown> => told.step((service) => service.send({ type, data }));
  const change = (type: string, data: object): Promise<unknown> => send('ChangeOwner', { owner: 'o', change: { type, data } });
  const open = async (n: number): Promise<string> => {
    const data = { ...BY, person: person(n), purpose: 'onboarding', agent: 'a' };
    return (await told.step((service) => service.send<Opened>({ type: 'OpenLead', data }))).admitted.leadId;
  };
  const create = (leadId: string, n: number): Promise<unknown> =>
    send('CreateCustomer', { ...BY, leadId, person: person(n), contact: { email: 'a@example.org' } }).catch(alreadyThere('LEAD_CREATED'));
  const confirm = (leadId: string, customerNumber: string): Promise<unknown> =>
    send('ConfirmIdentity', { customerId: world.keyring.customerId(leadId), customerNumber, actedAt: at() });

  await send('RegisterOwner', { owner: 'o', name: 'O', terms: TERMS_WHEN_NOTHING_IS_KNOWN, by: 'ana' }).catch(
    alreadyThere('ALREADY_EXISTS'),
  );
  await told.later(0);
  await send('RegisterPartner', { owner: 'o', partner: 'p', name: 'P' }).catch(alreadyThere('ALREADY_EXISTS'));
  await change('RegisterAgent', { partner: 'p', agent: 'a' });
  await change('OfferAgreement', { partner: 'p', version: '1', documentSha256: 'f'.repeat(64), by: 'ana' });
  await change('SignAgreement', { partner: 'p', version: '1', by: 'p' });

  const leads = [await open(0), await open(1), await open(2), await open(3), await open(4), await open(5), await open(6)] as const;
  for (const n of [0, 1, 2, 3]) await send('CheckMembership', { ...BY, leadId: leads[n], person: person(n) });
  for (const n of [0, 1, 5, 6] as const) await create(leads[n], n);
  await send('WithdrawLead', { ...BY, leadId: leads[4], reason: 'lost-interest', note: 'N. N.' });
  await told.later(60_000);
  await confirm(leads[0], 'N0');
  await confirm(leads[1], 'N0');
  await send('TurnDownCustomer', { customerId: world.keyring.customerId(leads[5]), actedAt: at() });
  await send('AcknowledgeDisclosure', { leadId: leads[2] });
  await send('AnswerMessage', { messageId: messageIdOf('prove-your-identity', leads[1]), word: 'never-spoke' });
  await send('AnswerMessage', { messageId: messageIdOf('you-were-asked-for', leads[2]), word: 'in-touch' });
  await told.later(5 * DAY);
  await send('RevokeConversion', { customerId: world.keyring.customerId(leads[0]), reason: 'stolen-identity', note: 'N. N.' });
  await send('AdoptPolicy', { changes: { pace: 40 }, reason: 'precaution', by: 'ana' });
  await told.later(0);
  await told.later(40 * DAY);
  await told.later(DAY);
  return told;
}

function alreadyThere(code: string): (error: unknown) => void {
  return (error) => {
    if ((error as { code?: string }).code !== code) throw error;
  };
}

/** What happened, without when: as many of each kind for each lead. */
function facts(log: readonly RecordedEvent[]): string[] {
  return log
    .filter((event) => !isOfPolicy(event))
    .map(({ type, data }) => {
      const { leadId = '', as = '', credited = '', units = '', kind = '' } = data as Record<string, string>;
      return [type, leadId, as, credited, units, kind].join(' ');
    })
    .map((line) => line.trim());
}

/** A policy that is adopted again, because the answer did not come, is a policy again; a client tells by its idempotency key. */
function isOfPolicy({ type, data }: RecordedEvent): boolean {
  return type === 'PolicyAdopted' || (type === 'TermsSet' && (data as { reason: string }).reason === 'policy');
}

describe('a crash at every point between two writes (R9, I9)', () => {
  let whole: readonly string[];
  let writes: number;

  beforeAll(async () => {
    const told = await story();
    whole = facts(await told.world.log()).map((fact) => anonymous(fact));
    writes = told.written;
    expect(writes).toBeGreaterThan(50);
  });

  /** Lead ids follow from keys that each world makes anew. */
  function anonymous(fact: string): string {
    return fact.replace(/[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}/g, '#');
  }

  it('without one, everything comes to its end and the bound holds', async () => {
    const { world } = await story();
    const log = await world.log();
    const bound = await assertBound(log);
    bound.assertEnded(world.clock.now(), DAY);
    expect(new Set(log.map(({ type }) => type))).toEqual(
      new Set([
        'OwnerListed',
        'OwnerRegistered',
        'TermsSet',
        'ProbationUnitsDrawn',
        'InitialGranted',
        'PartnerIdTaken',
        'PartnerRegistered',
        'AgentRegistered',
        'AgreementOffered',
        'AgreementSigned',
        'LeadAdmitted',
        'LeadOpened',
        'MembershipAnswered',
        'LeadEndedExisting',
        'CustomerSubmitted',
        'LeadWithdrawn',
        'LeadResolved',
        'LeadLapsed',
        'LeadConverted',
        'LeadDeclined',
        'CustomerNumberClaimed',
        'CustomerLinked',
        'LeadSettled',
        'ExistingAcknowledged',
        'LeadDenied',
        'MessageAnswered',
        'MessageAnswerHeeded',
        'AcknowledgementCredited',
        'ConversionRevoked',
        'CreditRevoked',
        'MessageQueued',
        'PolicyAdopted',
      ]),
    );
  });

  it.each([true, false])(
    'with the write that it died at in the log (%s): the same things have happened, each once',
    async (after) => {
      for (let at = 1; at <= writes; at++) {
        const told = await story(at, after);
        const log = await told.world.log();
        try {
          expect(told.crashes).toBe(1);
          expect(facts(log).map(anonymous).sort()).toEqual([...whole].sort());
          (await assertBound(log)).assertEnded(told.world.clock.now(), DAY);
        } catch (error) {
          throw new Error(`crash ${after ? 'after' : 'before'} write ${at} of ${writes}`, { cause: error });
        }
      }
    },
    120_000,
  );

  it('an admission whose client never comes back is opened, lapses, and leaves the ledger', async () => {
    const world = new World();
    await signedPartner(new ServiceInMemory(world));
    const dying = new ServiceInMemory(world, 1, true);
    await expect(dying.send({ type: 'OpenLead', data: { ...BY, person: person(0), purpose: 'onboarding', agent: 'a' } })).rejects.toThrow(
      Crash,
    );
    const kinds = async (): Promise<string[]> => (await world.log()).slice(-4).map(({ type }) => type);
    expect((await kinds()).at(-1)).toBe('LeadAdmitted');
    await new Story(world, Infinity, true).later(5_000);
    expect((await kinds()).at(-1)).toBe('LeadOpened');
    await new Story(world, Infinity, true).later(15 * DAY);
    expect(await kinds()).toEqual(['LeadAdmitted', 'LeadOpened', 'LeadLapsed', 'LeadResolved']);
  });
});
