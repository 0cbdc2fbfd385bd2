import { BoundBroken, member, thousandthsOf, units, type LogEvent } from './bound.reading.js';

const UNDOES_A_GRANT = new Set<unknown>(['granted-by-mistake', 'campaign-over']);

/** The working capital that an owner was given, added up again: initial units, what humans granted, bonuses. In thousandths. */
export class CapitalBound {
  given = 0n;
  /** What of it humans granted, to this owner or to one whose past is its own. */
  private granted = 0n;
  /** What restores have taken and no human has given back, saying so. */
  private lost = 0n;
  /** What had been given when a past ended, by what ended it. */
  private readonly atEnds = new Map<string, bigint>();

  initial(booked: bigint): void {
    this.given += booked;
  }

  grant(event: LogEvent, booked: bigint): void {
    const givenBack = member(event, 'reason') === 'log-restored' ? smaller(booked, this.lost) : 0n;
    this.lost -= givenBack;
    this.addGrant(booked - givenBack);
  }

  /** @param capital of the terms in force */
  bonus(event: LogEvent, booked: bigint, capital: bigint): void {
    this.given += booked;
    if (booked > 0n && this.given > capital) throw new BoundBroken('I2', event, 'bonuses beyond the working capital');
  }

  takenBack(event: LogEvent): void {
    if (member(event, 'restores') !== undefined) this.lost += units(event, 'units');
    if (UNDOES_A_GRANT.has(member(event, 'reason'))) this.addGrant(-smaller(units(event, 'units'), this.granted));
  }

  endPast(ending: string): void {
    this.atEnds.set(ending, this.given);
  }

  /** What the other was still given while its past was taken over may be in the figure, and need not. */
  inherit(event: LogEvent, from: CapitalBound, ending: string): void {
    const given = thousandthsOf(event, member(event, 'capitalGiven') ?? 0, 'capitalGiven');
    if (given < smaller(from.atEnds.get(ending) ?? 0n, from.given))
      throw new BoundBroken('move', event, 'working capital of the past is forgotten');
    if (given > this.given) this.addGrant(given - this.given);
  }

  private addGrant(booked: bigint): void {
    this.granted += booked;
    this.given += booked;
  }
}

function smaller(one: bigint, other: bigint): bigint {
  return one < other ? one : other;
}
