import type { RecordedEvent } from '../event-sourcing/message.js';

/** Which log it is: with the event's id it is unique, as the specification asks. */
const SOURCE = 'urn:vestibule:log';

/**
 * An event in the JSON format of CloudEvents 1.0 (https://github.com/cloudevents/spec/blob/v1.0.2/cloudevents/formats/json-format.md),
 * as it is stored: no upcaster touches it. Made by hand, because the `cloudevents` package refuses newer versions of Node and
 * brings transports that nobody needs here. `position` is a text: an integer of CloudEvents has 32 bits.
 */
export interface CloudEvent {
  readonly specversion: '1.0';
  readonly id: string;
  readonly source: string;
  readonly type: string;
  /** The stream. */
  readonly subject: string;
  readonly time: string;
  readonly datacontenttype: 'application/json';
  /** Type and schema version of `data`. */
  readonly dataschema: string;
  readonly position: string;
  readonly revision: number;
  readonly correlationid: string;
  readonly causationid: string;
  readonly actor: string;
  readonly idempotencykeyhash?: string;
  readonly payloadhash?: string;
  /** Of the request that the event follows from (RFC 9421), where it was signed; the member of `Signature-Input`. */
  readonly signatureinput?: string;
  /** Base64. */
  readonly signature?: string;
  readonly signaturekeyid?: string;
  readonly contentdigesthash?: string;
  readonly data: object;
}

export function cloudEvent({ id, type, schemaVersion, stream, revision, position, recordedAt, cause, data }: RecordedEvent): CloudEvent {
  const { correlationId, causationId, actor, idempotencyKeyHash, payloadHash, signature } = cause;
  return {
    specversion: '1.0',
    id,
    source: SOURCE,
    type,
    subject: stream,
    time: recordedAt,
    datacontenttype: 'application/json',
    dataschema: `urn:vestibule:event:${type}:${schemaVersion}`,
    position: String(position),
    revision,
    correlationid: correlationId,
    causationid: causationId,
    actor,
    ...(idempotencyKeyHash !== undefined && { idempotencykeyhash: idempotencyKeyHash }),
    ...(payloadHash !== undefined && { payloadhash: payloadHash }),
    ...(signature && {
      signatureinput: signature.input,
      signature: signature.value,
      signaturekeyid: signature.keyId,
      contentdigesthash: signature.contentDigestHash,
    }),
    data,
  };
}
