import { CommandBus } from '@nestjs/cqrs';
import type { RecordedEvent } from '../../src/event-sourcing/message.js';
import { RegisterClient } from '../../src/modules/access/client.commands.js';
import type { ClientIdentity } from '../../src/modules/access/client.js';
import { Chance } from '../simulation/chance.js';
import { inVirtualTime } from '../simulation/virtual-time.js';
import { World } from '../simulation/world.js';
import { AGENTS, PARTNERS, type PartnerName, SMALL_TERMS, STAFF } from './cast.js';
import type { Mode } from './script.js';
import { Service } from './service.js';
import { tokenOf } from './tokens.js';

const CAUSE = { correlationId: 'foundation', causationId: 'foundation', actor: 'foundation' };
const NO_TIME = { append: 0, event: 0, read: 0, page: 0 };

const identities: readonly ClientIdentity[] = [
  ...Object.entries(STAFF).map(([clientId, role]) => ({ clientId, role })),
  ...Object.entries(PARTNERS).map(([name, ownerId]) => ({ clientId: name, role: 'partner' as const, partnerId: name, ownerId })),
];

const made = new Map<Mode, Promise<readonly RecordedEvent[]>>();

/** Puts owners with their terms, partners with their agreements, and everybody's client into a new world's log. */
export async function lay(world: World, mode: Mode): Promise<void> {
  let events = made.get(mode);
  if (events === undefined) {
    events = foundation(mode);
    made.set(mode, events);
  }
  for (const { stream, revision, position: _, ...event } of await events) await world.log.append(stream, revision - 1, [event]);
}

/** Made once, by the service itself. */
async function foundation(mode: Mode): Promise<readonly RecordedEvent[]> {
  for (const { clientId } of identities) await tokenOf(clientId);
  const analyst = await tokenOf('analyst');
  const chance = new Chance(0, 'foundation');
  const world = new World(chance);
  return inVirtualTime(chance, world.directories, async () => {
    const service = await Service.start(world, NO_TIME);
    for (const identity of identities) await service.get(CommandBus).execute(new RegisterClient(identity, CAUSE));
    let posts = 0;
    const post = async (token: string, path: string, body: object): Promise<void> => {
      posts += 1;
      const headers = { 'idempotency-key': `foundation-${posts}` };
      const { status, body: text } = await service.request({ token, method: 'POST', path, body, headers });
      if (status >= 300) throw new Error(`the foundation needs ${path}: ${text}`);
    };
    for (const ownerId of new Set(Object.values(PARTNERS))) {
      await post(analyst, '/v1/owners', { ownerId, name: `The ${ownerId} company`, terms: { ...SMALL_TERMS, mode } });
    }
    for (const [partnerId, ownerId] of Object.entries(PARTNERS) as [PartnerName, string][]) {
      await post(analyst, '/v1/partners', { partnerId, ownerId, name: `The ${partnerId}` });
      for (const agent of AGENTS) await post(analyst, `/v1/partners/${partnerId}/agents`, { agent });
      await post(analyst, `/v1/partners/${partnerId}/agreements`, { version: '1', documentSha256: 'a'.repeat(64) });
      await post(await tokenOf(partnerId), '/v1/agreement/signature', { version: '1' });
    }
    await service.settled();
    await service.stop();
    return world.events();
  });
}
