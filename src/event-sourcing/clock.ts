import { performance } from 'node:perf_hooks';

/** Injection token of the `Clock`. */
export const CLOCK = Symbol('clock');

/** The time that decisions are made at: milliseconds since the epoch, never going back. */
export interface Clock {
  /** @throws ClockUntrusted */
  now(): number;
}

/** A difference between what the wall clock shows and what it should show. */
export interface ClockJump {
  readonly kind: 'ahead' | 'back';
  /** Milliseconds, above 0. */
  readonly by: number;
}

/** The wall clock cannot be right; nothing is decided until an operator has given their word (R7). */
export class ClockUntrusted extends Error {
  constructor(readonly jump: ClockJump) {
    super(`the clock is ${Math.round(jump.by / 1000)} s ahead of what was expected; an operator has to confirm it`);
    this.name = 'ClockUntrusted';
  }
}

export interface SystemClockOptions {
  /** Milliseconds that the wall clock may get ahead of the monotonic one, all jumps since the last `trust` together. */
  readonly maxJump: number;
  /** Milliseconds that may lie between the log's last event and the start. */
  readonly maxGap: number;
  readonly onJump?: (jump: ClockJump) => void;
  /** Milliseconds since the epoch; the system's clock unless given. */
  readonly wall?: () => number;
  /** Milliseconds since any moment, never set; the system's monotonic clock unless given. */
  readonly monotonic?: () => number;
}

/** Milliseconds that two readings may differ by without anybody having set a clock. */
const NOISE = 50;

/**
 * The system's clock, watched (R7). A jump back makes time stand still until the wall clock has caught up. A jump ahead beyond
 * the limit fails closed: a deadline that passed because somebody set a clock has not passed.
 *
 * The monotonic clock of Linux is slewed together with the wall clock, so the two part only when the latter is set, or when
 * the machine was suspended. Many small jumps ahead count as one large one.
 */
export class SystemClock implements Clock {
  private readonly options: Required<SystemClockOptions>;
  /** Wall minus monotonic clock, when last trusted and when last read. */
  private trustedOffset: number;
  private lastOffset: number;
  private largest = 0;
  private jumped: ClockJump | undefined;

  constructor(options: SystemClockOptions) {
    this.options = { onJump: () => undefined, wall: Date.now, monotonic: () => performance.now(), ...options };
    this.trustedOffset = this.lastOffset = this.offset(this.options.wall());
  }

  /** The jump for which the clock is not trusted, if it is not. */
  get distrusted(): ClockJump | undefined {
    return this.jumped;
  }

  now(): number {
    const wall = this.options.wall();
    if (!this.jumped) this.compare(wall);
    if (this.jumped) throw new ClockUntrusted(this.jumped);
    this.largest = Math.max(this.largest, wall);
    return this.largest;
  }

  /** The time, or, while the clock is not trusted, the last one that was. */
  shown(): number {
    try {
      return this.now();
    } catch {
      return this.largest;
    }
  }

  /**
   * To be called once at the start, before any decision, with the time of the log's last event in milliseconds since the
   * epoch. Time goes on from there, even if the wall clock is behind.
   */
  startAfter(lastEventTime: number): void {
    this.largest = Math.max(this.largest, lastEventTime);
    const gap = this.options.wall() - lastEventTime;
    if (gap > this.options.maxGap) this.distrust(gap);
    else if (gap < 0) this.options.onJump({ kind: 'back', by: -gap });
  }

  /** An operator's word that the wall clock is right as it is now. */
  trust(): void {
    this.trustedOffset = this.lastOffset = this.offset(this.options.wall());
    this.jumped = undefined;
  }

  private compare(wall: number): void {
    const offset = this.offset(wall);
    const step = offset - this.lastOffset;
    this.lastOffset = offset;
    if (offset - this.trustedOffset > this.options.maxJump) this.distrust(offset - this.trustedOffset);
    else if (step < -NOISE) this.options.onJump({ kind: 'back', by: -step });
  }

  private distrust(by: number): void {
    this.jumped = { kind: 'ahead', by };
    this.options.onJump(this.jumped);
  }

  private offset(wall: number): number {
    return wall - this.options.monotonic();
  }
}

/** For what is only shown and decides nothing: reading goes on while the clock is not trusted. */
export function shownBy(clock: Clock): number {
  return clock instanceof SystemClock ? clock.shown() : clock.now();
}

/** A clock that stands still until it is told otherwise. */
export class VirtualClock implements Clock {
  constructor(private time = 0) {}

  now(): number {
    return this.time;
  }

  /** @param time milliseconds since the epoch, earlier ones included */
  set(time: number): void {
    this.time = time;
  }

  /** @param by milliseconds */
  advance(by: number): void {
    this.time += by;
  }
}
