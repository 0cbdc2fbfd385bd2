import type { World } from '../simulation/world.js';
import type { Service } from './service.js';

/** Virtual milliseconds: what the service does again and again by its own clock comes round in it. */
const BEAT = 5_000;
/** Where in the beat a moment of a script lies, and where what follows from it is over: what is written on the beat included. */
const MOMENT = 3_200;
const OVER = 600;
/** Time that a process needs to look at the clock, do what is due, and rest. */
const AT_REST_BY = 2_500;
const BEFORE_DUE = 1_500;
/** Before a moment of the script the time is let pass up to here. */
const SHORTLY = 20_000;

/**
 * How days go by between two moments of a script: at once, but for whatever is due in between. Each moment finds the service at rest, at
 * the same point of its own time in both worlds.
 */
export class PassingTime {
  constructor(
    private readonly world: World,
    private readonly service: Service,
  ) {}

  /** @param at epoch ms, some time ahead */
  async comeTo(at: number): Promise<void> {
    // What is due in the last moment is left to it: it must not come later in one world because something is due in that one alone.
    for (let due = this.nextDue(); due < at - 2 * BEAT; due = this.nextDue()) await this.rest(due - BEFORE_DUE);
    await this.rest(at - SHORTLY);
    if (this.world.now() > at) throw new Error('a moment of the script came too late');
    this.world.lapse(at - this.world.now());
  }

  /** Until what follows at once from a moment is over. */
  afterwards(): Promise<void> {
    return inBeat(OVER);
  }

  private nextDue(): number {
    return this.service.nextDue(this.world.now());
  }

  /** The wall clock goes on, and the service comes to rest. */
  private async rest(until: number): Promise<void> {
    const ahead = until - this.world.now();
    if (ahead > 0) this.world.lapse(ahead);
    await pause(AT_REST_BY);
    await Promise.race([this.service.settled(), pause(BEAT)]);
    await inBeat(MOMENT);
  }
}

/** Until that place in the beat comes next. */
function inBeat(place: number): Promise<void> {
  const gone = (performance.now() - place) % BEAT;
  return pause(gone < 0 ? -gone : BEAT - gone);
}

function pause(milliseconds: number): Promise<void> {
  return new Promise((resolve) => setTimeout(resolve, milliseconds));
}
