import { spawnSync } from 'node:child_process';
import { randomUUID } from 'node:crypto';
import { writeFileSync } from 'node:fs';
import { join, resolve } from 'node:path';
import type { JWK } from 'jose';
import { fetchToken } from '../../src/cli/oauth-client.js';
import { ProofKey } from '../../src/cli/proof-key.js';
import { bankDirectory, type BankProcess, startBank } from './bank-process.js';
import { ReplicatedBank } from './replicated-bank.js';

const PUBLIC_URL = 'http://vestibule.test';
const PATH = '/v1/partners';

/** A token that is bound to a key, and what it is shown with. */
class Bearer {
  private constructor(
    private readonly key: ProofKey,
    readonly token: string,
  ) {}

  static async at(bank: BankProcess, privateJwk: JWK): Promise<Bearer> {
    const proofKey = await ProofKey.make();
    const issuer = `${PUBLIC_URL}/oauth`;
    const request = {
      tokenEndpoint: `${bank.url}/oauth/token`,
      issuer,
      clientId: 'ana',
      privateJwk,
      resource: 'urn:vestibule:api',
      proofKey,
    };
    return new Bearer(proofKey, (await fetchToken(request)).accessToken);
  }

  /** A proof that is good now, with the nonce that the service wants. */
  async proof(bank: BankProcess): Promise<string> {
    await this.key.proven('GET', `${PUBLIC_URL}${PATH}`, ({ dpop = '' }) => this.send(bank, dpop), this.token);
    return this.key.proof('GET', `${PUBLIC_URL}${PATH}`, this.token);
  }

  send(bank: BankProcess, dpop: string): Promise<Response> {
    return fetch(`${bank.url}${PATH}`, { headers: { authorization: `DPoP ${this.token}`, dpop, 'x-correlation-id': randomUUID() } });
  }

  async code(bank: BankProcess, dpop: string): Promise<string> {
    const response = await this.send(bank, dpop);
    return response.ok ? 'ok' : ((await response.json()) as { code: string }).code;
  }
}

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

  it('at one of two replicas on one log, however many ask at once, and after one was killed', async () => {
    const both = await ReplicatedBank.make(undefined);
    try {
      const [a, b] = [await both.start(0), await both.start(1)];
      const bearer = await Bearer.at(a, both.directories[0].keys.get('ana') as JWK);
      const proof = await bearer.proof(a);
      const codes = await Promise.all(Array.from({ length: 200 }, (_, i) => bearer.code(i % 2 === 0 ? a : b, proof)));
      expect(codes.filter((code) => code === 'ok')).toHaveLength(1);
      expect(codes.filter((code) => code === 'PROOF_INVALID').length).toBeGreaterThan(0);
      // Those that met others again and again are put off; none of them passes.
      const known = ['ok', 'PROOF_INVALID', 'CONCURRENCY_EXHAUSTED', 'STORE_UNAVAILABLE', 'OUTCOME_UNKNOWN'];
      expect(codes.filter((code) => !known.includes(code))).toEqual([]);
      // One's nonce is the other's.
      expect(await bearer.code(b, await bearer.proof(a))).toBe('ok');
      const last = await bearer.proof(a);
      expect(await bearer.code(a, last)).toBe('ok');
      await a.kill('SIGKILL');
      expect(await bearer.code(b, last)).toBe('PROOF_INVALID');
      const again = await both.start(0);
      expect(await bearer.code(again, last)).toBe('PROOF_INVALID');
    } finally {
      await both.stop();
    }
  }, 180_000);

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
