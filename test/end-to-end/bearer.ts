import { randomUUID } from 'node:crypto';
import type { JWK } from 'jose';
import { fetchToken } from '../../src/cli/oauth-client.js';
import { ProofKey } from '../../src/cli/proof-key.js';
import type { BankProcess } from './bank-process.js';

export const PUBLIC_URL = 'http://vestibule.test';
export const PATH = '/v1/partners';

/** The analyst's token that is bound to a key, and what it is shown with. */
export class Bearer {
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
