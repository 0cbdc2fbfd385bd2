import type { RecordedEvent } from '../../src/event-sourcing/message.js';
import type { MessageQueued } from '../../src/modules/messages/message.events.js';
import type { KeyVault } from '../../src/modules/persons/key-vault.js';
import { contactFrom, PARTNERS, type PartnerName, PERSONS } from './cast.js';

/** A message in a mailbox whose address came from a partner. */
export interface Mail {
  readonly partner: PartnerName;
  readonly contact: string;
  /** When it was ready to go out, epoch ms. */
  readonly at: number;
  readonly text: string;
}

/** Goes to the bank's customer at the contact on its file, which a partner may name, but did not put there: see the README. */
const TO_THE_FILE: ReadonlySet<string> = new Set(['you-were-asked-for', 'consent-warning']);

/** Contacts that partners supply, with the partner. */
const SUPPLIED: ReadonlyMap<string, PartnerName> = new Map(
  (Object.keys(PARTNERS) as PartnerName[]).flatMap((partner) => PERSONS.map((n) => [contactFrom(partner, n), partner] as const)),
);

const messagesIn = (log: readonly RecordedEvent[]): readonly MessageQueued['data'][] =>
  log.flatMap(({ type, data }) => (type === 'MessageQueued' ? [data as MessageQueued['data']] : []));

/** Everything that contacts from partners have been sent. */
export async function mailIn(log: readonly RecordedEvent[], vault: KeyVault): Promise<readonly Mail[]> {
  const mails: Mail[] = [];
  for (const { kind, subject, sealed, at } of messagesIn(log)) {
    const message = (await vault.open(subject, sealed)) as { readonly to: { readonly email?: string } } | undefined;
    const contact = message?.to.email ?? '';
    const partner = SUPPLIED.get(contact);
    if (partner === undefined || TO_THE_FILE.has(kind)) continue;
    mails.push({ partner, contact, at: Date.parse(at), text: JSON.stringify(message) });
  }
  return mails;
}

/** How many codes an applicant was sent for a lead. */
export function codesSent(log: readonly RecordedEvent[], leadId: string): number {
  return messagesIn(log).filter((message) => message.kind === 'consent-code' && message.leadId === leadId).length;
}
