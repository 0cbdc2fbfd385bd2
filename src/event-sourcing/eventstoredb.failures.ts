import { AccessDeniedError, CancelledError, NotLeaderError, UnavailableError } from '@eventstore/db-client';
import { AppendRefused, AppendStreamOver } from './eventstoredb.append-stream.js';
import type { Address } from './eventstoredb.settings.js';

/** The adapter's own deadline has passed; what was asked may still be done (R22). */
export class NoAnswerInTime extends Error {
  override name = 'NoAnswerInTime';
}

/** What the failure of a call says. */
export interface Failure {
  /** For logs: words of this code, never the server's or the connection's. */
  readonly reason: string;
  /** True when the server has not done what it was asked, nor will. */
  readonly refused: boolean;
  /** True when the client, as it is, may never work again, or talks to the wrong node. */
  readonly clientIsLost: boolean;
  /** Where the leader is, when the node that was asked knows it. */
  readonly leader?: Address;
}

/** gRPC status codes, as errors carry them. */
const CODE = {
  cancelled: 1,
  invalidArgument: 3,
  deadlineExceeded: 4,
  permissionDenied: 7,
  internal: 13,
  unavailable: 14,
  unauthenticated: 16,
};

/** `unsent`: it can only be said where nothing has been sent. `undone`: the server says it of the one thing that it was asked. */
type Certainty = 'unsent' | 'undone';

/**
 * Many errors are plain ones with nothing but a text. Each of these stands in the source of the client (6.2.1), of grpc-js (1.14) or
 * of the server (24.6).
 */
const TEXTS: readonly [text: RegExp, certainty: Certainty, reason: string, clientIsLost: boolean][] = [
  [/Server Is Not Ready/, 'undone', 'the server is not ready', true],
  [/Server Is (Too )?Busy/, 'undone', 'the server is too busy', false],
  [/No leader info available/, 'undone', 'no node leads', true],
  [/Failed to discover/, 'unsent', 'no node of the cluster was found', true],
  [/No connection established/, 'unsent', 'no connection', true],
  [/Name resolution failed/, 'unsent', "the host's name is not known", true],
  [/Waiting for LB pick/, 'unsent', 'no connection in time', true],
  [/Channel (has been (shut down|closed)|closed before call started)/, 'unsent', 'the connection was closed', true],
];

/** What the server says of an append alone. */
const REFUSALS = new Map([
  ['AccessDenied', 'access is denied'],
  ['StreamDeleted', 'the stream was deleted'],
  ['InvalidTransaction', 'the server takes no such append'],
]);

/** What it says when it does not know itself what it has done: its nodes did not agree in time. */
const NO_WORD = 'the server could not commit in time';

/** What an error of a call means, by its class, its code or its text, whichever it has. */
export function failureOf(error: unknown): Failure {
  const { code } = error as { code?: unknown };
  const text = error instanceof Error ? error.message : '';
  const ofAppend = error instanceof AppendRefused;
  const leader = leaderOf(error);
  if (leader) return { reason: 'another node leads', refused: false, clientIsLost: true, leader };
  const known = TEXTS.find(([pattern]) => pattern.test(text));
  // Of a stream that many appends went over, the server's word is about one of them, and not said which.
  if (known) return { reason: known[2], refused: known[1] === 'unsent' || ofAppend, clientIsLost: known[3] };
  const refusal = ofAppend ? REFUSALS.get(error.kind) : undefined;
  if (refusal !== undefined) return { reason: refusal, refused: true, clientIsLost: false };
  if (ofAppend && error.kind === 'Timeout') return { reason: NO_WORD, refused: false, clientIsLost: false };
  if (error instanceof AppendStreamOver) return { reason: text, refused: false, clientIsLost: false };
  if (error instanceof AccessDeniedError || code === CODE.unauthenticated || code === CODE.permissionDenied) {
    return { reason: 'access is denied', refused: true, clientIsLost: false };
  }
  const clientIsLost = isLost(error, code);
  if (error instanceof NoAnswerInTime || code === CODE.deadlineExceeded)
    return { reason: 'no answer in time', refused: false, clientIsLost };
  if (clientIsLost) return { reason: 'the connection was lost', refused: false, clientIsLost };
  return { reason: `the call failed${typeof code === 'number' ? ` with code ${code}` : ''}`, refused: false, clientIsLost };
}

/** Said by reads of the client in a class of its own, and by the stream of appends as it comes over the wire. */
function leaderOf(error: unknown): Address | undefined {
  if (error instanceof NotLeaderError) return error.leader;
  const { metadata } = error as { metadata?: { get?: (key: string) => readonly (string | Buffer)[] } };
  const said = (key: string): string => metadata?.get?.(key)[0]?.toString() ?? '';
  if (said('exception') !== 'not-leader') return undefined;
  return { address: said('leader-endpoint-host'), port: Number(said('leader-endpoint-port')) };
}

/** True when a read was to begin where no record does. */
export function isNoPosition(error: unknown): boolean {
  return error instanceof Error && /InvalidPosition|invalid position/.test(error.message);
}

function isLost(error: unknown, code: unknown): boolean {
  const codes: readonly unknown[] = [CODE.unavailable, CODE.cancelled, CODE.internal];
  return error instanceof UnavailableError || error instanceof CancelledError || codes.includes(code);
}
