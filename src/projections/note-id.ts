/** Of an event in the log. */
export interface Place {
  readonly stream: string;
  readonly revision: number;
}

const NOTE_ID = /^([A-Za-z0-9_-]{1,200})@(0|[1-9]\d{0,14})$/;

/** Where the note of an event is asked for, `owner-harbour-holding@17`; null where it has none. */
export function noteIdOf({ stream, revision, data }: Place & { readonly data: { sealed?: string } }): string | null {
  return data.sealed === undefined ? null : `${stream}@${revision}`;
}

/** @returns `undefined` for what cannot be one */
export function placeOfNote(noteId: string): Place | undefined {
  const [, stream, revision] = NOTE_ID.exec(noteId) ?? [];
  return stream === undefined ? undefined : { stream, revision: Number(revision) };
}
