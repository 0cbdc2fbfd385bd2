import { Module } from '@nestjs/common';
import { LeadsModule } from '../leads/leads.module.js';
import { ConsentPageController } from './consent-page.controller.js';
import { DenialController } from './denial.controller.js';

/** The pages that links in messages lead to. */
@Module({ imports: [LeadsModule], controllers: [DenialController, ConsentPageController] })
export class ApplicantsModule {}
