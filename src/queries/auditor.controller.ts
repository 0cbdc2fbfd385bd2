import { Readable } from 'node:stream';
import { Controller, Get, Inject, Param, Query, Req, Res } from '@nestjs/common';
import { CommandBus } from '@nestjs/cqrs';
import { ApiOkResponse, ApiOperation, ApiTags } from '@nestjs/swagger';
import type { FastifyReply, FastifyRequest } from 'fastify';
import type { Logger } from 'pino';
import { BEFORE_FIRST, EVENT_STORE, type EventStore } from '../event-sourcing/event-store.js';
import type { Cause, RecordedEvent } from '../event-sourcing/message.js';
import { CurrentCause } from '../http/cause.js';
import { LIMITS } from '../http/limits.js';
import { Problem } from '../http/problem.js';
import { ProblemResponses } from '../http/problem-responses.js';
import { type AuthenticatedClient, CurrentClient, Roles } from '../modules/access/roles.js';
import { RecordEvidenceRead } from '../modules/audit/evidence.commands.js';
import type { EvidenceAsked } from '../modules/audit/evidence.events.js';
import { LOGGER } from '../observability/logger.js';
import { eventsOfLog, eventsOfStream, lines, type LogExcerpt } from './evidence-lines.js';
import { FilterText, instant, Moment, Names, WholeNumber } from './query-members.js';
import { negotiate } from './table.js';

const NDJSON = 'application/x-ndjson';

class EventsQuery {
  @WholeNumber({ min: 0, max: Number.MAX_SAFE_INTEGER, description: 'start after this position; the beginning of the log unless given' })
  after?: number;
  @WholeNumber({ min: 1, max: Number.MAX_SAFE_INTEGER, description: 'events, at most; all unless given' }) limit?: number;
  @Names('only events of these types; with commas between them', 'LeadAdmitted,MembershipAnswered') types?: string[];
  @FilterText('only events that name this partner', 'harbour-loans') partner?: string;
  @Moment('recorded at or after it') from?: string;
  @Moment('recorded before it') to?: string;
}

class StreamQuery {
  @WholeNumber({ min: 0, max: Number.MAX_SAFE_INTEGER, description: 'first revision' }) from?: number;
  @WholeNumber({ min: 1, max: Number.MAX_SAFE_INTEGER, description: 'events, at most; all unless given' }) limit?: number;
}

const EVENTS = {
  description: 'CloudEvents 1.0, one a line, up to the end that the log had when the request came',
  content: {
    [NDJSON]: {
      schema: { type: 'string' },
      example:
        '{"specversion":"1.0","id":"…","source":"urn:vestibule:log","type":"LeadOpened","subject":"lead-…","position":"17","data":{}}\n',
    },
  },
};

/** Every event, as it is stored. Each reading is on record before its first byte leaves. */
@ApiTags('auditor')
@Roles('auditor')
@Controller('v1/audit')
export class AuditorController {
  constructor(
    @Inject(EVENT_STORE) private readonly store: EventStore,
    @Inject(LOGGER) private readonly logger: Logger,
    private readonly bus: CommandBus,
  ) {}

  @Get('events')
  @ApiOperation({ summary: 'The log, or what is asked for of it' })
  @ApiOkResponse(EVENTS)
  @ProblemResponses('NOT_ACCEPTABLE', 'OUTCOME_UNKNOWN', 'CLOCK_UNTRUSTED')
  async events(
    @Query() query: EventsQuery,
    @CurrentClient() client: AuthenticatedClient,
    @CurrentCause() cause: Cause,
    @Req() request: FastifyRequest,
    @Res() reply: FastifyReply,
  ): Promise<void> {
    const { after, limit, types, partner } = query;
    const [from, to] = [instant(query.from), instant(query.to)];
    const filters = {
      ...(types && { types }),
      ...(partner !== undefined && { partner }),
      ...(from !== undefined && { from }),
      ...(to !== undefined && { to }),
    };
    const asked = { of: 'log', ...(after !== undefined && { after }), ...(limit !== undefined && { limit }), ...filters } as const;
    negotiate(request, [NDJSON]);
    const until = await this.record(client, asked, cause);
    const excerpt: LogExcerpt = { after: after ?? BEFORE_FIRST, until, limit: limit ?? Infinity, ...filters };
    await this.send(request, reply, eventsOfLog(this.store, excerpt, rearm(request)));
  }

  @Get('streams/:stream')
  @ApiOperation({ summary: 'A stream' })
  @ApiOkResponse(EVENTS)
  @ProblemResponses('NOT_FOUND', 'NOT_ACCEPTABLE', 'OUTCOME_UNKNOWN', 'CLOCK_UNTRUSTED')
  async stream(
    @Param('stream') stream: string,
    @Query() { from = 0, limit }: StreamQuery,
    @CurrentClient() client: AuthenticatedClient,
    @CurrentCause() cause: Cause,
    @Req() request: FastifyRequest,
    @Res() reply: FastifyReply,
  ): Promise<void> {
    negotiate(request, [NDJSON]);
    // What does not exist is no evidence; and its name, which anybody may make up, does not go on record.
    if ((await this.store.readStream(stream, { limit: 1 })).length === 0) throw new Problem('NOT_FOUND');
    const asked = { of: 'stream', stream, ...(from > 0 && { revision: from }), ...(limit !== undefined && { limit }) } as const;
    const until = await this.record(client, asked, cause);
    await this.send(request, reply, eventsOfStream(this.store, { stream, from, until, limit: limit ?? Infinity }, rearm(request)));
  }

  /** @returns position of the log's end, up to which the reading goes: not to its own record and beyond */
  private async record({ clientId }: AuthenticatedClient, what: EvidenceAsked, cause: Cause): Promise<number> {
    const until = await this.store.end();
    await this.bus.execute(new RecordEvidenceRead({ by: clientId, what, until }, cause));
    return until;
  }

  /** Reads on only as the client takes; the first page before the status, so that a store that cannot be read is a 503. */
  private async send(request: FastifyRequest, reply: FastifyReply, events: AsyncGenerator<RecordedEvent>): Promise<void> {
    const first = await events.next();
    const stream = Readable.from(lines(resumed(first, events)), { objectMode: false });
    stream.on('error', (err) => this.logger.error({ err, correlationId: request.id }, 'evidence was cut off'));
    await reply.header('content-type', NDJSON).send(stream);
  }
}

async function* resumed(first: IteratorResult<RecordedEvent>, rest: AsyncGenerator<RecordedEvent>): AsyncGenerator<RecordedEvent> {
  if (first.done) return;
  yield first.value;
  yield* rest;
}

/** A long search sends nothing for a while: the connection is not idle as long as pages are read for it. */
function rearm({ raw }: FastifyRequest): () => void {
  return () => void raw.socket.setTimeout(LIMITS.idleTimeout);
}
