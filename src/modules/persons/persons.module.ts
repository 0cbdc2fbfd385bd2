import { join } from 'node:path';
import { Global, Inject, Module, type OnApplicationShutdown } from '@nestjs/common';
import { CONFIG, KEY_FILES, type Config } from '../../config.js';
import { CLOCK, type Clock } from '../../event-sourcing/clock.js';
import { EVENT_STORE, type EventStore } from '../../event-sourcing/event-store.js';
import { StartPatience } from '../../event-sourcing.patience.js';
import { FileKeyVault } from './file.key-vault.js';
import { agreeOnKeys } from './key-agreement.js';
import { KEY_VAULT, type KeyVault } from './key-vault.js';
import { loadKeyring, makeKeyring, readKeyring } from './keyring-file.js';
import { Keyring } from './keyring.js';
import { LogKeyVault } from './log.key-vault.js';
import { NoteSeal } from './note-seal.js';
import { makeVaultKey, readVaultKeys } from './vault-key-file.js';
import { WrappingKeys } from './wrapping-keys.js';

/** A sandbox invents its keyring on first start; a production start has been refused by then without one. */
function openKeyring({ dataDir }: Config): Keyring {
  const file = join(dataDir, KEY_FILES.keyring);
  makeKeyring(file);
  return loadKeyring(file);
}

/** A vault in a file is one process's: where the log is shared, so are the data keys. */
async function openVault(
  { dataDir, eventStoreDb, production }: Config,
  store: EventStore,
  clock: Clock,
  keyring: Keyring,
  patience: StartPatience,
): Promise<KeyVault> {
  if (eventStoreDb === undefined) return FileKeyVault.open(dataDir);
  if (!production) makeVaultKey(dataDir);
  const wrappingKeys = new WrappingKeys(() => readVaultKeys(dataDir));
  const file = readKeyring(join(dataDir, KEY_FILES.keyring));
  await patience.for(() => agreeOnKeys(store, clock, keyring, file, wrappingKeys));
  return new LogKeyVault(store, clock, keyring, wrappingKeys);
}

/** How the log knows persons without naming them: pseudonyms, and the keys under which their data is sealed. */
@Global()
@Module({
  providers: [
    // After the store, which holds the directory's lock.
    { provide: Keyring, inject: [CONFIG, EVENT_STORE], useFactory: openKeyring },
    { provide: KEY_VAULT, inject: [CONFIG, EVENT_STORE, CLOCK, Keyring, StartPatience], useFactory: openVault },
    NoteSeal,
  ],
  exports: [Keyring, KEY_VAULT, NoteSeal],
})
export class PersonsModule implements OnApplicationShutdown {
  constructor(@Inject(KEY_VAULT) private readonly vault: KeyVault) {}

  async onApplicationShutdown(): Promise<void> {
    if (this.vault instanceof FileKeyVault) await this.vault.close();
  }
}
