import type { FastifyRequest } from 'fastify';

const bodies = new WeakMap<FastifyRequest, Buffer>();

/** For whoever has to know a body to the byte, as one who verifies its digest; only of requests that come with one. */
export function keepRawBody(request: FastifyRequest, body: Buffer): void {
  if (request.headers['content-digest'] !== undefined) bodies.set(request, body);
}

/** `undefined` for a request without a digest, or without a body. */
export const rawBodyOf = (request: FastifyRequest): Buffer | undefined => bodies.get(request);
