import type { Cause } from '../../event-sourcing/message.js';
import type { ByPartner, NamedPerson } from '../leads/lead.commands.js';
import type { ConversionRevocationReason, LeadConverted } from '../leads/lead.events.js';
import type { GivenReason } from '../persons/reason.js';

/** What a partner hands over when it creates a customer. It is stored under a key of this owner and person only. */
export interface CustomerData {
  readonly person: NamedPerson & { readonly givenNames?: string };
  readonly contact: { readonly email?: string; readonly phone?: string };
  readonly address?: { readonly lines: readonly string[]; readonly postalCode?: string; readonly city: string; readonly country: string };
}

export class CreateCustomer {
  readonly type = 'CreateCustomer';
  constructor(
    readonly data: ByPartner & CustomerData & { readonly leadId: string },
    readonly cause: Cause,
  ) {}
}

/** The bank's word that the applicant has proved who they are. */
export class ConfirmIdentity {
  readonly type = 'ConfirmIdentity';
  constructor(
    readonly data: { readonly customerId: string; readonly customerNumber: string; readonly actedAt: string },
    readonly cause: Cause,
  ) {}
}

/** The bank does not take the applicant. */
export class TurnDownCustomer {
  readonly type = 'TurnDownCustomer';
  constructor(
    readonly data: { readonly customerId: string; readonly actedAt: string },
    readonly cause: Cause,
  ) {}
}

export class RevokeConversion {
  readonly type = 'RevokeConversion';
  constructor(
    readonly data: { readonly customerId: string } & GivenReason<ConversionRevocationReason>,
    readonly cause: Cause,
  ) {}
}

/** Ends a created lead that nobody confirmed, if it is time. Safe to send twice. */
export class DeclineLead {
  readonly type = 'DeclineLead';
  constructor(
    readonly data: { readonly leadId: string },
    readonly cause: Cause,
  ) {}
}

/** Shows and credits what became of a created lead, if its settlement has come. Safe to send twice. */
export class SettleLead {
  readonly type = 'SettleLead';
  constructor(
    readonly data: { readonly owner: string; readonly leadId: string },
    readonly cause: Cause,
  ) {}
}

/** Claims the customer number for the lead, or links the lead to whoever has it. Safe to send twice. */
export class ClaimCustomerNumber {
  readonly type = 'ClaimCustomerNumber';
  constructor(
    readonly data: Pick<LeadConverted['data'], 'leadId' | 'customerId' | 'customerKey' | 'personKeys' | 'corroborations' | 'sealed'>,
    readonly cause: Cause,
  ) {}
}

/** Takes back what a revoked conversion had earned. Safe to send twice. */
export class TakeBackCredit {
  readonly type = 'TakeBackCredit';
  constructor(
    readonly data: { readonly owner: string; readonly partner: string; readonly leadId: string },
    readonly cause: Cause,
  ) {}
}
