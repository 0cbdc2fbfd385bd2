import type { IncomingMessage, Server, ServerResponse } from 'node:http';
import type { Socket } from 'node:net';
import type { FastifyInstance } from 'fastify';
import { LIMITS } from './limits.js';

/**
 * Lets a stop end when the last request does. Node closes only connections that have had a request and wait for the next: one
 * that was busy when the stop began would be kept alive after its answer, and one on which nothing came yet, or headers that
 * never end, for good, because Node looks at its time-outs no more once the server closes.
 */
export function endWithTheLastRequest(instance: FastifyInstance, server: Server): void {
  const open = new Set<Socket>();
  const busy = new Set<Socket>();
  server.on('connection', (socket: Socket) => {
    open.add(socket);
    socket.once('close', () => open.delete(socket));
  });
  server.on('request', ({ socket }: IncomingMessage, response: ServerResponse) => {
    busy.add(socket);
    response.once('close', () => busy.delete(socket));
  });
  instance.addHook('preClose', async () => {
    const began = performance.now();
    const look = (): void => {
      server.closeIdleConnections();
      // Headers that were on their way may arrive.
      const isOver = performance.now() - began > LIMITS.headersAtStop;
      for (const socket of open) if (!busy.has(socket) && (isOver || socket.bytesRead === 0)) socket.destroy();
    };
    const timer = setInterval(look, LIMITS.idleLookInterval).unref();
    server.once('close', () => clearInterval(timer));
  });
}
