import { type CallHandler, type ExecutionContext, Injectable, type NestInterceptor } from '@nestjs/common';
import type { FastifyRequest } from 'fastify';
import { catchError, type Observable } from 'rxjs';
import { DomainError } from '../event-sourcing/decider.js';
import { exactly } from '../event-sourcing/exact-moment.js';

/** Longer than it takes to look for a lead, and short enough for whoever mistook one. */
export const NOT_FOUND_AFTER_MS = 25;
const NOT_FOUND: ReadonlySet<string> = new Set(['LEAD_NOT_FOUND', 'CUSTOMER_NOT_FOUND']);

/**
 * A command on a lead that is not there is refused at a time that follows from its arrival alone. Another's lead looks like none
 * (I7), but to see that it is another's its stream has to be read, which takes some 30 µs more than to find none (R41).
 */
@Injectable()
export class NotFoundInterceptor implements NestInterceptor {
  intercept(context: ExecutionContext, next: CallHandler): Observable<unknown> {
    if (context.switchToHttp().getRequest<FastifyRequest>().method !== 'POST') return next.handle();
    const moment = performance.now() + NOT_FOUND_AFTER_MS;
    return next.handle().pipe(
      catchError(async (error: unknown) => {
        if (isNotFound(error)) await exactly(moment);
        throw error;
      }),
    );
  }
}

function isNotFound(error: unknown): boolean {
  return error instanceof DomainError && NOT_FOUND.has((error as DomainError).code);
}
