import { ApiProperty, ApiPropertyOptional } from '@nestjs/swagger';
import { Type } from 'class-transformer';
import { IsIn, IsObject, IsOptional, IsString, Length, Matches, ValidateNested } from 'class-validator';
import { WITHDRAWAL_REASONS, type WithdrawalReason } from './lead.events.js';
import { LeadPersonRequest, NamedPersonRequest, OPAQUE_ID } from '../persons/person.request.js';

export class OpenLeadRequest {
  @ApiProperty({ type: LeadPersonRequest })
  @IsObject()
  @ValidateNested()
  @Type(() => LeadPersonRequest)
  person!: LeadPersonRequest;

  @ApiProperty({ example: 'onboarding', description: 'one of the purposes in the terms', maxLength: 60 })
  @IsString()
  @Length(1, 60)
  purpose!: string;

  @ApiProperty({ example: 'agent-1', description: "the partner's employee who talks to the applicant", maxLength: 60 })
  @IsString()
  @Length(1, 60)
  agent!: string;
}

export class CheckRequest {
  @ApiProperty({ format: 'uuid' })
  @Matches(OPAQUE_ID)
  leadId!: string;

  @ApiProperty({ type: NamedPersonRequest })
  @IsObject()
  @ValidateNested()
  @Type(() => NamedPersonRequest)
  person!: NamedPersonRequest;
}

export class WithdrawRequest {
  @ApiProperty({ enum: WITHDRAWAL_REASONS, example: 'lost-interest' })
  @IsIn(WITHDRAWAL_REASONS)
  reason!: WithdrawalReason;

  @ApiPropertyOptional({
    example: 'moves abroad next month',
    maxLength: 200,
    description: "in the partner's own words; stored under the applicant's own key only",
  })
  @IsOptional()
  @IsString()
  @Length(1, 200)
  note?: string;
}

/** A lead as its opening made it. */
export class OpenedLead {
  @ApiProperty({ format: 'uuid' }) leadId!: string;
  @ApiProperty() purpose!: string;
  @ApiProperty() agent!: string;
  @ApiProperty({ enum: ['instant', 'proof', 'consent', 'blind'] }) mode!: string;
  @ApiProperty({ format: 'date-time' }) openedAt!: string;
  @ApiProperty({ format: 'date-time', description: 'the follow-up has to come before' }) followUpBy!: string;
  @ApiProperty({ enum: ['yes', 'no', null], nullable: true, type: String, description: 'the answer of an earlier lead, carried' })
  carriedAnswer!: 'yes' | 'no' | null;
}

export class AnswerResponse {
  @ApiProperty({ enum: ['yes', 'no'], description: '`no` means "not confirmed"' }) answer!: 'yes' | 'no';
}

export class WithdrawnLead {
  @ApiProperty({ format: 'uuid' }) leadId!: string;
  @ApiProperty({ enum: ['withdrawn'] }) status!: 'withdrawn';
}
