import { setTimeout as sleep } from 'node:timers/promises';
import type { Applicant } from './applicants.js';
import { accountEndingIn, check, checkWithCode, openLead, type Refusals, unlessRefused } from './opening.js';
import type { Met } from './people.js';
import type { Mode, Stage } from './stage.js';

/** What became of the applicants, as the partner and they themselves know it. */
export interface Fates {
  existing: number;
  acknowledged: number;
  withdrawn: number;
  forgotten: number;
  created: number;
  proved: number;
  /** Turned down, or never heard of again. */
  notProved: number;
}

/** The clocks of two processes on a machine agree to less. */
const CLOCKS_MS = 10;

/** Opens a lead for whoever is in front of it, asks, and follows up. */
export class HonestPartner {
  readonly answers = { yes: 0, no: 0 };
  readonly refusals: Refusals = {};
  readonly fates: Fates = { existing: 0, acknowledged: 0, withdrawn: 0, forgotten: 0, created: 0, proved: 0, notProved: 0 };
  /** Its allowance after each lead that it opened or wanted to. */
  readonly left: number[] = [];
  private acknowledgements: string[] = [];
  private acts: (() => Promise<unknown>)[] = [];

  constructor(
    private readonly stage: Stage,
    private readonly mode: Mode,
  ) {}

  async handle(applicant: Applicant): Promise<void> {
    const met = this.stage.people.meet('applicant', applicant.existing);
    const lead = await unlessRefused(this.refusals, openLead(this.stage.honest.api, met.person));
    this.left.push(lead?.left ?? 0);
    if (lead === undefined) return;
    const answer = await this.ask(lead.leadId, met);
    if (answer !== undefined) this.answers[answer] += 1;
    if (answer !== 'yes') return this.followUp(lead.leadId, applicant, met);
    this.fates.existing += 1;
    if (applicant.acknowledges) this.acknowledgements.push(lead.leadId);
  }

  /** `undefined` where there is nothing to ask with: whoever has no account knows no ending of it. */
  private async ask(leadId: string, { person, email, accountEnding }: Met): Promise<'yes' | 'no' | undefined> {
    const { honest, mailboxes } = this.stage;
    switch (this.mode) {
      case 'instant':
        return check(honest.api, leadId, person);
      case 'proof':
        return accountEnding === undefined ? undefined : check(honest.api, leadId, person, accountEndingIn(accountEnding));
      case 'consent':
        return checkWithCode({ api: honest.api, mailboxes }, leadId, person, email);
      case 'blind':
        return undefined;
    }
  }

  private async followUp(leadId: string, { course }: Applicant, met: Met): Promise<void> {
    switch (course) {
      case 'withdraws':
        await this.stage.honest.api.post(`/v1/leads/${leadId}/withdrawal`, { reason: 'lost-interest' });
        this.fates.withdrawn += 1;
        return;
      case 'forgotten':
        this.fates.forgotten += 1;
        return;
      case 'vanishes':
        await this.create(leadId, met);
        this.fates.notProved += 1;
        return;
      case 'turned-down': {
        const customerId = await this.create(leadId, met);
        this.acts.push(() => this.confirm(customerId, { outcome: 'turned-down' }));
        this.fates.notProved += 1;
        return;
      }
      case 'proves': {
        const customerId = await this.create(leadId, met);
        this.acts.push(() => this.confirm(customerId, { outcome: 'proved', customerNumber: met.customerNumber }));
        this.fates.proved += 1;
      }
    }
  }

  private async create(leadId: string, { person, email }: Met): Promise<string> {
    const { body } = await this.stage.honest.api.post<{ customerId: string }>('/v1/customers', { leadId, person, contact: { email } });
    this.fates.created += 1;
    return body.customerId;
  }

  /** Customers who were asked for say so to their bank. @returns how many */
  async acknowledge(): Promise<number> {
    const today = this.acknowledgements;
    this.acknowledgements = [];
    for (const leadId of today) await this.stage.messages.post(`/v1/disclosures/${leadId}/acknowledgement`, {});
    this.fates.acknowledged += today.length;
    return today.length;
  }

  /** Applicants prove who they are, or the bank turns them down; in the evening, so that no settlement falls into the day. */
  async prove(): Promise<void> {
    const today = this.acts;
    this.acts = [];
    await sleep(2 * CLOCKS_MS);
    for (const act of today) await act();
  }

  private confirm(customerId: string, outcome: object): Promise<unknown> {
    const actedAt = new Date(Date.now() - CLOCKS_MS).toISOString();
    return this.stage.identity.post(`/v1/customers/${customerId}/confirmation`, { ...outcome, actedAt });
  }
}
