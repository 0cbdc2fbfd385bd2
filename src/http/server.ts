import type { Server } from 'node:http';
import { NestFactory } from '@nestjs/core';
import { FastifyAdapter, type NestFastifyApplication } from '@nestjs/platform-fastify';
import type { Type, DynamicModule } from '@nestjs/common';
import type { FastifyReply, FastifyRequest } from 'fastify';
import type { Logger } from 'pino';
import type { Config } from '../config.js';
import { NestLogger } from '../observability/logger.js';
import { logRequests } from '../observability/request-log.js';
import { LIMITS } from './limits.js';
import { MethodsByPath } from './method-not-allowed.js';
import { ProblemFilter, problemOf, sendProblem } from './problem.filter.js';
import { addRequestHooks, correlationId, responseHeaders } from './request.hooks.js';
import { memberValidation } from './validation.pipe.js';
import { answerClientError, answerOddRequests } from './wire-problems.js';

function fastifyAdapter(config: Config): FastifyAdapter {
  return new FastifyAdapter({
    bodyLimit: config.bodyLimit,
    genReqId: correlationId,
    // The service logs its requests itself (request-log.ts).
    logger: false,
    // Nobody uses middleware, and without it each request is spared a walk through none.
    skipMiddie: true,
    frameworkErrors: (error: Error, request: FastifyRequest, reply: FastifyReply) => {
      reply.headers(responseHeaders(request));
      sendProblem(reply, problemOf(error));
    },
    clientErrorHandler: answerClientError,
    routerOptions: { maxParamLength: LIMITS.maxParamLength },
    keepAliveTimeout: LIMITS.keepAliveTimeout,
    connectionTimeout: LIMITS.idleTimeout,
    requestTimeout: 0,
    maxRequestsPerSocket: LIMITS.maxRequestsPerSocket,
    // Requests under way are finished, connections that only wait are closed.
    forceCloseConnections: 'idle',
    return503OnClosing: false,
    http: {
      headersTimeout: LIMITS.headersTimeout,
      connectionsCheckingInterval: LIMITS.connectionsCheckingInterval,
      maxHeaderSize: LIMITS.maxHeaderSize,
      // Node's own answer to a missing Host header is no problem document.
      requireHostHeader: false,
    },
  });
}

const methods = new WeakMap<NestFastifyApplication, MethodsByPath>();

/** The application, ready to `listen`: what is the same for every route is set here and nowhere else. */
export async function createApp(root: Type | DynamicModule, config: Config, logger: Logger): Promise<NestFastifyApplication> {
  const adapter = fastifyAdapter(config);
  const instance = adapter.getInstance();
  const routes = new MethodsByPath(instance as never);
  const app = await NestFactory.create<NestFastifyApplication>(root, adapter, {
    bodyParser: false,
    logger: new NestLogger(logger),
    abortOnError: false,
  });
  methods.set(app, routes);
  addRequestHooks(instance as never);
  logRequests(instance as never, logger);
  const server = instance.server as Server;
  server.maxConnections = LIMITS.maxConnections;
  answerOddRequests(server);
  app.useGlobalFilters(new ProblemFilter(logger));
  app.useGlobalPipes(memberValidation());
  return app;
}

/** Every route that Fastify serves, for tests that must miss none. */
export const servedRoutes = (app: NestFastifyApplication): { method: string; path: string }[] => methods.get(app)?.routes() ?? [];

/** Starts the modules, then closes the table of routes. */
export async function initApp(app: NestFastifyApplication): Promise<void> {
  await app.init();
  methods.get(app)?.closeRoutes();
  await app.getHttpAdapter().getInstance().ready();
}
