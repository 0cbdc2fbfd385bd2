import { ApiProperty, ApiPropertyOptional } from '@nestjs/swagger';
import { Type } from 'class-transformer';
import {
  ArrayMaxSize,
  ArrayMinSize,
  IsArray,
  IsEmail,
  IsISO8601,
  IsObject,
  IsOptional,
  IsString,
  Length,
  Matches,
  ValidateNested,
} from 'class-validator';
import { INSTANT } from '../../http/instant.js';
import { CONVERSION_REVOCATION_REASONS } from '../leads/lead.events.js';
import { NamedPersonRequest, OPAQUE_ID } from '../persons/person.request.js';
import { ReasonRequest } from '../persons/reason.request.js';

export class ApplicantRequest extends NamedPersonRequest {
  @ApiPropertyOptional({ example: 'Jan', maxLength: 200 })
  @IsOptional()
  @IsString()
  @Length(1, 200)
  givenNames?: string;
}

export class ContactRequest {
  @ApiPropertyOptional({ example: 'jan.novak@example.org', maxLength: 254 })
  @IsOptional()
  @IsEmail()
  email?: string;

  @ApiPropertyOptional({ example: '+420601123456', description: 'E.164', maxLength: 16 })
  @IsOptional()
  @Matches(/^\+[1-9]\d{6,14}$/)
  phone?: string;
}

export class AddressRequest {
  @ApiProperty({ type: [String], example: ['Dlouhá 7'], maxItems: 4 })
  @IsArray()
  @ArrayMinSize(1)
  @ArrayMaxSize(4)
  @IsString({ each: true })
  @Length(1, 200, { each: true })
  lines!: string[];

  @ApiPropertyOptional({ example: '110 00', maxLength: 20 })
  @IsOptional()
  @IsString()
  @Length(1, 20)
  postalCode?: string;

  @ApiProperty({ example: 'Praha', maxLength: 100 })
  @IsString()
  @Length(1, 100)
  city!: string;

  @ApiProperty({ example: 'CZ', pattern: '^[A-Z]{2}$' })
  @Matches(/^[A-Z]{2}$/)
  country!: string;
}

export class CreateCustomerRequest {
  @ApiProperty({ format: 'uuid' })
  @Matches(OPAQUE_ID)
  leadId!: string;

  @ApiProperty({ type: ApplicantRequest })
  @IsObject()
  @ValidateNested()
  @Type(() => ApplicantRequest)
  person!: ApplicantRequest;

  @ApiProperty({ type: ContactRequest, description: 'where the applicant is asked to prove their identity' })
  @IsObject()
  @ValidateNested()
  @Type(() => ContactRequest)
  contact!: ContactRequest;

  @ApiPropertyOptional({ type: AddressRequest })
  @IsOptional()
  @IsObject()
  @ValidateNested()
  @Type(() => AddressRequest)
  address?: AddressRequest;
}

/** The same for a new customer and for one whom the bank has already. */
export class CreatedCustomer {
  @ApiProperty({ format: 'uuid' }) customerId!: string;
  @ApiProperty({ format: 'uuid' }) leadId!: string;
  @ApiProperty({ enum: ['pending'] }) status!: 'pending';
  @ApiProperty({ format: 'date-time', description: 'the applicant has to prove their identity before' }) confirmBy!: string;
}

export class ConfirmationRequest {
  @ApiProperty({ enum: ['proved', 'turned-down'], description: 'what the bank found' })
  @Matches(/^(proved|turned-down)$/)
  outcome!: 'proved' | 'turned-down';

  @ApiPropertyOptional({ example: '4000123456', description: "the bank's customer number; with `proved` only", maxLength: 64 })
  @IsOptional()
  @IsString()
  @Length(1, 64)
  customerNumber?: string;

  @ApiProperty({ format: 'date-time', description: 'when the applicant acted, or the bank decided; the deadline binds this moment' })
  @IsISO8601({ strict: true, strictSeparator: true })
  @Matches(INSTANT)
  actedAt!: string;
}

export class RevocationRequest extends ReasonRequest(CONVERSION_REVOCATION_REASONS) {}

export class CustomerOutcome {
  @ApiProperty({ format: 'uuid' }) customerId!: string;
  @ApiProperty({ enum: ['proved', 'turned-down', 'revoked'] }) outcome!: 'proved' | 'turned-down' | 'revoked';
}

export class AcknowledgedDisclosure {
  @ApiProperty({ format: 'uuid' }) disclosureId!: string;
  @ApiProperty({ enum: ['acknowledged'] }) status!: 'acknowledged';
}

export class DeniedDisclosure {
  @ApiProperty({ format: 'uuid' }) disclosureId!: string;
  @ApiProperty({ enum: ['denied'] }) status!: 'denied';
}
