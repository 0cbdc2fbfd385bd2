import type { Process } from '../../event-sourcing/process.js';
import { type Lane, laneOf } from './lanes.js';
import type { DeliverMessage } from './message.commands.js';
import type { MessageDelivered, MessageQueued, MessageUndeliverable } from './message.events.js';

/**
 * A message that the service has to deliver is owed until the log shows that it was delivered or given up. What was queued while
 * nothing was set up that delivers, the bank's own system has read: it is not sent years later.
 */
export const delivery = (
  lane: Lane,
): Process<DeliverMessage['data'], MessageQueued | MessageDelivered | MessageUndeliverable, Pick<DeliverMessage, 'type' | 'data'>> => ({
  name: `delivery to ${lane}`,
  version: 1,
  handles: ['MessageQueued', 'MessageDelivered', 'MessageUndeliverable'],
  key: ({ data }) => data.messageId,
  evolve: (_state, event) => {
    switch (event.type) {
      case 'MessageQueued': {
        const { messageId, kind, toDeliver } = event.data;
        return toDeliver && laneOf(kind) === lane ? { messageId } : undefined;
      }
      case 'MessageDelivered':
      case 'MessageUndeliverable':
        return undefined;
    }
  },
  owed: (data) => ({ commands: [{ type: 'DeliverMessage', data }] }),
});
