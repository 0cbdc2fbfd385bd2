import { readFileSync } from 'node:fs';
import { resolve } from 'node:path';
import { readLogSettings } from '../config.js';
import { letIn } from '../event-sourcing/eventstoredb.access.js';
import { DatabaseCredentials } from '../event-sourcing/eventstoredb.settings.js';
import { Failed, required, runCommand, WrongUse } from './command-line.js';

/** @throws Failed */
function readSecret(path: string): string {
  try {
    const secret = readFileSync(path, 'utf8').trim();
    if (secret !== '') return secret;
  } catch {
    // Said below, without a stack.
  }
  throw new Failed(`${path} holds no password`);
}

await runCommand({
  name: 'prepare-eventstoredb',
  usage: `usage: npm run prepare-eventstoredb -- --admin-password-file FILE
Lets the service, and nobody but it, into a secure EventStoreDB: makes the user that EVENTSTOREDB_USERNAME and EVENTSTOREDB_PASSWORD
name, or gives it that password, lets it read the whole log, and takes from everybody else but the administrators what they may by
default: to read and write every stream. Waits up to two minutes for the cluster. Sent twice it changes nothing.

  --admin-password-file FILE   with the password of the server's user admin and nothing else`,
  operands: [],
  options: { 'admin-password-file': { type: 'string' } },
  run: async (values) => {
    const path = resolve(required('--admin-password-file', values['admin-password-file']));
    const settings = readLogSettings();
    if (settings?.credentials === undefined) {
      throw new WrongUse('EVENTSTOREDB_URL, EVENTSTOREDB_USERNAME and EVENTSTOREDB_PASSWORD have to be set');
    }
    if (!settings.secure) throw new WrongUse('EVENTSTOREDB_URL says tls=false, and such a server lets everybody in');
    const admin = new DatabaseCredentials('admin', readSecret(path));
    await letIn(settings, settings.credentials, admin, { patienceMs: 120_000, tell: (line) => console.log(line) });
    return 0;
  },
});
