import type { Decider } from '../../event-sourcing/decider.js';
import type { MessageEvent, MessageQueued } from './message.events.js';

export interface MessageState {
  readonly queued: boolean;
}

export interface QueueMessage {
  readonly type: 'QueueMessage';
  readonly data: MessageQueued['data'];
}

/** The decider of `message-<messageId>`: a message is queued once, however often it is asked for. */
export const message: Decider<MessageState, QueueMessage, MessageEvent> = {
  name: 'message',
  version: 1,
  initial: () => ({ queued: false }),
  evolve: () => ({ queued: true }),
  decide: (state, { data }) => (state.queued ? [] : [{ type: 'MessageQueued', data }]),
};

export function messageStream(messageId: string): string {
  return `message-${messageId}`;
}
