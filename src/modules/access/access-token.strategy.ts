import { randomUUID } from 'node:crypto';
import { Injectable, type OnApplicationShutdown } from '@nestjs/common';
import { PassportStrategy } from '@nestjs/passport';
import type { FastifyRequest } from 'fastify';
import passport from 'passport';
import { ExtractJwt, Strategy } from 'passport-jwt';
import { Problem } from '../../http/problem.js';
import { AccessTokens } from './access-tokens.js';
import { ClientDirectory } from './client-directory.js';
import type { ClientIdentity } from './client.js';

const bearer = ExtractJwt.fromAuthHeaderAsBearerToken();

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
  ) {
    // Neither is used: `authenticate` does not come to them.
    super({ jwtFromRequest: bearer, secretOrKeyProvider: (_request, _token, done) => done(new Error('not used')) });
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

  /** The client of a token that was verified before, where nobody has to be asked about either: most requests are such. */
  known(request: FastifyRequest): ClientIdentity | undefined {
    const token = bearer(request as never);
    const clientId = token === null ? undefined : this.tokens.knownClientOf(token);
    return clientId === undefined ? undefined : this.clients.current(clientId)?.identity;
  }

  private async clientOf(request: FastifyRequest): Promise<object> {
    const token = bearer(request as never);
    if (token === null) throw new Problem('TOKEN_MISSING');
    const found = await this.clients.find(await this.tokens.clientOf(token));
    if (found === undefined) throw new Problem('TOKEN_INVALID');
    return found.identity;
  }
}
