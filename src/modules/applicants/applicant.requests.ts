import { IsIn } from 'class-validator';
import { CONSENT_WORDS, type ConsentWord } from '../leads/lead.events.js';
import { MESSAGE_WORDS, type MessageWord } from '../messages/message.events.js';

/** The button that was pressed. */
export class DenialForm {
  @IsIn(MESSAGE_WORDS)
  word!: MessageWord;
}

export class ConsentForm {
  @IsIn(CONSENT_WORDS)
  word!: ConsentWord;
}
