import { randomUUID } from 'node:crypto';
import type { IncomingMessage } from 'node:http';
import type { FastifyInstance, FastifyRequest, RequestPayload } from 'fastify';
import type { RequestFacts } from './cause.js';
import { isForm, LARGEST_FORM, parseForm } from './form-body.js';
import { parseJsonObject } from './json-body.js';
import { LIMITS } from './limits.js';
import { Problem } from './problem.js';
import { keepRawBody } from './raw-body.js';

const UUID = /^[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}$/i;

/** The request's id is its correlation id: the client's, where it is a UUID, else a new one. */
export function correlationId({ headers }: Pick<IncomingMessage, 'headers'>): string {
  const given = headers['x-correlation-id'];
  return typeof given === 'string' && UUID.test(given) ? given.toLowerCase() : randomUUID();
}

/** Headers of every response, set first, so that their order is the same everywhere (R36, R37). */
export function responseHeaders(request: Pick<FastifyRequest, 'id'>): Record<string, string> {
  return { 'cache-control': 'no-store', 'x-content-type-options': 'nosniff', 'x-correlation-id': request.id };
}

/** What holds for every request before it is anybody's: its headers, its target, its body. */
export function addRequestHooks(instance: FastifyInstance): void {
  instance.addHook('onRequest', (request: FastifyRequest & RequestFacts, reply, done) => {
    request.arrivedAt = performance.now();
    reply.headers(responseHeaders(request));
    // Answered here and not by the not-found handler, which comes only after the body has been read.
    if (request.is404) done(new Problem('NOT_FOUND'));
    else if (request.raw.httpVersion === '1.1' && request.headers.host === undefined) done(new Problem('REQUEST_MALFORMED'));
    else done();
  });
  instance.addHook('preValidation', (request, _reply, done) => {
    endBodyDeadline(request);
    // A body of no length has passed no parser.
    const isMissing = request.method === 'POST' && request.body === undefined && !request.routeOptions.config.rawBody;
    done(isMissing ? new Problem('MEDIA_TYPE_UNSUPPORTED') : undefined);
  });
  addBodyDeadline(instance);
  addParsers(instance);
}

declare module 'fastify' {
  interface FastifyContextConfig {
    /** The route takes `application/x-ndjson` as a stream, and nothing else. */
    ndjson?: boolean;
    /** The route takes a form as a browser sends it, and nothing else. */
    form?: boolean;
    /** The route reads the socket itself. */
    rawBody?: boolean;
  }
}

const UTF8_JSON = /^application\/json\s*(;\s*charset="?utf-8"?\s*)?$/i;

function addParsers(instance: FastifyInstance): void {
  instance.removeAllContentTypeParsers();
  instance.addContentTypeParser('application/json', { parseAs: 'buffer' }, (request, body, done) => {
    const { ndjson, form } = request.routeOptions.config;
    if (ndjson || form || !UTF8_JSON.test(request.headers['content-type'] ?? '')) {
      done(new Problem('MEDIA_TYPE_UNSUPPORTED'));
      return;
    }
    keepRawBody(request, body as Buffer);
    try {
      done(null, parseJsonObject(body as Buffer));
    } catch (error) {
      done(error as Error);
    }
  });
  instance.addContentTypeParser(
    'application/x-www-form-urlencoded',
    { parseAs: 'buffer', bodyLimit: LARGEST_FORM },
    (request, body, done) => {
      if (!request.routeOptions.config.form || !isForm(request.headers['content-type'])) {
        done(new Problem('MEDIA_TYPE_UNSUPPORTED'));
        return;
      }
      try {
        done(null, parseForm(body as Buffer));
      } catch (error) {
        done(error as Error);
      }
    },
  );
  instance.addContentTypeParser('application/x-ndjson', (request, payload, done) => {
    if (request.routeOptions.config.ndjson) done(null, payload);
    else done(new Problem('MEDIA_TYPE_UNSUPPORTED'));
  });
}

const deadlines = new WeakMap<FastifyRequest, NodeJS.Timeout>();

/**
 * A body that drips in is cut off. Node's own `requestTimeout` cannot tell an import from an attack, so it is switched off
 * and each other body gets its time here.
 */
function addBodyDeadline(instance: FastifyInstance): void {
  instance.addHook('preParsing', (request, _reply, payload, done) => {
    const { headers, routeOptions } = request;
    const hasBody = headers['transfer-encoding'] !== undefined || Number(headers['content-length'] ?? 0) > 0;
    if (hasBody && !routeOptions.config.ndjson) {
      deadlines.set(
        request,
        setTimeout(() => cutOff(request, payload), LIMITS.bodyTimeout),
      );
      // Of a client that goes away in the middle no response is ever finished.
      request.raw.once('close', () => endBodyDeadline(request));
    }
    done(null, payload);
  });
  instance.addHook('onResponse', (request, _reply, done) => {
    endBodyDeadline(request);
    done();
  });
}

function cutOff({ routeOptions, raw }: FastifyRequest, payload: RequestPayload): void {
  // Destroying the stream would destroy the socket too, and the client would never learn why; the parser stops at an error.
  if (routeOptions.config.rawBody) raw.destroy();
  // An error that nobody listens for would end the process, and here any client could bring it about.
  else if (payload.listenerCount('error') > 0) payload.emit('error', Object.assign(new Problem('REQUEST_TIMEOUT'), { statusCode: 408 }));
}

function endBodyDeadline(request: FastifyRequest): void {
  clearTimeout(deadlines.get(request));
}
