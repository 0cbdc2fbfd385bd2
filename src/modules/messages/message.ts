import { type Decider, DomainError } from '../../event-sourcing/decider.js';
import {
  MESSAGE_KINDS,
  type MessageEvent,
  type MessageKind,
  type MessageNotNeeded,
  type MessageQueued,
  type MessageWord,
  type UndeliverableReason,
} from './message.events.js';

export interface MessageState {
  readonly queued?: MessageQueued['data'];
  /** There was nobody to write to. */
  readonly left?: true;
  /** It was delivered, or given up. */
  readonly ended?: true;
  readonly word?: MessageWord;
  readonly heeded?: true;
}

type Named<Type extends string, Data> = { readonly type: Type; readonly data: Data };
/** ISO 8601: the time of the decision. */
type Then = { readonly at: string };

export type MessageCommand =
  | Named<'QueueMessage', MessageQueued['data']>
  | Named<'LeaveMessage', MessageNotNeeded['data']>
  | Named<'NoteDelivery', Then>
  | Named<'GiveUp', Then & { readonly reason: UndeliverableReason }>
  | Named<'AnswerMessage', Then & { readonly word: MessageWord }>
  | Named<'NoteHeeded', Then>;

function evolve(state: MessageState, event: MessageEvent): MessageState {
  switch (event.type) {
    case 'MessageQueued':
      return { queued: event.data };
    case 'MessageNotNeeded':
      return { left: true };
    case 'MessageDelivered':
    case 'MessageUndeliverable':
      return { ...state, ended: true };
    case 'MessageAnswered':
      return { ...state, word: event.data.word };
    case 'MessageAnswerHeeded':
      return { ...state, heeded: true };
  }
}

function decide(state: MessageState, command: MessageCommand): readonly MessageEvent[] {
  const isDecided = state.queued !== undefined || state.left === true;
  if (command.type === 'QueueMessage') return isDecided ? [] : [{ type: 'MessageQueued', data: command.data }];
  if (command.type === 'LeaveMessage') return isDecided ? [] : [{ type: 'MessageNotNeeded', data: command.data }];
  if (state.queued === undefined) throw new DomainError('NOT_FOUND', 'no such message');
  const { messageId, kind, leadId } = state.queued;
  const { at } = command.data;
  switch (command.type) {
    case 'NoteDelivery':
      return state.ended ? [] : [{ type: 'MessageDelivered', data: { messageId, kind, leadId, at } }];
    case 'GiveUp':
      return state.ended ? [] : [{ type: 'MessageUndeliverable', data: { messageId, kind, leadId, reason: command.data.reason, at } }];
    case 'AnswerMessage':
      return answer(state, state.queued, command.data);
    case 'NoteHeeded':
      return state.word === undefined || state.heeded ? [] : [{ type: 'MessageAnswerHeeded', data: { messageId, leadId, at } }];
  }
}

/** The first word stands. */
function answer(
  { word: said }: MessageState,
  { messageId, leadId, kind }: MessageQueued['data'],
  { word, at }: Then & { word: MessageWord },
) {
  if (said !== undefined) return [];
  if (!wordsFor(kind).includes(word)) throw new DomainError('NOT_ACKNOWLEDGEABLE', 'that cannot be said of this message');
  return [{ type: 'MessageAnswered', data: { messageId, leadId, word, at } } as const];
}

/** What may be said through a message. It follows from its kind alone: a page must not tell more than the message (I6). */
export function wordsFor(kind: MessageKind): readonly MessageWord[] {
  return kind === 'you-were-asked-for' ? ['never-spoke', 'in-touch'] : ['never-spoke'];
}

/** The decider of `message-<messageId>`: queued once, ended once, answered once, however often it is asked for. */
export const message: Decider<MessageState, MessageCommand, MessageEvent> = {
  name: 'message',
  version: 2,
  initial: () => ({}),
  evolve,
  decide,
};

export function messageStream(messageId: string): string {
  return `message-${messageId}`;
}

/** @param ask of a message about a lead's n-th request for consent */
export function messageIdOf(kind: MessageKind, leadId: string, ask = 0): string {
  return ask === 0 ? `${kind}-${leadId}` : `${kind}-${leadId}-${ask}`;
}

/** Room for as many kinds: links that are in mailboxes stay what they are when there is a new kind. */
const KINDS = 16;

/** The message as the number of its link: kind and request. */
export function numberOfLink(kind: MessageKind, ask = 0): number {
  return ask * KINDS + MESSAGE_KINDS.indexOf(kind);
}

/** The id of a link's message; `undefined` for a number that no link has. @see numberOfLink */
export function messageOfLink(leadId: string, n: number): string | undefined {
  const kind = MESSAGE_KINDS[n % KINDS];
  return kind && messageIdOf(kind, leadId, Math.floor(n / KINDS));
}
