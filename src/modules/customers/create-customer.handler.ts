import { Inject } from '@nestjs/common';
import { CommandHandler, type ICommandHandler } from '@nestjs/cqrs';
import { CommandHandling } from '../../event-sourcing/handle-command.js';
import { GateReader } from '../gate/gate.reader.js';
import type { CustomerSubmitted, LeadEvent } from '../leads/lead.events.js';
import { LeadLookup } from '../leads/lead-lookup.js';
import { notFound } from '../leads/lead-rules.js';
import { lead, type LeadCommand } from '../leads/lead.js';
import { leadNumber } from '../leads/lead.state.js';
import { OpenedLeads } from '../leads/opened-leads.js';
import { owner, signingPartner } from '../owners/owner.js';
import { ownerStream } from '../owners/owner.state.js';
import { corroborationsOf } from '../persons/corroborations.js';
import { KEY_VAULT, type KeyVault } from '../persons/key-vault.js';
import { Keyring } from '../persons/keyring.js';
import { streamSubject } from '../persons/person-subject.js';
import { CreateCustomer } from './customer.commands.js';

/**
 * The person's data key is durable first, then one append to the lead, then the reply. Nothing here asks whether the person
 * is a customer: whatever depends on that happens afterwards, by a process (I6).
 */
@CommandHandler(CreateCustomer)
export class CreateCustomerHandler implements ICommandHandler<CreateCustomer, CustomerSubmitted['data']> {
  constructor(
    private readonly commands: CommandHandling,
    private readonly leads: LeadLookup,
    private readonly opened: OpenedLeads,
    private readonly keyring: Keyring,
    private readonly gate: GateReader,
    @Inject(KEY_VAULT) private readonly vault: KeyVault,
  ) {}

  async execute({ data, cause }: CreateCustomer): Promise<CustomerSubmitted['data']> {
    const personKeys = this.keyring.personKeys(data.person);
    const corroborations = corroborationsOf(this.keyring, personKeys, data.person);
    const place = this.leads.byId(data.leadId);
    await this.opened.ensure(place, data, cause);
    let sealed: string | undefined;
    const { events, isRepeat } = await this.commands.handle(lead, place.stream, cause, async (state, { now }): Promise<LeadCommand> => {
      const own = leadNumber(state, place.number)?.opening;
      const { outages } = await this.gate.read();
      const { state: ownerState } = await this.commands.load(owner, ownerStream(data.owner));
      signingPartner(ownerState, data);
      // Nobody's key is made for a lead that is another's, or none: ids that are made up would fill the disk.
      if (own?.partner !== data.partner) throw notFound();
      sealed ??= await this.seal(place.stream, data);
      const customerId = this.keyring.customerId(data.leadId);
      const { partner } = data;
      const at = new Date(now).toISOString();
      return {
        type: 'SubmitCustomer',
        data: { number: place.number, partner, personKeys, corroborations, customerId, sealed, outages: [...outages], at },
      };
    });
    // What the same command wrote before is not decided again; a suspension is for it, too.
    if (isRepeat) signingPartner((await this.commands.load(owner, ownerStream(data.owner))).state, data);
    return submitted(events);
  }

  private async seal(leadStream: string, { person, contact, address }: CreateCustomer['data']): Promise<string> {
    const subject = streamSubject(leadStream);
    await this.vault.ensureKey(subject);
    return this.vault.seal(subject, { person, contact, address });
  }
}

function submitted(events: readonly LeadEvent[]): CustomerSubmitted['data'] {
  const event = events.find(({ type }) => type === 'CustomerSubmitted');
  if (event?.type !== 'CustomerSubmitted') throw new Error('a create that wrote nothing');
  return event.data;
}
