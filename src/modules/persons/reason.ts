/** Characters of what somebody of the bank adds to a reason in their own words, at most. */
export const LONGEST_NOTE = 500;

/** Why something was done, as it is given. */
export interface GivenReason<Code extends string> {
  /** Of a closed list, which names nobody. */
  readonly reason: Code;
  /** What somebody adds in their own words: people type names. */
  readonly note?: string | undefined;
}

/** Why something was done, as an event keeps it: the note is sealed before anything is decided (I11). */
export interface KeptReason<Code extends string> {
  readonly reason: Code;
  readonly sealed?: string;
}

/** What an event takes over of the reason that a command brings. */
export function kept<Code extends string>({ reason, sealed }: KeptReason<Code>): KeptReason<Code> {
  return sealed === undefined ? { reason } : { reason, sealed };
}
