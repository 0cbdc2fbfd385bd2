import { DateTime, IANAZone } from 'luxon';
import { DomainError } from '../../event-sourcing/decider.js';

/** What one employee of a partner may do. Every member is a limit of its own. */
export interface AgentLimits {
  /** Leads that an agent may open on one day. */
  readonly leadsPerDay?: number;
  /** From when until when on a day agents may open leads, `08:00` and `18:30`; over midnight where `until` is the earlier. */
  readonly hours?: { readonly from: string; readonly until: string };
  /** Share that one agent may have of the owner's leads of the last seven days, above 0 to 1. */
  readonly share?: number;
  /** IANA name of the time zone of days and hours; UTC unless given. */
  readonly timeZone?: string;
}

/** Leads that were opened on a day, the days counted in the limits' time zone since the epoch; a week of them at most. */
export type DayCounts = readonly (readonly [day: number, leads: number])[];

/** Days, the present one included, over which an agent's share of the owner's leads is taken. */
export const SHARE_DAYS = 7;
/** A share says nothing of a handful: it binds from so many leads of the owner on, the asked one included. */
export const SHARE_FROM = 20;

const DAY = 86_400_000;
const MINUTE = 60_000;

/** The time of day in minutes, and the day since the epoch, in the limits' time zone. @param now epoch ms */
export function localTime(now: number, { timeZone }: AgentLimits): { readonly day: number; readonly minute: number } {
  const offset = timeZone === undefined ? 0 : IANAZone.create(timeZone).offset(now);
  const local = now + offset * MINUTE;
  const day = Math.floor(local / DAY);
  return { day, minute: Math.floor((local - day * DAY) / MINUTE) };
}

/** More leads on a day. What is a week old is forgotten, so that the counts never grow. */
export function counted(counts: DayCounts, day: number, leads = 1): DayCounts {
  return [...counts.filter(([known]) => known !== day && known > day - SHARE_DAYS), [day, leadsOn(counts, day) + leads]];
}

export function leadsOn(counts: DayCounts, day: number): number {
  return counts.find(([known]) => known === day)?.[1] ?? 0;
}

function sumOf(counts: DayCounts, from: number): number {
  return counts.reduce((sum, [day, leads]) => (day >= from ? sum + leads : sum), 0);
}

/** How the agent's leads of late, and all of the owner's, look when it wants to open one more. */
export interface AgentLoad {
  readonly limits: AgentLimits;
  readonly ofAgent: DayCounts;
  readonly ofOwner: DayCounts;
  /** Epoch ms. */
  readonly now: number;
}

export function hoursAreKept({ limits, now }: AgentLoad): void {
  if (limits.hours === undefined) return;
  const from = minuteOf(limits.hours.from);
  const until = minuteOf(limits.hours.until);
  const { minute } = localTime(now, limits);
  const isWithin = from < until ? minute >= from && minute < until : minute >= from || minute < until;
  if (!isWithin) throw new DomainError('AGENT_LIMIT_HOURS', 'no agent opens leads at this time of day', secondsUntil(now, limits, from));
}

export function leadsOfTheDayAreLeft({ limits, ofAgent, now }: AgentLoad): void {
  if (limits.leadsPerDay === undefined) return;
  const { day } = localTime(now, limits);
  if (sumOf(ofAgent, day) >= limits.leadsPerDay) {
    throw new DomainError('AGENT_LIMIT_LEADS', 'the agent has opened its leads of the day', secondsUntil(now, limits, 0));
  }
}

export function shareIsKept({ limits, ofAgent, ofOwner, now }: AgentLoad): void {
  if (limits.share === undefined) return;
  const from = localTime(now, limits).day - SHARE_DAYS + 1;
  const all = sumOf(ofOwner, from) + 1;
  if (all >= SHARE_FROM && (sumOf(ofAgent, from) + 1) / all > limits.share) {
    throw new DomainError('AGENT_LIMIT_SHARE', "too many of the owner's leads are the agent's");
  }
}

/** Whether limits can be kept at all. */
export function areLimits({ leadsPerDay, hours, share, timeZone }: AgentLimits): boolean {
  return (
    (leadsPerDay === undefined || (Number.isInteger(leadsPerDay) && leadsPerDay >= 1 && leadsPerDay <= 1e6)) &&
    (share === undefined || (share > 0 && share <= 1)) &&
    (timeZone === undefined || IANAZone.isValidZone(timeZone)) &&
    (hours === undefined || (isTimeOfDay(hours.from) && isTimeOfDay(hours.until) && hours.from !== hours.until))
  );
}

/** Of both the stricter; the hours and the time zone of the first, where it has hours. */
export function stricterLimits(own: AgentLimits | undefined, other: AgentLimits | undefined): AgentLimits | undefined {
  if (own === undefined || other === undefined) return own ?? other;
  const smaller = (one?: number, two?: number): number | undefined =>
    one === undefined || two === undefined ? (one ?? two) : Math.min(one, two);
  const leadsPerDay = smaller(own.leadsPerDay, other.leadsPerDay);
  const share = smaller(own.share, other.share);
  const { hours, timeZone } = own.hours === undefined ? other : own;
  return {
    ...(leadsPerDay === undefined ? {} : { leadsPerDay }),
    ...(hours === undefined ? {} : { hours }),
    ...(share === undefined ? {} : { share }),
    ...(timeZone === undefined ? {} : { timeZone }),
  };
}

function secondsUntil(now: number, { timeZone = 'utc' }: AgentLimits, minute: number): number {
  const local = DateTime.fromMillis(now, { zone: timeZone });
  const at = local.startOf('day').set({ hour: Math.floor(minute / 60), minute: minute % 60 });
  return Math.ceil(((at <= local ? at.plus({ days: 1 }) : at).toMillis() - now) / 1000);
}

const TIME_OF_DAY = /^([01]\d|2[0-3]):([0-5]\d)$/;

function isTimeOfDay(text: string): boolean {
  return TIME_OF_DAY.test(text);
}

function minuteOf(text: string): number {
  const [, hours = 0, minutes = 0] = TIME_OF_DAY.exec(text) ?? [];
  return Number(hours) * 60 + Number(minutes);
}
