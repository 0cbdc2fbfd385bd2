import { SetMetadata } from '@nestjs/common';
import type { RecordedEvent } from '../event-sourcing/message.js';

/**
 * Rebuilds the body of an accepted command's response from the events that the command wrote. It must be the function
 * that the route itself uses, so that a repeated request is answered with the same bytes (R12).
 */
export type ReplayBody = (events: readonly RecordedEvent[]) => unknown;

export const REPLAY_KEY = 'vestibule:replay';
export const NOT_IDEMPOTENT_KEY = 'vestibule:not-idempotent';

/** Declares how a POST route's response is rebuilt. `body` must be pure. */
export const Replay = (body: ReplayBody): MethodDecorator => SetMetadata(REPLAY_KEY, body);

/** A POST that asks for no `Idempotency-Key`: it changes nothing, or is safe to repeat by itself. Say why beside it. */
export const NotIdempotent = (): MethodDecorator => SetMetadata(NOT_IDEMPOTENT_KEY, true);
