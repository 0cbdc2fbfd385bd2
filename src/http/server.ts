import type { Server } from 'node:http';
import type { DynamicModule, Type } from '@nestjs/common';
import { NestFactory } from '@nestjs/core';
import { FastifyAdapter, type NestFastifyApplication } from '@nestjs/platform-fastify';
import { LogController, type FastifyInstance, type FastifyReply, type FastifyRequest } from 'fastify';
import type { Logger } from 'pino';
import type { Config } from '../config.js';
import { Subscriptions } from '../event-sourcing.subscriptions.js';
import { NestLogger } from '../observability/logger.js';
import { Readiness } from '../observability/readiness.js';
import { logRequests } from '../observability/request-log.js';
import { serveDocs } from './docs.js';
import { endWithTheLastRequest } from './last-request.js';
import { LIMITS } from './limits.js';
import { MethodsByPath } from './method-not-allowed.js';
import type { PageFrame } from './page.js';
import { ProblemFilter, problemOf, sendProblem } from './problem.filter.js';
import { addRequestHooks, correlationId, responseHeaders } from './request.hooks.js';
import { MemberValidation } from './validation.pipe.js';
import { answerClientError, answerOddRequests } from './wire-problems.js';

declare module 'fastify' {
  interface FastifyInstance {
    /** Of the pages for people. */
    pageFrame: PageFrame;
  }
}

const HTTP = {
  headersTimeout: LIMITS.headersTimeout,
  connectionsCheckingInterval: LIMITS.connectionsCheckingInterval,
  maxHeaderSize: LIMITS.maxHeaderSize,
  // Node's own answer to a missing Host header is no problem document.
  requireHostHeader: false,
} as const;

function fastifyAdapter({ bodyLimit, tls }: Config, logger: Logger): FastifyAdapter {
  return new FastifyAdapter({
    bodyLimit,
    // Which certificates are taken from whom is not for the handshake to say: it shows that their keys are held.
    ...(tls && { https: { ...tls, ...HTTP, requestCert: true, rejectUnauthorized: false, minVersion: 'TLSv1.2' } }),
    genReqId: correlationId,
    loggerInstance: logger,
    // Fastify's own lines show URLs and headers; requests are logged by request-log.ts.
    logController: new LogController({ disableRequestLogging: true, requestIdLogLabel: 'correlationId' }) as never,
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
    // See the deadline of bodies in request.hooks.ts.
    requestTimeout: 0,
    maxRequestsPerSocket: LIMITS.maxRequestsPerSocket,
    // At a stop, requests under way are finished, and connections that only wait are closed.
    forceCloseConnections: 'idle',
    return503OnClosing: false,
    ...(tls === undefined && { http: HTTP }),
  } as never);
}

const methods = new WeakMap<NestFastifyApplication, MethodsByPath>();

/** The application before `startApp`: what is the same for every route is set here and nowhere else. */
export async function createApp(root: Type | DynamicModule, config: Config, logger: Logger): Promise<NestFastifyApplication> {
  const adapter = fastifyAdapter(config, logger);
  const instance = adapter.getInstance() as unknown as FastifyInstance;
  // Before Nest, which begins to add routes as soon as it has the adapter.
  const routes = new MethodsByPath(instance);
  const { bankName, languages } = config;
  instance.decorate('pageFrame', { bankName, language: languages[0] ?? 'en' });
  addRequestHooks(instance);
  logRequests(instance, logger);
  const app = await NestFactory.create<NestFastifyApplication>(root, adapter, {
    bodyParser: false,
    logger: new NestLogger(logger),
    abortOnError: false,
  });
  methods.set(app, routes);
  const server = instance.server as Server;
  server.maxConnections = LIMITS.maxConnections;
  answerOddRequests(server);
  endWithTheLastRequest(instance, server);
  app.useGlobalFilters(new ProblemFilter(logger));
  app.useGlobalPipes(new MemberValidation());
  serveDocs(app, config);
  return app;
}

/** Every route that Fastify serves, for tests that must miss none. */
export const servedRoutes = (app: NestFastifyApplication): { method: string; path: string }[] => methods.get(app)?.routes() ?? [];

/**
 * Starts the modules, listens, and then starts what follows the log; `/health/ready` says when it has caught up.
 * @returns URL that the server listens at
 */
export async function startApp(app: NestFastifyApplication, { host, port }: Pick<Config, 'host' | 'port'>): Promise<string> {
  await app.init();
  const routes = methods.get(app);
  if (routes !== undefined) await (app.getHttpAdapter().getInstance() as unknown as FastifyInstance).register(routes.closeRoutes);
  await app.listen(port, host);
  await app.get(Subscriptions).start();
  return app.getUrl();
}

/** On SIGTERM or SIGINT: not ready any more, then what is under way is finished, then everything is closed. */
export function stopOnSignal(app: NestFastifyApplication, logger: Logger): void {
  let since: number | undefined;
  for (const signal of ['SIGTERM', 'SIGINT'] as const) {
    process.on(signal, () => {
      if (since === undefined) stop(app, logger, signal);
      else if (performance.now() - since > LIMITS.sameSignal) process.exit(1);
      since ??= performance.now();
    });
  }
}

function stop(app: NestFastifyApplication, logger: Logger, signal: NodeJS.Signals): void {
  logger.info({ signal }, 'stopping');
  app.get(Readiness).stop();
  setTimeout(() => {
    logger.error('requests under way took too long');
    process.exit(1);
  }, LIMITS.drainTimeout).unref();
  app.close().then(
    () => process.exit(0),
    (err: unknown) => {
      logger.fatal({ err }, 'the stop failed');
      process.exit(1);
    },
  );
}
