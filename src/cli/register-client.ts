import { randomUUID } from 'node:crypto';
import { existsSync } from 'node:fs';
import { join, resolve } from 'node:path';
import type { JWK } from 'jose';
import { SystemClock } from '../event-sourcing/clock.js';
import { readLogSettings } from '../config.js';
import { EmbeddedEventStore } from '../event-sourcing/embedded.event-store.js';
import { EventStoreDbEventStore } from '../event-sourcing/eventstoredb.event-store.js';
import { CommandHandling } from '../event-sourcing/handle-command.js';
import { Upcasters } from '../event-sourcing/upcasters.js';
import type { ClientEvent } from '../modules/access/client.events.js';
import { client, CLIENT_ID, type ClientCommand, type ClientKey, clientStream } from '../modules/access/client.js';
import { type Role, ROLES } from '../modules/access/role.js';
import { clientKey } from '../modules/access/signing-key.js';
import { UPCASTERS } from '../stored-events.reasons.js';
import { Failed, oneOf, readJson, required, runCommand, WrongUse } from './command-line.js';

const BANK_ROLES: readonly Role[] = ROLES.filter((role) => role !== 'partner');

/**
 * Somebody has to be the first whom the service knows; only who holds its data directory can say who.
 * @returns what was new
 */
async function registerClient(dataDir: string, clientId: string, role: Role, keys: readonly ClientKey[]): Promise<readonly ClientEvent[]> {
  const settings = readLogSettings();
  const store = settings ? await EventStoreDbEventStore.open(settings) : await EmbeddedEventStore.open(dataDir);
  try {
    const clock = new SystemClock({ maxJump: Number.MAX_SAFE_INTEGER, maxGap: Number.MAX_SAFE_INTEGER });
    const commands = new CommandHandling(store, clock, undefined, { upcasters: new Upcasters(UPCASTERS) });
    const cause = { correlationId: randomUUID(), causationId: 'command line', actor: 'operator:command-line' };
    const tell = async (command: (at: string) => ClientCommand): Promise<readonly ClientEvent[]> =>
      (await commands.handle(client, clientStream(clientId), cause, (_state, { now }) => command(new Date(now).toISOString()))).events;
    const registered = await tell((at) => ({ type: 'RegisterClient', data: { clientId, role, at } }));
    return [...registered, ...(await tell((at) => ({ type: 'RegisterClientKeys', data: { keys, at } })))];
  } finally {
    await store.close();
  }
}

/** @throws Failed */
async function publicKeys(path: string): Promise<readonly ClientKey[]> {
  const { keys } = (readJson(path) ?? {}) as { keys?: unknown };
  if (!Array.isArray(keys) || keys.length === 0) throw new Failed(`${path} is no JWK Set: {"keys": [...]} with a key in it`);
  return Promise.all(keys.map((jwk) => publicKey(path, jwk as JWK)));
}

async function publicKey(path: string, jwk: JWK): Promise<ClientKey> {
  if (typeof jwk?.d === 'string')
    throw new Failed(`${path} holds a private key: register the public half, and only of a key that nobody else has seen`);
  return clientKey(jwk).catch(() => {
    throw new Failed(`${path} holds a key that is not a public ES256, EdDSA or PS256 (2048 bits) signing key`);
  });
}

function report(clientId: string, role: Role, keys: readonly ClientKey[], events: readonly ClientEvent[]): string {
  const isNew = events.some(({ type }) => type === 'ClientRegistered');
  const added = new Set(events.flatMap((event) => (event.type === 'ClientKeyRegistered' ? [event.data.kid] : [])));
  return [
    `${clientId} ${isNew ? 'is registered' : 'was registered already'} with the role ${role}`,
    ...keys.map(({ kid }) => `key ${kid}: ${added.has(kid) ? 'added' : 'was registered already'}`),
  ].join('\n');
}

function bankRole(text: string): Role {
  if (text === 'partner') throw new WrongUse("a partner's client is let in over REST, by an analyst: POST /v1/clients");
  return oneOf('--role', text, BANK_ROLES);
}

await runCommand({
  name: 'client',
  usage: `usage: npm run client -- --data DATA_DIR --id CLIENT_ID --role ROLE --jwks FILE
Registers a client of the bank, or a further key of one, while the service is stopped; where the log is in EventStoreDB
(EVENTSTOREDB_URL), also while it runs. Partners' clients are let in over REST, by an analyst.

  --data DATA_DIR   with the keys that npm run keys has made
  --id CLIENT_ID    lower-case letters, digits and hyphens
  --role ROLE       ${BANK_ROLES.join(', ')}
  --jwks FILE       a JWK Set with the client's public keys, as npm run client-key makes it`,
  operands: [],
  options: { data: { type: 'string' }, id: { type: 'string' }, role: { type: 'string' }, jwks: { type: 'string' } },
  run: async ({ data, id, role: named, jwks }) => {
    const [dataDir, clientId] = [resolve(required('--data', data)), required('--id', id)];
    const role = bankRole(required('--role', named));
    if (!CLIENT_ID.test(clientId)) throw new WrongUse('--id takes 1 to 64 lower-case letters, digits and hyphens within');
    const keys = await publicKeys(resolve(required('--jwks', jwks)));
    if (!existsSync(join(dataDir, 'keys'))) throw new Failed(`${dataDir} is no data directory with keys: npm run keys makes one`);
    console.log(report(clientId, role, keys, await registerClient(dataDir, clientId, role, keys)));
    return 0;
  },
});
