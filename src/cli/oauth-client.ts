import { randomUUID } from 'node:crypto';
import { importJWK, type JWK, SignJWT } from 'jose';
import type { ProofKey } from './proof-key.js';
import { signatureHeaders } from './request-signer.js';

/** Seconds; the server takes at most two minutes. */
const ASSERTION_LIFE = 60;

/** Seconds before its end at which a token is replaced. */
const RENEW_BEFORE = 30;

export interface TokenRequest {
  readonly tokenEndpoint: string;
  /** The authorisation server's identifier, which may differ from the URL that it is reached at. */
  readonly issuer: string;
  readonly clientId: string;
  /** With `kid`; ES256 unless `alg` says otherwise. */
  readonly privateJwk: JWK;
  /** The API's identifier, which is to be the token's audience. */
  readonly resource: string;
  /** Asks for a token that is bound to this key; without it the token is anybody's who has it. */
  readonly proofKey?: ProofKey;
}

export interface AccessToken {
  readonly accessToken: string;
  /** Seconds from now. */
  readonly expiresIn: number;
}

/** The authorisation server said no; `code` is OAuth's. */
export class TokenRefused extends Error {
  constructor(
    readonly status: number,
    readonly code: string,
  ) {
    super(`the authorisation server answered ${status} ${code}`);
    this.name = 'TokenRefused';
  }
}

/** A client assertion (RFC 7523): signed, for the issuer alone, to be used once. */
export async function clientAssertion({
  issuer,
  clientId,
  privateJwk,
}: Pick<TokenRequest, 'issuer' | 'clientId' | 'privateJwk'>): Promise<string> {
  const alg = privateJwk.alg ?? 'ES256';
  return new SignJWT()
    .setProtectedHeader({ alg, typ: 'JWT', ...(privateJwk.kid !== undefined && { kid: privateJwk.kid }) })
    .setIssuer(clientId)
    .setSubject(clientId)
    .setAudience(issuer)
    .setJti(randomUUID())
    .setIssuedAt()
    .setExpirationTime(`${ASSERTION_LIFE}s`)
    .sign(await importJWK(privateJwk, alg));
}

/** Client credentials with `private_key_jwt`. @throws TokenRefused */
export async function fetchToken(request: TokenRequest): Promise<AccessToken> {
  const { proofKey, issuer } = request;
  const response =
    proofKey === undefined
      ? await askForToken(request)
      : await proofKey.proven('POST', `${issuer}/token`, (headers) => askForToken(request, headers));
  const body = (await response.json().catch(() => ({}))) as { access_token?: string; expires_in?: number; error?: string };
  if (!response.ok || body.access_token === undefined) throw new TokenRefused(response.status, body.error ?? 'unknown');
  return { accessToken: body.access_token, expiresIn: body.expires_in ?? 0 };
}

async function askForToken(request: TokenRequest, headers: Record<string, string> = {}): Promise<Response> {
  return fetch(request.tokenEndpoint, {
    method: 'POST',
    headers,
    body: new URLSearchParams({
      grant_type: 'client_credentials',
      resource: request.resource,
      client_assertion_type: 'urn:ietf:params:oauth:client-assertion-type:jwt-bearer',
      client_assertion: await clientAssertion(request),
    }),
  });
}

/** An error that the API answered with (RFC 9457). */
export class ApiProblem extends Error {
  constructor(
    readonly status: number,
    readonly code: string,
    /** Seconds, where the server gave any. */
    readonly retryAfter: number | undefined,
    readonly errors: readonly { member: string; rule: string }[],
  ) {
    super(`${status} ${code}${errors.map(({ member, rule }) => ` ${member}: ${rule}`).join()}`);
    this.name = 'ApiProblem';
  }
}

export interface ApiClientOptions extends TokenRequest {
  readonly baseUrl: string;
  /** What the service calls itself, its PUBLIC_URL, of which proofs speak; `baseUrl` unless given. */
  readonly publicUrl?: string;
  /** Commands carry a message signature (RFC 9421), made with the key that signs the assertions. */
  readonly signRequests?: boolean;
}

