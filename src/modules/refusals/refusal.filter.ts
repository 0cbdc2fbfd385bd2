import { type ArgumentsHost, Catch, type ExceptionFilter, Injectable } from '@nestjs/common';
import type { FastifyReply, FastifyRequest } from 'fastify';
import { DomainError } from '../../event-sourcing/decider.js';
import { causeOf, type RequestFacts } from '../../http/cause.js';
import { whenNotFoundIsTold } from '../../http/not-found.js';
import { problemOf, sendProblem } from '../../http/problem.filter.js';
import type { Problem } from '../../http/problem.js';
import { Metrics } from '../../observability/metrics.js';
import { RefusalRecorder } from './refusal-recorder.js';

/** Refused because the service could not, not because a rule said no. */
const NOT_REFUSALS: ReadonlySet<string> = new Set(['COMMAND_IN_FLIGHT', 'REGISTER_BEHIND', 'OUTCOME_UNKNOWN', 'CLOCK_UNTRUSTED']);

/** For the partners' commands: what a rule turned down is on record before the partner reads of it. */
@Catch()
@Injectable()
export class RefusalFilter implements ExceptionFilter {
  constructor(
    private readonly refusals: RefusalRecorder,
    private readonly metrics: Metrics,
  ) {}

  async catch(error: unknown, host: ArgumentsHost): Promise<void> {
    const http = host.switchToHttp();
    const request = http.getRequest<FastifyRequest & RequestFacts>();
    const problem = problemOf(error);
    if (problem.status >= 500 && problem.code !== 'GATE_HALTED') request.log.error({ code: problem.code, err: error }, 'request failed');
    else await this.report(request, error, problem);
    await whenNotFoundIsTold(problem, request);
    sendProblem(http.getResponse<FastifyReply>(), problem);
  }

  private async report(request: FastifyRequest & RequestFacts, error: unknown, { code }: Problem): Promise<void> {
    this.metrics.refused(code);
    const { user } = request;
    if (user?.partnerId === undefined || user.ownerId === undefined || NOT_REFUSALS.has(code)) return;
    const command = `${request.method} ${request.routeOptions.url ?? ''}`;
    const of = { owner: user.ownerId, partner: user.partnerId, command, code };
    if (!(error instanceof DomainError)) return this.refusals.counted(of);
    await this.refusals.refused({ ...of, client: user.clientId, ...named(error.about) }, causeOf(request));
  }
}

/** What whoever decided says that it is about. The request's own members are whatever text was sent, and are not kept. */
function named({ leadId, agent }: DomainError['about']): { leadId?: string; agent?: string } {
  return { ...(leadId !== undefined && { leadId }), ...(agent !== undefined && { agent }) };
}
