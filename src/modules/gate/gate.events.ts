import type { Fact } from '../../event-sourcing/message.js';
import type { Outage } from '../../event-sourcing/process.js';
import type { KeptReason } from '../persons/reason.js';

/** Why the service itself halts all answers. */
export const RESTORE_REASON = 'log-restored';
export const HALT_REASONS = ['leaked-list', 'suspected-attack', 'technical-fault', 'exercise', 'other'] as const;
export type HaltReason = (typeof HALT_REASONS)[number] | typeof RESTORE_REASON;
export const REOPENING_REASONS = ['looked-into', 'false-alarm', 'fault-repaired', 'exercise-over', 'other'] as const;
export type ReopeningReason = (typeof REOPENING_REASONS)[number];
/** Why a clock that has jumped is vouched for. */
export const CLOCK_REASONS = ['clock-set-right', 'clock-is-right', 'long-standstill', 'other'] as const;
export type ClockReason = (typeof CLOCK_REASONS)[number];

interface ByOperator {
  readonly by: string;
  readonly at: string;
}

/** No check is answered by anybody until the gate reopens. */
export type GateHalted = Fact<'GateHalted', ByOperator & KeptReason<HaltReason>>;
export type GateReopened = Fact<'GateReopened', ByOperator & KeptReason<ReopeningReason>>;
/**
 * A process of the service began. `outage` is the time that the service was down before it, every replica of it, by which every
 * deadline then running is extended; `previousEndedCleanly` is false when the process before it on the same data directory was
 * killed, so that at most one flush of its folded refusal counts is missing.
 */
export type ServiceStarted = Fact<
  'ServiceStarted',
  { process: string; outage?: Outage; previous?: string; previousEndedCleanly: boolean; at: string }
>;
export type ServiceStopped = Fact<'ServiceStopped', { process: string; at: string }>;
/** The wall clock was set. A jump `ahead` beyond the limit closes the service, and is on record with `ClockTrusted` only. */
export type ClockJumped = Fact<'ClockJumped', { direction: 'ahead' | 'back'; milliseconds: number; at: string }>;
export type ClockTrusted = Fact<'ClockTrusted', ByOperator & KeptReason<ClockReason>>;
/**
 * The log was put back from a backup: what was written after `through` is lost, admissions and answers included. Every owner's
 * ledger forfeits its balance because of it.
 */
export type LogRestored = Fact<
  'LogRestored',
  {
    /** How often the log has been restored, this time included. */
    restores: number;
    /** Id of this restoring, and of the backup. */
    restore: string;
    backup: string;
    backupTakenAt: string;
    /** Position of the last event that the backup held. */
    through: number;
    at: string;
  }
>;

export type GateEvent = GateHalted | GateReopened | ServiceStarted | ServiceStopped | ClockJumped | ClockTrusted | LogRestored;
