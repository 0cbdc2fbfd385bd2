import { Inject } from '@nestjs/common';
import { CommandHandler, type ICommandHandler } from '@nestjs/cqrs';
import { CommandHandling, type Handled } from '../../event-sourcing/handle-command.js';
import type { Cause } from '../../event-sourcing/message.js';
import { CONFIG, type Config } from '../../config.js';
import { partnerName } from '../owners/partner-name.js';
import { Keyring } from '../persons/keyring.js';
import { type Contact, normaliseContact } from '../persons/contact.js';
import { KEY_VAULT, type KeyVault } from '../persons/key-vault.js';
import { customerSubject, streamSubject } from '../persons/person-subject.js';
import { CUSTOMER_CONTACTS, type CustomerContacts } from './customer-contacts.js';
import { SendMessage, type Addressee } from './message.commands.js';
import type { MessageEvent, MessageNotNeeded } from './message.events.js';
import { message, type MessageCommand, messageIdOf, messageStream, numberOfLink } from './message.js';
import { messageText, type MessageValues } from './message.texts.js';

@CommandHandler(SendMessage)
export class SendMessageHandler implements ICommandHandler<SendMessage> {
  constructor(
    private readonly commands: CommandHandling,
    @Inject(KEY_VAULT) private readonly vault: KeyVault,
    @Inject(CUSTOMER_CONTACTS) private readonly contacts: CustomerContacts,
    private readonly keyring: Keyring,
    @Inject(CONFIG) private readonly config: Config,
  ) {}

  async execute({ data, cause }: SendMessage): Promise<Handled<MessageEvent>> {
    const { kind, leadId, owner: ownerId, partner, to } = data;
    const name = await partnerName(this.commands, partner, ownerId);
    const messageId = messageIdOf(kind, leadId, 'ask' in data ? data.ask : undefined);
    const addressee = await this.addressee(to);
    if (addressee === undefined) return this.leave({ messageId, kind, leadId }, cause);
    const { subject, contact } = addressee;
    const { bankName, languages } = this.config;
    const body = { to: contact, disclosureId: leadId, ...messageText(this.values(data, name), bankName, languages) };
    await this.vault.ensureKey(subject);
    const sealed = await this.vault.seal(subject, body);
    const about = { messageId, kind, leadId, owner: ownerId, partner, subject, sealed };
    const whether = { ...(this.isOurs && { toDeliver: true }), ...(kind === 'consent-code' && { expiresAt: data.expiresAt }) };
    return this.commands.handle(message, messageStream(messageId), cause, (_state, { now }): MessageCommand => ({
      type: 'QueueMessage',
      data: { ...about, ...whether, at: new Date(now).toISOString() },
    }));
  }

  private leave(about: Omit<MessageNotNeeded['data'], 'at'>, cause: Cause): Promise<Handled<MessageEvent>> {
    return this.commands.handle(message, messageStream(about.messageId), cause, (_state, { now }): MessageCommand => ({
      type: 'LeaveMessage',
      data: { ...about, at: new Date(now).toISOString() },
    }));
  }

  /** Where nothing is set up that delivers, the bank's own system reads the messages; of a sandbox, a person in the browser. */
  private get isOurs(): boolean {
    return Object.keys(this.config.messengers).length > 0;
  }

  private values(data: SendMessage['data'], partner: string): MessageValues {
    const { kind, leadId, at } = data;
    const ask = 'ask' in data ? data.ask : undefined;
    const told = { partner, at, denialUrl: this.link('denial', leadId, numberOfLink(kind, ask)) };
    if (data.kind !== 'consent-code') return { ...told, kind: data.kind };
    const { purpose, expiresAt } = data;
    const code = this.keyring.oneTimeCode(leadId, data.ask);
    return { ...told, kind: data.kind, purpose, expiresAt, code, consentUrl: this.link('consent', leadId, data.ask) };
  }

  private link(purpose: 'denial' | 'consent', leadId: string, n: number): string {
    return `${this.config.publicUrl}/${purpose}/${this.keyring.linkToken(purpose, leadId, n)}`;
  }

  /** `undefined` where there is nobody to write to. */
  private async addressee(to: Addressee): Promise<{ subject: string; contact: Contact } | undefined> {
    const kept = await this.kept(to);
    const opened = kept?.sealed === undefined ? undefined : await this.vault.open(kept.subject, kept.sealed);
    const contact = (opened as { contact?: Contact } | undefined)?.contact;
    if (to.kind !== 'other-contact') return kept && { subject: kept.subject, contact: contact ?? {} };
    if (kept === undefined || contact === undefined) return undefined;
    const isSame = normaliseContact(contact).some((each) => this.keyring.contactKey(each) === to.contactKey);
    return isSame ? undefined : { subject: kept.subject, contact };
  }

  private async kept(to: Addressee): Promise<{ subject: string; sealed?: string } | undefined> {
    switch (to.kind) {
      case 'applicant':
        return { subject: streamSubject(to.leadStream), sealed: to.sealed };
      case 'customer':
        return (await this.contacts.contactOf(to.customerKey)) ?? { subject: customerSubject(to.customerKey) };
      case 'other-contact':
        return this.contacts.contactOfPerson(to.personKeys);
    }
  }
}
