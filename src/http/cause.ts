import { createParamDecorator, type ExecutionContext } from '@nestjs/common';
import type { FastifyRequest } from 'fastify';
import type { Cause, RequestSignature } from '../event-sourcing/message.js';
import type { AuthenticatedClient } from '../modules/access/roles.js';

/** Keyed hashes of a request, hex; set by the idempotency interceptor before the handler runs. */
export interface RequestHashes {
  readonly idempotencyKeyHash: string;
  readonly payloadHash: string;
}

/** What the parts of one request leave on it for each other. */
export interface RequestFacts {
  user?: AuthenticatedClient;
  hashes?: RequestHashes;
  /** `performance.now()` */
  arrivedAt?: number;
  /** Verified. */
  signature?: RequestSignature;
}

/** The kernel's `Cause` of whatever this request leads to: its correlation id, its client, its keyed hashes. */
export function causeOf(request: FastifyRequest & RequestFacts): Cause {
  return {
    correlationId: request.id,
    causationId: request.id,
    actor: request.user?.clientId ?? 'anonymous',
    ...request.hashes,
    ...(request.signature && { signature: request.signature }),
  };
}

export const CurrentCause = createParamDecorator((_: unknown, context: ExecutionContext): Cause =>
  causeOf(context.switchToHttp().getRequest<FastifyRequest & RequestFacts>()),
);
