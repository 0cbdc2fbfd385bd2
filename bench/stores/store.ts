/** An event as each store is given it. */
export interface BenchEvent {
  readonly id: string;
  readonly type: string;
  readonly data: Readonly<Record<string, string | number>>;
  readonly metadata: Readonly<Record<string, string>>;
}

/** A log of events, as far as it is measured. */
export interface Store {
  readonly name: string;
  /** Resolves when the event is durable, at exactly this place of its stream. @param revision of the event, from 0 */
  append(stream: string, revision: number, event: BenchEvent): Promise<void>;
  close(): Promise<void>;
}
