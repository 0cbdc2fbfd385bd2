import { AGENTS, contactFrom, LOCKED, personOf, PURPOSE, secretOf, SUBJECT } from './cast.js';
import { onScene, type Scene } from './scene.js';
import type { Response } from './service.js';

const [LOCKED_CUSTOMER = 0] = LOCKED;
const CUSTOMER = 1;
const STRANGER = 2;
const NOTHING = '00000000-1111-4222-8333-444444444444';

/** Everything of a response but what is the request's own: ids that say nothing, and the time. */
function wire({ head, body }: Response): string {
  return `${head}${body}`
    .replaceAll(/^(Date|x-correlation-id): .*$/gim, '$1: (made)')
    .replaceAll(/[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}/g, '(id)')
    .replaceAll(/\d{4}-\d\d-\d\dT[\d:.]+Z/g, '(time)')
    .replaceAll(/r=\d+/g, 'r=(left)');
}

const named = (n: number, change: object = {}): object => {
  const { country, scheme, value, familyName, birthDate } = personOf(n);
  return { country, scheme, value, familyName, birthDate, ...change };
};

async function open(scene: Scene, partner: string, n: number): Promise<string> {
  const { country, scheme, value } = personOf(n);
  const body = { person: { country, scheme, value }, purpose: PURPOSE, agent: AGENTS[0] };
  return (await scene.done<{ leadId: string }>(partner, '/v1/leads', body)).leadId;
}

const check = (scene: Scene, leadId: string, n: number, change: object = {}, besides: object = {}): Promise<Response> =>
  scene.request('elder', 'POST', '/v1/membership-checks', { leadId, person: named(n, change), ...besides });

const create = (scene: Scene, partner: string, leadId: string, n: number): Promise<Response> =>
  scene.request(partner, 'POST', '/v1/customers', { leadId, person: named(n), contact: { email: contactFrom('elder', n) } });

