import { join } from 'node:path';
import { Inject, Module, type OnApplicationShutdown, type OnModuleInit } from '@nestjs/common';
import { APP_GUARD, HttpAdapterHost } from '@nestjs/core';
import type { FastifyAdapter } from '@nestjs/platform-fastify';
import type { JWTVerifyGetKey } from 'jose';
import type { Logger } from 'pino';
import { CONFIG, type Config } from '../../config.js';
import { CLOCK, type Clock } from '../../event-sourcing/clock.js';
import { EVENT_STORE, type EventStore } from '../../event-sourcing/event-store.js';
import { LOGGER } from '../../observability/logger.js';
import { Keyring } from '../persons/keyring.js';
import { AccessController } from './access.controller.js';
import { AuthenticationGuard, RolesGuard, RouteAccess, ThrottleGuard } from './access.guards.js';
import { AccessTokens } from './access-tokens.js';
import { AccessTokenStrategy } from './access-token.strategy.js';
import { type AuthorisationServerOptions, authorisationServer } from './authorisation-server.js';
import { ClientDirectory } from './client-directory.js';
import { DisableClientHandler, RegisterClientHandler, RegisterClientKeysHandler, RevokeClientKeyHandler } from './client.handlers.js';
import { makeIssuerKey, publicPart, readIssuerKey } from './issuer-key.js';
import { LogUsedAssertions } from './log.used-assertions.js';
import { mountOAuth } from './oauth.routes.js';
import { TokenLimits } from './token-limits.js';
import { externalKeys, localKeys } from './token-keys.js';
import { UsedAssertions } from './used-assertions.js';

const TOKEN_KEYS = Symbol('token keys');

async function tokenKeys(config: Config): Promise<JWTVerifyGetKey> {
  if (!config.builtInIssuer) return externalKeys(config.issuer);
  // In production config.ts has made sure that there is one.
  if (!config.production) await makeIssuerKey(config.dataDir);
  return localKeys([publicPart(readIssuerKey(config.dataDir))]);
}

/** Who may come in: clients and their keys, tokens, roles, throttling; and the authorisation server, unless the bank has its own. */
@Module({
  controllers: [AccessController],
  providers: [
    RouteAccess,
    ClientDirectory,
    AccessTokenStrategy,
    { provide: TOKEN_KEYS, inject: [CONFIG], useFactory: tokenKeys },
    {
      provide: AccessTokens,
      inject: [CONFIG, TOKEN_KEYS],
      useFactory: ({ issuer, audience }: Config, keys: JWTVerifyGetKey) =>
        // The wall clock: tokens are dated by another machine, and no decision of the log rests on them.
        new AccessTokens({ issuer, audience, keys, now: Date.now }),
    },
    // In this order: who, whether, how fast (R38).
    { provide: APP_GUARD, useClass: AuthenticationGuard },
    { provide: APP_GUARD, useClass: RolesGuard },
    { provide: APP_GUARD, useClass: ThrottleGuard },
    RegisterClientHandler,
    RegisterClientKeysHandler,
    RevokeClientKeyHandler,
    DisableClientHandler,
  ],
  exports: [ClientDirectory, RouteAccess],
})
export class AccessModule implements OnModuleInit, OnApplicationShutdown {
  private usedAssertions: UsedAssertions | undefined;

  constructor(
    @Inject(CONFIG) private readonly config: Config,
    @Inject(LOGGER) private readonly logger: Logger,
    @Inject(EVENT_STORE) private readonly store: EventStore,
    @Inject(CLOCK) private readonly clock: Clock,
    private readonly keyring: Keyring,
    private readonly clients: ClientDirectory,
    private readonly host: HttpAdapterHost<FastifyAdapter>,
  ) {}

  async onModuleInit(): Promise<void> {
    if (!this.config.builtInIssuer) return;
    const { issuer, audience, dataDir } = this.config;
    const provider = authorisationServer({
      issuer,
      audience,
      signingKey: readIssuerKey(dataDir),
      findClient: (id) => this.clients.find(id),
      useAssertion: await this.useAssertion(),
      limits: new TokenLimits(),
      onServerError: (error) => this.logger.error({ err: error }, 'token request failed'),
    });
    mountOAuth(this.host.httpAdapter.getInstance() as never, issuer, provider.callback());
  }

  /** Where the log is shared, so is what has been used. */
  private async useAssertion(): Promise<AuthorisationServerOptions['useAssertion']> {
    if (this.config.eventStoreDb !== undefined) {
      const shared = new LogUsedAssertions(this.store, this.clock, (text) => this.keyring.keyedHash('used-assertion', text));
      return (id, expiresAt) => shared.use(id, expiresAt);
    }
    const used = new UsedAssertions(join(this.config.dataDir, 'assertions.db'));
    this.usedAssertions = used;
    return (id, expiresAt, now) => used.use(id, expiresAt, now);
  }

  onApplicationShutdown(): void {
    this.usedAssertions?.close();
  }
}
