import { spawnSync } from 'node:child_process';
import { writeFileSync } from 'node:fs';
import { join, resolve } from 'node:path';
import type { JWK } from 'jose';
import { bankDirectory, startBank } from './bank-process.js';
import { Bearer, PATH, PUBLIC_URL } from './bearer.js';

describe('A proof of possession serves once (R28)', () => {
  it('also when the process that took it was killed right after', async () => {
    const directory = await bankDirectory();
    const killed = await startBank(directory);
    const bearer = await Bearer.at(killed, directory.keys.get('ana') as JWK);
    const [used, unused] = [await bearer.proof(killed), await bearer.proof(killed)];
    expect(await bearer.code(killed, used)).toBe('ok');
    await killed.kill('SIGKILL');
    const bank = await startBank(directory);
    try {
      expect([await bearer.code(bank, used), await bearer.code(bank, unused)]).toEqual(['PROOF_NONCE_NEEDED', 'PROOF_NONCE_NEEDED']);
      expect(await bearer.code(bank, await bearer.proof(bank))).toBe('ok');
    } finally {
      await bank.kill();
    }
  }, 120_000);

  it('made at the command line, for whoever tries with curl', async () => {
    const directory = await bankDirectory();
    const bank = await startBank(directory);
    try {
      const folder = join(directory.dataDir, '..');
      const access = {
        clientId: 'ana',
        api: bank.url,
        issuer: `${PUBLIC_URL}/oauth`,
        tokenEndpoint: `${bank.url}/oauth/token`,
        audience: 'urn:vestibule:api',
        privateJwk: directory.keys.get('ana'),
      };
      writeFileSync(join(folder, 'ana.key.json'), JSON.stringify(access));
      const proofKey = ['--proof-key', join(folder, 'proof.json')];
      const token = command('token', ['--key', join(folder, 'ana.key.json'), ...proofKey]);
      const proof = (...nonce: string[]): string =>
        command('proof', ['get', `${PUBLIC_URL}${PATH}`, ...proofKey, '--token', token, ...nonce]);
      const ask = (dpop: string): Promise<Response> => fetch(`${bank.url}${PATH}`, { headers: { authorization: `DPoP ${token}`, dpop } });
      const first = await ask(proof());
      expect(first.status).toBe(401);
      expect((await ask(proof('--nonce', first.headers.get('dpop-nonce') as string))).status).toBe(200);
    } finally {
      await bank.kill();
    }
  }, 120_000);
});

function command(name: string, args: readonly string[]): string {
  const { status, stdout, stderr } = spawnSync(process.execPath, [resolve(`dist/cli/${name}.js`), ...args], { encoding: 'utf8' });
  if (status !== 0) throw new Error(stderr);
  return stdout.trim();
}
