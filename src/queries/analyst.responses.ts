import { ApiProperty, ApiPropertyOptional } from '@nestjs/swagger';
import { DISABLEMENT_REASONS } from '../modules/access/client.events.js';
import {
  type DisclosureMode,
  OWN_TERMS_REASONS,
  REINSTATEMENT_REASONS,
  REVIEW_REASONS,
  type ReviewReason,
  SUSPENSION_REASONS,
  TERMINATION_REASONS,
  TERMS_REASONS,
  type Terms,
} from '../modules/owners/owner.events.js';
import { DISCLOSURE_MODES } from '../modules/owners/terms.js';
import { OpenLeads } from './open-leads.response.js';
import { DEADLINE_KINDS, type DeadlineKind } from '../projections/deadlines.js';

const STANDINGS = ['good', 'suspended', 'terminated'] as const;
const STANDING_REASONS = [...new Set([...SUSPENSION_REASONS, ...REINSTATEMENT_REASONS, ...TERMINATION_REASONS])];
const ALL_TERMS_REASONS = [...TERMS_REASONS, ...OWN_TERMS_REASONS];
const NoteId = (): PropertyDecorator =>
  ApiProperty({
    type: String,
    nullable: true,
    example: 'owner-harbour-holding@17',
    description: 'with which `GET /v1/notes/{noteId}` reads what was added in own words; null where nothing was',
  });

export class ListingResponse {
  @ApiProperty({ example: 4711, description: 'position of the log up to which this is current' }) asOfPosition!: number;
  @ApiProperty({ type: String, nullable: true, description: '`cursor` of the next page; null on the last' }) next!: string | null;
}

export class PartnerItem {
  @ApiProperty({ example: 'harbour-loans' }) partnerId!: string;
  @ApiProperty({ example: 'Harbour Loans' }) name!: string;
  @ApiProperty({ example: 'harbour-holding' }) ownerId!: string;
  @ApiProperty({ example: 'Harbour Holding' }) ownerName!: string;
  @ApiProperty({ enum: STANDINGS }) standing!: (typeof STANDINGS)[number];
  @ApiProperty({ type: String, nullable: true, example: '2026-1' }) agreementOffered!: string | null;
  @ApiProperty({ type: String, nullable: true, example: '2026-1' }) agreementSigned!: string | null;
  @ApiProperty({ enum: [...DISCLOSURE_MODES, ''], description: "the owner's; empty as long as it has no terms" }) mode!:
    | DisclosureMode
    | '';
  @ApiProperty({ example: 1 }) termsVersion!: number;
  @ApiProperty({ example: 37.5, description: 'leads that the owner may still open' }) balance!: number;
  @ApiProperty({ example: 12 }) admissions!: number;
  @ApiProperty({ example: 3, description: "the owner's leads that are neither ended nor settled" }) openLeadCount!: number;
  @ApiProperty() onProbation!: boolean;
  @ApiProperty({ format: 'date-time' }) registeredAt!: string;
}

export class PartnerListing extends ListingResponse {
  @ApiProperty({ type: [PartnerItem] }) items!: PartnerItem[];
}

