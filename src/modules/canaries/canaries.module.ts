import { Module } from '@nestjs/common';
import { CanaryController } from './canary.controller.js';
import { RegisterCanaryHandler, RetireCanaryHandler } from './canary.handlers.js';
import { CanaryImport } from './canary-import.js';

/** People whom no honest partner can have as applicants. What partners do never reads them; who was hit is a read model. */
@Module({
  controllers: [CanaryController],
  providers: [CanaryImport, RegisterCanaryHandler, RetireCanaryHandler],
})
export class CanariesModule {}
