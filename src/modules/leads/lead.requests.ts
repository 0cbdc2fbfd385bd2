import { ApiProperty, ApiPropertyOptional } from '@nestjs/swagger';
import { Type } from 'class-transformer';
import { IsIn, IsObject, IsOptional, IsString, Length, Matches, ValidateNested } from 'class-validator';
import { WITHDRAWAL_REASONS, type WithdrawalReason } from './lead.events.js';
import { LeadPersonRequest, NamedPersonRequest, OPAQUE_ID } from '../persons/person.request.js';
import { SECRET_KINDS, type SecretKind } from '../persons/secret.js';

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

export class ProofRequest {
  @ApiProperty({ enum: SECRET_KINDS, example: 'account-last-six' })
  @IsIn(SECRET_KINDS)
  kind!: SecretKind;

  @ApiProperty({ example: '204060', maxLength: 64 })
  @IsString()
  @Length(1, 64)
  value!: string;
}

export class ConsentCodeRequest {
  @ApiProperty({ example: '20406080', pattern: '^[0-9]{8}$', description: 'the code that the applicant was sent last' })
  @Matches(/^[0-9]{8}$/)
  code!: string;
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

  @ApiPropertyOptional({ type: ProofRequest, description: 'in mode `proof`: a secret that the bank has issued to the applicant' })
  @IsOptional()
  @IsObject()
  @ValidateNested()
  @Type(() => ProofRequest)
  proof?: ProofRequest;

  @ApiPropertyOptional({ type: ConsentCodeRequest, description: 'in mode `consent`, unless the applicant has consented on their page' })
  @IsOptional()
  @IsObject()
  @ValidateNested()
  @Type(() => ConsentCodeRequest)
  consent?: ConsentCodeRequest;
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
