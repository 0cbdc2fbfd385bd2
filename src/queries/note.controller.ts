import { Controller, Get, Inject, Param } from '@nestjs/common';
import { ApiOkResponse, ApiOperation, ApiParam, ApiProperty, ApiTags } from '@nestjs/swagger';
import { EVENT_STORE, type EventStore } from '../event-sourcing/event-store.js';
import type { Cause, Recorded, RecordedEvent } from '../event-sourcing/message.js';
import { Upcasters } from '../event-sourcing/upcasters.js';
import { CurrentCause } from '../http/cause.js';
import { Problem } from '../http/problem.js';
import { ProblemResponses } from '../http/problem-responses.js';
import { type AuthenticatedClient, CurrentClient, Roles } from '../modules/access/roles.js';
import { placeOfNote } from '../projections/note-id.js';
import { type ReasonedEvent, REASONS } from '../stored-events.reasons.js';
import { NoteReader } from './note-reader.js';

class Note {
  @ApiProperty({ example: 'owner-harbour-holding@17' }) noteId!: string;
  @ApiProperty({ enum: Object.keys(REASONS), example: 'PartnerSuspended', description: 'what was done' }) type!: string;
  @ApiProperty({ example: 'leaked-list' }) reason!: string;
  @ApiProperty({
    type: String,
    nullable: true,
    description: "in the bank's own words; null where there are none, and after an erasure of whom it is about",
  })
  note!: string | null;
  @ApiProperty({ format: 'date-time' }) at!: string;
}

/** In clear, for whoever has to judge it: what the bank's people added to a reason. Each reading is on record before. */
@ApiTags('analyst', 'auditor')
@Roles('analyst', 'auditor')
@Controller('v1/notes')
export class NoteController {
  constructor(
    @Inject(EVENT_STORE) private readonly store: EventStore,
    private readonly upcasters: Upcasters,
    private readonly reader: NoteReader,
  ) {}

  @Get(':noteId')
  @ApiOperation({ summary: 'Why the bank did something, with what was added in its own words' })
  @ApiParam({
    name: 'noteId',
    description: "the event's stream and revision: as partners, owners and clients have it, or `subject@revision` of the log",
  })
  @ApiOkResponse({ type: Note })
  @ProblemResponses('NOT_FOUND', 'OUTCOME_UNKNOWN', 'CLOCK_UNTRUSTED')
  async note(@Param('noteId') noteId: string, @CurrentClient() client: AuthenticatedClient, @CurrentCause() cause: Cause): Promise<Note> {
    const event = await this.find(noteId);
    if (event === undefined) throw new Problem('NOT_FOUND');
    const note = await this.reader.read(event, client, cause);
    return { noteId, type: event.type, reason: event.data.reason, note, at: event.data.at };
  }

  /** Only what the bank did for a reason: other events seal what is none of a reader's business. */
  private async find(noteId: string): Promise<(RecordedEvent & Recorded<ReasonedEvent>) | undefined> {
    const place = placeOfNote(noteId);
    if (place === undefined) return undefined;
    const [stored] = await this.store.readStream(place.stream, { from: place.revision, limit: 1 });
    if (stored === undefined || !Object.hasOwn(REASONS, stored.type)) return undefined;
    return this.upcasters.read(stored) as RecordedEvent & Recorded<ReasonedEvent>;
  }
}
