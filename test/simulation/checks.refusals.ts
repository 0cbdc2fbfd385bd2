import type { RecordedEvent } from '../../src/event-sourcing/message.js';
import { Broken, type Story } from './broken.js';

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
