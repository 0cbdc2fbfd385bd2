import { Controller, Get, Inject, Query } from '@nestjs/common';
import { type IQueryHandler, Query as Asked, QueryBus, QueryHandler } from '@nestjs/cqrs';
import { ApiOkResponse, ApiOperation, ApiProperty, ApiTags } from '@nestjs/swagger';
import { ProblemResponses } from '../http/problem-responses.js';
import { Roles } from '../modules/access/roles.js';
import { KEY_VAULT, type KeyVault } from '../modules/persons/key-vault.js';
import { MESSAGE_KINDS } from '../modules/messages/message.events.js';
import { latestMessages, MESSAGE_STATUSES, outbox, outgoingMessages, type OutgoingMessage } from '../projections/outbox.js';
import type { Page, Place } from '../projections/page.js';
import { cursorOf, pageFrom, placeAt } from './cursor.js';
import { ListQuery } from './query-members.js';
import { ReadSide } from './read-side.js';

class Message {
  @ApiProperty({ description: 'the same at every reading: a message is to be delivered once' }) messageId!: string;
  @ApiProperty({ enum: MESSAGE_KINDS }) kind!: string;
  @ApiProperty({ format: 'uuid', description: 'what an acknowledgement of the customer names' }) disclosureId!: string;
  @ApiProperty({ format: 'date-time' }) queuedAt!: string;
  @ApiProperty({
    enum: MESSAGE_STATUSES,
    description: 'what is `for-the-bank` its own system delivers; the service what is `waiting`, unless it has given up',
  })
  status!: string;
  @ApiProperty({
    type: Object,
    nullable: true,
    additionalProperties: true,
    description: 'address, subject, text and its languages; null after an erasure',
  })
  content!: object | null;
}

class MessageListing {
  @ApiProperty({ type: [Message], description: 'first queued first' }) items!: readonly Message[];
  @ApiProperty({ type: String, nullable: true, description: '`cursor` of the next page; null on the last' }) next!: string | null;
}

export class AskMessages extends Asked<Page<Message>> {
  constructor(readonly question: { readonly after?: Place; readonly limit: number }) {
    super();
  }
}

@QueryHandler(AskMessages)
export class AskMessagesHandler implements IQueryHandler<AskMessages> {
  constructor(
    private readonly readSide: ReadSide,
    @Inject(KEY_VAULT) private readonly vault: KeyVault,
  ) {}

  async execute({ question }: AskMessages): Promise<Page<Message>> {
    const page = await this.readSide.current(outbox, (db) => pageFrom(() => outgoingMessages(db, question)));
    return { ...page, rows: await Promise.all(page.rows.map((row) => opened(this.vault, row))) };
  }
}

/** For whoever looks at a sandbox: the last ones first. */
export class AskLatestMessages extends Asked<readonly Message[]> {
  constructor(readonly question: { readonly limit: number }) {
    super();
  }
}

@QueryHandler(AskLatestMessages)
export class AskLatestMessagesHandler implements IQueryHandler<AskLatestMessages> {
  constructor(
    private readonly readSide: ReadSide,
    @Inject(KEY_VAULT) private readonly vault: KeyVault,
  ) {}

  async execute({ question }: AskLatestMessages): Promise<readonly Message[]> {
    const rows = await this.readSide.current(outbox, (db) => latestMessages(db, question.limit));
    return Promise.all(rows.map((row) => opened(this.vault, row)));
  }
}

async function opened(vault: KeyVault, message: OutgoingMessage): Promise<Message> {
  const { messageId, kind, leadId, subject, sealed, at, status } = message;
  return { messageId, kind, disclosureId: leadId, queuedAt: at, status, content: (await vault.open(subject, sealed)) ?? null };
}

/** For the bank's message system alone: it sees address and text in clear, because it is the one that delivers them. */
@ApiTags('bank systems')
@Roles('bank-messages')
@Controller('v1/messages')
export class BankMessagesController {
  constructor(private readonly bus: QueryBus) {}

  @Get()
  @ApiOperation({ summary: 'Messages to customers and applicants' })
  @ApiOkResponse({ type: MessageListing })
  @ProblemResponses('READ_MODEL_BEHIND')
  async list(@Query() { limit, cursor }: ListQuery): Promise<MessageListing> {
    const { rows, next } = await this.bus.execute(new AskMessages({ limit, ...placeAt(cursor) }));
    return { items: rows, next: cursorOf(next) };
  }
}
