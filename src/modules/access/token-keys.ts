import { createLocalJWKSet, createRemoteJWKSet, customFetch, type FetchImplementation, type JWK, type JWTVerifyGetKey } from 'jose';

/** The issuer's keys cannot be had: nothing is known about the token. */
export class IssuerUnavailable extends Error {
  override name = 'IssuerUnavailable';
}

/** The built-in issuer's keys are in this process; there is nothing to fetch. */
export const localKeys = (publicKeys: readonly JWK[]): JWTVerifyGetKey => createLocalJWKSet({ keys: [...publicKeys] });

export interface ExternalKeysOptions {
  /** Milliseconds for which fetched keys are used, whether or not the issuer can be reached; 10 minutes unless given. */
  readonly maxAge?: number;
  /** Milliseconds between two fetches, whatever the reason; 30 seconds unless given. */
  readonly fetchInterval?: number;
  /** Milliseconds after which a fetch has failed; 5 seconds unless given. */
  readonly timeout?: number;
}

/**
 * Keys of another issuer, found through its metadata and cached (R33). At most one fetch per interval, so that neither
 * made-up key ids nor an outage make this service hammer the issuer.
 */
export function externalKeys(issuer: string, options: ExternalKeysOptions = {}): JWTVerifyGetKey {
  const { maxAge = 600_000, fetchInterval = 30_000, timeout = 5_000 } = options;
  const metadata = new LimitedFetch(fetchInterval);
  const keySet = new LimitedFetch(fetchInterval);
  const find = async (): Promise<JWTVerifyGetKey> =>
    createRemoteJWKSet(await keySetUrl(issuer, metadata, timeout), {
      cacheMaxAge: maxAge,
      cooldownDuration: fetchInterval,
      timeoutDuration: timeout,
      [customFetch]: keySet.fetch,
    });
  // The promise is kept, so that the first requests wait for one look-up; a failed one is forgotten.
  let keys: Promise<JWTVerifyGetKey> | undefined;
  return async (header, token) => {
    keys ??= find().catch((error: unknown) => {
      keys = undefined;
      throw error;
    });
    return (await keys)(header, token);
  };
}

class LimitedFetch {
  private lastAttempt = -Infinity;

  constructor(private readonly interval: number) {}

  readonly fetch: FetchImplementation = async (url, options) => {
    if (performance.now() - this.lastAttempt < this.interval) throw new IssuerUnavailable('the last attempt was a moment ago');
    this.lastAttempt = performance.now();
    let response: Response;
    try {
      response = await fetch(url, options);
    } catch (cause) {
      throw new IssuerUnavailable('the issuer cannot be reached', { cause });
    }
    if (response.status !== 200) throw new IssuerUnavailable(`the issuer answered ${response.status}`);
    return response;
  };
}

async function keySetUrl(issuer: string, limited: LimitedFetch, timeout: number): Promise<URL> {
  const url = `${issuer.replace(/\/$/, '')}/.well-known/openid-configuration`;
  const options = { headers: new Headers(), method: 'GET', redirect: 'manual', signal: AbortSignal.timeout(timeout) } as const;
  const metadata = (await (await limited.fetch(url, options)).json().catch(() => ({}))) as { issuer?: unknown; jwks_uri?: unknown };
  // Metadata of another issuer would let it speak for this one (RFC 8414, section 3.3).
  if (metadata.issuer !== issuer || typeof metadata.jwks_uri !== 'string' || !URL.canParse(metadata.jwks_uri))
    throw new IssuerUnavailable('the metadata are not this issuer’s');
  const found = new URL(metadata.jwks_uri);
  if (found.protocol !== 'https:' && new URL(issuer).protocol === 'https:') throw new IssuerUnavailable('the key set is not on https');
  return found;
}
