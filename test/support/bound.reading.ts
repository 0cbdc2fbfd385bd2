/** An event as the bound reads it: names and figures only, nothing of the types that the deciders share. */
export interface LogEvent {
  readonly type: string;
  readonly stream: string;
  readonly position: number;
  readonly recordedAt: string;
  readonly data: object;
}

/** The log breaks a rule of design section 4; names the rule and the event at which it first shows. */
export class BoundBroken extends Error {
  constructor(
    readonly rule: string,
    readonly event: LogEvent,
    why: string,
  ) {
    super(`${rule}: ${why}, at ${event.type} (position ${event.position}, ${event.stream})`);
    this.name = 'BoundBroken';
  }
}

export function member(event: LogEvent, name: string): unknown {
  return (event.data as Readonly<Record<string, unknown>>)[name];
}

export function text(event: LogEvent, name: string): string {
  const value = member(event, name);
  if (typeof value !== 'string') throw new BoundBroken('shape', event, `${name} is no text`);
  return value;
}

export function time(event: LogEvent, name: string): number {
  const value = Date.parse(text(event, name));
  if (Number.isNaN(value)) throw new BoundBroken('shape', event, `${name} is no time`);
  return value;
}

/** A figure in whole thousandths, so that no sum is ever rounded. */
export function thousandthsOf(event: LogEvent, value: unknown, name: string): bigint {
  if (typeof value !== 'number' || !Number.isFinite(value)) throw new BoundBroken('shape', event, `${name} is no figure`);
  const whole = Math.round(value * 1000);
  if (whole / 1000 !== value) throw new BoundBroken('exact', event, `${name} is finer than a thousandth`);
  return BigInt(whole);
}

/** Units that an event books or takes: never negative. */
export function units(event: LogEvent, name: string): bigint {
  const value = thousandthsOf(event, member(event, name), name);
  if (value < 0n) throw new BoundBroken('I2', event, `${name} is negative`);
  return value;
}
