import { join } from 'node:path';
import type { RecordedEvent } from '../../src/event-sourcing/message.js';
import type { Projection } from '../../src/event-sourcing/projection.js';
import { ReadModels } from '../../src/event-sourcing/read-models.js';
import { customersOfPartner } from '../../src/projections/customers-of-partner.js';
import { deadlines } from '../../src/projections/deadlines.js';
import { disclosureLedger } from '../../src/projections/disclosure-ledger.js';
import { identifications } from '../../src/projections/identifications.js';
import { leadFunnels } from '../../src/projections/lead-funnels.js';
import { leadsOfPartner } from '../../src/projections/leads-of-partner.js';
import { outbox } from '../../src/projections/outbox.js';
import { partnerDirectory } from '../../src/projections/partner-directory.js';
import { refusals } from '../../src/projections/refusals.js';
import { usage } from '../../src/projections/usage.js';
import { Projected } from '../projections/projected.js';
import { assertBound } from '../support/bound.js';
import type { Load, Sent } from './load.js';
import type { Replica } from './replica.js';

const READ_MODELS = [
  leadFunnels,
  refusals,
  partnerDirectory,
  leadsOfPartner,
  customersOfPartner,
  identifications,
  deadlines,
  usage,
  disclosureLedger,
  outbox,
] as unknown as readonly Projection[];

/** A rule and what breaks it, none where it holds. */
export interface Check {
  readonly rule: string;
  breaches(): readonly string[] | Promise<readonly string[]>;
}

/** What the clients know. */
export type Told = Pick<Load, 'sent' | 'acknowledged' | 'differing' | 'problems'>;

/** What must be so in the log that was read back, and in what the clients were told; nothing here is asked of the service. */
export function checks(
  log: readonly RecordedEvent[],
  load: Told,
  replicas: readonly Pick<Replica, 'name' | 'dataDir' | 'mishaps'>[],
): readonly Check[] {
  return [
    { rule: 'R1: the bound holds on every prefix of the log', breaches: () => boundBreaches(log) },
    { rule: 'R14: no event id is there twice', breaches: () => twice(log.map(({ id }) => id)) },
    { rule: 'R14, R17: no stream has a gap', breaches: () => gaps(log) },
    { rule: 'R2, R17: what was acknowledged is in the log as it was told', breaches: () => untold(log, load.acknowledged) },
    { rule: 'R3, R4: nothing is in the log more often than it was asked for', breaches: () => overcharged(log, load.sent) },
    { rule: 'each lead has at most one answer', breaches: () => twice(log.filter(isAnswer).map(leadOf)) },
    { rule: 'R12: a repeated command has the bytes of the first reply', breaches: () => load.differing },
    { rule: 'R25: no replica ended unasked, or uncleanly when asked', breaches: () => replicas.flatMap(({ mishaps }) => mishaps) },
    { rule: 'every command got an outcome in the end', breaches: () => load.sent.filter(isOpen).map(({ key }) => key) },
    { rule: 'no request met an internal error', breaches: () => (load.problems.has('INTERNAL_ERROR') ? ['500'] : []) },
    ...replicas.map((replica) => ({
      rule: `R20: the read models of replica ${replica.name} are those that the log makes`,
      breaches: () => staleModels(log, replica.dataDir),
    })),
  ];
}

const leadOf = ({ data }: RecordedEvent): string => (data as { leadId: string }).leadId;
const isOpen = ({ text, refusal }: Sent): boolean => text === undefined && refusal === undefined;
const isAnswer = ({ type }: RecordedEvent): boolean => type === 'MembershipAnswered';

async function boundBreaches(log: readonly RecordedEvent[]): Promise<readonly string[]> {
  try {
    await assertBound(log);
    return [];
  } catch (error) {
    return [String(error)];
  }
}

function twice(names: readonly string[]): readonly string[] {
  const seen = new Set<string>();
  return names.filter((name) => seen.size === seen.add(name).size);
}

function gaps(log: readonly RecordedEvent[]): readonly string[] {
  const ends = new Map<string, number>();
  return log.flatMap(({ stream, revision }) => {
    const expected = (ends.get(stream) ?? -1) + 1;
    ends.set(stream, revision);
    return revision === expected ? [] : [`${stream}: ${revision} where ${expected} belongs`];
  });
}

const FACTS = { open: 'LeadAdmitted', check: 'MembershipAnswered', create: 'CustomerSubmitted', confirm: 'LeadConverted' } as const;

function untold(log: readonly RecordedEvent[], acknowledged: readonly Sent[]): readonly string[] {
  const facts = new Map(log.map((event) => [`${event.type} ${leadOf(event)}`, event.data as Readonly<Record<string, unknown>>]));
  return acknowledged.flatMap(({ kind, leadId, text = '' }) => {
    const fact = facts.get(`${FACTS[kind]} ${leadId}`);
    const { answer, customerId, openedAt } = JSON.parse(text) as Readonly<Record<string, unknown>>;
    const isSo =
      fact !== undefined &&
      (kind !== 'open' || fact['at'] === openedAt) &&
      (kind !== 'check' || fact['answer'] === answer) &&
      (kind !== 'create' || fact['customerId'] === customerId);
    return isSo ? [] : [`${kind} ${leadId}: ${text}, and in the log ${JSON.stringify(fact)}`];
  });
}

/** Each command was sent under one key, so it has its effect once, and an effect belongs to a command. */
function overcharged(log: readonly RecordedEvent[], sent: readonly Sent[]): readonly string[] {
  return Object.entries(FACTS).flatMap(([kind, type]) => {
    const asked = sent.filter((each) => each.kind === kind);
    const told = new Set(asked.filter(({ text }) => text !== undefined).map(({ leadId }) => leadId));
    const unknown = asked.length - told.size;
    const found = log.filter((event) => event.type === type).map(leadOf);
    const beyond = found.filter((leadId) => !told.has(leadId));
    return [...twice(found), ...(beyond.length > unknown ? [`${beyond.length} ${type} of which nobody was told, ${unknown} open`] : [])];
  });
}

/** Of a replica that is stopped. */
function staleModels(log: readonly RecordedEvent[], dataDir: string): readonly string[] {
  const live = ReadModels.open(join(dataDir, 'read-models.db'));
  try {
    return READ_MODELS.flatMap((projection) => {
      const position = live.checkpointOf(projection)?.position ?? -1;
      const anew = new Projected(projection).apply(log.filter((event) => event.position <= position));
      return anew.hash === live.hashOf(projection) ? [] : [projection.name];
    });
  } finally {
    live.close();
  }
}