describe('responses that must not be told apart', () => {
  it('every no is the same bytes: for nobody, another name, another birth date, a lock; in instant (R37, I5)', async () => {
    const register = { mode: 'instant', customers: [SUBJECT, CUSTOMER, LOCKED_CUSTOMER] } as const;
    const seen = await onScene(register, async (scene) => {
      const { country, scheme, value } = personOf(LOCKED_CUSTOMER);
      await scene.done('identity', '/v1/locks', { person: { country, scheme, value }, locked: true });
      return [
        await check(scene, await open(scene, 'elder', STRANGER), STRANGER),
        await check(scene, await open(scene, 'elder', SUBJECT), SUBJECT, { familyName: 'Nowakowska' }),
        await check(scene, await open(scene, 'elder', CUSTOMER), CUSTOMER, { birthDate: '1980-01-02' }),
        await check(scene, await open(scene, 'elder', LOCKED_CUSTOMER), LOCKED_CUSTOMER),
      ].map(wire);
    });
    expect(seen[0]).toContain('{"answer":"no"}');
    expect(new Set(seen).size).toBe(1);
  }, 60_000);

  it('and for a wrong secret and a secret of nobody, in proof, the first time and again (R37, I5)', async () => {
    const seen = await onScene({ mode: 'proof', customers: [SUBJECT] }, async (scene) => {
      const customer = await open(scene, 'elder', SUBJECT);
      const nobody = await open(scene, 'elder', STRANGER);
      const wrong = { proof: secretOf(7) };
      return [
        await check(scene, nobody, STRANGER, {}, wrong),
        await check(scene, customer, SUBJECT, {}, wrong),
        await check(scene, nobody, STRANGER, {}, wrong),
        await check(scene, customer, SUBJECT, {}, wrong),
      ].map(wire);
    });
    expect(seen[0]).toContain('{"answer":"no"}');
    expect(new Set(seen).size).toBe(1);
  }, 60_000);

  it.each(['instant', 'proof', 'consent', 'blind'] as const)(
    'a create for a customer and one for anybody are the same, and so is the second, in %s (R37, I6)',
    async (mode) => {
      const seen = await onScene({ mode, customers: [SUBJECT] }, async (scene) => {
        const leads = [await open(scene, 'elder', SUBJECT), await open(scene, 'elder', STRANGER)] as const;
        const first = [await create(scene, 'elder', leads[0], SUBJECT), await create(scene, 'elder', leads[1], STRANGER)];
        const second = [await create(scene, 'elder', leads[0], SUBJECT), await create(scene, 'elder', leads[1], STRANGER)];
        return { first: first.map(wire), second: second.map(wire) };
      });
      expect(seen.first[0]).toMatch(/^HTTP\/1.1 202 /);
      expect(seen.first[0]).toBe(seen.first[1]);
      expect(seen.second[0]).toMatch(/^HTTP\/1.1 409 /);
      expect(seen.second[0]).toBe(seen.second[1]);
    },
    60_000,
  );

  it.each(['instant', 'proof', 'consent', 'blind'] as const)(
    'a canary is opened, asked for consent, checked, created and read like anybody, customer or not, in %s (R37, I5, I7)',
    async (mode) => {
      const seen = await onScene({ mode, customers: [SUBJECT, CUSTOMER] }, async (scene) => {
        for (const n of [SUBJECT, STRANGER]) {
          const { country, scheme, value } = personOf(n);
          await scene.done('canaries', '/v1/canaries', { person: { country, scheme, value }, kind: n === SUBJECT ? 'staff' : 'deceased' });
        }
        const onEach = async (ask: (n: number, leadId: string) => Promise<Response>): Promise<readonly string[]> => {
          const all: string[] = [];
          for (const [n, leadId] of leads) all.push(wire(await ask(n, leadId)));
          return all;
        };
        const leads = new Map<number, string>();
        const opened: string[] = [];
        // Two customers, then two strangers: of each two the first is a canary.
        for (const n of [SUBJECT, CUSTOMER, STRANGER, 5]) {
          const { country, scheme, value } = personOf(n);
          const body = { person: { country, scheme, value }, purpose: PURPOSE, agent: AGENTS[0] };
          const response = await scene.request('elder', 'POST', '/v1/leads', body);
          leads.set(n, (JSON.parse(response.body) as { leadId: string }).leadId);
          opened.push(wire(response).replaceAll(/"left":\d+|"balance":[\d.]+/g, '(left)'));
        }
        const asksConsent = (n: number, leadId: string): Promise<Response> =>
          scene.request('elder', 'POST', `/v1/leads/${leadId}/consent`, { contact: { email: contactFrom('elder', n) } });
        return [
          opened,
          await onEach(asksConsent),
          await onEach((n, leadId) => check(scene, leadId, n)),
          await onEach((n, leadId) => check(scene, leadId, n)),
          await onEach((n, leadId) => create(scene, 'elder', leadId, n)),
          await onEach((_, leadId) => scene.request('elder', 'GET', `/v1/leads/${leadId}`)),
        ];
      });
      for (const [canary, customer, other, stranger] of seen) {
        expect(canary).toBe(customer);
        expect(other).toBe(stranger);
      }
    },
    60_000,
  );

  it("a lead of another owner's, one of the sibling's and one that there is none are the same to every route (R37, R30, I7)", async () => {
    await onScene({ mode: 'consent', customers: [SUBJECT] }, async (scene) => {
      const leads = [NOTHING, await open(scene, 'stranger', SUBJECT), await open(scene, 'younger', STRANGER)];
      const customers = [NOTHING];
      for (const [partner, leadId, n] of [
        ['stranger', leads[1], SUBJECT],
        ['younger', leads[2], STRANGER],
      ] as const) {
        // prettier-ignore
        const { body } = await create(scene, partner, leadId ?? '', n);
        customers.push((JSON.parse(body) as { customerId: string }).customerId);
      }
      const asks: readonly ((id: string) => Promise<Response>)[] = [
        (id) => check(scene, id, SUBJECT),
        (id) => create(scene, 'elder', id, SUBJECT),
        (id) => scene.request('elder', 'POST', `/v1/leads/${id}/consent`, { contact: { email: contactFrom('elder', SUBJECT) } }),
        (id) => scene.request('elder', 'POST', `/v1/leads/${id}/withdrawal`, { reason: 'lost-interest' }),
        (id) => scene.request('elder', 'GET', `/v1/leads/${id}`),
      ];
      for (const ask of asks) {
        const seen = [];
        for (const id of leads) seen.push(wire(await ask(id)));
        expect(seen[0]).toMatch(/^HTTP\/1.1 404 /);
        expect(new Set(seen).size).toBe(1);
      }
      const seen = [];
      for (const id of customers) seen.push(wire(await scene.request('elder', 'GET', `/v1/customers/${id}`)));
      expect(seen[0]).toMatch(/^HTTP\/1.1 404 /);
      expect(new Set(seen).size).toBe(1);
    });
  }, 60_000);

  it("lists hold a partner's own, in its own order, and nothing that counts what others do (R37, I7)", async () => {
    const listed = (isBusyElsewhere: boolean): Promise<readonly string[]> =>
      onScene({ mode: 'instant', customers: [] }, async (scene) => {
        const seen: string[] = [];
        for (let n = 0; n < 3; n++) {
          if (isBusyElsewhere) await open(scene, 'stranger', 10 + n);
          await create(scene, 'elder', await open(scene, 'elder', n), n);
        }
        for (const path of ['/v1/leads', '/v1/customers', '/v1/leads?limit=2', '/v1/customers?limit=1', '/v1/allowance', '/v1/usage']) {
          seen.push(wire(await scene.request('elder', 'GET', path)));
        }
        return seen;
      });
    expect(await listed(true)).toEqual(await listed(false));
  }, 60_000);
});
