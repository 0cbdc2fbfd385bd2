import { join, resolve } from 'node:path';
import { parseArgs } from 'node:util';
import { KEY_FILES } from '../config.js';
import { makeIssuerKey } from '../modules/access/issuer-key.js';
import { FileKeyVault } from '../modules/persons/file.key-vault.js';
import { makeKeyring } from '../modules/persons/keyring-file.js';

const USAGE =
  'usage: npm run keys -- DATA_DIR\nMakes the key files that a production start needs, where they are missing. Back them up apart from the log.';

/** What only an operator may make: the secrets behind the pseudonyms, the issuer's signing key, the vault's master key. */
async function makeKeys(dataDir: string): Promise<void> {
  makeKeyring(join(dataDir, KEY_FILES.keyring));
  await makeIssuerKey(dataDir);
  // The vault makes its master key together with itself, because one without the other opens nothing.
  await (await FileKeyVault.open(dataDir)).close();
  console.log(`${join(dataDir, 'keys')}: keyring.json, issuer.json and vault-key are there`);
}

const { positionals } = parseArgs({ allowPositionals: true });
const [dataDir] = positionals;
if (dataDir === undefined) {
  console.error(USAGE);
  process.exit(2);
}
await makeKeys(resolve(dataDir));