export class FunnelItem {
  @ApiPropertyOptional({ example: 'harbour-holding' }) owner?: string;
  @ApiPropertyOptional({ example: 'harbour-loans' }) partner?: string;
  @ApiPropertyOptional({ example: 'agent-1' }) agent?: string;
  @ApiPropertyOptional({ example: 'onboarding' }) purpose?: string;
  @ApiPropertyOptional({ format: 'date' }) day?: string;
  @ApiPropertyOptional({ format: 'date', description: 'the Monday of the week' }) week?: string;
  @ApiPropertyOptional({ example: '2026-11' }) month?: string;
  @ApiProperty({ description: 'leads opened in the period; all that follows is what became of these' }) opened!: number;
  @ApiProperty({ description: 'those that came with the answer of an earlier lead' }) carried!: number;
  @ApiProperty({ description: 'whose applicant consented, on their page or by their code' }) consented!: number;
  @ApiProperty() answered!: number;
  @ApiProperty() existing!: number;
  @ApiProperty({ description: 'existing customers who acknowledged the question' }) acknowledged!: number;
  @ApiProperty({ description: 'about which somebody said that they never spoke to the partner' }) denied!: number;
  @ApiProperty() created!: number;
  @ApiProperty({ description: 'for whatever reason; what follows tells by which' }) withdrawn!: number;
  @ApiProperty() withdrawnLostInterest!: number;
  @ApiProperty() withdrawnUnreachable!: number;
  @ApiProperty() withdrawnNotEligible!: number;
  @ApiProperty() withdrawnWentElsewhere!: number;
  @ApiProperty() withdrawnOpenedByMistake!: number;
  @ApiProperty() withdrawnOther!: number;
  @ApiProperty() lapsed!: number;
  @ApiProperty({ description: 'as a settlement has shown' }) converted!: number;
  @ApiProperty({ description: 'as a settlement has shown' }) declined!: number;
  @ApiProperty({ description: 'neither ended nor settled' }) waiting!: number;
  @ApiProperty({ description: 'as the bank knows, settled or not' }) confirmedAtBank!: number;
  @ApiProperty({ description: 'as the bank knows, settled or not' }) declinedAtBank!: number;
  @ApiProperty() revokedAtBank!: number;
  @ApiProperty({ example: 0.25, description: 'of the answered' }) existingShare!: number;
  @ApiProperty({ example: 0.01, description: 'of the opened' }) deniedShare!: number;
  @ApiProperty({ example: 0.6, description: 'of the opened' }) createdShare!: number;
  @ApiProperty({ example: 0.5, description: 'of the opened' }) convertedShare!: number;
  @ApiProperty({ example: 0.1, description: 'of the opened' }) declinedShare!: number;
  @ApiProperty({ example: 0.1, description: 'of the opened' }) withdrawnShare!: number;
  @ApiProperty({ example: 0.05, description: 'of the opened' }) lapsedShare!: number;
  @ApiProperty({ example: 1245.184, description: 'seconds with their thousandths, right to a sixteenth of itself; 0 without a create' })
  medianSecondsToCreate!: number;
}

export class FunnelListing extends ListingResponse {
  @ApiProperty({ type: [FunnelItem] }) items!: FunnelItem[];
}

export class RefusalItem {
  @ApiPropertyOptional() owner?: string;
  @ApiPropertyOptional() partner?: string;
  @ApiPropertyOptional({ example: 'POST /v1/leads' }) command?: string;
  @ApiPropertyOptional({ example: 'ALLOWANCE_SPENT' }) code?: string;
  @ApiPropertyOptional({ example: 'agent-1', description: 'empty where the refusal names none whom the bank knows' }) agent?: string;
  @ApiPropertyOptional({ format: 'date-time' }) hour?: string;
  @ApiPropertyOptional({ format: 'date' }) day?: string;
  @ApiProperty({ example: 42 }) count!: number;
  @ApiProperty({ format: 'date-time' }) firstSeen!: string;
  @ApiProperty({ format: 'date-time' }) lastSeen!: string;
  @ApiProperty({ description: '1: a process was killed before, and took at most one flush of these counts with it' })
  mayMissAFlush!: number;
}

class GapItem {
  @ApiProperty({ format: 'date-time', description: 'when the next process began' }) at!: string;
  @ApiProperty({ description: 'the process that was killed' }) process!: string;
}

export class RefusalListing extends ListingResponse {
  @ApiProperty({ type: [RefusalItem] }) items!: RefusalItem[];
  @ApiProperty({ type: [GapItem], description: 'where at most one flush of each partner is missing; the last hundred' }) gaps!: GapItem[];
}

export class DeadlineItem {
  @ApiProperty({ format: 'uuid' }) leadId!: string;
  @ApiProperty() owner!: string;
  @ApiProperty() partner!: string;
  @ApiProperty({ enum: DEADLINE_KINDS }) kind!: DeadlineKind;
  @ApiProperty({ format: 'date-time' }) setAt!: string;
  @ApiProperty({ format: 'date-time', description: 'as it was set' }) agreed!: string;
  @ApiProperty({ format: 'date-time', description: "as it binds: put off by the service's own outages" }) dueAt!: string;
}

