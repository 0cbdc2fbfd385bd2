import type { Fact } from '../../event-sourcing/message.js';

/**
 * A subject has a data key: `wrapped` under the wrapping key that `under` tells apart from others, without being a secret. It is
 * worth nothing without that.
 */
export type DataKeyMade = Fact<'DataKeyMade', { wrapped: string; under: string }>;
/** What was sealed under the key is erased: nobody opens anything with it any more. */
export type DataKeyDestroyed = Fact<'DataKeyDestroyed', { at: string }>;

export type WrappedKeyEvent = DataKeyMade | DataKeyDestroyed;
