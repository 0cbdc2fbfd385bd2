import { ApiProperty, ApiPropertyOptional } from '@nestjs/swagger';
import { Type } from 'class-transformer';
import {
  ArrayMaxSize,
  ArrayMinSize,
  IsArray,
  IsBoolean,
  IsIn,
  IsInt,
  IsNumber,
  IsObject,
  IsOptional,
  IsString,
  Length,
  Matches,
  Max,
  Min,
  ValidateNested,
} from 'class-validator';
import { ReasonRequest } from '../persons/reason.request.js';
import {
  GRANT_REASONS,
  GRANT_REVOCATION_REASONS,
  OWNER_CHANGE_REASONS,
  REINSTATEMENT_REASONS,
  SUSPENSION_REASONS,
  TERMINATION_REASONS,
  TERMS_REASONS,
} from './owner.events.js';
import { POLICY_REASONS } from './policy.events.js';
import type { DisclosureMode, TokenBinding } from './terms.js';

const ID = /^[A-Za-z0-9_-]{1,64}$/;
const TIME_OF_DAY = /^([01]\d|2[0-3]):[0-5]\d$/;
const DURATION = { example: 'P14D', description: 'ISO 8601, weeks to seconds' };
const IsDurationText = (): PropertyDecorator => Matches(/^P[0-9WDTHMS.]{2,40}$/);
const IsUnits = (): PropertyDecorator => (target, key) => {
  IsNumber({ maxDecimalPlaces: 3 })(target, key as string);
  Min(0)(target, key as string);
  Max(1e9)(target, key as string);
};

/** The acknowledged share of existing customers, s·a, over the partners with the same purpose. */
class BaselineRequest {
  @ApiProperty({ example: 0.15 }) @IsNumber() @Min(0) @Max(1) share!: number;
  @ApiProperty({ example: 0.02, description: 'standard deviation' }) @IsNumber() @Min(0) @Max(1) sigma!: number;
}

/** An honest partner's own figures, from which its terms follow. */
export class FiguresRequest {
  @ApiProperty({ example: 120, description: 'L: leads a weekday' }) @IsNumber() @Min(0.1) @Max(1e6) leadsPerDay!: number;
  @ApiProperty({ example: 0.2, description: 's: share of applicants who are customers already' })
  @IsNumber()
  @Min(0)
  @Max(0.99)
  existingShare!: number;
  @ApiProperty({ example: 0.5, description: 'a: share of those who acknowledge' }) @IsNumber() @Min(0) @Max(1) acknowledgedShare!: number;
  @ApiProperty({ example: 0.5, description: 'c: conversion of the others' }) @IsNumber() @Min(0.01) @Max(1) conversion!: number;
  @ApiPropertyOptional({ example: 14, description: "mean days to a lead's end" })
  @IsOptional()
  @IsNumber()
  @Min(0)
  @Max(90)
  meanDaysToEnd?: number;
  @ApiPropertyOptional({
    type: BaselineRequest,
    description:
      's·a in the pool of partners, frozen here. Monthly `perConversion` is raised for as much of a drop in conversions as the acknowledged ' +
      'share, beside the larger of this and the agreed s·a, does not explain, while that share is not more than two sigma below this and ' +
      'no more than 8 is wanted; a human is asked about the rest, and about any raise where there is no baseline',
  })
  @IsOptional()
  @IsObject()
  @ValidateNested()
  @Type(() => BaselineRequest)
  acknowledgedBaseline?: BaselineRequest;
}

/** What requests have to bring beside a token. */
export class DemandsRequest {
  @ApiPropertyOptional({
    enum: ['dpop', 'mtls', 'either'],
    description: 'tokens are bound to a key (RFC 9449), a certificate (RFC 8705), or either',
  })
  @IsOptional()
  @IsIn(['dpop', 'mtls', 'either'])
  boundTokens?: TokenBinding;

  @ApiPropertyOptional({ description: 'open, check and create carry a message signature (RFC 9421)' })
  @IsOptional()
  @IsBoolean()
  signedRequests?: boolean;
}

class HoursRequest {
  @ApiProperty({ example: '08:00' }) @Matches(TIME_OF_DAY) from!: string;
  @ApiProperty({ example: '18:30', description: 'over midnight where it is the earlier' }) @Matches(TIME_OF_DAY) until!: string;
}

