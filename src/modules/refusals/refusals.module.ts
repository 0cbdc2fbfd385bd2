import { Global, Module } from '@nestjs/common';
import { RefusalFilter } from './refusal.filter.js';
import { RefusalRecorder } from './refusal-recorder.js';

@Global()
@Module({ providers: [RefusalRecorder, RefusalFilter], exports: [RefusalRecorder, RefusalFilter] })
export class RefusalsModule {}