export class DeadlineListing extends ListingResponse {
  @ApiProperty({ type: [DeadlineItem] }) items!: DeadlineItem[];
}

export class LedgerItem {
  @ApiProperty({ enum: ['owner', 'partner'] }) kind!: 'owner' | 'partner';
  @ApiProperty() owner!: string;
  @ApiProperty({ description: 'the owner or the partner that was told' }) subject!: string;
  @ApiProperty({ description: 'distinct persons about whom it was told anything' }) persons!: number;
  @ApiProperty() yes!: number;
  @ApiProperty() no!: number;
  @ApiProperty({ description: 'persons first known from an answer that a lead carried' }) carried!: number;
  @ApiProperty({ example: 0.2 }) yesShare!: number;
  @ApiProperty({ format: 'date-time' }) firstTold!: string;
  @ApiProperty({ format: 'date-time' }) lastTold!: string;
}

export class LedgerListing extends ListingResponse {
  @ApiProperty({ type: [LedgerItem] }) items!: LedgerItem[];
}

class StandingChange {
  @ApiProperty({ enum: STANDING_REASONS }) reason!: string;
  @NoteId() noteId!: string | null;
  @ApiProperty() by!: string;
  @ApiProperty({ format: 'date-time' }) at!: string;
}

class AgreementState {
  @ApiProperty({ type: String, nullable: true }) offered!: string | null;
  @ApiProperty({ type: String, format: 'date-time', nullable: true }) offeredAt!: string | null;
  @ApiProperty({ type: String, nullable: true }) documentSha256!: string | null;
  @ApiProperty({ type: [String] }) purposes!: readonly string[];
  @ApiProperty({ type: String, nullable: true }) signed!: string | null;
  @ApiProperty({ type: String, format: 'date-time', nullable: true }) signedAt!: string | null;
  @ApiProperty({ description: 'the offered version is the signed one' }) inForce!: boolean;
}

class AgentItem {
  @ApiProperty({ example: 'agent-1' }) agent!: string;
  @ApiProperty({ enum: ['active', 'retired'] }) status!: 'active' | 'retired';
  @ApiProperty({ format: 'date-time' }) since!: string;
}

class ClientKeyItem {
  @ApiProperty() kid!: string;
  @ApiProperty({ description: 'RFC 7638' }) thumbprint!: string;
  @ApiProperty({ format: 'date-time' }) registeredAt!: string;
  @ApiProperty({ type: String, format: 'date-time', nullable: true }) revokedAt!: string | null;
}

class ClientItem {
  @ApiProperty() clientId!: string;
  @ApiProperty({ example: 'partner' }) role!: string;
  @ApiProperty({ format: 'date-time' }) registeredAt!: string;
  @ApiProperty({ type: String, format: 'date-time', nullable: true }) disabledAt!: string | null;
  @ApiProperty({ type: String, enum: [...DISABLEMENT_REASONS, null], nullable: true }) disabledReason!: string | null;
  @NoteId() disabledNoteId!: string | null;
  @ApiProperty({ type: [ClientKeyItem] }) keys!: readonly ClientKeyItem[];
}

export class PartnerDetails {
  @ApiProperty({ example: 4711 }) asOfPosition!: number;
  @ApiProperty({ example: 'harbour-loans' }) partnerId!: string;
  @ApiProperty({ example: 'Harbour Loans' }) name!: string;
  @ApiProperty({ example: 'harbour-holding' }) ownerId!: string;
  @ApiProperty({ format: 'date-time' }) registeredAt!: string;
  @ApiProperty({ enum: STANDINGS }) standing!: (typeof STANDINGS)[number];
  @ApiProperty({ type: StandingChange, nullable: true }) standingChange!: StandingChange | null;
  @ApiProperty({ type: AgreementState }) agreement!: AgreementState;
  @ApiProperty({ type: [AgentItem] }) agents!: readonly AgentItem[];
  @ApiProperty({ type: [ClientItem] }) clients!: readonly ClientItem[];
}

