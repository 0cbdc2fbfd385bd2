import { Controller, Inject, Query, Req, Res } from '@nestjs/common';
import { type IQueryHandler, Query as Question, QueryBus, QueryHandler } from '@nestjs/cqrs';
import { ApiProperty, ApiTags } from '@nestjs/swagger';
import type { FastifyReply, FastifyRequest } from 'fastify';
import { CLOCK, type Clock, shownBy } from '../event-sourcing/clock.js';
import { Roles } from '../modules/access/roles.js';
import { CANARY_KINDS, type CanaryKind } from '../modules/canaries/canary.events.js';
import {
  canaries,
  canariesByKind,
  type CanariesOfKind,
  type CanaryHit,
  canaryHits,
  type CanaryHitsQuestion,
} from '../projections/canaries.js';
import type { Page } from '../projections/page.js';
import { ListingResponse } from './analyst.responses.js';
import { pageFrom, placeAt } from './cursor.js';
import { AnalystListQuery, FilterText, instant, Moment, OneOf } from './query-members.js';
import { type AsOf, ReadSide } from './read-side.js';
import { sendTable } from './table.js';
import { Table } from './table-route.js';

/** There is none by person: whether somebody is a canary is answered to nobody. */
class CanariesQuery extends AnalystListQuery {
  @FilterText('hits by partners of this owner only', 'harbour-holding') owner?: string;
  @FilterText('hits by this partner only', 'harbour-loans') partner?: string;
  @FilterText('hits by this agent only', 'agent-1') agent?: string;
  @OneOf(CANARY_KINDS, 'hits on this kind only') kind?: CanaryKind;
  @Moment('opened at or after it') from?: string;
  @Moment('opened before it') to?: string;
}

class CanariesOfKindItem {
  @ApiProperty({ enum: CANARY_KINDS }) kind!: CanaryKind;
  @ApiProperty({ description: 'who holds a public register sees this kind, and can leave it out' }) visible!: boolean;
  @ApiProperty({ example: 240, description: 'of whom a lead would be a hit now' }) registered!: number;
  @ApiProperty({ example: 3, description: 'leads that were opened on one, ever' }) hits!: number;
  @ApiProperty({ example: 2, description: 'those that were hit' }) hitCanaries!: number;
}

class CanaryHitItem {
  @ApiProperty({ example: 4711, description: 'of the `LeadAdmitted` that it rests on, in the log' }) position!: number;
  @ApiProperty({ example: 17, description: 'the same for two hits on the same canary: position of the event that registered it' })
  canary!: number;
  @ApiProperty({ enum: CANARY_KINDS, description: 'as it was registered then' }) kind!: CanaryKind;
  @ApiProperty({ description: 'who holds a public register could have left it out' }) visible!: boolean;
  @ApiProperty({ format: 'uuid' }) leadId!: string;
  @ApiProperty() owner!: string;
  @ApiProperty() partner!: string;
  @ApiProperty({ example: 'agent-1' }) agent!: string;
  @ApiProperty({ example: 'onboarding' }) purpose!: string;
  @ApiProperty({ format: 'date-time' }) openedAt!: string;
}

class CanaryListing extends ListingResponse {
  @ApiProperty({ type: [CanariesOfKindItem], description: 'all kinds, over all partners' }) kinds!: readonly CanariesOfKindItem[];
  @ApiProperty({ type: [CanaryHitItem], description: 'hits, the latest first: leads that were opened on a canary while it was one' })
  items!: readonly CanaryHitItem[];
}

interface Canaries extends Page<CanaryHit> {
  readonly kinds: readonly CanariesOfKind[];
}

class AskCanaries extends Question<AsOf<Canaries>> {
  constructor(
    readonly question: CanaryHitsQuestion,
    readonly after?: number,
  ) {
    super();
  }
}

@QueryHandler(AskCanaries)
export class AskCanariesHandler implements IQueryHandler<AskCanaries> {
  constructor(
    private readonly readSide: ReadSide,
    @Inject(CLOCK) private readonly clock: Clock,
  ) {}

  execute({ question, after }: AskCanaries): Promise<AsOf<Canaries>> {
    const now = shownBy(this.clock);
    return this.readSide.asOf(canaries, after, (db) => ({
      ...pageFrom(() => canaryHits(db, question)),
      kinds: canariesByKind(db, now),
    }));
  }
}

const HIT_COLUMNS = ['position', 'canary', 'kind', 'visible', 'leadId', 'owner', 'partner', 'agent', 'purpose', 'openedAt'];

/** How many canaries there are, and which leads were opened on them. Who they are is told to nobody. */
@ApiTags('analyst', 'auditor')
@Roles('analyst', 'auditor')
@Controller('v1')
export class CanariesController {
  constructor(private readonly bus: QueryBus) {}

  @Table('canaries', 'How many canaries there are of each kind, and the leads that were opened on them', CanaryListing)
  async canaries(
    @Query() query: CanariesQuery,
    @Req() request: FastifyRequest,
    @Res({ passthrough: true }) reply: FastifyReply,
  ): Promise<unknown> {
    const { limit, cursor, after, from, to, ...filters } = query;
    const question = { ...filters, from: instant(from), to: instant(to), ...placeAt(cursor), limit };
    const { asOfPosition, answer } = await this.bus.execute(new AskCanaries(question, after));
    const { kinds, ...page } = answer;
    return sendTable(request, reply, { asOfPosition, answer: page }, HIT_COLUMNS, { kinds });
  }
}
