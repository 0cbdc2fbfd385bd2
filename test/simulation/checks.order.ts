import type { RecordedEvent } from '../../src/event-sourcing/message.js';
import { Broken, type Story } from './broken.js';
import type { RouteName } from './front-door.js';
import type { Left } from './recorder.js';

/** What a look-up came to. */
const ANSWERS: ReadonlySet<string> = new Set(['MembershipAnswered', 'AnswerUpheld', 'AnswerChanged']);

interface Span {
  readonly left: Left;
  /** Order at which the first request that may end it came in. */
  readonly until: number;
  /** Position of the first event that ended it: what asked for that may have been under way before it began. */
  readonly endedAt: number;
}

/** What begins a span, what ends it, and whether both are about the same. */
interface Bounds {
  readonly begin: RouteName;
  readonly end: RouteName;
  /** Type of the event that ends it. */
  readonly ended: string;
  readonly isAbout?: (left: Left, event: RecordedEvent) => boolean;
}

/** From each acceptance of `begin` to the first request for `end` that came in after the one for `begin`, or to its end in the log. */
function spans({ recorder, events }: Story, { begin, end, ended, isAbout = () => true }: Bounds): readonly Span[] {
  const { replies, requests } = recorder;
  const ends = requests.filter(({ ask }) => ask.route === end).map(({ order }) => order);
  const asked = events.filter(({ type, cause }) => type === ended && recorder.arrivalOf(cause.causationId) !== undefined);
  return replies
    .filter(({ status, ask }) => status < 300 && ask.route === begin)
    .map((left) => ({
      left,
      until: Math.min(...ends.filter((order) => order > left.firstSent), Number.MAX_SAFE_INTEGER),
      endedAt: asked.find((event) => event.position > left.position && isAbout(left, event))?.position ?? Number.MAX_SAFE_INTEGER,
    }));
}

function during({ left, until, endedAt }: Span, { arrived, order, position }: Left): boolean {
  return arrived > left.order && order < until && position < endedAt;
}

/** Once the halt was confirmed, nobody is told anything new. */
export function haltsHold(story: Story): void {
  const { replies } = story.recorder;
  const answeredBy = new Set(story.events.filter(({ type }) => ANSWERS.has(type)).map(({ cause }) => cause.causationId));
  for (const span of spans(story, { begin: 'halt', end: 'reopen', ended: 'GateReopened' })) {
    const told = replies.find(
      (left) => left.ask.route === 'check' && left.status < 300 && during(span, left) && answeredBy.has(left.ask.id),
    );
    if (told !== undefined) throw new Broken(`halt: ${told.ask.id} was answered after ${span.left.ask.id} had halted all answers`);
  }
}

/** R32: once the suspension was confirmed, no request of the partner that comes in is accepted. */
export function suspensionsHold(story: Story): void {
  const { replies } = story.recorder;
  const isAbout = ({ ask }: Left, { data }: RecordedEvent): boolean => (data as { partner: string }).partner === ask.of;
  for (const span of spans(story, { begin: 'suspend', end: 'reinstate', ended: 'PartnerReinstated', isAbout })) {
    const told = replies.find((left) => left.ask.client.partnerId === span.left.ask.of && left.status < 300 && during(span, left));
    if (told !== undefined) throw new Broken(`R32: ${told.ask.id} was accepted after ${span.left.ask.id} had suspended the partner`);
  }
}

/** R6: what comes in after a change of terms was confirmed is decided under these terms or later ones. */
export function termsHold({ recorder, events }: Story): void {
  const inForce: { readonly owner: string; readonly version: number; readonly from: number }[] = [];
  for (const left of recorder.replies) {
    if (left.status >= 300 || (left.ask.route !== 'setTerms' && left.ask.route !== 'adoptPolicy')) continue;
    for (const [owner, version] of versionsAt(events, left)) inForce.push({ owner, version, from: left.order });
  }
  for (const event of events) {
    if (event.type !== 'LeadAdmitted' && !ANSWERS.has(event.type)) continue;
    const arrived = recorder.arrivalOf(event.cause.causationId);
    const { owner, termsVersion } = event.data as { owner: string; termsVersion: number };
    const stricter =
      arrived !== undefined && inForce.find((each) => each.owner === owner && each.from < arrived && each.version > termsVersion);
    if (stricter)
      throw new Broken(`R6: ${event.type} at ${event.position} under terms ${termsVersion}, though ${stricter.version} were in force`);
  }
}

/** The terms that a reply speaks of: those of the one owner, or, of a policy, of all owners that were registered before it was asked for. */
function versionsAt(events: readonly RecordedEvent[], { ask, position }: Left): ReadonlyMap<string, number> {
  const versions = new Map<string, number>();
  const policy = events.findLast((event) => event.type === 'PolicyAdopted' && event.position <= position);
  const policyVersion = (policy?.data as { version?: number } | undefined)?.version ?? 0;
  for (const event of events) {
    if (event.type !== 'TermsSet' || event.position > position) continue;
    const { version, policyVersion: applied } = event.data as { version: number; policyVersion?: number };
    if (ask.route === 'setTerms' ? event.stream === `owner-${ask.of}` : (applied ?? 0) <= policyVersion) {
      versions.set(event.stream.slice('owner-'.length), version);
    }
  }
  return versions;
}

/** A change of policy is answered when every owner has it, also to whoever repeats the request. */
export function policiesAreEverywhere({ recorder, events }: Story): void {
  for (const { ask, status, position } of recorder.replies) {
    const adopted = events.find(({ type, cause }) => type === 'PolicyAdopted' && cause.causationId.split('/', 1)[0] === ask.key);
    if (status >= 300 || adopted === undefined) continue;
    const { version } = adopted.data as { version: number };
    const reached = new Set(
      events
        .filter((event) => event.position <= position && event.type === 'TermsSet')
        .filter(({ data }) => ((data as { policyVersion?: number }).policyVersion ?? 0) >= version)
        .map(({ stream }) => stream),
    );
    const missed = events.find(
      (event) => event.type === 'OwnerRegistered' && event.position < adopted.position && !reached.has(event.stream),
    );
    if (missed !== undefined) throw new Broken(`R6: ${ask.id} was told of policy ${version} before ${missed.stream} had it`);
  }
}
