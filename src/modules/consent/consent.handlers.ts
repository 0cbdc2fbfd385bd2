import { Inject } from '@nestjs/common';
import { CommandHandler, type ICommandHandler } from '@nestjs/cqrs';
import { DomainError } from '../../event-sourcing/decider.js';
import { CommandHandling, type Handled } from '../../event-sourcing/handle-command.js';
import { aside } from '../../event-sourcing/message.js';
import { GateReader } from '../gate/gate.reader.js';
import { mayAskConsent } from '../leads/lead-consent.js';
import type { ConsentAsked, LeadEvent } from '../leads/lead.events.js';
import { LeadLookup } from '../leads/lead-lookup.js';
import { notFound } from '../leads/lead-rules.js';
import { lead, type LeadCommand } from '../leads/lead.js';
import { leadNumber } from '../leads/lead.state.js';
import { OpenedLeads } from '../leads/opened-leads.js';
import { signingPartner, owner } from '../owners/owner.js';
import { ownerStream, termsOf } from '../owners/owner.state.js';
import { normaliseContact } from '../persons/contact.js';
import { KEY_VAULT, type KeyVault } from '../persons/key-vault.js';
import { Keyring } from '../persons/keyring.js';
import { streamSubject } from '../persons/person-subject.js';
import { AnswerConsent, AskConsent, DenyLead } from './consent.commands.js';
import { contact, contactStream, type RequestCode } from './contact.js';

/**
 * Counts the code on the contact, then records the request on the lead; whoever the contact belongs to, the same two appends and
 * the same reply. What is sent, and to whom, is the business of processes afterwards.
 */
@CommandHandler(AskConsent)
export class AskConsentHandler implements ICommandHandler<AskConsent, ConsentAsked['data']> {
  constructor(
    private readonly commands: CommandHandling,
    private readonly leads: LeadLookup,
    private readonly opened: OpenedLeads,
    private readonly keyring: Keyring,
    private readonly gate: GateReader,
    @Inject(KEY_VAULT) private readonly vault: KeyVault,
  ) {}

  async execute({ data, cause }: AskConsent): Promise<ConsentAsked['data']> {
    const contactKey = this.contactKeyOf(data.contact);
    const place = this.leads.byId(data.leadId);
    await this.opened.ensure(place, data, cause);
    const { events, isRepeat } = await this.commands.handle(lead, place.stream, cause, async (state, { now }): Promise<LeadCommand> => {
      const { outages } = await this.gate.read();
      const { state: ownerState } = await this.commands.load(owner, ownerStream(data.owner));
      signingPartner(ownerState, data);
      if (ownerState.status === 'unknown') throw notFound();
      const at = new Date(now).toISOString();
      const own = leadNumber(state, place.number);
      const { partner, leadId } = data;
      const of = { number: place.number, partner, mode: termsOf(ownerState).mode, outages: [...outages], at };
      if (own?.opening.partner !== partner) throw notFound();
      // Whoever is refused by the lead has used up nothing of the contact's.
      mayAskConsent(own, of);
      const sealed = await this.seal(place.stream, data.contact);
      const { dropped } = await this.requestCode({ contactKey, leadId, owner: data.owner, partner, at }, cause);
      return { type: 'AskConsent', data: { ...of, contactKey, sealed, dropped } };
    });
    if (isRepeat) signingPartner((await this.commands.load(owner, ownerStream(data.owner))).state, data);
    return asked(events);
  }

  private contactKeyOf(given: AskConsent['data']['contact']): string {
    const [only, ...others] = normaliseContact(given);
    // What looks like the address on the bank's file and is another one must not be taken for it.
    const isPlain = given.email === undefined || given.email.normalize('NFKC') === given.email;
    if (only === undefined || others.length > 0 || !isPlain) throw new DomainError('CONTACT_INVALID', 'one address or one number');
    return this.keyring.contactKey(only);
  }

  private async requestCode(data: RequestCode['data'], cause: AskConsent['cause']): Promise<{ dropped: boolean }> {
    const { events } = await this.commands.handle(contact, contactStream(data.contactKey), aside(cause, 'code'), (_state, { now }) => ({
      type: 'RequestCode' as const,
      data: { ...data, at: new Date(now).toISOString() },
    }));
    const [requested] = events;
    if (requested === undefined) throw new Error('a code that was not counted');
    return requested.data;
  }

  private async seal(leadStream: string, to: AskConsent['data']['contact']): Promise<string> {
    const subject = streamSubject(leadStream);
    await this.vault.ensureKey(subject);
    return this.vault.seal(subject, { contact: to });
  }
}

@CommandHandler(AnswerConsent)
export class AnswerConsentHandler implements ICommandHandler<AnswerConsent> {
  constructor(
    private readonly commands: CommandHandling,
    private readonly leads: LeadLookup,
    private readonly gate: GateReader,
  ) {}

  execute({ data: { leadId, ask, word }, cause }: AnswerConsent): Promise<Handled<LeadEvent>> {
    const { stream, number } = this.leads.byId(leadId);
    return this.commands.handle(lead, stream, cause, async (_state, { now }): Promise<LeadCommand> => {
      const { outages } = await this.gate.read();
      return { type: 'AnswerConsent', data: { number, ask, word, outages: [...outages], at: new Date(now).toISOString() } };
    });
  }
}

@CommandHandler(DenyLead)
export class DenyLeadHandler implements ICommandHandler<DenyLead> {
  constructor(
    private readonly commands: CommandHandling,
    private readonly leads: LeadLookup,
  ) {}

  execute({ data: { leadId, through }, cause }: DenyLead): Promise<Handled<LeadEvent>> {
    const { stream, number } = this.leads.byId(leadId);
    return this.commands.handle(lead, stream, cause, (_state, { now }): LeadCommand => ({
      type: 'DenyLead',
      data: { number, through, outages: [], at: new Date(now).toISOString() },
    }));
  }
}

function asked(events: readonly LeadEvent[]): ConsentAsked['data'] {
  const event = events.find(({ type }) => type === 'ConsentAsked');
  if (event?.type !== 'ConsentAsked') throw new Error('a request for consent that wrote nothing');
  return event.data;
}
