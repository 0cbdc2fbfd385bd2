/**
 * What one connection may take of the server, all times in milliseconds. Node's defaults would let a client hold a socket
 * for a minute before its headers are complete, and any number of sockets.
 */
export const LIMITS = {
  /** From the first byte of a request to the end of its headers. */
  headersTimeout: 10_000,
  /** From the headers to the end of a JSON body. Imports are streams of any length and have `idleTimeout` only. */
  bodyTimeout: 10_000,
  /** Between two requests on one connection. */
  keepAliveTimeout: 30_000,
  /** Without a byte in either direction while a request is under way. */
  idleTimeout: 60_000,
  /** How often Node looks for the above. */
  connectionsCheckingInterval: 2_000,
  /** More sockets than these are closed at once. */
  maxConnections: 12_000,
  /**
   * Unlimited: past such a limit Node answers an empty 503 of its own, which is no problem document (R34), and a
   * partner's one long-lived connection is a good thing.
   */
  maxRequestsPerSocket: 0,
  maxHeaderSize: 16_384,
  /** Longest part of a path; a UUID has 36 characters, a stream name at most some 80. */
  maxParamLength: 128,
  /** After a request to stop, how long requests under way may take. */
  drainTimeout: 15_000,
  /**
   * At a stop, how long a further signal is the same one: a terminal's Ctrl-C comes from the terminal and again from npm.
   * Who sends another one later means it.
   */
  sameSignal: 1_000,
  /** At a stop, how often to look for connections whose last request has been answered. */
  idleLookInterval: 50,
  /** At a stop, how long a request whose headers are on their way may take for them. */
  headersAtStop: 2_000,
} as const;