class AllowanceItem {
  @ApiProperty({ example: 37.5, description: 'leads that may still be opened; below 1 none is' }) balance!: number;
  @ApiProperty() credits!: number;
  @ApiProperty() admissions!: number;
  @ApiProperty() revocations!: number;
  @ApiProperty() bonuses!: number;
  @ApiProperty({ description: 'customer numbers that have earned' }) settledConversions!: number;
  @ApiProperty({ type: OpenLeads }) openLeads!: OpenLeads;
  @ApiProperty({ description: 'leads that the pace allows now' }) paceLeft!: number;
  @ApiProperty() onProbation!: boolean;
}

class TermsChange {
  @ApiProperty() version!: number;
  @ApiProperty({ enum: ALL_TERMS_REASONS }) reason!: string;
  @NoteId() noteId!: string | null;
  @ApiProperty() setBy!: string;
  @ApiPropertyOptional() approvedBy?: string;
  @ApiPropertyOptional() policyVersion?: number;
  @ApiProperty({ format: 'date-time' }) at!: string;
}

class TermsProposal {
  @ApiProperty() version!: number;
  @ApiProperty({ type: Object, additionalProperties: true }) terms!: Terms;
  @ApiProperty({ enum: ALL_TERMS_REASONS }) reason!: string;
  @NoteId() noteId!: string | null;
  @ApiProperty() proposedBy!: string;
  @ApiProperty({ format: 'date-time' }) at!: string;
}

class MeasuredCohorts {
  @ApiProperty({ example: '2026-11', description: 'the month that they were measured for' }) month!: string;
  @ApiProperty({ description: 'opened 45 to 135 days before' }) leads!: number;
  @ApiProperty({ description: 'settled conversions, each customer number once' }) converted!: number;
  @ApiProperty() existing!: number;
  @ApiProperty() acknowledged!: number;
}

class TermsReview {
  @ApiProperty({ example: '2026-11' }) month!: string;
  @ApiProperty({
    enum: REVIEW_REASONS,
    description: 'acknowledged-share-low: fewer acknowledge than was agreed, or than in the pool, which may be strangers among the leads',
  })
  reason!: ReviewReason;
  @ApiPropertyOptional({
    example: 3.8,
    description: '`perConversion` that the funnel asks for, whatever thinned it out; missing where nothing converted',
  })
  wanted?: number;
  @ApiProperty({ type: MeasuredCohorts }) measured!: MeasuredCohorts;
  @ApiProperty({ format: 'date-time' }) at!: string;
}

class OwnedPartner {
  @ApiProperty() partnerId!: string;
  @ApiProperty() name!: string;
  @ApiProperty({ enum: STANDINGS }) standing!: string;
}

export class OwnerDetails {
  @ApiProperty({ example: 4711 }) asOfPosition!: number;
  @ApiProperty({ example: 'harbour-holding' }) ownerId!: string;
  @ApiProperty({ example: 'Harbour Holding' }) name!: string;
  @ApiProperty({ format: 'date-time' }) registeredAt!: string;
  @ApiProperty({ type: String, nullable: true, description: 'the owner that it was merged into' }) mergedInto!: string | null;
  @ApiProperty() termsVersion!: number;
  @ApiProperty({
    type: Object,
    additionalProperties: true,
    nullable: true,
    description: 'as they were set; figures in leads, durations in ISO 8601',
  })
  terms!: Terms | null;
  @ApiProperty({ type: TermsChange, nullable: true }) termsSet!: Omit<TermsChange, 'version'> | null;
  @ApiProperty({ type: TermsProposal, nullable: true, description: 'waiting for a second signature' }) proposal!: TermsProposal | null;
  @ApiProperty({
    type: TermsReview,
    nullable: true,
    description: "a raise that a human decides on, on other evidence than the owner's own funnel; until terms answer it",
  })
  review!: TermsReview | null;
  @ApiProperty({ type: AllowanceItem }) allowance!: AllowanceItem;
  @ApiProperty({ type: [OwnedPartner] }) partners!: readonly OwnedPartner[];
}
