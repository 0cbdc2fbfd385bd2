import { Controller, Get, Inject, Param, Query } from '@nestjs/common';
import { ApiOkResponse, ApiOperation, ApiProperty, ApiPropertyOptional, ApiTags } from '@nestjs/swagger';
import { EVENT_STORE, type EventStore } from '../event-sourcing/event-store.js';
import { Problem } from '../http/problem.js';
import { ProblemResponses } from '../http/problem-responses.js';
import { COMPROMISE_REASONS } from '../modules/access/client.events.js';
import { CLIENT_ID, clientStream } from '../modules/access/client.js';
import { Roles } from '../modules/access/roles.js';
import { ASKED, compromiseReport, type CompromiseReport } from './compromise-report.js';
import { WholeNumber } from './query-members.js';

class CompromisesQuery {
  @WholeNumber({ min: 0, max: Number.MAX_SAFE_INTEGER, description: 'go on after this position: `next` of the page before' })
  after?: number;
  @WholeNumber({ min: 1, max: 1_000, description: 'what was asked, at most; 100 unless given' }) limit?: number;
}

class Compromise {
  @ApiProperty({ format: 'date-time', description: 'somebody else may have acted as the client from then on' }) since!: string;
  @ApiProperty({ format: 'date-time', description: 'when it was declared, and what it signed with was revoked' }) at!: string;
  @ApiProperty({ enum: COMPROMISE_REASONS }) reason!: string;
  @ApiProperty({ type: [String], description: 'keys that were revoked' }) kids!: readonly string[];
  @ApiProperty() declaredBy!: string;
}

class Asked {
  @ApiProperty({ enum: ASKED })
  what!: string;
  @ApiProperty({ format: 'date-time' }) at!: string;
  @ApiProperty({ description: 'of the log' }) position!: number;
  @ApiPropertyOptional() partner?: string;
  @ApiPropertyOptional() agent?: string;
  @ApiPropertyOptional({ format: 'uuid' }) leadId?: string;
  @ApiPropertyOptional({ description: 'of a key that was registered or revoked' }) kid?: string;
}

class CompromisesResponse {
  @ApiProperty({ type: [Compromise], description: 'in the order in which they were declared' }) compromises!: readonly Compromise[];
  @ApiProperty({ type: [Asked], description: 'under its name since the earliest of them, in the order of the log' })
  asked!: readonly Asked[];
  @ApiProperty({ type: Number, nullable: true, description: '`after` of the next page; null on the last' }) next!: number | null;
}

/** What somebody who had a client's key may have asked, for an analyst to look at. */
@ApiTags('analyst')
@Roles('analyst')
@Controller('v1/clients')
export class CompromiseController {
  constructor(@Inject(EVENT_STORE) private readonly store: EventStore) {}

  @Get(':clientId/compromises')
  @ApiOperation({ summary: 'Compromises of a client, and what was asked under its name since' })
  @ApiOkResponse({ type: CompromisesResponse })
  @ProblemResponses('NOT_FOUND')
  async list(@Param('clientId') id: string, @Query() { after, limit = 100 }: CompromisesQuery): Promise<CompromiseReport> {
    const found = CLIENT_ID.test(id) ? await compromiseReport(this.store, clientStream(id), { after, limit }) : undefined;
    if (found === undefined) throw new Problem('NOT_FOUND');
    const compromises = found.compromises.map(({ since, at, reason, kids, declaredBy }) => ({ since, at, reason, kids, declaredBy }));
    return { ...found, compromises };
  }
}
