import type { Cause } from '../../event-sourcing/message.js';

/** Takes an owner's initial units out of the pool and books them. Safe to send twice. */
export class DrawProbationUnits {
  readonly type = 'DrawProbationUnits';
  constructor(
    readonly data: { readonly owner: string; readonly wanted: number },
    readonly cause: Cause,
  ) {}
}

/** Gives back the units of an owner that left probation. Safe to send twice. */
export class ReturnProbationUnits {
  readonly type = 'ReturnProbationUnits';
  constructor(
    readonly data: { readonly owner: string },
    readonly cause: Cause,
  ) {}
}
