import { join } from 'node:path';
import { Global, Inject, Module, type OnApplicationShutdown } from '@nestjs/common';
import { CONFIG, KEY_FILES, type Config } from '../../config.js';
import { EVENT_STORE } from '../../event-sourcing/event-store.js';
import { FileKeyVault } from './file.key-vault.js';
import { KEY_VAULT } from './key-vault.js';
import { loadKeyring, makeKeyring } from './keyring-file.js';
import { Keyring } from './keyring.js';

/** A sandbox invents its keyring on first start; a production start has been refused by then without one. */
function openKeyring({ dataDir }: Config): Keyring {
  const file = join(dataDir, KEY_FILES.keyring);
  makeKeyring(file);
  return loadKeyring(file);
}

/** How the log knows persons without naming them: pseudonyms, and the keys under which their data is sealed. */
@Global()
@Module({
  providers: [
    // After the store, which holds the directory's lock.
    { provide: Keyring, inject: [CONFIG, EVENT_STORE], useFactory: openKeyring },
    { provide: KEY_VAULT, inject: [CONFIG, EVENT_STORE], useFactory: ({ dataDir }: Config) => FileKeyVault.open(dataDir) },
  ],
  exports: [Keyring, KEY_VAULT],
})
export class PersonsModule implements OnApplicationShutdown {
  constructor(@Inject(KEY_VAULT) private readonly vault: FileKeyVault) {}

  async onApplicationShutdown(): Promise<void> {
    await this.vault.close();
  }
}
