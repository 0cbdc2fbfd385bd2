import { randomUUID } from 'node:crypto';
import { existsSync, readFileSync } from 'node:fs';
import { join, resolve } from 'node:path';
import { parseArgs } from 'node:util';
import type { JWK } from 'jose';
import { SystemClock } from '../event-sourcing/clock.js';
import { EmbeddedEventStore } from '../event-sourcing/embedded.event-store.js';
import { CommandHandling } from '../event-sourcing/handle-command.js';
import { client, clientStream, type ClientCommand } from '../modules/access/client.js';
import { ROLES, type Role } from '../modules/access/role.js';
import { clientKey } from '../modules/access/signing-key.js';

const USAGE = `usage: npm run client -- --data DATA_DIR --id CLIENT_ID --role ROLE --jwks FILE
Registers a client of the bank, or a further key of one, while the service is stopped. Partners' clients are let in over REST, by an analyst.
FILE: a JWK Set with the client's public keys. ROLE: ${ROLES.filter((role) => role !== 'partner').join(', ')}.`;

/** Somebody has to be the first whom the service knows; only who holds its data directory can say who. */
async function registerClient(dataDir: string, clientId: string, role: Role, keys: readonly JWK[]): Promise<void> {
  const store = await EmbeddedEventStore.open(dataDir);
  try {
    const clock = new SystemClock({ maxJump: Number.MAX_SAFE_INTEGER, maxGap: Number.MAX_SAFE_INTEGER });
    const commands = new CommandHandling(store, clock);
    const cause = { correlationId: randomUUID(), causationId: 'command line', actor: 'operator:command-line' };
    const tell = (command: (at: string) => ClientCommand): Promise<unknown> =>
      commands.handle(client, clientStream(clientId), cause, (_state, { now }) => command(new Date(now).toISOString()));
    await tell((at) => ({ type: 'RegisterClient', data: { clientId, role, at } }));
    const registered = await Promise.all(keys.map((jwk) => clientKey(jwk)));
    await tell((at) => ({ type: 'RegisterClientKeys', data: { keys: registered, at } }));
    console.log(`${clientId} is registered with the role ${role}`);
  } finally {
    await store.close();
  }
}

const { values } = parseArgs({
  options: { data: { type: 'string' }, id: { type: 'string' }, role: { type: 'string' }, jwks: { type: 'string' } },
});
const role = ROLES.find((each) => each === values.role && each !== 'partner');
if (values.data === undefined || values.id === undefined || values.jwks === undefined || role === undefined) {
  console.error(USAGE);
  process.exit(2);
}
if (!existsSync(join(resolve(values.data), 'keys'))) {
  console.error('this is no data directory with keys: npm run keys makes one');
  process.exit(1);
}
const { keys } = JSON.parse(readFileSync(values.jwks, 'utf8')) as { keys: JWK[] };
await registerClient(resolve(values.data), values.id, role, keys);
