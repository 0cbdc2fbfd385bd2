import { Inject, Injectable } from '@nestjs/common';
import { CommandBus } from '@nestjs/cqrs';
import { EVENT_STORE, type EventStore } from '../event-sourcing/event-store.js';
import type { Cause, RecordedEvent } from '../event-sourcing/message.js';
import type { AuthenticatedClient } from '../modules/access/roles.js';
import { RecordEvidenceRead } from '../modules/audit/evidence.commands.js';
import type { LeadOpened } from '../modules/leads/lead.events.js';
import { NoteSeal } from '../modules/persons/note-seal.js';
import { personSubject, streamSubject } from '../modules/persons/person-subject.js';
import { eventsOfStream } from './evidence-lines.js';

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
    return sealed === undefined ? null : this.notes.open(await this.subjectOf(event), sealed);
  }

  /** What is said of a lead is about its person. */
  private async subjectOf({ stream, revision, position: until, data }: RecordedEvent): Promise<string> {
    const { leadId } = data as { leadId?: string };
    if (leadId === undefined) return streamSubject(stream);
    for await (const event of eventsOfStream(this.store, { stream, from: 0, until, limit: revision })) {
      const opened = event as unknown as RecordedEvent<LeadOpened>;
      if (opened.type === 'LeadOpened' && opened.data.leadId === leadId) return personSubject(opened.data.personKey);
    }
    throw new Error(`${stream}@${revision} is about a lead that was never opened`);
  }
}
