import type { Cause } from '../../event-sourcing/message.js';
import type { LeadAdmitted } from '../owners/owner.events.js';
import type { WithdrawalReason } from './lead.events.js';
import type { PersonIdentifier } from '../persons/identifier.js';
import type { Secret } from '../persons/secret.js';

/** A person as a partner names them in a check: the name and birth date corroborate the identifier. */
export interface NamedPerson extends PersonIdentifier {
  readonly familyName: string;
  readonly birthDate: string;
}

/** Who gives a command: a partner's client, and the owner behind the partner. */
export interface ByPartner {
  readonly partner: string;
  readonly owner: string;
  /** What the request's token is bound to. */
  readonly boundBy?: 'dpop' | 'mtls';
  /** The request carries a message signature. */
  readonly isSigned?: boolean;
}

export class OpenLead {
  readonly type = 'OpenLead';
  constructor(
    readonly data: ByPartner & { readonly person: PersonIdentifier; readonly purpose: string; readonly agent: string },
    readonly cause: Cause,
  ) {}
}

export class CheckMembership {
  readonly type = 'CheckMembership';
  constructor(
    readonly data: ByPartner & {
      readonly leadId: string;
      readonly person: NamedPerson;
      /** In `proof`: what the applicant knows of the bank. */
      readonly proof?: Secret;
      /** In `consent`: the eight digits that the applicant was sent, unless they have consented on their page. */
      readonly consent?: { readonly code: string };
    },
    readonly cause: Cause,
  ) {}
}

export class WithdrawLead {
  readonly type = 'WithdrawLead';
  constructor(
    readonly data: ByPartner & { readonly leadId: string; readonly reason: WithdrawalReason; readonly note?: string },
    readonly cause: Cause,
  ) {}
}

/** Writes the opening that an admission owes. Safe to send twice. */
export class FinishAdmission {
  readonly type = 'FinishAdmission';
  constructor(
    readonly data: { readonly admitted: LeadAdmitted['data'] },
    readonly cause: Cause,
  ) {}
}

/** Ends a lead whose follow-up did not come, if its deadline has passed. Safe to send twice. */
export class LapseLead {
  readonly type = 'LapseLead';
  constructor(
    readonly data: { readonly leadId: string },
    readonly cause: Cause,
  ) {}
}

/** Tells the owner's ledger that a lead ended without a customer to settle. Safe to send twice. */
export class ResolveLead {
  readonly type = 'ResolveLead';
  constructor(
    readonly data: { readonly owner: string; readonly leadId: string; readonly as: 'existing' | 'withdrawn' | 'lapsed' },
    readonly cause: Cause,
  ) {}
}

/** The customer said that they know of it: the lead's owner gets its unit back. */
export class AcknowledgeDisclosure {
  readonly type = 'AcknowledgeDisclosure';
  constructor(
    readonly data: { readonly leadId: string },
    readonly cause: Cause,
  ) {}
}

/** Safe to send twice. */
export class CreditAcknowledgement {
  readonly type = 'CreditAcknowledgement';
  constructor(
    readonly data: {
      readonly owner: string;
      readonly partner: string;
      readonly leadId: string;
      readonly admittedAt: string;
      readonly carried?: true;
    },
    readonly cause: Cause,
  ) {}
}
