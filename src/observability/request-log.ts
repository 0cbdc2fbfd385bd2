import type { FastifyInstance } from 'fastify';
import type { Logger } from 'pino';
import type { RequestFacts } from '../http/cause.js';

/** A line for each request: the route's pattern, never its URL, and who sent it, never what. */
export function logRequests(instance: FastifyInstance, logger: Logger): void {
  instance.addHook('onResponse', (request, reply, done) => {
    logger.info(
      {
        method: request.method,
        route: request.is404 ? '(none)' : request.routeOptions.url,
        status: reply.statusCode,
        ms: Math.round(reply.elapsedTime * 1000) / 1000,
        correlationId: request.id,
        client: (request as RequestFacts).user?.clientId,
      },
      'request',
    );
    done();
  });
}
