import type { JWK } from 'jose';
import { clientAssertion } from '../../src/cli/oauth-client.js';
import { newKey, publicJwk } from '../http/test-app.js';
import type { BankProcess } from './bank-process.js';
import { Bearer, PUBLIC_URL } from './bearer.js';
import { codeOf, open, type TwoReplicas } from './two-replicas.js';

/** What has to be known of a request or a key at both of two replicas, whichever was told. */
export function describeCredentials(of: () => TwoReplicas): void {
  const keyOf = (id: string): JWK => of().bank.directories[0].keys.get(id) as JWK;
  const assertion = (): Promise<string> => clientAssertion({ issuer: `${PUBLIC_URL}/oauth`, clientId: 'ana', privateJwk: keyOf('ana') });
  const exchange = async ({ url }: BankProcess, client_assertion: string): Promise<number> => {
    const client_assertion_type = 'urn:ietf:params:oauth:client-assertion-type:jwt-bearer';
    const body = new URLSearchParams({ grant_type: 'client_credentials', client_assertion_type, client_assertion });
    return (await fetch(`${url}/oauth/token`, { method: 'POST', body })).status;
  };

  it('take a client assertion once between them, also when both were asked at once and when the one that took it was killed (R29)', async () => {
    const { a, b } = of();
    const raced = await assertion();
    const statuses = await Promise.all([a, b, a, b].map((each) => exchange(each, raced)));
    expect(statuses.toSorted()).toEqual([200, 401, 401, 401]);
    const last = await assertion();
    expect(await exchange(a, last)).toBe(200);
    await a.kill('SIGKILL');
    expect(await exchange(b, last)).toBe(401);
    expect(await exchange(await of().again(a), last)).toBe(401);
  }, 60_000);

  it('take a proof of possession once between them, however many ask at once, and after one was killed (R28)', async () => {
    const { a, b } = of();
    const bearer = await Bearer.at(a, keyOf('ana'));
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
    expect(await bearer.code(await of().again(a), last)).toBe('PROOF_INVALID');
  }, 120_000);

  it('take a key that the partner has changed at the other, and none that it has revoked or that was declared stolen there', async () => {
    const id = 'key-changer';
    const here = (await of().partner(id, { initial: 5 })).with({ publicUrl: PUBLIC_URL, signRequests: true });
    const [old, next, last] = [keyOf(id), await newKey(), await newKey()];
    const there = of().b.as(id);
    await open(there, 4000);
    await here.post('/v1/client/keys', { keys: [publicJwk(next)] });
    const renewed = there.with({ publicUrl: PUBLIC_URL, signRequests: true, privateJwk: next });
    await renewed.post(`/v1/client/keys/${old.kid}/revocation`, {});
    // The token that was asked for with the old key ends with it, at both.
    expect([await codeOf(here.get('/v1/leads')), await codeOf(there.get('/v1/leads'))]).toEqual(Array(2).fill('TOKEN_INVALID'));
    const since = new Date(Date.now() - 60_000).toISOString();
    await of()
      .a.as('ana')
      .post(`/v1/clients/${id}/compromises`, { since, reason: 'key-exposed', keys: [publicJwk(last)] });
    expect(await codeOf(renewed.get('/v1/leads'))).toBe('TOKEN_INVALID');
    await of().a.as(id).with({ privateJwk: last }).get('/v1/leads');
    await open(of().b.as(id).with({ privateJwk: last }), 4001);
    // What was asked at either is on the list of each.
    const listed = async (each: BankProcess): Promise<readonly string[]> =>
      (await each.as('ana').get<{ asked: readonly { what: string }[] }>(`/v1/clients/${id}/compromises`)).body.asked.map(
        ({ what }) => what,
      );
    const lists = await Promise.all(of().both.map(listed));
    expect(lists[0]).toEqual(lists[1]);
    expect(lists[0]).toContain('lead-opened');
  });
}
