import { loggedError, makeLogger } from '../../src/observability/logger.js';
import { DomainError } from '../../src/event-sourcing/decider.js';
import { PARTNER, raw, startTestApp, type TestApp, type TestClient } from './test-app.js';

describe('Metrics', () => {
  let test: TestApp;
  let operator: TestClient;
  beforeAll(async () => {
    test = await startTestApp();
    operator = await test.client({ clientId: 'operator', role: 'operator' });
    const { api } = await test.client(PARTNER);
    await api.post('/v1/parcels', { id: 'a', to: 'b', grams: 5 });
    await api.post('/v1/parcels', { id: 'a', to: 'b', grams: 5 }).catch(() => undefined);
  });
  afterAll(() => test.stop());

  it('count commands by outcome, and say how the log and the read models do', async () => {
    const { body, headers } = await raw(test.url, { path: '/metrics', headers: { authorization: `Bearer ${await operator.token()}` } });
    expect(headers).toContainEqual(['content-type', 'text/plain; version=0.0.4; charset=utf-8']);
    expect(body).toContain('vestibule_commands_total{type="SendParcel",outcome="accepted"} 1');
    expect(body).toContain('vestibule_commands_total{type="SendParcel",outcome="refused"} 1');
    expect(body).toMatch(/vestibule_log_commits [1-9]/);
    expect(body).toMatch(/vestibule_append_milliseconds\{quantile="p99"\} [0-9.]+/);
    expect(body).toMatch(/vestibule_projection_lag\{name="idempotency_index"\} \d/);
    expect(body).toContain('process_cpu_seconds_total');
  });

  it('name nobody', async () => {
    const { body } = await raw(test.url, { path: '/metrics', headers: { authorization: `Bearer ${await operator.token()}` } });
    expect(body).not.toMatch(/acme|parcel-a/);
  });
});

describe('The log', () => {
  const lines: string[] = [];
  const logger = makeLogger('info', { write: (line) => void lines.push(line) });
  beforeEach(() => void lines.splice(0));

  it('is one JSON object a line, whatever the input (R39)', () => {
    logger.info({ client: 'a\n{"level":"fatal"}\r\u2028' }, 'two\nlines');
    expect(lines).toHaveLength(1);
    expect((lines[0] as string).trimEnd()).not.toContain('\n');
    expect(JSON.parse(lines[0] as string)).toMatchObject({ level: 'info', msg: 'two\nlines' });
  });

  it('cuts out what should not have come so far', () => {
    const request = { headers: { authorization: 'Bearer x' }, url: '/consent/secret', body: { value: 'Jana' } };
    logger.info({ request, token: 'eyJ', key: { d: 'private' } }, 'oops');
    expect(lines[0]).not.toMatch(/Bearer|secret|Jana|eyJ|private/);
  });

  it('shows the message of an error only where it is known to hold no input, but always where it came from', () => {
    const foreign = loggedError(new SyntaxError('Unexpected token "Jana'));
    expect(foreign).not.toHaveProperty('message');
    expect(foreign.at[0]).toMatch(/observability\.spec/);
    expect(loggedError(new DomainError('LEAD_LAPSED', 'the lead has lapsed'))).toMatchObject({
      code: 'LEAD_LAPSED',
      message: 'the lead has lapsed',
    });
    expect(JSON.stringify(loggedError(new DomainError('X', 'ours', undefined)))).toContain('ours');
    expect(JSON.stringify(loggedError(new Error('outer Jana', { cause: new Error('inner Jana') })))).not.toContain('Jana');
  });
});
