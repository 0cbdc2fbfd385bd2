import { randomUUID } from 'node:crypto';
import { setTimeout as sleep } from 'node:timers/promises';
import { applicant } from './applicants.js';

const CLIENTS = 2;
/** Milliseconds between two requests of each of them. */
const PAUSE = 20;
const FROM = 5_000_000;

/** Other clients, of another owner, who open leads and ask while the requests are timed. */
export class LoadGenerator {
  private stopped = false;
  private next = FROM;

  private constructor(
    private readonly url: string,
    private readonly token: string,
  ) {}

  static async start(url: string, token: string): Promise<LoadGenerator> {
    const load = new LoadGenerator(url, token);
    // A first one that says whether it works at all.
    await load.flow();
    for (let client = 0; client < CLIENTS; client++) void load.goOn();
    return load;
  }

  stop(): void {
    this.stopped = true;
  }

  private async goOn(): Promise<void> {
    while (!this.stopped) await this.flow().catch(() => undefined);
  }

  private async flow(): Promise<void> {
    const person = applicant(this.next++);
    const { country, scheme, value } = person;
    const { leadId } = await this.post<{ leadId: string }>('/v1/leads', {
      person: { country, scheme, value },
      purpose: 'onboarding',
      agent: 'agent-1',
    });
    await this.post('/v1/membership-checks', { leadId, person });
    await this.post('/v1/customers', { leadId, person, contact: { email: 'load@example.org' } });
  }

  private async post<Body>(path: string, body: object): Promise<Body> {
    await sleep(PAUSE);
    const response = await fetch(`${this.url}${path}`, {
      method: 'POST',
      headers: { authorization: `Bearer ${this.token}`, 'content-type': 'application/json', 'idempotency-key': randomUUID() },
      body: JSON.stringify(body),
    });
    if (!response.ok) throw new Error(`the load was answered ${response.status}: ${await response.text()}`);
    return (await response.json()) as Body;
  }
}
