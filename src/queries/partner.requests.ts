import { ApiProperty, ApiPropertyOptional } from '@nestjs/swagger';
import type { DisclosureMode } from '../modules/owners/owner.events.js';
import { DISCLOSURE_MODES, type TokenBinding } from '../modules/owners/terms.js';
import { CUSTOMER_STATUSES, type CustomerStatus } from '../projections/customers-of-partner.js';
import { CONSENT_STATUSES, type ConsentStatus, LEAD_STATUSES, type LeadStatus } from '../projections/leads-of-partner.js';
import { OpenLeads } from './open-leads.response.js';
import { ListQuery, Month, OneOf } from './query-members.js';

export class LeadsQuery extends ListQuery {
  @OneOf(LEAD_STATUSES, 'in this status only') status?: LeadStatus;
}

export class CustomersQuery extends ListQuery {
  @OneOf(CUSTOMER_STATUSES, 'in this status only') status?: CustomerStatus;
}

export class UsageQuery {
  @Month('from this month on') from?: string;
  @Month('up to this month') to?: string;
}

const ENDS = 'when the lead ended; for a created one, the settlement that showed what became of it';

export class ConsentResponse {
  @ApiProperty({ enum: CONSENT_STATUSES }) status!: ConsentStatus;
  @ApiProperty({ format: 'date-time', description: 'the code, and the page, are good until then' }) expiresAt!: string;
}

export class LeadResponse {
  @ApiProperty({ format: 'uuid' }) leadId!: string;
  @ApiProperty({ example: 'agent-1' }) agent!: string;
  @ApiProperty({ example: 'onboarding' }) purpose!: string;
  @ApiProperty({ enum: LEAD_STATUSES, description: '`answered` means with no; `converted` and `declined` are shown at a settlement' })
  status!: LeadStatus;
  @ApiProperty({ format: 'date-time' }) openedAt!: string;
  @ApiProperty({ format: 'date-time', description: "put off by the service's own outages" }) followUpBy!: string;
  @ApiPropertyOptional({ format: 'date-time' }) answeredAt?: string;
  @ApiPropertyOptional({ format: 'uuid' }) customerId?: string;
  @ApiPropertyOptional({ format: 'date-time' }) createdAt?: string;
  @ApiPropertyOptional({ format: 'date-time', description: ENDS }) endedAt?: string;
  @ApiPropertyOptional({ type: ConsentResponse, description: 'the last time that the applicant was asked for their consent' })
  consent?: ConsentResponse;
}

class OwnListing {
  @ApiProperty({ type: String, nullable: true, description: '`cursor` of the next page; null on the last' }) next!: string | null;
}

export class LeadListing extends OwnListing {
  @ApiProperty({ type: [LeadResponse], description: 'the latest opened first' }) items!: readonly LeadResponse[];
}

export class CustomerResponse {
  @ApiProperty({ format: 'uuid', description: 'no other partner knows the person by it' }) customerId!: string;
  @ApiProperty({ format: 'uuid' }) leadId!: string;
  @ApiProperty({ enum: CUSTOMER_STATUSES, description: '`pending` until the settlement' }) status!: CustomerStatus;
  @ApiProperty({ format: 'date-time' }) createdAt!: string;
  @ApiProperty({
    format: 'date-time',
    description: "the applicant has to prove their identity before; put off by the service's own outages",
  })
  confirmBy!: string;
  @ApiPropertyOptional({ format: 'date-time' }) settledAt?: string;
}

export class CustomerListing extends OwnListing {
  @ApiProperty({ type: [CustomerResponse], description: 'the latest created first' }) items!: readonly CustomerResponse[];
}

class OwnDemands {
  @ApiPropertyOptional({ enum: ['dpop', 'mtls', 'either'] }) boundTokens?: TokenBinding;
  @ApiPropertyOptional({ description: 'open, check and create carry a message signature (RFC 9421)' }) signedRequests?: boolean;
}

/** The terms, as far as they concern the partner's daily work. */
class OwnHours {
  @ApiProperty({ example: '08:00' }) from!: string;
  @ApiProperty({ example: '18:30' }) until!: string;
}

class OwnAgentLimits {
  @ApiPropertyOptional({ example: 40 }) leadsPerDay?: number;
  @ApiPropertyOptional({ type: OwnHours }) hours?: OwnHours;
  @ApiPropertyOptional({ example: 0.3, description: "of the owner's leads of the last seven days" }) share?: number;
  @ApiPropertyOptional({ example: 'Europe/Prague', description: 'of days and hours; UTC where it is missing' }) timeZone?: string;
}

class OwnTerms {
  @ApiProperty({ example: 1 }) version!: number;
  @ApiProperty({ enum: DISCLOSURE_MODES }) mode!: DisclosureMode;
  @ApiProperty({ type: [String], example: ['onboarding'] }) purposes!: readonly string[];
  @ApiProperty({ example: 4, description: 'leads that a settled conversion earns' }) perConversion!: number;
  @ApiProperty({ example: 200, description: 'the balance does not rise above it' }) ceiling!: number;
  @ApiProperty({ example: 50, description: 'leads a day, on average over a week' }) pace!: number;
  @ApiProperty({ example: 'P14D', description: 'ISO 8601 duration' }) followUpWithin!: string;
  @ApiProperty({ example: 'P30D', description: 'ISO 8601 duration' }) confirmWithin!: string;
  @ApiProperty({ example: 'P30D', description: 'ISO 8601 duration' }) coolDown!: string;
  @ApiProperty({ example: 'P3D', description: 'ISO 8601 duration' }) settleAfter!: string;
  @ApiProperty({ example: 'P30D', description: 'ISO 8601 duration' }) answerReadableFor!: string;
  @ApiPropertyOptional({ type: OwnDemands, description: 'what requests have to bring beside a token' }) requires?: OwnDemands;
  @ApiPropertyOptional({ type: OwnAgentLimits, description: 'what holds for each agent by itself' }) agentLimits?: OwnAgentLimits;
}

/** Of the owner behind the partner, for all its partners together. */
export class AllowanceResponse {
  @ApiProperty({ example: 37.5, description: 'leads that may still be opened; below 1 none is' }) balance!: number;
  @ApiProperty({ example: 340, description: 'leads that the pace allows now' }) paceLeft!: number;
  @ApiProperty({ type: OpenLeads }) openLeads!: OpenLeads;
  @ApiProperty({ type: OwnTerms, nullable: true }) terms!: OwnTerms | null;
}

class UsageItem {
  @ApiProperty({ example: '2026-11', description: 'UTC' }) month!: string;
  @ApiProperty() leadsOpened!: number;
  @ApiProperty() checksAnswered!: number;
  @ApiProperty() customersCreated!: number;
}

export class UsageResponse {
  @ApiProperty({ type: [UsageItem], description: 'the latest month first; 120 at most' }) months!: readonly UsageItem[];
}
