import { randomUUID } from 'node:crypto';
import shared from '@eventstore/db-client/generated/shared_pb.js';
import type { BatchAppendReq, BatchAppendResp } from '@eventstore/db-client/generated/streams_pb.js';
import streams from '@eventstore/db-client/generated/streams_pb.js';
import type { Proposed } from './eventstoredb.envelope.js';
import { NO_STREAM } from './event-store.js';

/** The call that appends go over: as much of a gRPC duplex stream as is used. */
export interface AppendCall {
  write(request: BatchAppendReq): boolean;
  cancel(): void;
  on(event: 'data', listener: (response: BatchAppendResp) => void): unknown;
  on(event: 'error', listener: (error: Error) => void): unknown;
  on(event: 'end' | 'close', listener: () => void): unknown;
}

/** What the server says of an append that it has done. */
export interface Acknowledged {
  readonly revision: bigint;
  /** Of the last event; not always said. */
  readonly position: bigint | undefined;
}

/** What the server says of an append that it has not done, or whose outcome it does not know. */
export class AppendRefused extends Error {
  override name = 'AppendRefused';

  constructor(
    /** Name of the protocol's message, such as `WrongExpectedVersion`; empty when there was only a text. */
    readonly kind: string,
    message: string,
    /** The stream's revision, in a `WrongExpectedVersion`. */
    readonly actual = NO_STREAM,
  ) {
    super(message);
  }
}

/** The stream went away with the append unanswered; the message is in words of this code. */
export class AppendStreamOver extends Error {
  override name = 'AppendStreamOver';
}

interface Waiting {
  readonly resolve: (acknowledged: Acknowledged) => void;
  readonly reject: (error: Error) => void;
}

/**
 * All appends of a client, over one call: five times less work for both sides than a call for each (measured on 24.6).
 *
 * The client has the same, but keeps the appends of all clients of the process in one list, so that one server's failure fails the
 * others' appends; it waits without an end when the server never answers, or ends the call without an error; and an answer that comes
 * late, or twice, is an exception where nobody can catch it. Here each stream has its own list, and what is not on it is ignored.
 *
 * No deadline goes with an append: it would be a moment by the server's wall clock.
 */
export class AppendStream {
  private readonly waiting = new Map<string, Waiting>();
  private readonly call: Promise<AppendCall>;
  private open = true;
  private lastAnswer = 0;

  constructor(call: Promise<AppendCall>) {
    this.call = call;
    void this.listen();
  }

  /** False when nothing more may be sent over it. */
  get isOpen(): boolean {
    return this.open;
  }

  /**
   * Resolves or rejects with what the server says, or when the stream ends.
   * @returns the outcome, and what to call when nobody waits for it any more
   * @throws AppendRefused and whatever ended the stream
   */
  append(stream: string, expectedRevision: number, events: readonly Proposed[]): { outcome: Promise<Acknowledged>; abandon: () => void } {
    const id = randomUUID();
    const began = performance.now();
    const outcome = new Promise<Acknowledged>((resolve, reject) => {
      this.waiting.set(id, { resolve, reject });
      const request = requestFor(id, stream, expectedRevision, events);
      this.call.then((call) => this.waiting.has(id) && call.write(request)).catch(reject);
    });
    return { outcome, abandon: () => this.abandon(id, began) };
  }

  private async listen(): Promise<void> {
    try {
      const opened = await this.call;
      opened.on('data', (response) => this.answer(response));
      opened.on('error', (error) => this.end(error));
      opened.on('end', () => this.end(new AppendStreamOver('the server ended the stream of appends')));
      opened.on('close', () => this.end(new AppendStreamOver('the stream of appends was closed')));
    } catch (error) {
      this.end(error as Error);
    }
  }

  close(): void {
    this.end(new AppendStreamOver('the stream of appends was closed'));
  }

  /** When nothing was answered since the append was sent, nothing will be. */
  private abandon(id: string, began: number): void {
    const abandoned = this.waiting.get(id);
    this.waiting.delete(id);
    abandoned?.reject(new AppendStreamOver('nobody waits for the append any more'));
    if (this.open && this.lastAnswer < began) this.end(new AppendStreamOver('the server does not answer appends'));
  }

  private answer(response: BatchAppendResp): void {
    this.lastAnswer = performance.now();
    const id = idOf(response);
    const waiting = this.waiting.get(id);
    // It came before, or too late.
    if (!waiting) return;
    this.waiting.delete(id);
    const success = response.getSuccess();
    if (!success) return waiting.reject(refusalOf(response));
    const position = success.getPosition()?.getCommitPosition();
    waiting.resolve({ revision: BigInt(success.getCurrentRevision()), position: position === undefined ? undefined : BigInt(position) });
  }

  private end(error: Error): void {
    if (!this.open) return;
    this.open = false;
    for (const { reject } of this.waiting.values()) reject(error);
    this.waiting.clear();
    this.call.then((call) => call.cancel()).catch(() => {});
  }
}

function requestFor(id: string, stream: string, expectedRevision: number, events: readonly Proposed[]): BatchAppendReq {
  const options = new streams.BatchAppendReq.Options();
  options.setStreamIdentifier(new shared.StreamIdentifier().setStreamName(Buffer.from(stream, 'utf8')));
  if (expectedRevision === NO_STREAM) options.setNoStream(new shared.Empty());
  else options.setStreamPosition(String(expectedRevision));
  const messages = events.map((event) => {
    const message = new streams.BatchAppendReq.ProposedMessage().setId(new shared.UUID().setString(event.id));
    message.getMetadataMap().set('type', event.type).set('content-type', 'application/json');
    return message.setData(event.data).setCustomMetadata(event.metadata);
  });
  return new streams.BatchAppendReq()
    .setCorrelationId(new shared.UUID().setString(id))
    .setOptions(options)
    .setProposedMessagesList(messages)
    .setIsFinal(true);
}

function idOf(response: BatchAppendResp): string {
  const id = response.getCorrelationId();
  const structured = id?.getStructured();
  if (!structured) return id?.getString() ?? '';
  const bits = [structured.getMostSignificantBits(), structured.getLeastSignificantBits()];
  const hex = bits.map((half) => BigInt.asUintN(64, BigInt(half)).toString(16).padStart(16, '0')).join('');
  return [hex.slice(0, 8), hex.slice(8, 12), hex.slice(12, 16), hex.slice(16, 20), hex.slice(20)].join('-');
}

function refusalOf(response: BatchAppendResp): AppendRefused {
  const error = response.getError();
  const details = error?.getDetails();
  const kind = details?.getTypeName().split('.').at(-1) ?? '';
  const message = error?.getMessage() ?? '';
  if (kind !== 'WrongExpectedVersion') return new AppendRefused(kind, message);
  const wrong = details?.unpack((bytes) => shared.WrongExpectedVersion.deserializeBinary(bytes), details.getTypeName());
  const exists = wrong?.hasCurrentStreamRevision() === true;
  return new AppendRefused(kind, message, exists ? Number(wrong.getCurrentStreamRevision()) : NO_STREAM);
}
