import type { DefendedOwner } from '../defence.js';

/** Weekdays in a month, on average. */
export const WEEKDAYS_A_MONTH = (365.25 / 12) * (5 / 7);

/** Hours of a weekday in which an owner's people work: an assumption, for limits that are counted in less than a day. */
const HOURS_A_WEEKDAY = 8;

/** What the terms give a day to an owner of whom nothing is known (`pace`, design, section 4): peers get no other figure. */
const UNKNOWN = 50;

/** L, leads a weekday, from which a bank would reckon the limits of this owner's partners. */
export function agreedVolume(owner: DefendedOwner): number {
  return owner.figures?.leadsPerDay ?? UNKNOWN;
}

/** The part of it that falls into so many milliseconds of working time; never more than a day's. */
export function agreedVolumeWithin(owner: DefendedOwner, within: number): number {
  return agreedVolume(owner) * Math.min(1, within / (HOURS_A_WEEKDAY * 60 * 60 * 1000));
}
