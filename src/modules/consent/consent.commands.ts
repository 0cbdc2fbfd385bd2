import type { Cause } from '../../event-sourcing/message.js';
import type { ByPartner } from '../leads/lead.commands.js';
import type { ConsentWord, DenialChannel } from '../leads/lead.events.js';

/** Sends a one-time code, and a link to the applicant's page, to the contact that the partner names: one of the two. */
export class AskConsent {
  readonly type = 'AskConsent';
  constructor(
    readonly data: ByPartner & { readonly leadId: string; readonly contact: { readonly email?: string; readonly phone?: string } },
    readonly cause: Cause,
  ) {}
}

/** The applicant's word on their page. Safe to send twice: the first counts. */
export class AnswerConsent {
  readonly type = 'AnswerConsent';
  constructor(
    readonly data: { readonly leadId: string; readonly ask: number; readonly word: ConsentWord },
    readonly cause: Cause,
  ) {}
}

/** "I never spoke to them." Safe to send twice. */
export class DenyLead {
  readonly type = 'DenyLead';
  constructor(
    readonly data: { readonly leadId: string; readonly through: DenialChannel },
    readonly cause: Cause,
  ) {}
}
