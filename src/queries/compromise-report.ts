import type { EventStore } from '../event-sourcing/event-store.js';
import type { Recorded, RecordedEvent } from '../event-sourcing/message.js';
import type { ClientCompromised, ClientEvent } from '../modules/access/client.events.js';

/** Something that a client did while somebody else may have acted as it. */
export interface AskedMeanwhile {
  readonly what: keyof typeof WHAT;
  readonly at: string;
  /** Of the log. */
  readonly position: number;
  readonly partner?: string;
  readonly agent?: string;
  readonly leadId?: string;
  /** Of a key that was registered, or revoked. */
  readonly kid?: string;
}

export interface CompromiseReport {
  readonly compromises: readonly Pick<ClientCompromised['data'], 'since' | 'at' | 'reason' | 'kids' | 'declaredBy'>[];
  /** In the order of the log. */
  readonly asked: readonly AskedMeanwhile[];
  /** Position from which to go on; null at the end of the log. */
  readonly next: number | null;
}

const WHAT = {
  'lead-opened': 'LeadAdmitted',
  'membership-checked': 'MembershipAnswered',
  'answer-changed': 'AnswerChanged',
  'answer-upheld': 'AnswerUpheld',
  'consent-asked': 'ConsentAsked',
  'consent-code-missed': 'ConsentCodeMissed',
  'customer-created': 'CustomerSubmitted',
  'lead-withdrawn': 'LeadWithdrawn',
  'key-registered': 'ClientKeyRegistered',
  'key-revoked': 'ClientKeyRevoked',
} as const;
/** Names of what may have been asked. */
export const ASKED = Object.keys(WHAT);
const NAMES = new Map<string, AskedMeanwhile['what']>(Object.entries(WHAT).map(([what, type]) => [type, what as AskedMeanwhile['what']]));

const PAGE = 500;
/** Of one report: what is left is another's. */
const MOST_PAGES = 400;

/**
 * What was asked under a client's name since it may have been compromised, read from the log: who did it stands beside each event, and
 * this is asked too seldom for a read model of its own.
 * @param stream of the client
 * @param after position after which to read on; the client's registration unless given
 * @returns `undefined` where the client is not known
 */
export async function compromiseReport(
  store: EventStore,
  stream: string,
  { after, limit }: { after: number | undefined; limit: number },
): Promise<CompromiseReport | undefined> {
  const [registered] = (await store.readStream(stream, { limit: 1 })) as readonly Recorded<ClientEvent>[];
  if (registered?.type !== 'ClientRegistered') return undefined;
  const compromises = await compromisesIn(store, stream);
  const since = compromises.map((each) => each.since).toSorted()[0];
  if (since === undefined) return { compromises: [], asked: [], next: null };
  const { clientId } = registered.data;
  const asked: AskedMeanwhile[] = [];
  let through = after ?? registered.position;
  for (let pages = 0; pages < MOST_PAGES; pages++) {
    const page = await store.readAll({ after: through, limit: PAGE, types: [...NAMES.keys()] });
    for (const event of page.events) {
      if (event.cause.actor !== clientId || event.recordedAt < since) continue;
      asked.push(askedMeanwhile(event));
      if (asked.length === limit) return { compromises, asked, next: event.position };
    }
    if (page.atEnd) return { compromises, asked, next: null };
    through = page.through;
  }
  return { compromises, asked, next: through };
}

/** Read to the stream's end: whoever has a client's key makes it as long as they like. */
async function compromisesIn(store: EventStore, stream: string): Promise<ClientCompromised['data'][]> {
  const found: ClientCompromised['data'][] = [];
  for (let from = 0; ; from += PAGE) {
    const page = (await store.readStream(stream, { from, limit: PAGE })) as readonly Recorded<ClientEvent>[];
    for (const event of page) if (event.type === 'ClientCompromised') found.push(event.data);
    if (page.length < PAGE) return found;
  }
}

function askedMeanwhile({ type, recordedAt, position, data }: RecordedEvent): AskedMeanwhile {
  const { partner, agent, leadId, kid } = data as { partner?: string; agent?: string; leadId?: string; kid?: string };
  return {
    what: NAMES.get(type) as AskedMeanwhile['what'],
    at: recordedAt,
    position,
    ...(partner !== undefined && { partner }),
    ...(agent !== undefined && { agent }),
    ...(leadId !== undefined && { leadId }),
    ...(kid !== undefined && { kid }),
  };
}
