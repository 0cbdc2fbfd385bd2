import { existsSync } from 'node:fs';
import { join, resolve } from 'node:path';
import { KEY_FILES, readLogSettings } from '../config.js';
import { DataDirectoryLock } from '../event-sourcing/data-directory-lock.js';
import { EventStoreDbEventStore } from '../event-sourcing/eventstoredb.event-store.js';
import type { EventStoreDbSettings } from '../event-sourcing/eventstoredb.settings.js';
import { makeIssuerKey } from '../modules/access/issuer-key.js';
import { FileKeyVault } from '../modules/persons/file.key-vault.js';
import { agreeOnKeys, retireWrappingKeys } from '../modules/persons/key-agreement.js';
import { loadKeyring, makeKeyring, readKeyring } from '../modules/persons/keyring-file.js';
import { LogKeyVault } from '../modules/persons/log.key-vault.js';
import { addVaultKey, dropOldVaultKeys, makeVaultKey, readVaultKeys } from '../modules/persons/vault-key-file.js';
import { WrappingKeys } from '../modules/persons/wrapping-keys.js';
import { runCommand, WrongUse } from './command-line.js';

const VAULT_KEY = 'keys/vault-key';

/** What only an operator may make: the secrets behind the pseudonyms, the issuer's signing key, the vault's master key. */
async function makeKeys(dataDir: string): Promise<void> {
  makeKeyring(join(dataDir, KEY_FILES.keyring));
  await makeIssuerKey(dataDir);
  // On a shared log the data keys are in the log.
  if (readLogSettings() !== undefined) return makeVaultKey(dataDir);
  // The vault makes its master key together with itself, because one without the other opens nothing.
  await (await FileKeyVault.open(dataDir)).close();
}

/** In the vault of a service that is stopped. What the old keys wrapped is gone from it, so they go as well. */
async function rewrapFile(dataDir: string): Promise<string> {
  const lock = DataDirectoryLock.acquire(dataDir);
  try {
    const vault = await FileKeyVault.open(dataDir);
    try {
      await vault.rewrap();
    } finally {
      await vault.close();
    }
    dropOldVaultKeys(dataDir);
  } finally {
    lock.release();
  }
  return `every data key is wrapped under the newest key, which is the only one left in ${join(dataDir, VAULT_KEY)}`;
}

/** In the shared log, while replicas may be running on it. */
async function rewrapLog(dataDir: string, settings: EventStoreDbSettings): Promise<string> {
  const store = await EventStoreDbEventStore.open(settings);
  try {
    const wrappingKeys = new WrappingKeys(() => readVaultKeys(dataDir));
    const clock = { now: () => Date.now() };
    const file = join(dataDir, KEY_FILES.keyring);
    const keyring = loadKeyring(file);
    await agreeOnKeys(store, clock, keyring, readKeyring(file), wrappingKeys);
    await new LogKeyVault(store, clock, keyring, wrappingKeys).rewrap();
    await retireWrappingKeys(store, clock, wrappingKeys);
  } finally {
    await store.close();
  }
  return `every data key is wrapped under the newest key, the first in ${join(dataDir, VAULT_KEY)}: the lines after it can be taken out, on all replicas`;
}

async function rewrap(dataDir: string): Promise<string> {
  const settings = readLogSettings();
  return settings === undefined ? rewrapFile(dataDir) : rewrapLog(dataDir, settings);
}

await runCommand({
  name: 'keys',
  usage: `usage: npm run keys -- DATA_DIR [--new-vault-key | --rewrap]
Makes the key files that a production start needs, where they are missing. Back them up apart from the log. Every
replica on one EventStoreDB has the same ones: make them once, and copy the folder.

  --new-vault-key   adds a key to DATA_DIR/keys/vault-key, which wraps data keys from the next start on
  --rewrap          wraps every data key under the newest key, so that the older ones can go; in a DATA_DIR with a vault
                    while the service is stopped, on EventStoreDB (EVENTSTOREDB_URL) at any time`,
  operands: ['DATA_DIR'],
  options: { 'new-vault-key': { type: 'boolean' }, rewrap: { type: 'boolean' } },
  run: async ({ 'new-vault-key': newVaultKey = false, rewrap: rewrapped = false }, [directory]) => {
    const dataDir = resolve(directory as string);
    if (newVaultKey && rewrapped) throw new WrongUse('--rewrap comes after every replica was started with the new key');
    if (newVaultKey) {
      addVaultKey(dataDir);
      console.log(`${join(dataDir, VAULT_KEY)}: has a new key, which wraps from the next start on`);
    } else if (rewrapped) {
      console.log(await rewrap(dataDir));
    } else {
      const files = [KEY_FILES.keyring, KEY_FILES.issuer, VAULT_KEY];
      const there = new Set(files.filter((file) => existsSync(join(dataDir, file))));
      await makeKeys(dataDir);
      for (const file of files) console.log(`${join(dataDir, file)}: ${there.has(file) ? 'was there, and is left as it is' : 'made'}`);
    }
    return 0;
  },
});
