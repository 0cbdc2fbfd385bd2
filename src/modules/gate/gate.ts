import type { Decider } from '../../event-sourcing/decider.js';
import type { Outage } from '../../event-sourcing/process.js';
import { kept } from '../persons/reason.js';
import { type ClockTrusted, type GateEvent, type GateHalted, type GateReopened, type LogRestored, RESTORE_REASON } from './gate.events.js';

/** What holds for everybody: whether answers are halted, and when the service was down. Read to its end by every check. */
export interface GateState {
  halted: boolean;
  /** In order of time; those that ended more than `OUTAGES_KEPT_DAYS` before the newest are forgotten. */
  outages: Outage[];
  /** The process that began last, and when, epoch ms. */
  process: string | undefined;
  startedAt: number;
  /** Processes that began and are not known to have ended: replicas run side by side. */
  running: string[];
  /** How often the log has been restored from a backup; no admission rests on a ledger that does not know of each. */
  restores: number;
  /** Id of the last time. */
  restore: string | undefined;
}

/** Longer than any deadline that the defaults set; an outage before that extends nothing that is still running. */
const OUTAGES_KEPT_DAYS = 400;
/** Of replicas that were killed and whose data directories are gone, nobody says that they have ended. */
const MOST_RUNNING = 100;

interface Start {
  readonly process: string;
  /** The process before it on the same data directory, null where there was none; the one that began last unless given. */
  readonly previous?: string | null;
  readonly outage?: Outage;
  readonly at: string;
}

export type GateCommand =
  | { readonly type: 'HaltGate'; readonly data: GateHalted['data'] }
  | { readonly type: 'ReopenGate'; readonly data: GateReopened['data'] }
  /** `jump`: by how many ms the clock was ahead when it was distrusted; without one there is nothing to vouch for. */
  | { readonly type: 'TrustClock'; readonly data: ClockTrusted['data'] & { readonly jump?: number } }
  | { readonly type: 'StartService'; readonly data: Start }
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
      const { process, previous, outage, at } = event.data;
      state.process = process;
      state.startedAt = Date.parse(at);
      state.running = [...state.running.filter((other) => other !== previous), process].slice(-MOST_RUNNING);
      const kept = Date.parse(at) - OUTAGES_KEPT_DAYS * 86_400_000;
      state.outages = state.outages.filter(({ until }) => Date.parse(until) > kept);
      if (outage !== undefined) state.outages.push(outage);
      return state;
    }
    case 'ServiceStopped':
      state.running = state.running.filter((other) => other !== event.data.process);
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
    case 'StartService':
      return startService(state, command.data);
    case 'StopService':
      return state.running.includes(command.data.process) ? [{ type: 'ServiceStopped', data: command.data }] : [];
    case 'RestoreLog':
      return restoreLog(state, command.data);
    case 'ReportClockBehind':
      return [{ type: 'ClockJumped', data: { direction: 'back', ...command.data } }];
  }
}

/** Of replicas that start at the same time after an outage, the first has told of it. */
function startService(state: GateState, { process, previous, outage, at }: Start): readonly GateEvent[] {
  if (state.running.includes(process)) return [];
  const before = previous === undefined ? state.process : (previous ?? undefined);
  const isNews = outage !== undefined && !(state.startedAt > Date.parse(outage.from));
  return [
    {
      type: 'ServiceStarted',
      data: {
        process,
        ...(isNews && { outage }),
        ...(before !== undefined && { previous: before }),
        previousEndedCleanly: endedCleanly(state, before),
        at,
      },
    },
  ];
}

/** Has the process ended as it should, or was there none? */
export function endedCleanly({ running }: GateState, process: string | undefined): boolean {
  return process === undefined || !running.includes(process);
}

/**
 * Whatever was decided after the backup is forgotten: a suspension, a lock, a halt. So answers wait until somebody has looked
 * at what the bank knows of that time, and reopens the gate.
 */
function restoreLog(state: GateState, data: Omit<LogRestored['data'], 'restores'>): readonly GateEvent[] {
  if (state.restore === data.restore) return [];
  const halt: GateEvent = {
    type: 'GateHalted',
    data: { by: 'process:service', reason: RESTORE_REASON, at: data.at },
  };
  return [{ type: 'LogRestored', data: { ...data, restores: state.restores + 1 } }, ...(state.halted ? [] : [halt])];
}

/** While the clock is not trusted nothing can be written, so its jump is put on record together with the word for it. */
function trustClock({ jump, by, at, ...why }: ClockTrusted['data'] & { readonly jump?: number }): readonly GateEvent[] {
  if (jump === undefined) return [];
  return [
    { type: 'ClockJumped', data: { direction: 'ahead', milliseconds: jump, at } },
    { type: 'ClockTrusted', data: { by, ...kept(why), at } },
  ];
}

/** The decider of the stream `gate`. */
export const gate: Decider<GateState, GateCommand, GateEvent> = {
  name: 'gate',
  version: 3,
  initial: () => ({ halted: false, outages: [], process: undefined, startedAt: 0, running: [], restores: 0, restore: undefined }),
  evolve,
  decide,
};

export const GATE_STREAM = 'gate';
