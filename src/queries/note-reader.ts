import { Inject, Injectable } from '@nestjs/common';
import { CommandBus } from '@nestjs/cqrs';
import { EVENT_STORE, type EventStore } from '../event-sourcing/event-store.js';
import type { Cause, RecordedEvent } from '../event-sourcing/message.js';
import type { AuthenticatedClient } from '../modules/access/roles.js';
import { RecordEvidenceRead } from '../modules/audit/evidence.commands.js';
import { NoteSeal } from '../modules/persons/note-seal.js';
import { streamSubject } from '../modules/persons/person-subject.js';

/** Opens the notes that events keep sealed, each once it is on record who reads it. */
@Injectable()
export class NoteReader {
  constructor(
    @Inject(EVENT_STORE) private readonly store: EventStore,
    private readonly notes: NoteSeal,
    private readonly bus: CommandBus,
  ) {}

  /** @returns null where the event has no note, and after an erasure of whom it is about */
  async read(event: RecordedEvent, { clientId: by }: AuthenticatedClient, cause: Cause): Promise<string | null> {
    const { stream, revision, data } = event;
    const until = await this.store.end();
    await this.bus.execute(new RecordEvidenceRead({ by, what: { of: 'note', stream, revision }, until }, cause));
    const { sealed } = data as { sealed?: string };
    return sealed === undefined ? null : this.notes.open(streamSubject(stream), sealed);
  }
}
