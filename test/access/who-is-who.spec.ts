import { PARTNER, startTestApp, type TestApp, type TestClient } from '../http/test-app.js';

describe('Requests at the same time', () => {
  let test: TestApp;
  let clients: TestClient[];
  beforeAll(async () => {
    test = await startTestApp();
    clients = await Promise.all(
      Array.from({ length: 8 }, (_, i) => test.client({ ...PARTNER, clientId: `client-${i}`, partnerId: `p${i}`, ownerId: `o${i}` })),
    );
  });
  afterAll(() => test.stop());

  it('are each taken for the client that sent them, and all answered', async () => {
    const asked = Array.from({ length: 200 }, (_, i) => clients[(i * 5) % clients.length] as TestClient);
    const answers = await Promise.all(
      asked.map(async ({ api }) => (await api.get<{ clientId: string }>('/v1/parcels/whoami')).body.clientId),
    );
    expect(answers).toEqual(asked.map(({ clientId }) => clientId));
  });

  it('that are refused do not lend their refusal, nor get an acceptance', async () => {
    const [good] = clients;
    const answers = await Promise.all(
      Array.from({ length: 60 }, async (_, i) => {
        const authorization = i % 2 === 0 ? `Bearer ${await good?.token()}` : 'Bearer nonsense';
        return (await fetch(`${test.url}/v1/parcels/whoami`, { headers: { authorization } })).status;
      }),
    );
    expect(answers).toEqual(Array.from({ length: 60 }, (_, i) => (i % 2 === 0 ? 200 : 401)));
  });
});
