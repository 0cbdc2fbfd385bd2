import { DomainError, type Decider } from '../../event-sourcing/decider.js';
import type { CodeRequested, ContactEvent } from './contact.events.js';

const HOUR_MS = 3_600_000;
const DAY_MS = 24 * HOUR_MS;
/** Codes that one partner may have sent to one contact. It is told when there were more: it knows how many it asked for. */
const OF_A_PARTNER = [
  { most: 3, within: HOUR_MS },
  { most: 6, within: DAY_MS },
] as const;
/** Codes to one contact a day, over all partners. Whoever asks for more is told nothing: it would learn of the others (I7). */
const OF_ALL = 10;

interface Request {
  readonly partner: string;
  readonly at: number;
  readonly dropped: boolean;
}

export interface ContactState {
  /** Of the last day. */
  readonly requests: readonly Request[];
}

export interface RequestCode {
  readonly type: 'RequestCode';
  readonly data: Omit<CodeRequested['data'], 'dropped'>;
}

/** The decider of `contact-<contactKey>`: how many codes an address or a number is sent, whoever it belongs to. */
export const contact: Decider<ContactState, RequestCode, ContactEvent> = {
  name: 'contact',
  version: 1,
  // Of a contact over all partners: none may learn from the time it takes that another has asked.
  isShared: true,
  initial: () => ({ requests: [] }),
  evolve: ({ requests }, { data: { partner, dropped, at } }) => {
    const now = Date.parse(at);
    return { requests: [...requests.filter((each) => each.at > now - DAY_MS), { partner, at: now, dropped }] };
  },
  decide: ({ requests }, { data }) => {
    const now = Date.parse(data.at);
    const own = requests.filter(({ partner }) => partner === data.partner);
    for (const { most, within } of OF_A_PARTNER) {
      const recent = own.filter(({ at }) => at > now - within);
      const first = recent.at(-most);
      if (first !== undefined) throw tooMany((first.at + within - now) / 1000);
    }
    const sent = requests.filter(({ at, dropped }) => !dropped && at > now - DAY_MS).length;
    return [{ type: 'CodeRequested', data: { ...data, dropped: sent >= OF_ALL } }];
  },
};

function tooMany(retryAfter: number): DomainError {
  return new DomainError('CONSENT_THROTTLED', 'this contact was sent codes enough', retryAfter);
}

export function contactStream(contactKey: string): string {
  return `contact-${contactKey}`;
}
