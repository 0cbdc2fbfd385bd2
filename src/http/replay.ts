import { SetMetadata, type Type } from '@nestjs/common';
import type { RecordedEvent } from '../event-sourcing/message.js';
import type { AuthenticatedClient } from '../modules/access/roles.js';

/**
 * Rebuilds the body of an accepted command's response from the events that the command wrote. It must be the function
 * that the route itself uses, so that a repeated request is answered with the same bytes (R12).
 */
export type ReplayBody = (events: readonly RecordedEvent[]) => unknown;

/** An injectable that is asked before a response is repeated. */
export interface ReplayGuard {
  /** Throws what the repeated request is refused with, when what these events answered must not be told now, or not to this client. */
  beforeReplay(events: readonly RecordedEvent[], client: AuthenticatedClient): Promise<void>;
}

export interface ReplayRule {
  readonly body: ReplayBody;
  /** Asked in this order. */
  readonly guards: readonly Type<ReplayGuard>[];
}

export const REPLAY_KEY = 'vestibule:replay';

/** Declares how a POST route's response is rebuilt. `body` must be pure. */
export const Replay = (body: ReplayBody, ...guards: readonly Type<ReplayGuard>[]): MethodDecorator =>
  SetMetadata<string, ReplayRule>(REPLAY_KEY, { body, guards });
