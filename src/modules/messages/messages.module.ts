import { Module, type OnModuleInit } from '@nestjs/common';
import { Subscriptions } from '../../event-sourcing.subscriptions.js';
import { SendMessageHandler } from './message.handlers.js';
import { messages, warnings } from './message.process.js';

@Module({ providers: [SendMessageHandler] })
export class MessagesModule implements OnModuleInit {
  constructor(private readonly subscriptions: Subscriptions) {}

  onModuleInit(): void {
    this.subscriptions.addProcess(messages);
    this.subscriptions.addProcess(warnings);
  }
}
