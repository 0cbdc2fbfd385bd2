import type { MessageKind } from './message.events.js';

export interface MessageText {
  readonly subject: string;
  readonly text: string;
}

/** What a message says. @param partner name under which the applicant knows the partner @param at ISO 8601 */
export function messageText(kind: MessageKind, partner: string, at: string): MessageText {
  const day = at.slice(0, 10);
  switch (kind) {
    case 'you-were-asked-for':
      return {
        subject: `${partner} asked whether you are our customer`,
        text:
          `On ${day} ${partner} told us that it is dealing with you, asked whether you are our customer, and was told that you are. ` +
          `If you are in touch with ${partner}, please confirm it in our app. If you never spoke to them, please tell us.`,
      };
    case 'prove-your-identity':
      return {
        subject: 'Please prove your identity',
        text:
          `On ${day} ${partner} told us that you wish to become our customer. Please prove your identity in our app or at a branch. ` +
          `If you never spoke to ${partner}, please tell us.`,
      };
  }
}
