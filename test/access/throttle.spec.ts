import { header, PARTNER, raw, startTestApp, type TestApp, type TestClient } from '../http/test-app.js';

describe('A client that sends too fast', () => {
  let test: TestApp;
  let fast: TestClient;
  let slow: TestClient;
  beforeAll(async () => {
    test = await startTestApp({ REQUESTS_PER_SECOND: '2' });
    fast = await test.client(PARTNER);
    slow = await test.client({ ...PARTNER, clientId: 'slow' });
  });
  afterAll(() => test.stop());

  it('may do so for a moment, is then put off, and hinders nobody else', async () => {
    const headers = { authorization: `Bearer ${await fast.token()}` };
    const answers = await Promise.all(Array.from({ length: 40 }, () => raw(test.url, { path: '/v1/parcels/whoami', headers })));
    const taken = answers.filter(({ status }) => status === 200).length;
    expect(taken).toBeGreaterThanOrEqual(12);
    expect(taken).toBeLessThanOrEqual(16);
    const refused = answers.find(({ status }) => status === 429);
    expect(JSON.parse(refused?.body ?? '{}')).toMatchObject({ code: 'TOO_MANY_REQUESTS' });
    expect(Number(header(refused as never, 'retry-after'))).toBeGreaterThanOrEqual(1);
    expect((await slow.api.get('/v1/parcels/whoami')).status).toBe(200);
  });
});
