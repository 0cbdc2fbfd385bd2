import { Inject, type OnModuleDestroy } from '@nestjs/common';
import { CommandHandler, type ICommandHandler } from '@nestjs/cqrs';
import { CLOCK, type Clock } from '../../event-sourcing/clock.js';
import { CommandHandling } from '../../event-sourcing/handle-command.js';
import type { Cause } from '../../event-sourcing/message.js';
import { Subscriptions } from '../../event-sourcing.subscriptions.js';
import { Metrics } from '../../observability/metrics.js';
import { KEY_VAULT, type KeyVault } from '../persons/key-vault.js';
import { laneOf } from './lanes.js';
import { LaneRest } from './lane-rest.js';
import { DeliverMessage } from './message.commands.js';
import type { MessageQueued, UndeliverableReason } from './message.events.js';
import { message, type MessageCommand, messageStream } from './message.js';
import type { MessageText } from './message.texts.js';
import type { Contact } from '../persons/contact.js';
import { DeliveryFailed, type Letter, type Messenger, MESSENGERS } from './messenger.js';

/** A message is tried for three days, as mail is, and then given up. */
const TRIED_FOR_MS = 3 * 86_400_000;
/** At a stop: what a mail server has nearly taken over may still come to its end. */
const GRACE_AT_STOP_MS = 3_000;

/**
 * Hands a message to the first messenger that reaches its addressee. Only how it ends is an event: tries that fail are counted in the
 * metrics, for a server that is down for a night would else fill the log with nothing.
 */
@CommandHandler(DeliverMessage)
export class DeliverMessageHandler implements ICommandHandler<DeliverMessage>, OnModuleDestroy {
  /** Taken over by somebody, while the log does not show it yet: not to be sent again by this process. */
  private readonly taken = new Set<string>();
  private readonly stopping = new AbortController();

  constructor(
    private readonly commands: CommandHandling,
    @Inject(KEY_VAULT) private readonly vault: KeyVault,
    @Inject(MESSENGERS) private readonly messengers: readonly Messenger[],
    @Inject(CLOCK) private readonly clock: Clock,
    private readonly subscriptions: Subscriptions,
    private readonly rest: LaneRest,
    private readonly metrics: Metrics,
  ) {}

  onModuleDestroy(): void {
    setTimeout(() => this.stopping.abort(), GRACE_AT_STOP_MS).unref();
  }

  /** @throws DeliveryFailed it is to be tried again */
  async execute({ data: { messageId }, cause }: DeliverMessage): Promise<void> {
    const { queued, ended } = (await this.commands.load(message, messageStream(messageId))).state;
    if (queued === undefined || ended) return;
    const hopeless = this.taken.has(messageId) ? undefined : await this.send(queued);
    if (hopeless !== undefined) return this.giveUp(queued, hopeless, cause);
    this.taken.add(messageId);
    await this.note(messageId, cause, (at) => ({ type: 'NoteDelivery', data: { at } }));
    this.taken.delete(messageId);
    this.metrics.messageDelivered(queued.kind);
  }

  /** @returns why it is not worth another try; nothing where it was taken over */
  private async send(queued: MessageQueued['data']): Promise<UndeliverableReason | undefined> {
    const opened = (await this.vault.open(queued.subject, queued.sealed)) as (MessageText & { readonly to: Contact }) | undefined;
    const now = this.clock.now();
    if (opened === undefined) return 'erased';
    if (queued.expiresAt !== undefined && now >= Date.parse(queued.expiresAt)) return 'expired';
    const messenger = this.messengers.find((each) => each.reaches(opened.to));
    if (messenger === undefined) return 'no-contact';
    if (now >= Date.parse(queued.at) + TRIED_FOR_MS) return 'too-long-tried';
    return this.handOver(messenger, letterOf(queued, opened));
  }

  private async handOver(messenger: Messenger, letter: Letter): Promise<UndeliverableReason | undefined> {
    // Of several replicas the one that has been frozen finds out here that it is not its turn any more.
    await this.subscriptions.confirmDuty();
    const lane = laneOf(letter.kind);
    try {
      await messenger.send(letter, this.stopping.signal);
      this.rest.answered(lane);
      return undefined;
    } catch (error) {
      if (!(error instanceof DeliveryFailed)) throw error;
      this.metrics.deliveryFailed(error.code);
      if (error.scope === 'messenger') this.rest.failed(lane);
      else if (error.code === 'put-off' || error.code === 'refused') this.rest.answered(lane);
      if (error.scope === 'for-good') return 'refused';
      throw error;
    }
  }

  private async giveUp({ messageId }: MessageQueued['data'], reason: UndeliverableReason, cause: Cause): Promise<void> {
    await this.note(messageId, cause, (at) => ({ type: 'GiveUp', data: { reason, at } }));
    this.metrics.messageGivenUp(reason);
  }

  private async note(messageId: string, cause: Cause, command: (at: string) => MessageCommand): Promise<void> {
    await this.commands.handle(message, messageStream(messageId), cause, (_state, { now }) => command(new Date(now).toISOString()));
  }
}

function letterOf(queued: MessageQueued['data'], { to, subject, text, languages }: MessageText & { readonly to: Contact }): Letter {
  const { messageId, kind, leadId: disclosureId, at: queuedAt, expiresAt } = queued;
  // What was queued before a message had several languages has none.
  const content = { to, subject, text, languages: languages ?? ['en'] };
  return { messageId, kind, disclosureId, ...content, queuedAt, ...(expiresAt !== undefined && { expiresAt }) };
}
