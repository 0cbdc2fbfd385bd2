import { createHash, randomBytes } from 'node:crypto';
import { EVENT_STORE, type EventStore } from '../../src/event-sourcing/event-store.js';
import { ANALYST, newKey, PARTNER, raw, startTestApp, type TestApp, type TestClient } from '../http/test-app.js';
import { proofOf } from './proofs.js';

const WHO = '/v1/parcels/whoami';
const sha256 = (secret: string): string => createHash('sha256').update(secret).digest('hex');

interface Answer {
  readonly status: number;
  readonly error?: string;
  readonly access_token?: string;
  readonly token_type?: string;
  readonly nonce?: string;
}

describe('A client with a secret instead of a key', () => {
  let test: TestApp;
  let analyst: TestClient;
  const secret = randomBytes(32).toString('base64url');
  const start = async (env: Record<string, string>): Promise<void> => {
    test = await startTestApp(env);
    analyst = await test.client(ANALYST);
    await test.client(PARTNER);
  };
  afterEach(() => test.stop());

  const ask = async (shown: string, clientId = 'acme', more: Record<string, string> = {}): Promise<Answer> => {
    const authorization = `Basic ${Buffer.from(`${clientId}:${shown}`).toString('base64')}`;
    const headers = { 'content-type': 'application/x-www-form-urlencoded', authorization, ...more };
    const response = await raw(test.url, { method: 'POST', path: '/oauth/token', headers, body: 'grant_type=client_credentials' });
    const nonce = response.headers.find(([name]) => name === 'dpop-nonce')?.[1];
    return { status: response.status, ...(JSON.parse(response.body) as object), ...(nonce !== undefined && { nonce }) };
  };
  const whoAmI = async (token: string | undefined): Promise<number> =>
    (await raw(test.url, { path: WHO, headers: { authorization: `Bearer ${token}` } })).status;
  const register = (of = secret, clientId = 'acme') => analyst.api.post(`/v1/clients/${clientId}/secret`, { sha256: sha256(of) });

  it('is let in nowhere, unless the bank says so', async () => {
    await start({});
    await expect(register()).rejects.toMatchObject({ status: 403, code: 'SECRETS_NOT_ALLOWED' });
    expect((await ask(secret)).status).toBe(401);
  });

  it('gets tokens where the bank says so, with its own secret only, and none for the secret of another', async () => {
    await start({ CLIENT_SECRETS: 'true' });
    expect((await ask(secret)).status).toBe(401);
    await register();
    const answer = await ask(secret);
    expect(answer).toMatchObject({ status: 200, token_type: 'Bearer' });
    expect(await whoAmI(answer.access_token)).toBe(200);
    await test.client({ ...PARTNER, clientId: 'other' });
    for (const [shown, clientId] of [
      ['', 'acme'],
      [`${secret}x`, 'acme'],
      [sha256(secret), 'acme'],
      [secret, 'other'],
      [secret, 'ana'],
      [secret, 'nobody'],
    ] as const) {
      expect([shown, clientId, (await ask(shown, clientId)).status]).toEqual([shown, clientId, shown === '' ? 400 : 401]);
    }
    // Its keys go on serving.
    expect(await whoAmI(await (await test.client({ ...PARTNER, clientId: 'third' })).token())).toBe(200);
  });

  it('has a secret of which the log holds a keyed hash only', async () => {
    await start({ CLIENT_SECRETS: 'true' });
    await register();
    const log = JSON.stringify((await test.app.get<EventStore>(EVENT_STORE).readAll()).events);
    expect([log.includes(secret), log.includes(sha256(secret))]).toEqual([false, false]);
    await ask(secret);
    expect(JSON.stringify(test.lines)).not.toContain(secret);
  });

  it('that guesses is put off after ten wrong secrets, the right one included; nobody else is', async () => {
    await start({ CLIENT_SECRETS: 'true' });
    await register();
    await test.client({ ...PARTNER, clientId: 'other' });
    await register(secret, 'other');
    for (let i = 0; i < 10; i++) expect((await ask(`guess ${i}`)).status).toBe(401);
    expect(await ask('guess')).toMatchObject({ status: 429, error: 'temporarily_unavailable' });
    expect((await ask(secret)).status).toBe(429);
    expect((await ask(secret, 'other')).status).toBe(200);
  });

  it('is stopped at once when the secret is revoked, replaced, or compromised', async () => {
    await start({ CLIENT_SECRETS: 'true' });
    for (const stop of [
      () => analyst.api.post('/v1/clients/acme/secret/revocation', {}),
      () => register(randomBytes(32).toString('hex')),
      () => analyst.api.post('/v1/clients/acme/compromises', { since: new Date(0).toISOString(), reason: 'key-exposed', keys: [] }),
    ]) {
      await register();
      const { access_token: token } = await ask(secret);
      expect(await whoAmI(token)).toBe(200);
      await stop();
      expect([await whoAmI(token), (await ask(secret)).status]).toEqual([401, 401]);
    }
  });

  it('may have its tokens bound to a key all the same, and a proof serves once', async () => {
    await start({ CLIENT_SECRETS: 'true' });
    await register();
    const key = await newKey();
    const claims = { htm: 'POST', htu: `${test.config.issuer}/token` };
    const { nonce } = await ask(secret, 'acme', { dpop: await proofOf(key, claims) });
    const dpop = await proofOf(key, { ...claims, nonce });
    expect(await ask(secret, 'acme', { dpop })).toMatchObject({ status: 200, token_type: 'DPoP' });
    expect(await ask(secret, 'acme', { dpop })).toMatchObject({ status: 400, error: 'invalid_dpop_proof' });
  });
});
