import type { Fact } from '../../event-sourcing/message.js';

/** Which keys this log is written with, by values that follow from them and betray nothing of them. */
export type KeysIntroduced = Fact<'KeysIntroduced', { keyring: string; wrappingKey: string }>;
