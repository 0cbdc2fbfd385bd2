import { createHash, createPublicKey, randomUUID } from 'node:crypto';
import { createVerifier, httpbis } from 'http-message-signatures';
import type { JWK } from 'jose';
import { type ApiClient, ApiProblem } from '../../src/cli/oauth-client.js';
import { ProofKey } from '../../src/cli/proof-key.js';
import { type SignableRequest, signatureHeaders } from '../../src/cli/request-signer.js';
import type { CloudEvent } from '../../src/queries/cloud-event.js';
import { newKey, publicJwk } from '../http/test-app.js';
import { person } from '../end-to-end/persons.js';
import { runningBank, type RunningBank } from '../end-to-end/running-bank.js';

const PUBLIC_URL = 'http://vestibule.test';
const RECORDED = 'CommandRefused';

describe('Stolen credentials', () => {
  let bank: RunningBank;
  beforeAll(async () => {
    bank = await runningBank();
  });
  afterAll(() => bank.stop());

  let persons = 0;
  const next = (): ReturnType<typeof person> => person(persons++);
  const openWith = (client: ApiClient, who = next(), key?: string) => {
    const { country, scheme, value } = who;
    return client.post<{ leadId: string }>(
      '/v1/leads',
      { person: { country, scheme, value }, purpose: 'onboarding', agent: 'agent-1' },
      key,
    );
  };
  const checkWith = (client: ApiClient, leadId: string, who: object) =>
    client.post<{ answer: string }>('/v1/membership-checks', { leadId, person: who });
  const createWith = (client: ApiClient, leadId: string, who: object) =>
    client.post('/v1/customers', { leadId, person: who, contact: { email: 'me@example.org' } });
  const codeOf = (asked: Promise<unknown>): Promise<string> =>
    asked.then(
      () => 'ok',
      (error: unknown) => (error instanceof ApiProblem ? error.code : String(error)),
    );
  const bound = async (client: ApiClient): Promise<ApiClient> => client.with({ proofKey: await ProofKey.make() });
  const change = (ownerId: string, requires: object) =>
    bank.analyst.post(`/v1/owners/${ownerId}/terms`, { terms: { requires }, reason: 'other' });
  const refusals = async (ownerId: string): Promise<string[]> =>
    (await bank.log())
      .filter(({ type, data }) => type === RECORDED && (data as { owner: string }).owner === ownerId)
      .map(({ data }) => (data as { code: string }).code);

  describe('are worth nothing where the terms ask for bound tokens (R28)', () => {
    it('from the next command on, on every route, and what was refused is on record', async () => {
      const client = await bank.partner({ ownerId: 'bound-owner' });
      const who = next();
      const { leadId } = (await openWith(client, who)).body;
      await change('bound-owner', { boundTokens: 'dpop' });
      expect(await codeOf(openWith(client))).toBe('TOKEN_UNBOUND');
      expect(await codeOf(checkWith(client, leadId, who))).toBe('TOKEN_UNBOUND');
      expect(await codeOf(createWith(client, leadId, who))).toBe('TOKEN_UNBOUND');
      expect(await codeOf(client.post(`/v1/leads/${leadId}/withdrawal`, { reason: 'other' }))).toBe('TOKEN_UNBOUND');
      for (const path of ['/v1/leads', `/v1/leads/${leadId}`, '/v1/customers', '/v1/allowance', '/v1/usage']) {
        expect([path, await codeOf(client.get(path))]).toEqual([path, 'TOKEN_UNBOUND']);
      }
      const proven = await bound(client);
      expect((await checkWith(proven, leadId, who)).body.answer).toBe('no');
      expect(await codeOf(createWith(proven, leadId, who))).toBe('ok');
      expect((await proven.get<{ terms: { requires: object } }>('/v1/allowance')).body.terms.requires).toEqual({ boundTokens: 'dpop' });
      expect(await refusals('bound-owner')).toContain('TOKEN_UNBOUND');
    });

    it('also for a repeated request, whose answer was given before', async () => {
      const client = await bank.partner({ ownerId: 'repeating-owner' });
      const [who, key] = [next(), randomUUID()];
      await openWith(client, who, key);
      await change('repeating-owner', { boundTokens: 'either' });
      expect(await codeOf(openWith(client, who, key))).toBe('TOKEN_UNBOUND');
      expect(await codeOf(openWith(await bound(client), who, key))).toBe('ok');
    });

    it('a key is no certificate: who is asked for one is not let in with the other', async () => {
      const client = await bank.partner({ ownerId: 'mtls-owner', terms: { requires: { boundTokens: 'mtls' } } });
      expect(await codeOf(openWith(await bound(client)))).toBe('TOKEN_UNBOUND');
    });

    it('the policy makes it stricter for all, and looser for nobody; an owner without a demand is as before', async () => {
      const free = await bank.partner({ ownerId: 'free-owner' });
      expect(await codeOf(openWith(free))).toBe('ok');
      await bank.analyst.post('/v1/policy', { changes: { requires: { boundTokens: 'either' } }, reason: 'precaution' });
      expect(await codeOf(openWith(free))).toBe('TOKEN_UNBOUND');
      const late = await bank.partner({ ownerId: 'late-owner' });
      expect(await codeOf(openWith(late))).toBe('TOKEN_UNBOUND');
      await bank.analyst.post('/v1/policy', { changes: { requires: {} }, reason: 'back-to-normal' });
      expect(await codeOf(openWith(free))).toBe('TOKEN_UNBOUND');
      await change('free-owner', {});
      expect(await codeOf(openWith(free))).toBe('ok');
    });
  });

  describe('do not make a command where the terms ask for signed requests', () => {
    it('open, check and create are signed or refused; what only reads is not', async () => {
      const client = await bank.partner({ ownerId: 'signing-owner', terms: { requires: { signedRequests: true } } });
      const signing = client.with({ signRequests: true });
      const who = next();
      expect(await codeOf(openWith(client, who))).toBe('SIGNATURE_REQUIRED');
      const { leadId } = (await openWith(signing, who)).body;
      expect(await codeOf(checkWith(client, leadId, who))).toBe('SIGNATURE_REQUIRED');
      expect((await checkWith(signing, leadId, who)).body.answer).toBe('no');
      expect(await codeOf(createWith(client, leadId, who))).toBe('SIGNATURE_REQUIRED');
      expect(await codeOf(createWith(signing, leadId, who))).toBe('ok');
      expect(await codeOf(client.get('/v1/leads'))).toBe('ok');
      expect(await refusals('signing-owner')).toContain('SIGNATURE_REQUIRED');
    });

    it('a repeated request is signed, too', async () => {
      const client = await bank.partner({ ownerId: 'signing-again', terms: { requires: { signedRequests: true } } });
      const [who, key] = [next(), randomUUID()];
      const signing = client.with({ signRequests: true });
      const first = await openWith(signing, who, key);
      expect(await codeOf(openWith(client, who, key))).toBe('SIGNATURE_REQUIRED');
      expect((await openWith(signing, who, key)).body).toEqual(first.body);
    });

    it('a signature that is wrong is refused, also where none is asked for', async () => {
      const client = await bank.partner();
      const headers = { 'content-type': 'application/json', 'idempotency-key': 'k', authorization: 'Bearer x' };
      const made = await signatureHeaders({ method: 'POST', url: `${PUBLIC_URL}/v1/leads`, headers, body: '{}' }, await newKey());
      const sent = client.request('/v1/leads', { method: 'POST', headers: { ...headers, ...made }, body: '{}' });
      expect(await codeOf(sent)).toBe('SIGNATURE_INVALID');
    });

    it('an auditor verifies a signature from the export, with the request that the partner has, years later', async () => {
      const client = await bank.partner({ ownerId: 'evident-owner', terms: { requires: { signedRequests: true } } });
      const sent: SignableRequest[] = [];
      const recorded = await recording(client, sent);
      const who = next();
      const { leadId } = (await openWith(recorded, who)).body;
      await checkWith(recorded, leadId, who);
      await createWith(recorded, leadId, who);
      const exported = await events();
      const signed = exported.filter(
        (event) => event.signature !== undefined && (event.data as { owner: string }).owner === 'evident-owner',
      );
      expect(signed.map(({ type }) => type)).toEqual(['LeadAdmitted', 'MembershipAnswered', 'CustomerSubmitted']);
      for (const [place, event] of signed.entries()) {
        const request = sent[place] as SignableRequest;
        expect(await isVerified(exported, event, request)).toBe(true);
        const other = request.body.replace(who.value, person(9_999).value).replace('onboarding', 'marketing');
        for (const changed of [{ body: `${request.body} ` }, { body: other }, { url: `${request.url}x` }, { method: 'PUT' }]) {
          expect(await isVerified(exported, event, { ...request, ...changed })).toBe(changed.body === request.body);
        }
      }
      // Neither the body nor its plain digest is kept: whoever reads the log could try out who it was.
      const log = JSON.stringify(exported);
      for (const { body, headers } of sent) {
        const digest = createHash('sha256').update(body).digest('base64');
        expect([log.includes(digest), log.includes(who.value), log.includes(headers['authorization'] as string)]).toEqual([
          false,
          false,
          false,
        ]);
      }
      expect(signed.map((event) => (event as { contentdigesthash?: string }).contentdigesthash)).toEqual(
        Array(3).fill(expect.stringMatching(/^[0-9a-f]{64}$/)),
      );
    });

    const events = async (): Promise<CloudEvent[]> =>
      (await (await bank.auditor.request('/v1/audit/events', { headers: { accept: 'application/x-ndjson' } })).text())
        .split('\n')
        .filter(Boolean)
        .map((line) => JSON.parse(line) as CloudEvent);

    /** With nothing but the export, the request, and a library. */
    const isVerified = async (
      exported: CloudEvent[],
      event: CloudEvent,
      { method, url, headers, body }: SignableRequest,
    ): Promise<boolean> => {
      const { signaturekeyid: kid, signatureinput: input, signature } = event;
      const registration = exported.find(({ type, data }) => type === 'ClientKeyRegistered' && (data as { kid: string }).kid === kid);
      const { jwk } = registration?.data as { jwk: JWK };
      const digest = createHash('sha256').update(body).digest('base64');
      const message = {
        method,
        url,
        headers: {
          ...headers,
          'content-digest': `sha-256=:${digest}:`,
          'signature-input': `sig=${input}`,
          signature: `sig=:${signature}:`,
        },
      };
      const verify = createVerifier(createPublicKey({ key: jwk as never, format: 'jwk' }), 'ecdsa-p256-sha256');
      const found = await httpbis.verifyMessage({ keyLookup: async () => ({ verify }), notAfter: new Date(8.64e15) }, message);
      return found === true;
    };

    /** The client as it is, and what it sends. */
    const recording = async (client: ApiClient, sent: SignableRequest[]): Promise<ApiClient> => {
      const signing = client.with({ signRequests: true });
      const request = signing.request.bind(signing);
      const spied = jest.spyOn(globalThis, 'fetch');
      signing.request = async (path, init) => {
        const before = spied.mock.calls.length;
        const response = await request(path, init);
        const call = spied.mock.calls.slice(before).find(([url]) => String(url as URL).includes(path));
        const headers = (call?.[1] as RequestInit).headers as Record<string, string>;
        sent.push({ method: 'POST', url: `${PUBLIC_URL}${path}`, headers, body: init?.body as string });
        return response;
      };
      return signing;
    };
    afterEach(() => jest.restoreAllMocks());
  });

  describe('are replaced', () => {
    const keys = '/v1/client/keys';

    it('by the partner itself: a new key beside the old, then the old one goes, and its tokens with it', async () => {
      const client = await bank.partner();
      const old = client.with({ signRequests: true });
      const fresh = await newKey();
      expect((await old.post<{ registered: object[] }>(keys, { keys: [publicJwk(fresh)] })).body.registered).toEqual([
        { kid: fresh.kid, thumbprint: fresh.kid },
      ]);
      const renewed = client.with({ privateJwk: fresh, signRequests: true });
      expect([await codeOf(openWith(old)), await codeOf(openWith(renewed))]).toEqual(['ok', 'ok']);
      const oldKid = await kidOf(client);
      expect(await codeOf(renewed.post(`${keys}/${oldKid}/revocation`, {}))).toBe('ok');
      // It had a token that is good for minutes.
      expect(await codeOf(client.get('/v1/leads'))).toBe('TOKEN_INVALID');
      expect(await codeOf(openWith(renewed))).toBe('ok');
    });

    it('not by whoever has a token only, nor with a key that is not the client’s, nor with one that was revoked', async () => {
      const client = await bank.partner({ ownerId: 'planted-owner' });
      const planted = { keys: [publicJwk(await newKey())] };
      expect(await codeOf(client.post(keys, planted))).toBe('SIGNATURE_REQUIRED');
      expect(await codeOf((await bound(client)).post(keys, planted))).toBe('SIGNATURE_REQUIRED');
      expect(await refusals('planted-owner')).toContain('SIGNATURE_REQUIRED');
    });

    it('not by a suspended partner, not even by a repetition; what it has it may revoke', async () => {
      const client = await bank.partner({ partnerId: 'put-out', ownerId: 'put-out-owner' });
      const signing = client.with({ signRequests: true });
      const [one, two, key] = [await newKey(), await newKey(), randomUUID()];
      await signing.post(keys, { keys: [publicJwk(one)] }, key);
      await bank.analyst.post('/v1/partners/put-out/suspension', { reason: 'other' });
      expect(await codeOf(signing.post(keys, { keys: [publicJwk(two)] }))).toBe('PARTNER_SUSPENDED');
      expect(await codeOf(signing.post(keys, { keys: [publicJwk(one)] }, key))).toBe('PARTNER_SUSPENDED');
      expect(await codeOf(signing.post(`${keys}/${String(one.kid)}/revocation`, {}))).toBe('ok');
    });

    it('twenty times a day and no more by itself; the bank may go on', async () => {
      const signing = (await bank.partner({ partnerId: 'restless' })).with({ signRequests: true });
      const fresh = publicJwk(await newKey());
      const planted = (n: number): object => ({ keys: [{ ...fresh, kid: `planted-${n}` }] });
      for (let n = 0; n < 20; n++) {
        await signing.post(keys, planted(n));
        await signing.post(`${keys}/planted-${n}/revocation`, {});
      }
      const refused = await signing.post(keys, planted(20)).catch((error: unknown) => error);
      expect(refused).toMatchObject({ status: 429, code: 'KEY_CHANGES_EXCEEDED' });
      expect(await codeOf(bank.analyst.post('/v1/clients/client-restless/keys', planted(20)))).toBe('ok');
    });

    it('but never the last: a partner cannot lock itself out', async () => {
      const client = (await bank.partner()).with({ signRequests: true });
      expect(await codeOf(client.post(`${keys}/${await kidOf(client)}/revocation`, {}))).toBe('KEY_LAST');
      expect(await codeOf(openWith(client))).toBe('ok');
    });

    it('by the bank in one call: every old key and token is worthless at the next request, what was asked since is listed', async () => {
      const client = await bank.partner({ ownerId: 'robbed-owner', partnerId: 'robbed' });
      const before = next();
      await openWith(client, before);
      const since = new Date(Date.now() + 1).toISOString();
      await new Promise((resolve) => setTimeout(resolve, 20));
      const thief = client.with({ signRequests: true });
      const who = next();
      const { leadId } = (await openWith(thief, who)).body;
      await checkWith(thief, leadId, who);
      await createWith(thief, leadId, who);
      const planted = await newKey();
      await thief.post(keys, { keys: [publicJwk(planted)] });
      const thiefs = client.with({ privateJwk: planted });
      expect(await codeOf(thiefs.get('/v1/leads'))).toBe('ok');

      const fresh = await newKey();
      const path = '/v1/clients/client-robbed/compromises';
      const declared = await bank.analyst.post<{ revoked: string[]; registered: object[] }>(path, {
        since,
        reason: 'key-exposed',
        keys: [publicJwk(fresh)],
      });
      expect(declared.body).toMatchObject({ since, revoked: [await kidOf(client), planted.kid], registered: [{ kid: fresh.kid }] });
      for (const stolen of [client, thief, thiefs]) expect(await codeOf(stolen.get('/v1/leads'))).toBe('TOKEN_INVALID');
      await expect(client.with({}).get('/v1/leads')).rejects.toThrow('invalid_client');
      expect(await codeOf(client.with({ privateJwk: fresh }).get('/v1/leads'))).toBe('ok');

      const { body } = await bank.analyst.get<{
        compromises: object[];
        asked: { what: string; leadId?: string; kid?: string }[];
        next: null;
      }>(path);
      expect(body.compromises).toMatchObject([{ since, reason: 'key-exposed', kids: [await kidOf(client), planted.kid] }]);
      expect(body.asked.map(({ what, leadId: lead, kid }) => [what, lead ?? kid])).toEqual([
        ['lead-opened', leadId],
        ['membership-checked', leadId],
        ['customer-created', leadId],
        ['key-registered', planted.kid],
      ]);
      expect(body.next).toBeNull();
      const paged = await bank.analyst.get<{ asked: object[]; next: number }>(`${path}?limit=3`);
      const rest = await bank.analyst.get<{ asked: object[]; next: null }>(`${path}?limit=3&after=${paged.body.next}`);
      expect([...paged.body.asked, ...rest.body.asked]).toEqual(body.asked);
      // What others may have is taken from nobody any more.
      const back = { keys: [publicJwk(planted)] };
      expect(await codeOf(bank.analyst.post('/v1/clients/client-robbed/keys', back))).toBe('KEY_INVALID');
    });

    it('a client that was never compromised has nothing to list; one that is not known is not found; others do not see it', async () => {
      await bank.partner({ partnerId: 'calm' });
      expect((await bank.analyst.get('/v1/clients/client-calm/compromises')).body).toEqual({ compromises: [], asked: [], next: null });
      expect(await codeOf(bank.analyst.get('/v1/clients/nobody/compromises'))).toBe('NOT_FOUND');
      expect(await codeOf(bank.analyst.get('/v1/clients/No-Id!/compromises'))).toBe('NOT_FOUND');
      const partner = await bank.partner();
      expect(await codeOf(partner.get('/v1/clients/client-calm/compromises'))).toBe('FORBIDDEN');
    });

    const kidOf = async (client: ApiClient): Promise<string> =>
      (client as unknown as { options: { privateJwk: JWK } }).options.privateJwk.kid as string;
  });

  it('the hand-made signature of the command line is what the standard says', async () => {
    const key = await newKey();
    const headers = { authorization: 'Bearer x', 'content-type': 'application/json', 'idempotency-key': 'k' };
    const made = await signatureHeaders({ method: 'POST', url: `${PUBLIC_URL}/v1/leads`, headers, body: '{}' }, key);
    expect(made['signature-input']).toMatch(
      /^sig=\("@method" "@target-uri" "content-digest" "content-type" "idempotency-key" "authorization"\);created=\d+;keyid="[^"]+";alg="ecdsa-p256-sha256"$/,
    );
  });
});
