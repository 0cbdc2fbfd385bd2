import type { RecordedEvent } from '../../src/event-sourcing/message.js';
import { Bound } from '../support/bound.js';
import { Broken, type Story } from './broken.js';
import type { Left } from './recorder.js';

/**
 * R9: what a run of the program turned down is on record exactly once; of one that did not say in the log that it ended in good
 * order, what it had counted since its last flush may be missing.
 */
export function refusalsAreReportedOnce({ recorder, events }: Story): void {
  const reported = reports(events);
  const stopped = new Set(events.filter(({ type }) => type === 'ServiceStopped').map(({ data }) => (data as { process: string }).process));
  for (const { program, refused } of recorder.runs.values()) {
    const { process } = program;
    const said = reported.get(process) ?? new Map<string, number>();
    for (const kind of new Set([...refused.keys(), ...said.keys()])) {
      const times = said.get(kind) ?? 0;
      const really = refused.get(kind) ?? 0;
      if (times > really || (stopped.has(process) && times < really)) {
        throw new Broken(`R9: ${kind} was refused ${really} times by ${process} and reported ${times} times`);
      }
    }
  }
}

/** One unit, in thousandths. */
const UNIT = 1_000n;

/**
 * A rule says no to what is so, not to what was so once: where the allowance is said to be used up, it was at some moment
 * between the last reply before the request and the refusal.
 */
export function refusalsWereTrue({ recorder, events }: Story): void {
  const refused = recorder.replies.filter(({ body }) => body['code'] === 'ALLOWANCE_SPENT');
  if (refused.length === 0) return;
  const balances = balancesOf(events);
  for (const left of refused) {
    const known = balances.get(`owner-${left.ask.client.ownerId}`) ?? [];
    const from = Math.max(-1, ...recorder.replies.filter(({ order }) => order < left.arrived).map(({ position }) => position));
    const first = known.findLastIndex(({ position }) => position <= from);
    const meanwhile = known.slice(Math.max(0, first)).filter(({ position }) => position <= left.position);
    if (!meanwhile.some(({ balance }) => balance < UNIT)) throw new Broken(untrue(left));
  }
}

const untrue = ({ ask }: Left): string =>
  `refused: ${ask.id} was told that the allowance is used up, of which there was some all the while`;

/** What each owner's ledger holds from which position on, by its stream. */
function balancesOf(events: readonly RecordedEvent[]): ReadonlyMap<string, readonly { position: number; balance: bigint }[]> {
  const bound = new Bound();
  const balances = new Map<string, { position: number; balance: bigint }[]>();
  for (const event of events) {
    bound.apply(event);
    const ledger = bound.ledgers.get(event.stream);
    if (ledger === undefined) continue;
    const known = balances.get(event.stream) ?? [];
    known.push({ position: event.position, balance: ledger.balance });
    balances.set(event.stream, known);
  }
  return balances;
}

/** By process, then by partner, command and code. */
function reports(events: readonly RecordedEvent[]): ReadonlyMap<string, Map<string, number>> {
  const reported = new Map<string, Map<string, number>>();
  const add = (process: string, kind: string, count: number): void => {
    const said = reported.get(process) ?? new Map<string, number>();
    reported.set(process, said.set(kind, (said.get(kind) ?? 0) + count));
  };
  for (const { type, data } of events) {
    if (type === 'CommandRefused') {
      const { process, partner, command, code } = data as Readonly<Record<string, string>>;
      add(process ?? '', `${partner} ${command} ${code}`, 1);
    } else if (type === 'RefusalsFolded') {
      const { process, partner, counts } = data as {
        process: string;
        partner: string;
        counts: { command: string; code: string; count: number }[];
      };
      for (const { command, code, count } of counts) add(process, `${partner} ${command} ${code}`, count);
    }
  }
  return reported;
}
