import type { Process } from '../../event-sourcing/process.js';
import type { HeedMessageAnswer } from './message.commands.js';
import type { MessageAnswered, MessageAnswerHeeded } from './message.events.js';

/** What somebody said through a message is told to the lead that it was about, also when the service died in between. */
export const messageAnswers: Process<
  HeedMessageAnswer['data'],
  MessageAnswered | MessageAnswerHeeded,
  Pick<HeedMessageAnswer, 'type' | 'data'>
> = {
  name: 'message answers',
  version: 1,
  handles: ['MessageAnswered', 'MessageAnswerHeeded'],
  key: ({ data }) => data.messageId,
  evolve: (_state, event) => {
    switch (event.type) {
      case 'MessageAnswered': {
        const { messageId, leadId, word } = event.data;
        return { messageId, leadId, word };
      }
      case 'MessageAnswerHeeded':
        return undefined;
    }
  },
  owed: (data) => ({ commands: [{ type: 'HeedMessageAnswer', data }] }),
};
