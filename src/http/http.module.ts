import { Module } from '@nestjs/common';
import { APP_INTERCEPTOR, DiscoveryModule } from '@nestjs/core';
import { Keyring } from '../modules/persons/keyring.js';
import { DocsController } from './docs.controller.js';
import { GuideController } from './guide.controller.js';
import { IdempotencyInterceptor, KEYED_HASH, type KeyedHash } from './idempotency.interceptor.js';

/** What stands between the wire and every controller. The `Keyring` comes from the persons' module, which is global. */
@Module({
  imports: [DiscoveryModule],
  controllers: [DocsController, GuideController],
  providers: [
    {
      provide: KEYED_HASH,
      inject: [Keyring],
      useFactory:
        (keyring: Keyring): KeyedHash =>
        (purpose, text) =>
          keyring.keyedHash(purpose, text),
    },
    { provide: APP_INTERCEPTOR, useClass: IdempotencyInterceptor },
  ],
})
export class HttpModule {}
