import { type CallHandler, type ExecutionContext, Inject, Injectable, type NestInterceptor } from '@nestjs/common';
import type { FastifyReply } from 'fastify';
import { catchError, from, mergeMap, type Observable, throwError } from 'rxjs';
import { CLOCK, type Clock } from '../../event-sourcing/clock.js';
import { CommandHandling } from '../../event-sourcing/handle-command.js';
import type { RequestFacts } from '../../http/cause.js';
import { paceDepth, paceLeft } from './allowance.js';
import { owner } from './owner.js';
import { ownerStream } from './owner.state.js';
import { PACE_DEPTH_DAYS } from './terms.js';

/**
 * `RateLimit` fields (draft-ietf-httpapi-ratelimit-headers, structured form) on routes that charge. They speak of charges
 * only: what the owner may still open, as its own ledger shows it to it.
 */
@Injectable()
export class ChargesInterceptor implements NestInterceptor {
  constructor(
    private readonly commands: CommandHandling,
    @Inject(CLOCK) private readonly clock: Clock,
  ) {}

  intercept(context: ExecutionContext, next: CallHandler): Observable<unknown> {
    const http = context.switchToHttp();
    const tell = (): Promise<void> => this.tell(http.getRequest<RequestFacts>(), http.getResponse<FastifyReply>());
    return next.handle().pipe(
      mergeMap((body) => from(tell().then(() => body as unknown))),
      catchError((error: unknown) => from(tell()).pipe(mergeMap(() => throwError(() => error)))),
    );
  }

  private async tell({ user }: RequestFacts, reply: FastifyReply): Promise<void> {
    if (user?.ownerId === undefined) return;
    const { state } = await this.commands.load(owner, ownerStream(user.ownerId));
    if (state.status === 'unknown' || state.terms === undefined) return;
    const { allowance, terms } = state;
    const pace = Math.floor(Math.max(0, paceLeft(allowance, terms, this.clock.now())));
    const left = Math.floor(Math.max(0, allowance.balance));
    const week = PACE_DEPTH_DAYS * 86_400;
    void reply.header('RateLimit-Policy', `"allowance";q=${Math.floor(terms.ceiling)}, "pace";q=${Math.floor(paceDepth(terms))};w=${week}`);
    void reply.header('RateLimit', `"allowance";r=${left}, "pace";r=${pace}`);
  }
}
