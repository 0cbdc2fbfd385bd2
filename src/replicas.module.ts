import { Inject, Module, type OnModuleInit } from '@nestjs/common';
import type { Logger } from 'pino';
import { CONFIG, type Config } from './config.js';
import { ClaimedDuty } from './event-sourcing/claimed-duty.js';
import { CommandHandling } from './event-sourcing/handle-command.js';
import { Subscriptions } from './event-sourcing.subscriptions.js';
import { LOGGER } from './observability/logger.js';

/** One for all process managers, so that its renewals are few: at the default lease 17,280 a day. */
const DUTY = 'processes';

/** What replicas on one log agree on before they act. On a log of its own a process is alone, and nothing of this is written. */
@Module({})
export class ReplicasModule implements OnModuleInit {
  constructor(
    @Inject(CONFIG) private readonly config: Config,
    @Inject(LOGGER) private readonly logger: Logger,
    private readonly commands: CommandHandling,
    private readonly subscriptions: Subscriptions,
  ) {}

  onModuleInit(): void {
    if (this.config.eventStoreDb === undefined) return;
    const duty: ClaimedDuty = new ClaimedDuty(DUTY, this.commands, {
      lease: this.config.dutyLease,
      onChange: (held) =>
        this.logger.info({ duty: DUTY, holder: duty.holder }, held ? 'the duty is held here' : 'the duty is no longer held here'),
      onFailure: (err) => this.logger.warn({ duty: DUTY, err }, 'the duty could not be looked after'),
    });
    this.subscriptions.sendUnder(duty);
  }
}
