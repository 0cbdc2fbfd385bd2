import { Inject, Module, type OnModuleInit } from '@nestjs/common';
import type { Logger } from 'pino';
import { CONFIG, type Config } from './config.js';
import { ClaimedDuty } from './event-sourcing/claimed-duty.js';
import { PROCESSES } from './event-sourcing/duty.js';
import { CommandHandling } from './event-sourcing/handle-command.js';
import { Subscriptions } from './event-sourcing.subscriptions.js';
import { LOGGER } from './observability/logger.js';

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
    const duty: ClaimedDuty = new ClaimedDuty(PROCESSES, this.commands, {
      lease: this.config.dutyLease,
      onChange: (held) =>
        this.logger.info({ duty: PROCESSES, holder: duty.holder }, held ? 'the duty is held here' : 'the duty is no longer held here'),
      onFailure: (err) => this.logger.warn({ duty: PROCESSES, err }, 'the duty could not be looked after'),
    });
    this.subscriptions.sendUnder(duty);
  }
}
