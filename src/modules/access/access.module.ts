import { createHash, randomUUID } from 'node:crypto';
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
import { AuthenticationGuard, ProofGuard, RolesGuard, RouteAccess, ThrottleGuard } from './access.guards.js';
import { AccessTokens } from './access-tokens.js';
import { AccessTokenStrategy } from './access-token.strategy.js';
import { type AuthorisationServerOptions, authorisationServer } from './authorisation-server.js';
import { ClientDirectory } from './client-directory.js';
import { ClientCertificates } from './client-certificates.js';
import { ClientSecrets } from './client-secrets.js';
import {
  DeclareCompromiseHandler,
  DisableClientHandler,
  RegisterClientCertificateHandler,
  RegisterClientHandler,
  RegisterClientKeysHandler,
  RegisterClientSecretHandler,
  RevokeClientCertificateHandler,
  RevokeClientKeyHandler,
  RevokeClientSecretHandler,
} from './client.handlers.js';
import { DpopProofs } from './dpop-proof.js';
import { makeIssuerKey, publicPart, readIssuerKey } from './issuer-key.js';
import { LogUsedAssertions } from './log.used-assertions.js';
import { LogUsedProofs } from './log.used-proofs.js';
import { mountOAuth } from './oauth.routes.js';
import { Possession } from './possession.js';
import { ProofNonces } from './proof-nonces.js';
import { RequestSignatures } from './request-signature.js';
import { Throttles } from './throttles.js';
import { TokenLimits } from './token-limits.js';
import { externalKeys, localKeys } from './token-keys.js';
import { UsedAssertions } from './used-assertions.js';
import { type UsedProofs, UsedProofsOfProcess } from './used-proofs.js';

/** Where the counts lie between a stop and a start. */
const THROTTLES = 'throttles.json';

const TOKEN_KEYS = Symbol('token keys');
const USED_PROOFS = Symbol('used proofs');
const NONCE_SECRET = Symbol('nonce secret');

/** Where the log is shared, so are the nonces, and what was used; else neither outlives the process. */
function usedProofs({ eventStoreDb }: Config, store: EventStore, clock: Clock, keyring: Keyring): UsedProofs {
  if (eventStoreDb === undefined) return new UsedProofsOfProcess();
  return new LogUsedProofs(store, clock, (text) => keyring.keyedHash('used-proof', text));
}

/** 64 characters. */
function nonceSecret({ eventStoreDb }: Config, keyring: Keyring): string {
  return keyring.keyedHash('proof-nonce', eventStoreDb === undefined ? randomUUID() : 'shared');
}

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
      useFactory: ({ issuer, audience, builtInIssuer: builtIn }: Config, keys: JWTVerifyGetKey) =>
        // The wall clock: tokens are dated by another machine, and no decision of the log rests on them.
        new AccessTokens({ issuer, audience, keys, builtIn, now: Date.now }),
    },
    { provide: USED_PROOFS, inject: [CONFIG, EVENT_STORE, CLOCK, Keyring], useFactory: usedProofs },
    { provide: NONCE_SECRET, inject: [CONFIG, Keyring], useFactory: nonceSecret },
    {
      provide: DpopProofs,
      inject: [CONFIG, USED_PROOFS, NONCE_SECRET],
      useFactory: ({ publicUrl }: Config, used: UsedProofs, secret: string) =>
        new DpopProofs({ publicUrl, used, nonces: new ProofNonces(secret, Date.now), now: Date.now }),
    },
    {
      provide: ClientCertificates,
      inject: [CONFIG],
      useFactory: ({ clientCertificates }: Config) => new ClientCertificates({ ...clientCertificates, now: Date.now }),
    },
    Possession,
    {
      provide: ClientSecrets,
      inject: [Keyring],
      useFactory: (keyring: Keyring) => new ClientSecrets((text) => keyring.keyedHash('client-secret', text)),
    },
    {
      provide: RequestSignatures,
      inject: [CONFIG, Keyring],
      useFactory: ({ publicUrl }: Config, keyring: Keyring) =>
        new RequestSignatures({ publicUrl, now: Date.now, keyedHash: (text) => keyring.keyedHash('content-digest', text) }),
    },
    { provide: Throttles, inject: [CONFIG], useFactory: ({ requestsPerSecond }: Config) => new Throttles(requestsPerSecond, Date.now) },
    // In this order: who, whether, how fast (R38), and only then what is remembered: whether the proof is a new one.
    { provide: APP_GUARD, useClass: AuthenticationGuard },
    { provide: APP_GUARD, useClass: RolesGuard },
    { provide: APP_GUARD, useClass: ThrottleGuard },
    { provide: APP_GUARD, useClass: ProofGuard },
    RegisterClientHandler,
    RegisterClientKeysHandler,
    RevokeClientKeyHandler,
    RegisterClientCertificateHandler,
    RevokeClientCertificateHandler,
    RegisterClientSecretHandler,
    RevokeClientSecretHandler,
    DeclareCompromiseHandler,
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
    @Inject(USED_PROOFS) private readonly usedProofs: UsedProofs,
    @Inject(NONCE_SECRET) private readonly nonces: string,
    private readonly certificates: ClientCertificates,
    private readonly secrets: ClientSecrets,
    private readonly host: HttpAdapterHost<FastifyAdapter>,
    private readonly throttles: Throttles,
  ) {}

  async onModuleInit(): Promise<void> {
    this.throttles.begin(join(this.config.dataDir, THROTTLES));
    if (!this.config.builtInIssuer) return;
    const { issuer, audience, dataDir } = this.config;
    const provider = authorisationServer({
      issuer,
      audience,
      signingKey: readIssuerKey(dataDir),
      findClient: (id) => this.clients.find(id),
      useAssertion: await this.useAssertion(),
      useProof: (id, minute) => this.usedProofs.use(`token ${id}`, minute),
      nonceSecret: createHash('sha256').update(`token endpoint ${this.nonces}`).digest(),
      certificateOf: (request) => this.certificates.of(request),
      ...(this.config.clientSecrets && { secrets: this.secrets }),
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
    this.throttles.end(join(this.config.dataDir, THROTTLES));
  }
}
