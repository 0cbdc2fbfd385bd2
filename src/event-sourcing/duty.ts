import { type Decider, DomainError } from './decider.js';
import type { Fact } from './message.js';

/** A process took up the duty, for the `term`-th time that anybody did. `holder` names the process, at random. */
export type DutyClaimed = Fact<'DutyClaimed', { holder: string; term: number; at: string }>;
/** Its holder is alive. */
export type DutyRenewed = Fact<'DutyRenewed', { holder: string; term: number; at: string }>;
/** Its holder has laid it down: whoever comes need not wait. */
export type DutyReleased = Fact<'DutyReleased', { holder: string; term: number; at: string }>;
export type DutyEvent = DutyClaimed | DutyRenewed | DutyReleased;

export interface DutyState {
  /** Undefined as long as nobody holds it. */
  holder: string | undefined;
  term: number;
  /** Events of the stream: whoever saw as many has seen the last sign of the holder's life. */
  signs: number;
}

export type DutyCommand =
  /** `seen`: the signs after which the claimant has waited; one sign more, and it has waited for nothing. */
  | { readonly type: 'ClaimDuty'; readonly data: { readonly holder: string; readonly seen: number; readonly at: string } }
  | { readonly type: 'RenewDuty' | 'ReleaseDuty'; readonly data: { readonly holder: string; readonly term: number; readonly at: string } };

/** The stream was not as the command had seen it. No request ever meets this, so it is no problem of the API's. */
export class DutyTaken extends DomainError<'DUTY_TAKEN'> {
  constructor() {
    super('DUTY_TAKEN', 'another process has given a sign of life');
  }
}

function evolve(state: DutyState, event: DutyEvent): DutyState {
  const { holder, term } = event.data;
  return { holder: event.type === 'DutyReleased' ? undefined : holder, term, signs: state.signs + 1 };
}

function decide(state: DutyState, command: DutyCommand): readonly DutyEvent[] {
  switch (command.type) {
    case 'ClaimDuty': {
      const { holder, seen, at } = command.data;
      if (state.signs !== seen) throw new DutyTaken();
      return [{ type: 'DutyClaimed', data: { holder, term: state.term + 1, at } }];
    }
    case 'RenewDuty':
      if (!isHeldBy(state, command.data)) throw new DutyTaken();
      return [{ type: 'DutyRenewed', data: command.data }];
    case 'ReleaseDuty':
      return isHeldBy(state, command.data) ? [{ type: 'DutyReleased', data: command.data }] : [];
  }
}

/** The term too: a process that lost the duty and has it again is not the holder that it was. */
export function isHeldBy(state: DutyState, { holder, term }: { readonly holder: string; readonly term: number }): boolean {
  return state.holder === holder && state.term === term;
}

/**
 * The decider of the streams `duty-<name>`: what only one process at a time may do. Nothing is compared with a clock here. How
 * long a holder was silent is measured by who waits, on a clock of its own; what makes two of them one is the stream's revision.
 */
export const duty: Decider<DutyState, DutyCommand, DutyEvent> = {
  name: 'duty',
  version: 1,
  initial: () => ({ holder: undefined, term: 0, signs: 0 }),
  evolve,
  decide,
};

/** To send what the process managers owe. One for all of them, so that its renewals are few: at the default lease 17,280 a day. */
export const PROCESSES = 'processes';

export const dutyStream = (name: string): string => `duty-${name}`;
