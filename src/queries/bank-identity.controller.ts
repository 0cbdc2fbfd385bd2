import { Controller, Get, Inject, Query } from '@nestjs/common';
import { type IQueryHandler, Query as Asked, QueryBus, QueryHandler } from '@nestjs/cqrs';
import { ApiOkResponse, ApiOperation, ApiProperty, ApiTags } from '@nestjs/swagger';
import { ProblemResponses } from '../http/problem-responses.js';
import { Roles } from '../modules/access/roles.js';
import { streamSubject } from '../modules/persons/person-subject.js';
import { KEY_VAULT, type KeyVault } from '../modules/persons/key-vault.js';
import { type PendingIdentification, identifications, pendingIdentifications } from '../projections/identifications.js';
import { Membership } from '../projections/membership.js';
import type { Page, Place } from '../projections/page.js';
import { cursorOf, pageFrom, placeAt } from './cursor.js';
import { ListQuery } from './query-members.js';
import { ReadSide } from './read-side.js';

class Identification {
  @ApiProperty({ format: 'uuid', description: 'to be named in the confirmation' }) customerId!: string;
  @ApiProperty({ format: 'uuid' }) leadId!: string;
  @ApiProperty({ example: 'harbour-loans' }) partnerId!: string;
  @ApiProperty({ example: 'onboarding' }) purpose!: string;
  @ApiProperty({ format: 'date-time' }) submittedAt!: string;
  @ApiProperty({ format: 'date-time', description: 'the applicant has to act before' }) confirmBy!: string;
  @ApiProperty({
    type: Object,
    nullable: true,
    additionalProperties: true,
    description: 'person, contact and address as submitted; null after an erasure',
  })
  applicant!: object | null;
  @ApiProperty({
    enum: ['none', 'identifier', 'identifier-and-name'],
    description:
      'whether the register knows somebody by this identifier, and by this name and birth date: whom the bank may have to link; a locked customer counts as none',
  })
  register!: 'none' | 'identifier' | 'identifier-and-name';
}

class IdentificationListing {
  @ApiProperty({ type: [Identification], description: 'first submitted first' }) items!: readonly Identification[];
  @ApiProperty({ type: String, nullable: true, description: '`cursor` of the next page; null on the last' }) next!: string | null;
}

export class AskIdentifications extends Asked<Page<Identification>> {
  constructor(readonly question: { readonly after?: Place; readonly limit: number }) {
    super();
  }
}

@QueryHandler(AskIdentifications)
export class AskIdentificationsHandler implements IQueryHandler<AskIdentifications> {
  constructor(
    private readonly readSide: ReadSide,
    @Inject(Membership) private readonly membership: Membership,
    @Inject(KEY_VAULT) private readonly vault: KeyVault,
  ) {}

  async execute({ question }: AskIdentifications): Promise<Page<Identification>> {
    const page = await this.readSide.current(identifications, (db) => pageFrom(() => pendingIdentifications(db, question)));
    return { ...page, rows: await Promise.all(page.rows.map((row) => this.describe(row))) };
  }

  private async describe(pending: PendingIdentification): Promise<Identification> {
    const { customerId, leadId, leadStream, partner, purpose, submittedAt, confirmBy, personKeys, corroborations, sealed } = pending;
    const applicant = await this.vault.open(streamSubject(leadStream), sealed);
    const known = this.membership.lookUpPerson(personKeys).customer;
    const named = this.membership.lookUp(personKeys, corroborations, true).customer;
    return {
      customerId,
      leadId,
      partnerId: partner,
      purpose,
      submittedAt,
      confirmBy,
      applicant: applicant ?? null,
      register: named ? 'identifier-and-name' : known ? 'identifier' : 'none',
    };
  }
}

/** For the bank's identity system alone: it sees who applied, in clear, because it is the one that has to meet them. */
@ApiTags('bank systems')
@Roles('bank-identity')
@Controller('v1/identifications')
export class BankIdentityController {
  constructor(private readonly bus: QueryBus) {}

  @Get()
  @ApiOperation({ summary: 'Applicants whose identity is to be established' })
  @ApiOkResponse({ type: IdentificationListing })
  @ProblemResponses('READ_MODEL_BEHIND')
  async list(@Query() { limit, cursor }: ListQuery): Promise<IdentificationListing> {
    const { rows, next } = await this.bus.execute(new AskIdentifications({ limit, ...placeAt(cursor) }));
    return { items: rows, next: cursorOf(next) };
  }
}
