import { Inject, Module, type OnModuleInit } from '@nestjs/common';
import { CONFIG, type Config } from '../../config.js';
import { CLOCK, type Clock } from '../../event-sourcing/clock.js';
import { Subscriptions } from '../../event-sourcing.subscriptions.js';
import { Keyring } from '../persons/keyring.js';
import { messageAnswers } from './answer.process.js';
import { AnswerMessageHandler, HeedMessageAnswerHandler } from './answer-message.handlers.js';
import { DeliverMessageHandler } from './deliver-message.handler.js';
import { delivery } from './delivery.process.js';
import { LANES } from './lanes.js';
import { LaneRest } from './lane-rest.js';
import { SendMessageHandler } from './message.handlers.js';
import { messages, warnings } from './message.process.js';
import { type Messenger, MESSENGERS } from './messenger.js';
import { SmtpMessenger } from './smtp.messenger.js';
import { WebhookMessenger } from './webhook.messenger.js';

/** Messages of a lane that are on their way at once: few, for each may hold a connection until its server's time is over. */
const AT_ONCE = 8;
/** Of a message that its server puts off, or that it never answers. */
const RESEND = { baseMs: 1_000, capMs: 15 * 60_000 };

/** Mail before the gateway: who has an address gets mail. */
function messengersOf({ messengers: { smtp, webhook }, bankName, publicUrl }: Config, keyring: Keyring, clock: Clock): Messenger[] {
  const hash = (messageId: string): string => keyring.keyedHash('mail message id', messageId);
  const sender = { bank: bankName, host: new URL(publicUrl).hostname, hash };
  return [...(smtp ? [new SmtpMessenger(smtp, sender)] : []), ...(webhook ? [new WebhookMessenger(webhook, () => clock.now())] : [])];
}

@Module({
  providers: [
    SendMessageHandler,
    DeliverMessageHandler,
    AnswerMessageHandler,
    HeedMessageAnswerHandler,
    LaneRest,
    { provide: MESSENGERS, inject: [CONFIG, Keyring, CLOCK], useFactory: messengersOf },
  ],
})
export class MessagesModule implements OnModuleInit {
  constructor(
    private readonly subscriptions: Subscriptions,
    private readonly rest: LaneRest,
    @Inject(MESSENGERS) private readonly messengers: readonly Messenger[],
  ) {}

  onModuleInit(): void {
    this.subscriptions.addProcess(messages);
    this.subscriptions.addProcess(warnings);
    this.subscriptions.addProcess(messageAnswers);
    if (this.messengers.length === 0) return;
    for (const lane of LANES) {
      const maySend = (): boolean => this.rest.isOpen(lane);
      this.subscriptions.addProcess(delivery(lane), { concurrency: AT_ONCE, resend: RESEND, maySend });
    }
  }
}
