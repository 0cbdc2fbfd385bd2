import { type ArgumentsHost, Catch, type ExceptionFilter, HttpException } from '@nestjs/common';
import type { FastifyReply, FastifyRequest } from 'fastify';
import type { Logger } from 'pino';
import { DomainError } from '../event-sourcing/decider.js';
import { StoreUnavailable, UnknownOutcome } from '../event-sourcing/event-store.js';
import { StreamContended } from '../event-sourcing/handle-command.js';
import { errorPage, isPagePath } from './error-page.js';
import { isProblemCode, Problem, type ProblemCode, problemBody, problemHeaders, PROBLEM_MEDIA_TYPE } from './problem.js';

/** Fastify's own errors. Their messages quote the request, so only the code is looked at. */
const FASTIFY_CODES: ReadonlyMap<unknown, ProblemCode> = new Map([
  ['FST_ERR_BAD_URL', 'REQUEST_MALFORMED'],
  ['FST_ERR_MAX_PARAM_LENGTH', 'URI_TOO_LONG'],
  ['FST_ERR_CTP_BODY_TOO_LARGE', 'BODY_TOO_LARGE'],
  ['FST_ERR_CTP_INVALID_MEDIA_TYPE', 'MEDIA_TYPE_UNSUPPORTED'],
  ['FST_ERR_CTP_INVALID_CONTENT_LENGTH', 'BODY_MALFORMED'],
  ['FST_ERR_CTP_EMPTY_JSON_BODY', 'JSON_MALFORMED'],
  ['FST_ERR_ROUTE_MISSING_CONTENT_TYPE', 'MEDIA_TYPE_UNSUPPORTED'],
]);

/** For the exceptions that Nest and its libraries throw. */
const STATUS_CODES: Readonly<Record<number, ProblemCode>> = {
  400: 'REQUEST_MALFORMED',
  401: 'TOKEN_INVALID',
  403: 'FORBIDDEN',
  404: 'NOT_FOUND',
  405: 'METHOD_NOT_ALLOWED',
  406: 'NOT_ACCEPTABLE',
  408: 'REQUEST_TIMEOUT',
  413: 'BODY_TOO_LARGE',
  414: 'URI_TOO_LONG',
  415: 'MEDIA_TYPE_UNSUPPORTED',
  422: 'MEMBERS_INVALID',
  429: 'TOO_MANY_REQUESTS',
  503: 'NOT_READY',
};

/** The one place where an error becomes a response. */
export function problemOf(error: unknown): Problem {
  if (error instanceof Problem) return error;
  if (error instanceof DomainError) return problemOfRule(error as DomainError);
  if (error instanceof UnknownOutcome) return new Problem('OUTCOME_UNKNOWN', { retryAfter: 1 }, { cause: error });
  if (error instanceof StreamContended) return new Problem('CONCURRENCY_EXHAUSTED', { retryAfter: 1 }, { cause: error });
  if (error instanceof StoreUnavailable) return new Problem('STORE_UNAVAILABLE', { retryAfter: 1 }, { cause: error });
  return new Problem(codeOfForeign(error), {}, { cause: error });
}

/** A code that nobody declared is a mistake of this service and not the client's affair. */
function problemOfRule(error: DomainError): Problem {
  if (!isProblemCode(error.code)) return new Problem('INTERNAL_ERROR', {}, { cause: error });
  return new Problem(error.code, error.retryAfter === undefined ? {} : { retryAfter: error.retryAfter }, { cause: error });
}

function codeOfForeign(error: unknown): ProblemCode {
  if (!(error instanceof Error)) return 'INTERNAL_ERROR';
  // By name: it is the kernel's word for the same thing wherever it is thrown.
  if (error.name === 'ClockUntrusted') return 'CLOCK_UNTRUSTED';
  const source = error instanceof HttpException && error.cause instanceof Error ? error.cause : error;
  const byCode = FASTIFY_CODES.get((source as { code?: string }).code);
  if (byCode !== undefined) return byCode;
  // A connection that ends within its body.
  if ((source as { code?: string }).code === 'ECONNRESET') return 'BODY_MALFORMED';
  if (error instanceof HttpException) return STATUS_CODES[error.getStatus()] ?? 'INTERNAL_ERROR';
  return 'INTERNAL_ERROR';
}

export function sendProblem(reply: FastifyReply, problem: Problem): void {
  if (reply.sent) return;
  // A handler that failed half-way may have said what it was going to send.
  reply.removeHeader('content-length');
  const { request, server } = reply;
  if (isPagePath(request.url)) {
    const html = errorPage(reply, request, server.pageFrame, problem);
    void reply.serializer((text: string) => text).send(html);
    return;
  }
  void reply
    .status(problem.status)
    .headers(problemHeaders(problem))
    .header('content-type', PROBLEM_MEDIA_TYPE)
    .serializer((text: string) => text)
    .send(JSON.stringify(problemBody(problem)));
}

/** Catches everything; what is the service's own fault is logged with the correlation id, never with the request. */
@Catch()
export class ProblemFilter implements ExceptionFilter {
  constructor(private readonly logger: Logger) {}

  catch(error: unknown, host: ArgumentsHost): void {
    const http = host.switchToHttp();
    const problem = problemOf(error);
    if (problem.status >= 500) this.log(problem, http.getRequest<FastifyRequest>().id);
    sendProblem(http.getResponse<FastifyReply>(), problem);
  }

  /** What the service says of its own state comes from no place in the code: it has no stack, and its reason was logged before. */
  private log({ code, cause }: Problem, correlationId: string): void {
    if (cause !== undefined) this.logger.error({ correlationId, code, err: cause }, 'request failed');
    // Asked for again and again by whoever waits for it.
    else if (code === 'NOT_READY') this.logger.debug({ correlationId, code }, 'request turned away');
    else this.logger.warn({ correlationId, code }, 'request turned away');
  }
}
