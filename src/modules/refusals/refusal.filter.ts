import { type ArgumentsHost, Catch, type ExceptionFilter, Injectable } from '@nestjs/common';
import type { FastifyReply, FastifyRequest } from 'fastify';
import { DomainError } from '../../event-sourcing/decider.js';
import { causeOf, type RequestFacts } from '../../http/cause.js';
import { problemOf, sendProblem } from '../../http/problem.filter.js';
import type { Problem } from '../../http/problem.js';
import { Metrics } from '../../observability/metrics.js';
import { RefusalRecorder } from './refusal-recorder.js';

/** Refused because the service could not, not because a rule said no. */
const NOT_REFUSALS: ReadonlySet<string> = new Set(['COMMAND_IN_FLIGHT', 'REGISTER_BEHIND', 'OUTCOME_UNKNOWN', 'CLOCK_UNTRUSTED']);

/**
 * Decided only after the lead was found to be the partner's own. Anything earlier may be refused before the members are even
 * looked at, and its `leadId` is whatever text was sent.
 */
const DECIDED_ON_AN_OWN_LEAD: ReadonlySet<string> = new Set([
  'PERSON_MISMATCH',
  'LEAD_LAPSED',
  'LEAD_WITHDRAWN',
  'LEAD_ENDED',
  'LEAD_CREATED',
  'ANSWER_EXPIRED',
  'CHECK_SWITCHED_OFF',
  'MODE_NOT_AVAILABLE',
  'GATE_HALTED',
]);

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
    sendProblem(http.getResponse<FastifyReply>(), problem);
  }

  private async report(request: FastifyRequest & RequestFacts, error: unknown, { code }: Problem): Promise<void> {
    this.metrics.refused(code);
    const { user } = request;
    if (user?.partnerId === undefined || user.ownerId === undefined || NOT_REFUSALS.has(code)) return;
    const command = `${request.method} ${request.routeOptions.url ?? ''}`;
    const of = { owner: user.ownerId, partner: user.partnerId, command, code };
    if (!(error instanceof DomainError)) return this.refusals.counted(of);
    await this.refusals.refused({ ...of, client: user.clientId, ...named(request.body, code) }, causeOf(request));
  }
}

/** What of the request may be kept: the id that the service gave out itself. */
function named(body: unknown, code: string): { leadId?: string } {
  if (!DECIDED_ON_AN_OWN_LEAD.has(code) || typeof body !== 'object' || body === null) return {};
  const { leadId } = body as { leadId?: unknown };
  return typeof leadId === 'string' ? { leadId } : {};
}
