import { randomUUID } from 'node:crypto';
import { Injectable, type OnApplicationShutdown } from '@nestjs/common';
import { PassportStrategy } from '@nestjs/passport';
import type { FastifyRequest } from 'fastify';
import passport from 'passport';
import { ExtractJwt, Strategy } from 'passport-jwt';
import type { RequestFacts } from '../../http/cause.js';
import { Problem } from '../../http/problem.js';
import { rawBodyOf } from '../../http/raw-body.js';
import { AccessTokens, type VerifiedToken } from './access-tokens.js';
import { type ActiveClient, ClientDirectory } from './client-directory.js';
import type { ClientIdentity } from './client.js';
import { Possession, type Proven, shownToken, showsNoProof } from './possession.js';
import { RequestSignatures } from './request-signature.js';
import type { AuthenticatedClient } from './roles.js';

/** What the authentication of a request leaves on it. */
export interface ProvenRequest {
  proven?: Proven;
}

const carriesSignature = ({ headers }: FastifyRequest): boolean =>
  headers['signature'] !== undefined || headers['signature-input'] !== undefined;

/** Seconds by which the clock of an issuer elsewhere may be ahead (R27): so much later is a token dated that it issued earlier. */
const ISSUERS_CLOCK_AHEAD = 60;

/**
 * passport-jwt's strategy with the verification exchanged: its own parses the key anew for each request and knows no EdDSA.
 * The client's standing is read from its stream each time, so it is not the token's life that ends it (R32).
 */
@Injectable()
export class AccessTokenStrategy extends PassportStrategy(Strategy, 'access-token') implements OnApplicationShutdown {
  /**
   * A name of its own in passport's table, which is global to the process, so that two applications do not share one. It
   * must be a name: only then does passport make a copy for each request. The strategy itself, handed over as an object,
   * would let one request's outcome be another's.
   */
  readonly registeredAs = `access-token ${randomUUID()}`;

  constructor(
    private readonly tokens: AccessTokens,
    private readonly clients: ClientDirectory,
    private readonly possession: Possession,
    private readonly signatures: RequestSignatures,
  ) {
    // Neither is used: `authenticate` does not come to them.
    super({
      jwtFromRequest: ExtractJwt.fromAuthHeaderAsBearerToken(),
      secretOrKeyProvider: (_request, _token, done) => done(new Error('not used')),
    });
    passport.use(this.registeredAs, this as never);
  }

  override authenticate(request: unknown): void {
    this.clientOf(request as FastifyRequest).then(
      (client) => this.success(client),
      (error: Error) => this.error(error),
    );
  }

  onApplicationShutdown(): void {
    passport.unuse(this.registeredAs);
  }

  /** Required by the base class; the strategy's own verification is never run. */
  validate(): never {
    throw new Error('not used');
  }

  /**
   * The client of a token that was verified before and is bound to nothing, where nobody has to be asked about either: most requests
   * are such.
   */
  known(request: FastifyRequest): ClientIdentity | undefined {
    const shown = shownToken(request);
    if (shown === undefined || shown.asBound || !showsNoProof(request) || carriesSignature(request)) return undefined;
    const token = this.tokens.known(shown.token);
    if (token === undefined || token.binding !== undefined) return undefined;
    const found = this.clients.current(token.clientId);
    return found !== undefined && isWorthSomething(token, found) ? found.identity : undefined;
  }

  private async clientOf(request: FastifyRequest & ProvenRequest): Promise<AuthenticatedClient> {
    const shown = shownToken(request);
    if (shown === undefined) throw new Problem('TOKEN_MISSING');
    const token = await this.tokens.verified(shown.token);
    const found = await this.clients.find(token.clientId);
    if (found === undefined || !isWorthSomething(token, found)) throw new Problem('TOKEN_INVALID');
    const proven = await this.possession.prove(request, shown, token, found);
    request.proven = proven;
    const isSigned = await this.isSigned(request, found);
    if (proven.boundBy === undefined && !isSigned) return found.identity;
    return { ...found.identity, ...(proven.boundBy && { boundBy: proven.boundBy }), ...(isSigned && { isSigned }) };
  }

  /** A signature that comes with a command is verified, whether or not anybody asks for it: one that is wrong says something. */
  private async isSigned(request: FastifyRequest & RequestFacts, { keys }: ActiveClient): Promise<boolean> {
    if (request.method !== 'POST' || !carriesSignature(request)) return false;
    const { method, url: target, headers } = request;
    request.signature = await this.signatures.verify({ method, target, headers, body: rawBodyOf(request) }, keys);
    return true;
  }
}

/**
 * A token is worth nothing any more when the key that it was asked for with is the client's no more. Where the issuer does not say
 * which that was, everything that may have been issued before a compromise was declared is worth nothing.
 */
function isWorthSomething({ askedWith, issuedAt }: VerifiedToken, { keys, secretHash, compromisedAt }: ActiveClient): boolean {
  if (askedWith !== undefined)
    return keys.some(({ thumbprint }) => thumbprint === askedWith) || (secretHash !== '' && secretHash === askedWith);
  return compromisedAt === 0 || (issuedAt - ISSUERS_CLOCK_AHEAD) * 1000 > compromisedAt;
}
