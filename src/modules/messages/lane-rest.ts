import { Injectable } from '@nestjs/common';
import { jittered } from '../../event-sourcing/deadline.js';
import { type Lane, LANES } from './lanes.js';

/** While a messenger is down nobody knocks at each message's own pace: there may be thousands. Milliseconds. */
const FIRST_REST = 1_000;
const LONGEST_REST = 30_000;

/** Whether a lane is worth trying now. Each rests by itself, so that the one never waits for the other's failures (I6). */
@Injectable()
export class LaneRest {
  private readonly lanes = new Map<Lane, { failures: number; until: number }>(LANES.map((lane) => [lane, { failures: 0, until: 0 }]));

  isOpen(lane: Lane): boolean {
    return performance.now() >= (this.lanes.get(lane)?.until ?? 0);
  }

  /** The messenger took no message, this one or any. Failures of one moment count as one. */
  failed(lane: Lane): void {
    if (!this.isOpen(lane)) return;
    const failures = (this.lanes.get(lane)?.failures ?? 0) + 1;
    const rest = FIRST_REST / 2 + jittered(failures - 1, FIRST_REST / 2, LONGEST_REST - FIRST_REST / 2);
    this.lanes.set(lane, { failures, until: performance.now() + rest });
  }

  /** It answered, whatever it said. */
  answered(lane: Lane): void {
    this.lanes.set(lane, { failures: 0, until: 0 });
  }
}
