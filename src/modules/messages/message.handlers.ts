import { Inject } from '@nestjs/common';
import { CommandHandler, type ICommandHandler } from '@nestjs/cqrs';
import { CommandHandling, type Handled } from '../../event-sourcing/handle-command.js';
import { owner } from '../owners/owner.js';
import { type OwnerState, ownerStream } from '../owners/owner.state.js';
import { KEY_VAULT, type KeyVault } from '../persons/key-vault.js';
import { customerSubject, personSubject } from '../persons/person-subject.js';
import { CUSTOMER_CONTACTS, type CustomerContacts } from './customer-contacts.js';
import { SendMessage, type Addressee } from './message.commands.js';
import type { MessageEvent } from './message.events.js';
import { message, messageStream, type QueueMessage } from './message.js';
import { messageText } from './message.texts.js';

/** How to reach somebody. Empty where nothing is known: the bank's channel has to find another way. */
interface Contact {
  readonly email?: string;
  readonly phone?: string;
}

@CommandHandler(SendMessage)
export class SendMessageHandler implements ICommandHandler<SendMessage> {
  constructor(
    private readonly commands: CommandHandling,
    @Inject(KEY_VAULT) private readonly vault: KeyVault,
    @Inject(CUSTOMER_CONTACTS) private readonly contacts: CustomerContacts,
  ) {}

  async execute({ data, cause }: SendMessage): Promise<Handled<MessageEvent>> {
    const { kind, leadId, owner: ownerId, partner, to, at } = data;
    const name = await this.nameOf(partner, ownerStream(ownerId));
    const { subject, contact } = await this.addressee(to);
    const body = { to: contact, disclosureId: leadId, ...messageText(kind, name, at) };
    await this.vault.ensureKey(subject);
    const sealed = await this.vault.seal(subject, body);
    const messageId = `${kind}-${leadId}`;
    return this.commands.handle(message, messageStream(messageId), cause, (_state, { now }): QueueMessage => ({
      type: 'QueueMessage',
      data: { messageId, kind, leadId, owner: ownerId, partner, subject, sealed, at: new Date(now).toISOString() },
    }));
  }

  /** A partner keeps the name that it was registered under. */
  private async nameOf(partner: string, stream: string): Promise<string> {
    const known = this.commands.lastKnown(owner, stream);
    return (known && nameIn(known.state, partner)) ?? nameIn((await this.commands.load(owner, stream)).state, partner) ?? partner;
  }

  private async addressee(to: Addressee): Promise<{ subject: string; contact: Contact }> {
    const kept =
      to.kind === 'applicant'
        ? { subject: personSubject(to.personKey), sealed: to.sealed }
        : ((await this.contacts.contactOf(to.customerKey)) ?? { subject: customerSubject(to.customerKey), sealed: undefined });
    const opened = kept.sealed === undefined ? undefined : await this.vault.open(kept.subject, kept.sealed);
    return { subject: kept.subject, contact: (opened as { contact?: Contact } | undefined)?.contact ?? {} };
  }
}

function nameIn(state: OwnerState, partner: string): string | undefined {
  return state.status === 'registered' ? state.partners.get(partner)?.name : undefined;
}
