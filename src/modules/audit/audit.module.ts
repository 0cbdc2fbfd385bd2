import { Module } from '@nestjs/common';
import { RecordEvidenceReadHandler } from './evidence.handlers.js';

/** Reading evidence is itself evidence. */
@Module({ providers: [RecordEvidenceReadHandler] })
export class AuditModule {}
