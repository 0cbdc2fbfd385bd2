/** A fact as a decider states it: what happened, in the module's own words, with every time and figure a rule needs. */
export interface Fact<Type extends string = string, Data extends object = object> {
  readonly type: Type;
  readonly data: Data;
}

/** What the kernel knows about the cause of a command and writes beside each of its events. */
export interface Cause {
  /** Ties everything that one request set off together. */
  readonly correlationId: string;
  /** Id of the event or request that led to the command. */
  readonly causationId: string;
  /** Who acted: a client id, or `process:<name>`. Never a person's identifier. */
  readonly actor: string;
  /** Keyed hash of client and `Idempotency-Key`, hex. */
  readonly idempotencyKeyHash?: string;
  /** Keyed hash of the command's payload, hex. */
  readonly payloadHash?: string;
  /** By which whoever sent the command cannot deny it, nor whoever keeps it rewrite it. */
  readonly signature?: RequestSignature;
}

/**
 * A message signature (RFC 9421), as evidence: with the public key and the request, which its sender has, it can be verified. The
 * content's digest is a keyed hash: of a plain one whoever reads the log could try out what was sent. The signature itself tells
 * nothing, because what it covers cannot be guessed: a token or a proof of possession is in it.
 */
export interface RequestSignature {
  /** What it covers, and how: the member of `Signature-Input`. */
  readonly input: string;
  /** Base64. */
  readonly value: string;
  readonly keyId: string;
  /** Keyed hash of `Content-Digest`, hex. */
  readonly contentDigestHash: string;
}

/**
 * The cause of a step that a command takes beside its own append. Only the append that decides the command carries the
 * request's hashes, so that a repeated request finds that one.
 */
export function besides({ correlationId, causationId, actor }: Cause): Cause {
  return { correlationId, causationId, actor };
}

/**
 * The cause of a step beside the command's own append that must not be taken twice for one request: a repeated request finds
 * it in that stream, under a key that only this step has.
 */
export function aside({ idempotencyKeyHash, ...cause }: Cause, step: string): Cause {
  return idempotencyKeyHash === undefined ? cause : { ...cause, idempotencyKeyHash: `${idempotencyKeyHash}.${step}` };
}

/** An event as it is handed to a store. `id` is a UUID; the same id at the same revision is the same event (R4). */
export interface NewEvent<F extends Fact = Fact> {
  readonly id: string;
  readonly type: F['type'];
  readonly schemaVersion: number;
  /** ISO 8601, UTC, milliseconds: the time that the decision was made at (R7). */
  readonly recordedAt: string;
  readonly cause: Cause;
  readonly data: F['data'];
}

/** An event as it is read back. */
export interface RecordedEvent<F extends Fact = Fact> extends NewEvent<F> {
  readonly stream: string;
  /** Place in the stream, from 0, without gaps. */
  readonly revision: number;
  /** Place in the log, growing, gaps allowed. */
  readonly position: number;
}

/** `RecordedEvent` of each member of a union of facts, so that `type` narrows `data`. */
export type Recorded<F extends Fact> = F extends Fact ? RecordedEvent<F> & { readonly type: F['type']; readonly data: F['data'] } : never;

/** `Recorded`, without what caused the event. */
export type Uncaused<F extends Fact> = F extends Fact ? Omit<Recorded<F>, 'cause'> : never;
