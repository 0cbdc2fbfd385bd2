import { SetMetadata } from '@nestjs/common';
import type { RecordedEvent } from '../event-sourcing/message.js';

/**
 * Rebuilds the body of an accepted command's response from the events that the command wrote. It must be the function
 * that the route itself uses, so that a repeated request is answered with the same bytes (R12).
 */
export type ReplayBody = (events: readonly RecordedEvent[]) => unknown;

export const REPLAY_KEY = 'vestibule:replay';

/** Declares how a POST route's response is rebuilt. `body` must be pure. */
export const Replay = (body: ReplayBody): MethodDecorator => SetMetadata(REPLAY_KEY, body);
