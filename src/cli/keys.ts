import { existsSync } from 'node:fs';
import { join, resolve } from 'node:path';
import { KEY_FILES, readLogSettings } from '../config.js';
import { makeIssuerKey } from '../modules/access/issuer-key.js';
import { FileKeyVault } from '../modules/persons/file.key-vault.js';
import { makeKeyring } from '../modules/persons/keyring-file.js';
import { makeVaultKey } from '../modules/persons/vault-key-file.js';
import { runCommand } from './command-line.js';

/** What only an operator may make: the secrets behind the pseudonyms, the issuer's signing key, the vault's master key. */
async function makeKeys(dataDir: string): Promise<void> {
  makeKeyring(join(dataDir, KEY_FILES.keyring));
  await makeIssuerKey(dataDir);
  // On a shared log the data keys are in the log.
  if (readLogSettings() !== undefined) return makeVaultKey(dataDir);
  // The vault makes its master key together with itself, because one without the other opens nothing.
  await (await FileKeyVault.open(dataDir)).close();
}

await runCommand({
  name: 'keys',
  usage: `usage: npm run keys -- DATA_DIR
Makes the key files that a production start needs, where they are missing. Back them up apart from the log. Every
replica on one EventStoreDB has the same ones: make them once, and copy the folder.`,
  operands: ['DATA_DIR'],
  options: {},
  run: async (_, [directory]) => {
    const dataDir = resolve(directory as string);
    const files = [KEY_FILES.keyring, KEY_FILES.issuer, 'keys/vault-key'];
    const there = new Set(files.filter((file) => existsSync(join(dataDir, file))));
    await makeKeys(dataDir);
    for (const file of files) console.log(`${join(dataDir, file)}: ${there.has(file) ? 'was there, and is left as it is' : 'made'}`);
    return 0;
  },
});