export interface ApiResponse<Body> {
  readonly status: number;
  readonly body: Body;
  readonly headers: Headers;
}

/** The API for one client: gets and renews its token, gives each command an idempotency key, turns problems into errors. */
export class ApiClient {
  private token: Promise<AccessToken> | undefined;
  private renewAt = 0;

  constructor(private readonly options: ApiClientOptions) {}

  /** The same client, another way: with tokens of its own. */
  with(changes: Partial<ApiClientOptions>): ApiClient {
    return new ApiClient({ ...this.options, ...changes });
  }

  /**
   * @param idempotencyKey a new one unless given; give the same one again to repeat a command
   * @throws ApiProblem
   */
  async post<Body = unknown>(path: string, body: object, idempotencyKey: string = randomUUID()): Promise<ApiResponse<Body>> {
    const headers = { 'content-type': 'application/json', 'idempotency-key': idempotencyKey };
    return this.send<Body>(path, { method: 'POST', headers, body: JSON.stringify(body) });
  }

  /** A stream of lines, such as a register import. @throws ApiProblem */
  async postLines<Body = unknown>(path: string, lines: ReadableStream<Uint8Array> | AsyncIterable<Uint8Array>): Promise<ApiResponse<Body>> {
    const init = { method: 'POST', headers: { 'content-type': 'application/x-ndjson' }, body: lines as never, duplex: 'half' } as const;
    return this.send<Body>(path, init as RequestInit);
  }

  /** @throws ApiProblem */
  async get<Body = unknown>(path: string): Promise<ApiResponse<Body>> {
    return this.send<Body>(path, { method: 'GET' });
  }

  /** The response as it is, for streams and other formats. @throws ApiProblem */
  async request(path: string, init: RequestInit = {}): Promise<Response> {
    const { proofKey, baseUrl, publicUrl = baseUrl } = this.options;
    const token = await this.accessToken();
    const send = async (credentials: Record<string, string>): Promise<Response> => {
      const headers = { ...Object.fromEntries(new Headers(init.headers)), ...credentials };
      return fetch(new URL(path, baseUrl), {
        ...init,
        headers: { ...headers, ...(await this.signature(`${publicUrl}${path}`, init, headers)) },
      });
    };
    const response =
      proofKey === undefined
        ? await send({ authorization: `Bearer ${token}` })
        : await proofKey.proven(
            init.method ?? 'GET',
            `${publicUrl}${path}`,
            (proof) => send({ authorization: `DPoP ${token}`, ...proof }),
            token,
          );
    if (response.ok) return response;
    throw await problemOf(response);
  }

  private async signature(url: string, { method, body }: RequestInit, headers: Record<string, string>): Promise<Record<string, string>> {
    const { signRequests, privateJwk } = this.options;
    if (signRequests !== true || method !== 'POST' || typeof body !== 'string') return {};
    return signatureHeaders({ method, url, headers, body }, privateJwk);
  }

  private async send<Body>(path: string, init: RequestInit): Promise<ApiResponse<Body>> {
    const response = await this.request(path, init);
    const text = await response.text();
    return { status: response.status, body: (text === '' ? undefined : JSON.parse(text)) as Body, headers: response.headers };
  }

  private async accessToken(): Promise<string> {
    if (this.token === undefined || Date.now() >= this.renewAt) {
      // Until the new one is here, everybody waits for the same request.
      this.renewAt = Infinity;
      this.token = fetchToken(this.options).then(
        (token) => {
          this.renewAt = Date.now() + Math.max(1, token.expiresIn - RENEW_BEFORE) * 1000;
          return token;
        },
        (error: unknown) => {
          this.token = undefined;
          throw error;
        },
      );
    }
    return (await this.token).accessToken;
  }
}

async function problemOf(response: Response): Promise<ApiProblem> {
  const body = (await response.json().catch(() => ({}))) as { code?: string; errors?: { member: string; rule: string }[] };
  const retryAfter = response.headers.get('retry-after');
  return new ApiProblem(response.status, body.code ?? 'UNKNOWN', retryAfter === null ? undefined : Number(retryAfter), body.errors ?? []);
}
