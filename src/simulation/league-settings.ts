import { wholeNumber, WrongUse } from '../cli/command-line.js';
import { type HonestBusiness, ORDINARY } from './honest.js';
import { HONEST } from './honest-cast.js';
import type { LeagueSettings } from './league.js';
import { impossible, readPartner } from './partner-file.js';
import { COUNTRY } from './population.js';

/** The bank's own figures, as they were given on the command line. */
export interface GivenFigures {
  readonly partner?: string | undefined;
  readonly 'register-share'?: string | undefined;
  readonly volume?: string | undefined;
  readonly existing?: string | undefined;
  readonly acknowledged?: string | undefined;
  readonly conversion?: string | undefined;
}

/** L of the host where it is a large one. */
export const FULL_VOLUME = 3_000;

/** @throws Failed for a partner's file, WrongUse for an option */
export function settingsOf(given: GivenFigures, days: number, isFull: boolean): LeagueSettings {
  const stated = {
    ...ORDINARY,
    ...(isFull && { leadsPerDay: FULL_VOLUME }),
    ...(given.partner !== undefined && readPartner(given.partner)),
  };
  const host: HonestBusiness = {
    ...stated,
    ...(given.volume !== undefined && { leadsPerDay: wholeNumber('--volume', given.volume, { from: 1, to: 100_000 }) }),
    existingShare: share('--existing', given.existing, stated.existingShare),
    acknowledgedShare: share('--acknowledged', given.acknowledged, stated.acknowledgedShare),
    conversion: share('--conversion', given.conversion, stated.conversion),
  };
  const complaint = impossible(host);
  if (complaint !== undefined) throw new WrongUse(complaint);
  const population = { ...COUNTRY, customerShare: share('--register-share', given['register-share'], COUNTRY.customerShare) };
  return { days, population, host, others: HONEST };
}

/** @throws WrongUse */
export function share(option: string, text: string | undefined, otherwise: number): number {
  if (text === undefined) return otherwise;
  const value = /^\d*\.?\d+$/.test(text) ? Number(text) : Number.NaN;
  if (!(value > 0 && value < 1)) throw new WrongUse(`${option} is a share, above 0 and below 1`);
  return value;
}
