import type { RecordedEvent } from '../../src/event-sourcing/message.js';
import { Broken, type Story } from './broken.js';
import { KEYRING } from './world.js';

type Data = Readonly<Record<string, unknown>>;
const YEAR = 365 * 86_400_000;
const ANSWERS = ['MembershipAnswered', 'AnswerUpheld', 'AnswerChanged'];
const TRIES_OF_A_LEAD = 3;
const TRIES_OF_A_PERSON = 10;

/** Answers that were newly given: a look-up stands behind each. */
const isAnswer = ({ type }: RecordedEvent): boolean => ANSWERS.includes(type);
const of = (event: RecordedEvent, member: string): unknown => (event.data as Data)[member];
const isYes = (event: RecordedEvent): boolean => of(event, 'answer') === 'yes';

/** In `proof` each answer has a try of its own before it, a yes one that matched; three a lead, ten wrong ones a person and year. */
export function triesAreCounted({ events }: Story): void {
  const tried = new Map<string, { all: number; matched: number; answered: number; yes: number }>();
  const missed = new Map<string, number[]>();
  for (const event of events) {
    if (event.type !== 'SecretTried' && !(isAnswer(event) && of(event, 'mode') === 'proof')) continue;
    const leadId = String(of(event, 'leadId'));
    const lead = tried.get(leadId) ?? { all: 0, matched: 0, answered: 0, yes: 0 };
    tried.set(leadId, lead);
    if (event.type === 'SecretTried') {
      lead.all += 1;
      count(event, missed);
      if (of(event, 'outcome') === 'matched') lead.matched += 1;
      continue;
    }
    lead.answered += 1;
    if (isYes(event)) lead.yes += 1;
    if (lead.answered > lead.all) throw new Broken(`proof: ${event.type} at ${event.position} without a try before it`);
    if (lead.yes > lead.matched) throw new Broken(`proof: a yes at ${event.position} though no secret was right`);
    if (lead.answered > TRIES_OF_A_LEAD) throw new Broken(`proof: the lead ${leadId} was answered on ${lead.answered} secrets`);
  }
}

function count(event: RecordedEvent, missed: Map<string, number[]>): void {
  const now = Date.parse(String(of(event, 'at')));
  const before = (missed.get(event.stream) ?? []).filter((at) => at > now - YEAR);
  const outcome = of(event, 'outcome');
  if (outcome !== 'exhausted' && before.length >= TRIES_OF_A_PERSON)
    throw new Broken(`proof: an eleventh wrong secret at ${event.position}`);
  missed.set(event.stream, outcome === 'missed' ? [...before, now] : before);
}

/** A consent by code is on record only where the code was brought that the applicant had been sent. */
export function codesWereRight({ events, recorder }: Story): void {
  for (const event of events) {
    if (event.type !== 'ConsentAnswered' || of(event, 'by') !== 'code') continue;
    const asked = recorder.requests.find(({ ask }) => ask.id === event.cause.causationId);
    const { leadId, consent } = (asked?.ask.body ?? {}) as { leadId?: string; consent?: { code: string } };
    if (leadId === undefined || consent?.code !== KEYRING.oneTimeCode(leadId, of(event, 'ask') as number))
      throw new Broken(`consent: a code at ${event.position} that nobody had been sent`);
  }
}

/** In `consent` each answer has a consent of its own, given while it was asked for. */
export function consentsAreUsedOnce({ events }: Story): void {
  const given = new Map<string, number>();
  const used = new Set<string>();
  for (const event of events) {
    const leadId = String(of(event, 'leadId'));
    if (event.type === 'ConsentAnswered' && of(event, 'word') === 'given') given.set(leadId, of(event, 'ask') as number);
    if (!isAnswer(event) || of(event, 'mode') !== 'consent') continue;
    const ask = given.get(leadId);
    if (ask === undefined) throw new Broken(`consent: ${event.type} at ${event.position} without the applicant's consent`);
    if (used.has(`${leadId} ${ask}`)) throw new Broken(`consent: ${event.type} at ${event.position} on a consent that was used`);
    used.add(`${leadId} ${ask}`);
  }
}

/** Each request was counted on its contact before, once, and what was dropped there is dropped on the lead. */
export function codesAreCounted({ events }: Story): void {
  const counted = new Map<string, boolean[]>();
  for (const event of events) {
    const about = `${String(of(event, 'leadId'))} ${String(of(event, 'contactKey'))}`;
    if (event.type === 'CodeRequested') counted.set(about, [...(counted.get(about) ?? []), of(event, 'dropped') as boolean]);
    if (event.type !== 'ConsentAsked') continue;
    const left = counted.get(about) ?? [];
    const at = left.indexOf(of(event, 'dropped') as boolean);
    if (at === -1) throw new Broken(`consent: a code at ${event.position} that was not counted on its contact`);
    left.splice(at, 1);
  }
}
