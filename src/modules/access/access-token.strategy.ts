import { Injectable } from '@nestjs/common';
import { PassportStrategy } from '@nestjs/passport';
import type { FastifyRequest } from 'fastify';
import { ExtractJwt, Strategy } from 'passport-jwt';
import { Problem } from '../../http/problem.js';
import { AccessTokens } from './access-tokens.js';
import { ClientDirectory } from './client-directory.js';

const bearer = ExtractJwt.fromAuthHeaderAsBearerToken();

/**
 * passport-jwt's strategy with the verification exchanged: its own parses the key anew for each request and knows no EdDSA.
 * The client's standing is read from its stream each time, so it is not the token's life that ends it (R32).
 */
@Injectable()
export class AccessTokenStrategy extends PassportStrategy(Strategy, 'access-token') {
  constructor(
    private readonly tokens: AccessTokens,
    private readonly clients: ClientDirectory,
  ) {
    // Neither is used: `authenticate` does not come to them.
    super({ jwtFromRequest: bearer, secretOrKeyProvider: (_request, _token, done) => done(new Error('not used')) });
  }

  override authenticate(request: unknown): void {
    this.clientOf(request as FastifyRequest).then(
      (client) => this.success(client),
      (error: Error) => this.error(error),
    );
  }

  /** Required by the base class; the strategy's own verification is never run. */
  validate(): never {
    throw new Error('not used');
  }

  private async clientOf(request: FastifyRequest): Promise<object> {
    const token = bearer(request as never);
    if (token === null) throw new Problem('TOKEN_MISSING');
    const found = await this.clients.find(await this.tokens.clientOf(token));
    if (found === undefined) throw new Problem('TOKEN_INVALID');
    return found.identity;
  }
}
