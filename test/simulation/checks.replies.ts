import type { RecordedEvent } from '../../src/event-sourcing/message.js';
import type { RouteName } from './front-door.js';
import { Broken, type Story } from './broken.js';
import type { Left } from './recorder.js';

const ACCEPTED = 300;

/** The member of an event's data. */
function of(event: RecordedEvent | undefined, member: string): unknown {
  return (event?.data as Readonly<Record<string, unknown>> | undefined)?.[member];
}

/** Accepted replies of a route. */
function accepted({ recorder }: Story, route: RouteName): readonly Left[] {
  return recorder.replies.filter(({ ask, status }) => ask.route === route && status < ACCEPTED);
}

/** I4: an answer that left was in the log by then, or carried by an admission that was. */
export function answersAreRecorded(story: Story): void {
  for (const { ask, body, position } of accepted(story, 'check')) {
    const { leadId } = ask.body as { leadId: string };
    const recorded = story.events.some(
      (event) =>
        event.position <= position &&
        of(event, 'leadId') === leadId &&
        ((['MembershipAnswered', 'AnswerChanged'].includes(event.type) && of(event, 'answer') === body['answer']) ||
          (event.type === 'LeadAdmitted' && of(event, 'carried') === body['answer'])),
    );
    if (!recorded) throw new Broken(`I4: ${ask.id} was answered ${String(body['answer'])}, which was not in the log`);
  }
}

/** What an accepted command must have left in the log: the type, and which members of the reply say which. */
const LEAVES: Partial<Record<RouteName, (left: Left) => readonly [type: string, member: string, value: unknown][]>> = {
  open: ({ body, ask }) => [
    ['LeadAdmitted', 'leadId', body['leadId']],
    ['LeadAdmitted', 'partner', ask.client.partnerId],
  ],
  create: ({ body }) => [['CustomerSubmitted', 'customerId', body['customerId']]],
  askConsent: ({ body }) => [['ConsentAsked', 'leadId', body['leadId']]],
  withdraw: ({ body }) => [['LeadWithdrawn', 'leadId', body['leadId']]],
  confirm: ({ body }) => [[body['outcome'] === 'proved' ? 'LeadConverted' : 'LeadDeclined', 'customerId', body['customerId']]],
  acknowledge: ({ body }) => [['ExistingAcknowledged', 'leadId', body['disclosureId']]],
  registerOwner: ({ ask }) => [['OwnerRegistered', 'owner', (ask.body as { ownerId: string }).ownerId]],
};

/** I12 and R2: what was acknowledged was in the log when it left, and is. */
export function everyAcceptanceIsRecorded(story: Story): void {
  for (const left of story.recorder.replies) {
    if (left.status >= ACCEPTED) continue;
    for (const [type, member, value] of LEAVES[left.ask.route]?.(left) ?? []) {
      const there = story.events.some((event) => event.position <= left.position && event.type === type && of(event, member) === value);
      if (!there) throw new Broken(`I12: ${left.ask.id} (${left.ask.route}) was accepted, and no ${type} was in the log`);
    }
    mustStandAt(story, left);
  }
}

/** An analyst is told the place of what was written. */
function mustStandAt({ events }: Story, { ask, body, position }: Left): void {
  if (typeof body['position'] !== 'number') return;
  const event = events[body['position']];
  if (event === undefined || event.position > position) throw new Broken(`I12: ${ask.id} names a place where nothing stood`);
}

/** R12: of all that is sent with one key, one append is made. */
export function keysAreUsedOnce({ events }: Story): void {
  const places = new Map<string, RecordedEvent>();
  for (const event of events) {
    const key = event.cause.idempotencyKeyHash;
    if (key === undefined) continue;
    const before = places.get(key);
    if (
      before !== undefined &&
      (before.stream !== event.stream || before.revision !== event.revision - 1 || !isOfSameAppend(before, event))
    ) {
      throw new Broken(`R12: one key was used for ${before.type} at ${before.position} and for ${event.type} at ${event.position}`);
    }
    places.set(key, event);
  }
}

function isOfSameAppend(one: RecordedEvent, other: RecordedEvent): boolean {
  return one.cause.causationId === other.cause.causationId;
}

/**
 * R12: a repeated request is answered with the same bytes once its command has written something. One that came in before may
 * have been decided before, when there was nothing to write.
 */
export function repeatsAreEqual({ recorder, events }: Story): void {
  const wrote = new Set(events.filter(({ cause }) => cause.idempotencyKeyHash !== undefined).map(({ cause }) => cause.causationId));
  const first = new Map<string, Left>();
  for (const left of recorder.replies) {
    if (left.status >= ACCEPTED) continue;
    const known = first.get(left.ask.key);
    if (known === undefined) {
      if (wrote.has(left.ask.id)) first.set(left.ask.key, left);
    } else if (left.arrived > known.order && (known.text !== left.text || known.status !== left.status)) {
      throw new Broken(`R12: ${known.ask.id} was answered ${known.status} ${known.text}, and ${left.ask.id} ${left.status} ${left.text}`);
    }
  }
}
