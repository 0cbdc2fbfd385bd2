import type { DutyEvent } from './event-sourcing/duty.js';
import type { ClientEvent } from './modules/access/client.events.js';
import type { AssertionUsed } from './modules/access/used-assertion.events.js';
import type { ProofUsed } from './modules/access/used-proof.events.js';
import type { EvidenceEvent } from './modules/audit/evidence.events.js';
import type { CanaryEvent } from './modules/canaries/canary.events.js';
import type { ContactEvent } from './modules/consent/contact.events.js';
import type { ClaimEvent } from './modules/customers/claim.events.js';
import type { GateEvent } from './modules/gate/gate.events.js';
import type { LeadEvent } from './modules/leads/lead.events.js';
import type { TriesEvent } from './modules/leads/tries.events.js';
import type { MessageEvent } from './modules/messages/message.events.js';
import type { OwnerEvent } from './modules/owners/owner.events.js';
import type { MergerDecided, OwnerListed, PartnerIdMoved, PartnerIdTaken, PolicyAdopted } from './modules/owners/policy.events.js';
import type { CommonKeysEvent } from './modules/persons/common-keys.events.js';
import type { KeyTreeEvent } from './modules/persons/key-tree.events.js';
import type { ProbationEvent } from './modules/probation/probation.events.js';
import type { RefusalEvent } from './modules/refusals/refusal.events.js';
import type { LockEvent } from './modules/registry/lock.events.js';
import type { RegisterEvent } from './modules/registry/register.events.js';

type StoredEvent =
  | AssertionUsed
  | CanaryEvent
  | ClaimEvent
  | ClientEvent
  | CommonKeysEvent
  | ContactEvent
  | DutyEvent
  | EvidenceEvent
  | GateEvent
  | KeyTreeEvent
  | LeadEvent
  | LockEvent
  | MergerDecided
  | MessageEvent
  | OwnerEvent
  | OwnerListed
  | PartnerIdMoved
  | PartnerIdTaken
  | PolicyAdopted
  | ProbationEvent
  | ProofUsed
  | RefusalEvent
  | RegisterEvent
  | TriesEvent;

/** Every type of event that this program may have written: a start refuses a log that holds another (R21). */
const STORED: Readonly<Record<StoredEvent['type'], true>> = {
  AcknowledgementCredited: true,
  AgentRegistered: true,
  AgentRetired: true,
  AgreementOffered: true,
  AgreementSigned: true,
  AllowanceAccrued: true,
  AllowanceForfeited: true,
  AllowanceGranted: true,
  AllowanceRevoked: true,
  AnswerChanged: true,
  AnswerUpheld: true,
  AssertionUsed: true,
  CanaryRegistered: true,
  CanaryRetired: true,
  ClientCertificateRegistered: true,
  ClientCertificateRevoked: true,
  ClientCompromised: true,
  ClientDisabled: true,
  ClientKeyRegistered: true,
  ClientKeyRevoked: true,
  ClientRegistered: true,
  ClientSecretRegistered: true,
  ClientSecretRevoked: true,
  ClockJumped: true,
  ClockTrusted: true,
  CodeRequested: true,
  CommandRefused: true,
  ConsentAnswered: true,
  ConsentAsked: true,
  ConsentCodeMissed: true,
  ConversionRevoked: true,
  CreditRevoked: true,
  CustomerLinked: true,
  CustomerNumberClaimed: true,
  CustomerSubmitted: true,
  CustomersRegistered: true,
  DutyClaimed: true,
  DutyReleased: true,
  DutyRenewed: true,
  EpochIntroduced: true,
  EpochMadeNewest: true,
  EpochRetired: true,
  EvidenceRead: true,
  ExistingAcknowledged: true,
  GateHalted: true,
  GateReopened: true,
  ImportFinished: true,
  InitialGranted: true,
  KeyTreeSuperseded: true,
  KeyTreeWritten: true,
  KeysIntroduced: true,
  LeadAdmitted: true,
  LeadConverted: true,
  LeadDeclined: true,
  LeadDenied: true,
  LeadEndedExisting: true,
  LeadLapsed: true,
  LeadOpened: true,
  LeadResolved: true,
  LeadSettled: true,
  LeadWithdrawn: true,
  LogRestored: true,
  MembershipAnswered: true,
  MembershipLocked: true,
  MembershipUnlocked: true,
  MessageAnswerHeeded: true,
  MessageAnswered: true,
  MessageDelivered: true,
  MessageNotNeeded: true,
  MessageQueued: true,
  MessageUndeliverable: true,
  MergerDecided: true,
  OwnerInherited: true,
  OwnerListed: true,
  OwnerMerged: true,
  OwnerRegistered: true,
  PartnerIdMoved: true,
  PartnerIdTaken: true,
  PartnerLeft: true,
  PartnerReceived: true,
  PartnerRegistered: true,
  PartnerReinstated: true,
  PartnerSuspended: true,
  PartnerTerminated: true,
  PolicyAdopted: true,
  ProbationLeft: true,
  ProbationUnitsDrawn: true,
  ProbationUnitsReturned: true,
  ProofUsed: true,
  RefusalsFolded: true,
  SecretTried: true,
  ServiceStarted: true,
  ServiceStopped: true,
  TermsProposed: true,
  TermsReviewAsked: true,
  TermsSet: true,
  WrappingKeyIntroduced: true,
  WrappingKeysRetired: true,
};

export const STORED_EVENT_TYPES: readonly string[] = Object.keys(STORED);