/** What one agent may do; limits that are left out are none. */
class AgentLimitsRequest {
  @ApiPropertyOptional({ example: 40 }) @IsOptional() @IsInt() @Min(1) @Max(1e6) leadsPerDay?: number;
  @ApiPropertyOptional({ type: HoursRequest }) @IsOptional() @IsObject() @ValidateNested() @Type(() => HoursRequest) hours?: HoursRequest;
  @ApiPropertyOptional({ example: 0.3, description: "of the owner's leads of the last seven days" })
  @IsOptional()
  @IsNumber()
  @Min(0.001)
  @Max(1)
  share?: number;
  @ApiPropertyOptional({ example: 'Europe/Prague', description: 'of days and hours; UTC unless given' })
  @IsOptional()
  @Matches(/^[A-Za-z0-9_+/-]{1,64}$/)
  timeZone?: string;
}

/** Single terms, over what follows from the figures or from knowing nothing. */
export class TermsRequest {
  @ApiPropertyOptional({ enum: ['instant', 'proof', 'consent', 'blind'] })
  @IsOptional()
  @IsIn(['instant', 'proof', 'consent', 'blind'])
  mode?: DisclosureMode;

  @ApiPropertyOptional({ type: [String], example: ['onboarding'] })
  @IsOptional()
  @IsArray()
  @ArrayMinSize(1)
  @ArrayMaxSize(50)
  @IsString({ each: true })
  @Length(1, 60, { each: true })
  purposes?: string[];

  @ApiPropertyOptional({ example: 200 }) @IsOptional() @IsUnits() ceiling?: number;
  @ApiPropertyOptional({ example: 50, description: 'leads a day' }) @IsOptional() @IsUnits() pace?: number;
  @ApiPropertyOptional({ example: 200 }) @IsOptional() @IsUnits() openLeads?: number;
  @ApiPropertyOptional(DURATION) @IsOptional() @IsDurationText() followUpWithin?: string;
  @ApiPropertyOptional(DURATION) @IsOptional() @IsDurationText() confirmWithin?: string;
  @ApiPropertyOptional(DURATION) @IsOptional() @IsDurationText() coolDown?: string;
  @ApiPropertyOptional(DURATION) @IsOptional() @IsDurationText() settleAfter?: string;
  @ApiPropertyOptional(DURATION) @IsOptional() @IsDurationText() answerReadableFor?: string;

  @ApiPropertyOptional({ type: DemandsRequest, description: 'an empty one asks for nothing' })
  @IsOptional()
  @IsObject()
  @ValidateNested()
  @Type(() => DemandsRequest)
  requires?: DemandsRequest;

  @ApiPropertyOptional({ type: AgentLimitsRequest, description: 'as a whole; `{}` takes all limits of agents away' })
  @IsOptional()
  @IsObject()
  @ValidateNested()
  @Type(() => AgentLimitsRequest)
  agentLimits?: AgentLimitsRequest;
}

export class OwnTermsRequest extends TermsRequest {
  @ApiPropertyOptional({ example: 50 }) @IsOptional() @IsUnits() initial?: number;
  @ApiPropertyOptional({
    example: 0,
    description:
      'working capital: after 10 settled conversions each pays double until the initial, what humans granted, and these bonuses reach it',
  })
  @IsOptional()
  @IsUnits()
  capital?: number;
  @ApiPropertyOptional({ example: 0 }) @IsOptional() @IsUnits() perDay?: number;
  @ApiPropertyOptional({ example: 4 }) @IsOptional() @IsUnits() perConversion?: number;
}

export class RegisterOwnerRequest {
  @ApiProperty({ example: 'harbour-holding', pattern: ID.source }) @Matches(ID) ownerId!: string;
  @ApiProperty({ example: 'Harbour Holding', maxLength: 200 }) @IsString() @Length(1, 200) name!: string;

  @ApiPropertyOptional({ type: FiguresRequest, description: 'agreed by a human; without them nothing is known yet' })
  @IsOptional()
  @IsObject()
  @ValidateNested()
  @Type(() => FiguresRequest)
  figures?: FiguresRequest;

  @ApiPropertyOptional({ type: OwnTermsRequest })
  @IsOptional()
  @IsObject()
  @ValidateNested()
  @Type(() => OwnTermsRequest)
  terms?: OwnTermsRequest;
}

