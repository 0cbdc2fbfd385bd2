import type { Act, Mode } from './script.js';
import { customerNumberOf, personOf } from './cast.js';
import type { Request, Response, Service } from './service.js';

/** The bank's own people and systems, as they come over HTTP like everybody else. */
export class Staff {
  private requests = 0;

  constructor(
    private readonly service: Service,
    private readonly tokens: ReadonlyMap<string, string>,
  ) {}

  register(lines: string): Promise<unknown> {
    return this.must('feed', '/v1/registry/imports?importId=register', lines, { 'content-type': 'application/x-ndjson' });
  }

  lock(n: number, locked: boolean): Promise<unknown> {
    const { country, scheme, value } = personOf(n);
    return this.must('identity', '/v1/locks', { person: { country, scheme, value }, locked });
  }

  canary(n: number, isCanary: boolean): Promise<unknown> {
    const { country, scheme, value } = personOf(n);
    const person = { country, scheme, value };
    if (!isCanary) return this.must('canaries', '/v1/canaries/retirement', { person });
    return this.must('canaries', '/v1/canaries', { person, kind: 'deceased' });
  }

  setMode(owner: string, mode: Mode): Promise<unknown> {
    return this.must('analyst', `/v1/owners/${owner}/terms`, { terms: { mode }, reason: 'agreed' });
  }

  /** May come to nothing: too late, or after a word to the contrary. */
  tell({ outcome, person }: Act, customerId: string, actedAt: number): Promise<unknown> {
    const number = outcome === 'proved' ? { customerNumber: customerNumberOf(person) } : {};
    const body = { outcome, ...number, actedAt: new Date(actedAt).toISOString() };
    return this.ask('identity', `/v1/customers/${customerId}/confirmation`, body);
  }

  takeBack(customerId: string): Promise<unknown> {
    return this.ask('identity', `/v1/customers/${customerId}/revocation`, { reason: 'forged-papers' });
  }

  acknowledge(leadId: string): Promise<unknown> {
    return this.ask('messages', `/v1/disclosures/${leadId}/acknowledgement`, {});
  }

  private async must(client: string, path: string, body: object | string, headers: Request['headers'] = {}): Promise<void> {
    const { status, body: said } = await this.ask(client, path, body, headers);
    if (status >= 300) throw new Error(`${path}: ${said}`);
  }

  private async ask(client: string, path: string, body: object | string, headers: Request['headers'] = {}): Promise<Response> {
    this.requests += 1;
    const token = this.tokens.get(client) ?? '';
    const key = { 'idempotency-key': `${client}-${this.requests}` };
    const response = await this.service.request({ token, method: 'POST', path, body, headers: { ...key, ...headers } });
    if (response.status >= 500) throw new Error(`${path}: ${response.body}`);
    return response;
  }
}
