import { once } from 'node:events';
import { type IncomingMessage, request as httpRequest, type Server } from 'node:http';
import { connect } from 'node:net';
import { LIMITS } from '../../src/http/limits.js';
import { header, PARTNER, raw, type RawResponse, startTestApp, type TestApp, type TestClient, wire } from './test-app.js';

const UUID = /^[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}$/;

const problem = ({ status, body, headers }: RawResponse) => ({
  status,
  type: headers.find(([name]) => name === 'content-type')?.[1],
  code: (JSON.parse(body) as { code: string }).code,
});

describe('Every response keeps to the rules, whoever makes it (R34, R36)', () => {
  let test: TestApp;
  let partner: TestClient;
  let authorization: string;
  beforeAll(async () => {
    test = await startTestApp();
    partner = await test.client(PARTNER);
    authorization = `Bearer ${await partner.token()}`;
  });
  afterAll(() => test.stop());

  const expectProblem = (response: RawResponse, status: number, code: string): void =>
    expect(problem(response)).toEqual({ status, type: 'application/problem+json', code });

  it.each([
    ['a path that does not exist', { path: '/v1/parcel' }, 404, 'NOT_FOUND'],
    ['a path that does not exist, with a body of no known type', { method: 'POST', path: '/nope', body: 'x' }, 404, 'NOT_FOUND'],
    ['percent-encoding that is none', { path: '/v1/parcels/%zz' }, 400, 'REQUEST_MALFORMED'],
    ['percent-encoding that is no UTF-8', { path: '/v1/parcels/%ff' }, 400, 'REQUEST_MALFORMED'],
    ['a part of the path that is too long', { path: `/v1/parcels/${'x'.repeat(200)}` }, 414, 'URI_TOO_LONG'],
    ['headers that are too large', { headers: { 'x-long': 'x'.repeat(20_000) } }, 431, 'HEADERS_TOO_LARGE'],
    ['an expectation', { path: '/v1/open', headers: { expect: '200-ok' } }, 417, 'EXPECTATION_FAILED'],
    ['a path of the authorisation server that is not served', { path: '/oauth/auth' }, 404, 'NOT_FOUND'],
    ['an empty parameter', { path: '/v1/parcels/', headers: {} }, 404, 'NOT_FOUND'],
    ['no token', { path: '/v1/parcels/a' }, 401, 'TOKEN_MISSING'],
  ])('%s', async (_, options, status, code) => {
    expectProblem(await raw(test.url, options), status, code);
  });

  it.each([
    ['GET', '/v1/parcels', 'POST'],
    ['PUT', '/v1/parcels', 'POST'],
    ['OPTIONS', '/v1/parcels', 'POST'],
    ['PROPFIND', '/v1/parcels', 'POST'],
    ['DELETE', '/v1/open', 'GET, HEAD'],
    ['POST', '/v1/parcels/abc', 'GET, HEAD'],
    ['PUT', '/v1/parcels/export', 'POST'],
    ['GET', '/oauth/token', 'POST'],
    ['POST', '/oauth/jwks', 'GET, HEAD'],
    ['DELETE', '/health/live', 'GET, HEAD'],
    ['POST', '/', 'GET, HEAD'],
  ])('%s on %s is 405, and Allow says %s', async (method, path, allow) => {
    const response = await raw(test.url, { method, path, headers: { 'content-type': 'text/nonsense' } });
    expectProblem(response, 405, 'METHOD_NOT_ALLOWED');
    expect(header(response, 'allow')).toBe(allow);
  });

  it('a path of its own takes no method away from the parameter beside it', async () => {
    const response = await raw(test.url, { path: '/v1/parcels/export', headers: { authorization } });
    expect([response.status, response.body]).toEqual([200, '{"id":"export"}']);
  });

  it.each([
    ['a method that nobody knows', 'FETCH /v1/open HTTP/1.1\r\nHost: x\r\n\r\n', 501, 'METHOD_UNKNOWN'],
    ['CONNECT', 'CONNECT vestibule.test:443 HTTP/1.1\r\nHost: x\r\n\r\n', 501, 'METHOD_UNKNOWN'],
    ['another protocol', 'EHLO bank\r\n\r\n', 501, 'METHOD_UNKNOWN'],
    ['another version', 'GET /v1/open HTTP/9.9\r\nHost: x\r\n\r\n', 400, 'REQUEST_MALFORMED'],
    ['no Host', 'GET /v1/open HTTP/1.1\r\nConnection: close\r\n\r\n', 400, 'REQUEST_MALFORMED'],
    ['a header without a colon', 'GET /v1/open HTTP/1.1\r\nHost: x\r\nJana Novotna\r\n\r\n', 400, 'REQUEST_MALFORMED'],
    [
      'a length and chunks',
      'POST /v1/open HTTP/1.1\r\nHost: x\r\nContent-Length: 3\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n',
      400,
      'REQUEST_MALFORMED',
    ],
  ])('%s is answered before there is a request', async (_, bytes, status, code) => {
    const answer = await wire(test.url, bytes);
    const [head, body] = answer.split('\r\n\r\n') as [string, string];
    expect(head.startsWith(`HTTP/1.1 ${status} `)).toBe(true);
    expect(head.toLowerCase()).toContain('content-type: application/problem+json');
    expect(head.toLowerCase()).toContain('cache-control: no-store');
    expect(JSON.parse(body)).toMatchObject({ status, code });
    expect(answer).not.toMatch(/Jana/);
  });

  it.each([
    ['lapsed', 409, 'LEAD_LAPSED', undefined],
    ['pace', 429, 'PACE_EXCEEDED', '62'],
    ['unknown-outcome', 503, 'OUTCOME_UNKNOWN', '1'],
    ['undeclared', 500, 'INTERNAL_ERROR', undefined],
    ['bug', 500, 'INTERNAL_ERROR', undefined],
  ])('what a handler throws (%s) is answered from the list', async (kind, status, code, retryAfter) => {
    const headers = { authorization, 'idempotency-key': kind, 'content-type': 'application/json' };
    const response = await raw(test.url, { method: 'POST', path: `/v1/parcels/failures/${kind}`, headers, body: '{}' });
    expectProblem(response, status, code);
    expect(header(response, 'retry-after')).toBe(retryAfter);
    expect(response.body).not.toMatch(/Jana|secret|failures|at /);
  });

  it('nothing that was sent, thrown or asked for is in the log', () => {
    const log = JSON.stringify(test.lines);
    expect(log).toContain('/v1/parcels/failures/:kind');
    expect(log).toContain('parcel.module');
    expect(log).not.toMatch(/Jana|Novotn|failures\/bug|Bearer|%zz/);
  });

  it('every response has the same headers in the same order, and none that tell of the server', async () => {
    const good = await raw(test.url, { path: '/v1/open' });
    const bad = await raw(test.url, { path: '/v1/nothing' });
    const names = ({ headers }: RawResponse): string[] => headers.map(([name]) => name);
    expect(names(good)).toEqual(names(bad));
    for (const response of [good, bad, await raw(test.url, { path: '/oauth/jwks' }), await raw(test.url, { path: '/docs' })]) {
      expect(names(response)).not.toEqual(expect.arrayContaining([expect.stringMatching(/^(x-powered-by|etag|server|last-modified)$/)]));
      expect(header(response, 'cache-control')).toBe('no-store');
      expect(header(response, 'x-correlation-id')).toMatch(UUID);
    }
  });

  it('HEAD answers as GET without the body', async () => {
    const response = await raw(test.url, { method: 'HEAD', path: '/v1/open' });
    expect([response.status, response.body]).toEqual([200, '']);
  });

  it('a well-formed correlation id comes back, any other is replaced', async () => {
    const id = '01890a5d-ac96-774b-bcce-b302099a8057';
    const given = await raw(test.url, { path: '/v1/open', headers: { 'x-correlation-id': id } });
    expect(header(given, 'x-correlation-id')).toBe(id);
    const made = await raw(test.url, { path: '/v1/open', headers: { 'x-correlation-id': 'Jana Novotna' } });
    expect(header(made, 'x-correlation-id')).toMatch(UUID);
  });

  it('a body that drips in is cut off', async () => {
    jest.useFakeTimers({ doNotFake: ['nextTick', 'setImmediate', 'performance', 'queueMicrotask'], advanceTimers: 200 });
    try {
      const { hostname, port } = new URL(test.url);
      const headers = { authorization, 'content-type': 'application/json', 'idempotency-key': 'slow', 'content-length': '100' };
      const answered = new Promise<number>((resolve, reject) => {
        const request = httpRequest({ hostname, port, method: 'POST', path: '/v1/parcels', headers }, (response) => {
          response.resume();
          resolve(response.statusCode ?? 0);
        });
        request.on('error', reject);
        request.write('{"id"');
      });
      await expect(answered).resolves.toBe(408);
    } finally {
      jest.useRealTimers();
    }
  });

  it('a client that goes away in the middle of its body takes nobody with it', async () => {
    jest.useFakeTimers({ doNotFake: ['nextTick', 'setImmediate', 'performance', 'queueMicrotask'] });
    try {
      const server = test.app.getHttpServer() as Server;
      const arrived = once(server, 'request') as Promise<[IncomingMessage]>;
      const { hostname, port } = new URL(test.url);
      const socket = connect(Number(port), hostname);
      const head = ['POST /v1/parcels HTTP/1.1', 'host: gate', `authorization: ${authorization}`, 'content-type: application/json'];
      socket.write([...head, 'idempotency-key: gone', 'content-length: 100', '', '{"id"'].join('\r\n'));
      const [request] = await arrived;
      const closed = new Promise((resolve) => request.socket.once('close', resolve));
      socket.resetAndDestroy();
      await closed;
      await new Promise((resolve) => setImmediate(resolve));
      // Its time would be over now; what is thrown by a timer ends the process.
      expect(() => jest.advanceTimersByTime(2 * LIMITS.bodyTimeout)).not.toThrow();
    } finally {
      jest.useRealTimers();
    }
  });
});
