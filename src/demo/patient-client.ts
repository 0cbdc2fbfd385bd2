import { randomUUID } from 'node:crypto';
import { setTimeout as sleep } from 'node:timers/promises';
import type { JWK } from 'jose';
import { ApiClient, ApiProblem, type ApiResponse } from '../cli/oauth-client.js';

export interface ServiceAddress {
  readonly api: string;
  readonly issuer: string;
  readonly tokenEndpoint: string;
  readonly audience: string;
}

const MOST_TRIES = 20;
const DEFAULT_WAIT_S = 1;

/** A client that does what a well-made one does when it is told to slow down or to come back: it repeats the same command. */
export class PatientClient {
  private readonly api: ApiClient;

  constructor({ api, issuer, tokenEndpoint, audience }: ServiceAddress, clientId: string, privateJwk: JWK) {
    this.api = new ApiClient({ baseUrl: api, issuer, tokenEndpoint, resource: audience, clientId, privateJwk });
  }

  /** @throws ApiProblem for whatever waiting does not mend */
  post<Body>(path: string, body: object): Promise<ApiResponse<Body>> {
    const key = randomUUID();
    return patiently(() => this.api.post<Body>(path, body, key));
  }

  /** @throws ApiProblem */
  async get<Body>(path: string): Promise<Body> {
    return (await patiently(() => this.api.get<Body>(path))).body;
  }
}

async function patiently<T>(call: () => Promise<T>): Promise<T> {
  for (let tries = 1; ; tries++) {
    try {
      return await call();
    } catch (error) {
      if (!(error instanceof ApiProblem) || !mayPass(error) || tries >= MOST_TRIES) throw error;
      await sleep(1000 * (error.retryAfter ?? DEFAULT_WAIT_S));
    }
  }
}

/** A rule's refusal is an answer; only the machine's own limits pass. */
function mayPass({ status, code }: ApiProblem): boolean {
  return code === 'TOO_MANY_REQUESTS' || code === 'COMMAND_IN_FLIGHT' || status === 503;
}
