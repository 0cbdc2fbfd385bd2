import type { Server } from 'node:http';
import type { Duplex } from 'node:stream';
import { STATUS_CODES } from 'node:http';
import { Problem, type ProblemCode, problemBody, PROBLEM_MEDIA_TYPE } from './problem.js';

/** What Node's HTTP parser refuses before there is a request that Fastify could answer. */
const PARSER_CODES: ReadonlyMap<unknown, ProblemCode> = new Map([
  ['HPE_HEADER_OVERFLOW', 'HEADERS_TOO_LARGE'],
  ['HPE_CHUNK_EXTENSIONS_OVERFLOW', 'BODY_TOO_LARGE'],
  ['HPE_INVALID_METHOD', 'METHOD_UNKNOWN'],
  ['ERR_HTTP_REQUEST_TIMEOUT', 'REQUEST_TIMEOUT'],
]);

export function answerClientError(error: Error & { code?: string }, socket: Duplex): void {
  // A client that is gone is told nothing.
  if (error.code === 'ECONNRESET' || socket.destroyed || !socket.writable) {
    socket.destroy();
    return;
  }
  answerOnSocket(socket, PARSER_CODES.get(error.code) ?? 'REQUEST_MALFORMED');
}

/** The two things that Node would otherwise answer, or drop, by itself. */
export function answerOddRequests(server: Server): void {
  server.on('checkExpectation', (_request, response) => {
    const problem = new Problem('EXPECTATION_FAILED');
    response.writeHead(problem.status, { 'cache-control': 'no-store', 'content-type': PROBLEM_MEDIA_TYPE, connection: 'close' });
    response.end(JSON.stringify(problemBody(problem)));
  });
  server.on('connect', (_request, socket) => answerOnSocket(socket, 'METHOD_UNKNOWN'));
}

function answerOnSocket(socket: Duplex, code: ProblemCode): void {
  const problem = new Problem(code);
  const body = JSON.stringify(problemBody(problem));
  const head = [
    `HTTP/1.1 ${problem.status} ${STATUS_CODES[problem.status]}`,
    'cache-control: no-store',
    `content-type: ${PROBLEM_MEDIA_TYPE}`,
    `content-length: ${Buffer.byteLength(body)}`,
    'connection: close',
  ];
  socket.end(`${head.join('\r\n')}\r\n\r\n${body}`);
}
