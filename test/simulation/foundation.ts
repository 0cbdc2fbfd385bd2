import type { NewEvent, RecordedEvent } from '../../src/event-sourcing/message.js';
import { type DisclosureMode, TERMS_WHEN_NOTHING_IS_KNOWN, type Terms } from '../../src/modules/owners/terms.js';
import { normaliseContact } from '../../src/modules/persons/contact.js';
import { corroborationsOf, withContact, withSecret } from '../../src/modules/persons/corroborations.js';
import { person } from '../end-to-end/persons.js';
import { Chance } from './chance.js';
import { AGENTS, ANALYST, contactOf, Crowd, PARTNERS, SECRET } from './clients.js';
import { Replica } from './replica.js';
import { inVirtualTime } from './virtual-time.js';
import { World } from './world.js';

/** So little that a handful of leads reaches every limit, so short that every deadline passes within the simulation. */
const SMALL: Partial<Terms> = {
  initial: 4,
  perConversion: 2.5,
  ceiling: 9,
  openLeads: 5,
  pace: 3,
  followUpWithin: 'P2D',
  confirmWithin: 'P3D',
  coolDown: 'P2D',
  settleAfter: 'P1D',
  answerReadableFor: 'P1D',
};
/** To begin with. */
const MODE_OF: Readonly<Record<string, DisclosureMode>> = { bolt: 'proof' };
/** Persons whom the bank knows. */
const CUSTOMERS = [0, 1];

let made: Promise<readonly RecordedEvent[]> | undefined;

/** Owners, partners, agents, agreements and customers, made once by the service itself, in fine weather. */
async function foundation(): Promise<readonly RecordedEvent[]> {
  const chance = new Chance(0, 'foundation');
  const world = new World(chance);
  return inVirtualTime(chance, world.directories, async () => {
    const replica = new Replica(world, 'f');
    await replica.start();
    const crowd = new Crowd(world, [replica], 'foundation');
    const ask = async (...args: Parameters<Crowd['ask']>): Promise<void> => {
      if ((await crowd.ask(...args)) === undefined)
        throw new Error(`the foundation needs ${args[0]}: ${world.recorder.replies.at(-1)?.text ?? 'nobody answers'}`);
    };
    for (const ownerId of new Set(PARTNERS.map((partner) => partner.ownerId))) {
      const mode = MODE_OF[ownerId] ?? TERMS_WHEN_NOTHING_IS_KNOWN.mode;
      await ask('registerOwner', ANALYST, { ownerId, name: ownerId, terms: { ...SMALL, mode } });
    }
    const documentSha256 = 'f'.repeat(64);
    for (const { ownerId, partnerId } of PARTNERS) {
      await ask('registerPartner', ANALYST, { partnerId, ownerId, name: partnerId });
      for (const agent of AGENTS) await ask('registerAgent', ANALYST, { agent }, partnerId);
      await ask('offer', ANALYST, { version: '1', documentSha256 }, partnerId);
      await ask('sign', { clientId: partnerId, role: 'partner', partnerId, ownerId }, { version: '1' });
    }
    await replica.stop();
    await world.log.append('register-first', -1, [registered(world)]);
    return world.events();
  });
}

function registered({ keyring, chance }: World): NewEvent {
  const customers = CUSTOMERS.map((n) => {
    const personKeys = keyring.personKeys(person(n));
    const [personKey = ''] = personKeys;
    const contactKeys = normaliseContact(contactOf(n)).map((contact) => keyring.contactKey(contact));
    const ways = [[], withSecret(SECRET), ...contactKeys.map(withContact)];
    return {
      customerKey: keyring.customerKey(`N${n}`),
      persons: [{ personKey, corroborations: ways.flatMap((besides) => corroborationsOf(keyring, personKeys, person(n), besides)) }],
    };
  });
  const data = { importId: 'first', fromLine: 1, toLine: 2, customers, removed: [], rejected: [], accepted: 2, contentHash: '' };
  const cause = { correlationId: 'first', causationId: 'first', actor: 'bank' };
  return { id: chance.uuid(), type: 'CustomersRegistered', schemaVersion: 1, recordedAt: '2026-03-02T08:00:10.000Z', cause, data };
}

/** Puts the foundation into a new world's log. */
export async function lay(world: World): Promise<void> {
  made ??= foundation();
  for (const { stream, revision, position: _, ...event } of await made) await world.log.append(stream, revision - 1, [event]);
}
