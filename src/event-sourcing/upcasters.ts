import type { RecordedEvent } from './message.js';

/** One step from a stored shape of an event to the next one. A new shape under a new name gives `toType`. */
export interface Upcaster {
  readonly type: string;
  /** The schema version that it reads. */
  readonly version: number;
  /** The type that it turns the event into; the same one, at the next version, unless given. */
  readonly toType?: string;
  /** Schema version of `toType`; needed only with it, 1 unless given. */
  readonly toVersion?: number;
  upcast(data: object): object;
}

/** An event was written by a newer program than this one: going on would mean to misread it (R21). */
export class UnknownEventVersion extends Error {
  constructor(
    readonly stream: string,
    readonly revision: number,
    readonly type: string,
    readonly version: number,
    /** The newest schema version of the type that this program knows. */
    readonly known: number,
  ) {
    super(`${stream}@${revision} is ${type} of schema version ${version}; this program knows versions 1 to ${known}`);
    this.name = 'UnknownEventVersion';
  }
}

interface Shape {
  readonly type: string;
  readonly version: number;
}

/**
 * Old events in today's shape. Applied wherever events are read (by `CommandHandling` and by the subscriptions) and
 * nowhere else: what is stored never changes.
 */
export class Upcasters {
  private readonly steps = new Map<string, Upcaster>();
  private readonly newest = new Map<string, number>();

  constructor(upcasters: readonly Upcaster[] = []) {
    for (const step of upcasters) {
      const key = keyOf(step);
      if (this.steps.has(key)) throw new Error(`two upcasters for ${key}`);
      this.steps.set(key, step);
      for (const shape of [step, target(step)]) {
        this.newest.set(shape.type, Math.max(this.newestOf(shape.type), shape.version));
      }
    }
    for (const step of upcasters) this.checkPath(step);
  }

  /** The schema version that a new event of this type is written with: 1 where nothing else is registered. */
  newestOf(type: string): number {
    return this.newest.get(type) ?? 1;
  }

  /** The types to ask a store for in order to see all events that are, once read, of these types. */
  storedTypes(types: readonly string[]): readonly string[] {
    const wanted = new Set(types);
    for (const step of this.steps.values()) {
      if (wanted.has(this.path(step).at(-1)!.type)) wanted.add(step.type);
    }
    return [...wanted];
  }

  /**
   * The event in the newest shape that this program knows.
   * @throws UnknownEventVersion the event is newer than that
   */
  read(event: RecordedEvent): RecordedEvent {
    // Most of a log is of types that no step has to do with: a rebuild should not pay for those that one has.
    if (event.schemaVersion === 1 && !this.newest.has(event.type)) return event;
    const known = this.newestOf(event.type);
    if (event.schemaVersion > known) {
      throw new UnknownEventVersion(event.stream, event.revision, event.type, event.schemaVersion, known);
    }
    let read = event;
    for (let step = this.stepFor(event); step; step = this.stepFor(read)) {
      const { type, version } = target(step);
      read = { ...read, type, schemaVersion: version, data: step.upcast(read.data) };
    }
    return read;
  }

  private stepFor(event: RecordedEvent): Upcaster | undefined {
    return this.steps.get(keyOf({ type: event.type, version: event.schemaVersion }));
  }

  /** A hole in the chain would hand an old shape to code that expects the newest one: found at start, not in production. */
  private checkPath(step: Upcaster): void {
    for (let version = 1; version < step.version; version++) {
      if (!this.steps.has(keyOf({ type: step.type, version }))) throw new Error(`no upcaster for ${step.type}@${version}`);
    }
    const end = this.path(step).at(-1)!;
    if (end.version !== this.newestOf(end.type)) throw new Error(`no upcaster for ${keyOf(end)}`);
  }

  private path(from: Shape): readonly Shape[] {
    const path = [from];
    for (let step = this.steps.get(keyOf(from)); step; step = this.steps.get(keyOf(path.at(-1)!))) {
      if (path.length > this.steps.size) throw new Error(`the upcasters from ${keyOf(from)} go in a circle`);
      path.push(target(step));
    }
    return path;
  }
}

function target(step: Upcaster): Shape {
  if (step.toType === undefined) return { type: step.type, version: step.version + 1 };
  return { type: step.toType, version: step.toVersion ?? 1 };
}

function keyOf(shape: Shape): string {
  return `${shape.type}@${shape.version}`;
}
