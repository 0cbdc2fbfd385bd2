import type { RecordedEvent } from '../../src/event-sourcing/message.js';
import { Broken, type Story } from './broken.js';

type Data = Readonly<Record<string, unknown>>;

/** Values of a member over all events of some types, each as often as it occurs. */
function counts(events: readonly RecordedEvent[], types: readonly string[], member = 'leadId'): ReadonlyMap<string, number> {
  const found = new Map<string, number>();
  for (const { type, data } of events) {
    if (!types.includes(type)) continue;
    const value = String((data as Data)[member]);
    found.set(value, (found.get(value) ?? 0) + 1);
  }
  return found;
}

/** Where the one has happened, the other has, once; and nowhere else. */
function mustFollow(
  events: readonly RecordedEvent[],
  rule: string,
  after: readonly string[],
  follows: readonly string[],
  member?: string,
): void {
  const causes = counts(events, after, member);
  const done = counts(events, follows, member);
  for (const key of causes.keys()) {
    if (done.get(key) !== 1)
      throw new Broken(`${rule}: ${follows.join(' or ')} ${done.get(key) ?? 0} times for ${key}, after ${after.join(' or ')}`);
  }
  for (const key of done.keys())
    if (!causes.has(key)) throw new Broken(`${rule}: ${follows.join(' or ')} for ${key} without ${after.join(' or ')}`);
}

const ENDS = ['LeadEndedExisting', 'LeadWithdrawn', 'LeadLapsed', 'LeadConverted', 'LeadDeclined'];

/** I9: each lead was opened, ended once, and left its owner's ledger once; each lapse is on record once. */
export function everythingEnded({ events }: Story): void {
  mustFollow(events, 'I9', ['LeadAdmitted'], ['LeadOpened']);
  mustFollow(events, 'I9', ['LeadAdmitted'], ENDS);
  mustFollow(events, 'I9', ['LeadEndedExisting', 'LeadWithdrawn', 'LeadLapsed'], ['LeadResolved']);
  mustFollow(events, 'I9', ['LeadConverted', 'LeadDeclined'], ['LeadSettled']);
}

/** What is owed was done, and done once: claims and links (I8), credits and what takes them back (I2), messages, policies. */
export function eachOnce({ events }: Story): void {
  eachConvertedIsOneCustomer(events);
  mustFollow(events, 'I2', ['ExistingAcknowledged'], ['AcknowledgementCredited']);
  mustFollow(events, 'I2', ['ConversionRevoked'], ['CreditRevoked']);
  messagesAreQueued(events);
  policiesReachedAll(events);
}

/** One for each thing that a message tells of; of a warning, the note that there is nobody to warn will do. */
function messagesAreQueued(events: readonly RecordedEvent[]): void {
  const owed = events.flatMap(({ type, data }) => {
    const { leadId, ask, customerKey, dropped } = data as Data;
    switch (type) {
      case 'LeadEndedExisting':
        return customerKey === undefined ? [] : [`you-were-asked-for-${String(leadId)}`];
      case 'CustomerSubmitted':
        return [`prove-your-identity-${String(leadId)}`];
      case 'ConsentAsked': {
        const warning = `consent-warning-${String(leadId)}-${String(ask)}`;
        return dropped === true ? [warning] : [`consent-code-${String(leadId)}-${String(ask)}`, warning];
      }
      default:
        return [];
    }
  });
  const done = counts(events, ['MessageQueued', 'MessageNotNeeded'], 'messageId');
  for (const messageId of owed) if (done.get(messageId) !== 1) throw new Broken(`messages: ${messageId} ${done.get(messageId) ?? 0} times`);
  if (done.size !== new Set(owed).size) throw new Broken('messages: one that nothing was told of');
}

/** A converted lead has claimed its number or is linked to the one that has; one that was revoked may have come to neither. */
function eachConvertedIsOneCustomer(events: readonly RecordedEvent[]): void {
  const done = counts(events, ['CustomerNumberClaimed', 'CustomerLinked']);
  const revoked = counts(events, ['ConversionRevoked']);
  for (const leadId of counts(events, ['LeadConverted']).keys()) {
    const times = done.get(leadId) ?? 0;
    if (times > 1 || (times === 0 && !revoked.has(leadId)))
      throw new Broken(`I8: the converted lead ${leadId} was claimed or linked ${times} times`);
  }
}

function policiesReachedAll(events: readonly RecordedEvent[]): void {
  const newest = events.findLast(({ type }) => type === 'PolicyAdopted')?.data as { version: number } | undefined;
  if (newest === undefined) return;
  for (const { data } of events.filter(({ type }) => type === 'OwnerRegistered')) {
    const { owner } = data as { owner: string };
    const reached = events.some(
      (event) =>
        event.stream === `owner-${owner}` &&
        event.type === 'TermsSet' &&
        (event.data as { policyVersion?: number }).policyVersion === newest.version,
    );
    if (!reached) throw new Broken(`policy: ${newest.version} never reached ${owner}`);
  }
}
