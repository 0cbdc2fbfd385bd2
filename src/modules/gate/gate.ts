import type { Decider } from '../../event-sourcing/decider.js';
import type { Outage } from '../../event-sourcing/process.js';
import type { GateEvent, LogRestored } from './gate.events.js';

/** What holds for everybody: whether answers are halted, and when the service was down. Read to its end by every check. */
export interface GateState {
  halted: boolean;
  /** In order of time; those that ended more than `OUTAGES_KEPT_DAYS` before the newest are forgotten. */
  outages: Outage[];
  /** The process that began last. */
  process: string | undefined;
  processEndedCleanly: boolean;
  /** How often the log has been restored from a backup; no admission rests on a ledger that does not know of each. */
  restores: number;
  /** Id of the last time. */
  restore: string | undefined;
}

/** Longer than any deadline that the defaults set; an outage before that extends nothing that is still running. */
const OUTAGES_KEPT_DAYS = 400;

interface ByOperator {
  readonly by: string;
  readonly reason: string;
  readonly at: string;
}
export type GateCommand =
  | { readonly type: 'HaltGate' | 'ReopenGate'; readonly data: ByOperator }
  /** `jump`: by how many ms the clock was ahead when it was distrusted; without one there is nothing to vouch for. */
  | { readonly type: 'TrustClock'; readonly data: ByOperator & { readonly jump?: number } }
  | { readonly type: 'StartService'; readonly data: { readonly process: string; readonly outage?: Outage; readonly at: string } }
  | { readonly type: 'StopService'; readonly data: { readonly process: string; readonly at: string } }
  | { readonly type: 'RestoreLog'; readonly data: Omit<LogRestored['data'], 'restores'> }
  | { readonly type: 'ReportClockBehind'; readonly data: { readonly milliseconds: number; readonly at: string } };

function evolve(state: GateState, event: GateEvent): GateState {
  switch (event.type) {
    case 'GateHalted':
      state.halted = true;
      return state;
    case 'GateReopened':
      state.halted = false;
      return state;
    case 'ServiceStarted': {
      const { process, outage, at } = event.data;
      state.process = process;
      state.processEndedCleanly = false;
      const kept = Date.parse(at) - OUTAGES_KEPT_DAYS * 86_400_000;
      state.outages = state.outages.filter(({ until }) => Date.parse(until) > kept);
      if (outage !== undefined) state.outages.push(outage);
      return state;
    }
    case 'ServiceStopped':
      if (state.process === event.data.process) state.processEndedCleanly = true;
      return state;
    case 'LogRestored':
      state.restores = event.data.restores;
      state.restore = event.data.restore;
      return state;
    case 'ClockJumped':
    case 'ClockTrusted':
      return state;
  }
}

function decide(state: GateState, command: GateCommand): readonly GateEvent[] {
  switch (command.type) {
    case 'HaltGate':
      return state.halted ? [] : [{ type: 'GateHalted', data: command.data }];
    case 'ReopenGate':
      return state.halted ? [{ type: 'GateReopened', data: command.data }] : [];
    case 'TrustClock':
      return trustClock(command.data);
    case 'StartService': {
      if (state.process === command.data.process) return [];
      const previous = state.process === undefined ? {} : { previous: state.process };
      return [{ type: 'ServiceStarted', data: { ...command.data, ...previous, previousEndedCleanly: state.processEndedCleanly } }];
    }
    case 'StopService':
      return state.process === command.data.process && !state.processEndedCleanly ? [{ type: 'ServiceStopped', data: command.data }] : [];
    case 'RestoreLog':
      return restoreLog(state, command.data);
    case 'ReportClockBehind':
      return [{ type: 'ClockJumped', data: { direction: 'back', ...command.data } }];
  }
}

/**
 * Whatever was decided after the backup is forgotten: a suspension, a lock, a halt. So answers wait until somebody has looked
 * at what the bank knows of that time, and reopens the gate.
 */
function restoreLog(state: GateState, data: Omit<LogRestored['data'], 'restores'>): readonly GateEvent[] {
  if (state.restore === data.restore) return [];
  const halt: GateEvent = {
    type: 'GateHalted',
    data: { by: 'process:service', reason: 'the log was restored from a backup', at: data.at },
  };
  return [{ type: 'LogRestored', data: { ...data, restores: state.restores + 1 } }, ...(state.halted ? [] : [halt])];
}

/** While the clock is not trusted nothing can be written, so its jump is put on record together with the word for it. */
function trustClock({ by, reason, at, jump }: ByOperator & { readonly jump?: number }): readonly GateEvent[] {
  if (jump === undefined) return [];
  return [
    { type: 'ClockJumped', data: { direction: 'ahead', milliseconds: jump, at } },
    { type: 'ClockTrusted', data: { by, reason, at } },
  ];
}

/** The decider of the stream `gate`. */
export const gate: Decider<GateState, GateCommand, GateEvent> = {
  name: 'gate',
  version: 2,
  initial: () => ({ halted: false, outages: [], process: undefined, processEndedCleanly: true, restores: 0, restore: undefined }),
  evolve,
  decide,
};

export const GATE_STREAM = 'gate';
