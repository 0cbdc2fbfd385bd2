import { Module } from '@nestjs/common';
import { RegisterImport } from './register-import.js';
import { RegistryController } from './registry.controller.js';
import { SetLockHandler } from './set-lock.handler.js';

/** The bank's feed of customers, and their locks. `Keyring`, `KEY_VAULT` and the kernel come from global modules. */
@Module({
  controllers: [RegistryController],
  providers: [RegisterImport, SetLockHandler],
  exports: [RegisterImport],
})
export class RegistryModule {}