export class SuspensionRequest extends ReasonRequest(SUSPENSION_REASONS) {}
export class ReinstatementRequest extends ReasonRequest(REINSTATEMENT_REASONS) {}
export class TerminationRequest extends ReasonRequest(TERMINATION_REASONS) {}

export class TransferRequest extends ReasonRequest(OWNER_CHANGE_REASONS) {
  @ApiProperty({ example: 'seaside-group', description: 'the owner that the partner goes to' }) @Matches(ID) ownerId!: string;
}

export class MergerRequest extends ReasonRequest(OWNER_CHANGE_REASONS) {
  @ApiProperty({ example: 'seaside-group', description: 'the owner that stays' }) @Matches(ID) into!: string;
}

export class ChangeTermsRequest extends ReasonRequest(TERMS_REASONS) {
  @ApiPropertyOptional({ type: FiguresRequest })
  @IsOptional()
  @IsObject()
  @ValidateNested()
  @Type(() => FiguresRequest)
  figures?: FiguresRequest;

  @ApiPropertyOptional({ type: OwnTermsRequest, description: 'what changes; the rest stays' })
  @IsOptional()
  @IsObject()
  @ValidateNested()
  @Type(() => OwnTermsRequest)
  terms?: OwnTermsRequest;
}

/** What may be demanded more than is demanded now. */
export class StricterModeRequest extends ReasonRequest(TERMS_REASONS) {
  @ApiProperty({ enum: ['proof', 'consent', 'blind'], description: 'what is less strict than the mode in force changes nothing' })
  @IsIn(['proof', 'consent', 'blind'])
  mode!: DisclosureMode;
}

const EntryId = (): PropertyDecorator => (target, key) => {
  ApiPropertyOptional({
    example: 'ticket-4711',
    pattern: ID.source,
    description: 'names this entry of the ledger: sent again, it changes nothing; derived from the Idempotency-Key unless given',
  })(target, key);
  IsOptional()(target, key as string);
  Matches(ID)(target, key as string);
};
const Units = (): PropertyDecorator => (target, key) => {
  ApiProperty({ example: 25, description: 'units, at most three decimals' })(target, key);
  IsNumber({ maxDecimalPlaces: 3 })(target, key as string);
  Min(0.001)(target, key as string);
  Max(1e9)(target, key as string);
};

/** Counts as working capital, whatever the reason; but for `log-restored`, up to what restores of the log had taken. */
export class GrantRequest extends ReasonRequest(GRANT_REASONS) {
  @EntryId() entryId?: string;
  @Units() units!: number;
}

export class GrantRevocationRequest extends ReasonRequest(GRANT_REVOCATION_REASONS) {
  @EntryId() entryId?: string;
  @Units() units!: number;
}

export class RegisterPartnerRequest {
  @ApiProperty({ example: 'harbour-loans', pattern: ID.source }) @Matches(ID) partnerId!: string;
  @ApiProperty({ example: 'harbour-holding' }) @Matches(ID) ownerId!: string;
  @ApiProperty({ example: 'Harbour Loans', maxLength: 200 }) @IsString() @Length(1, 200) name!: string;
}

export class AgreementRequest {
  @ApiProperty({ example: '2026-1', maxLength: 40 }) @Matches(/^[A-Za-z0-9._-]{1,40}$/) version!: string;
  @ApiProperty({ description: 'SHA-256 of the document that is to be signed, hex' }) @Matches(/^[0-9a-f]{64}$/) documentSha256!: string;
}

export class SignatureRequest {
  @ApiProperty({ example: '2026-1' }) @Matches(/^[A-Za-z0-9._-]{1,40}$/) version!: string;
}

export class AgentRequest {
  @ApiProperty({ example: 'agent-1', maxLength: 60 }) @Matches(/^[A-Za-z0-9._-]{1,60}$/) agent!: string;
}

export class PolicyRequest extends ReasonRequest(POLICY_REASONS) {
  @ApiProperty({ type: TermsRequest, description: 'what changes for every owner; one whose mode is stricter keeps its mode' })
  @IsObject()
  @ValidateNested()
  @Type(() => TermsRequest)
  changes!: TermsRequest;
}

/** Where in the log the last event of an accepted command lies: `?after=` waits for a read model to have it. */
export class Accepted {
  @ApiProperty({ nullable: true, type: Number, description: 'null when there was nothing to do' }) position!: number | null;
}
