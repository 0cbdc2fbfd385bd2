import type { MessageKind } from './message.events.js';

/**
 * Who is written to at contacts that a partner supplied, and who at those on the bank's file. The two never wait for each other:
 * else how soon the one comes would tell how many of the other there are (I6).
 */
export const LANES = ['applicants', 'customers'] as const;
export type Lane = (typeof LANES)[number];

const LANE_OF: Readonly<Record<MessageKind, Lane>> = {
  'prove-your-identity': 'applicants',
  'consent-code': 'applicants',
  'you-were-asked-for': 'customers',
  'consent-warning': 'customers',
};

export function laneOf(kind: MessageKind): Lane {
  return LANE_OF[kind];
}
