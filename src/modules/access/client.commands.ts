import type { Cause } from '../../event-sourcing/message.js';
import type { GivenReason } from '../persons/reason.js';
import type { DisablementReason } from './client.events.js';
import type { ClientIdentity, ClientKey } from './client.js';

/** Commands on the bus. Times are added where the command is handled. */
export class RegisterClient {
  readonly type = 'RegisterClient';
  constructor(
    readonly data: ClientIdentity,
    readonly cause: Cause,
  ) {}
}

export class RegisterClientKeys {
  readonly type = 'RegisterClientKeys';
  constructor(
    readonly data: { readonly clientId: string; readonly keys: readonly ClientKey[] },
    readonly cause: Cause,
  ) {}
}

export class RevokeClientKey {
  readonly type = 'RevokeClientKey';
  constructor(
    readonly data: { readonly clientId: string; readonly kid: string },
    readonly cause: Cause,
  ) {}
}

export class DisableClient {
  readonly type = 'DisableClient';
  constructor(
    readonly data: { readonly clientId: string } & GivenReason<DisablementReason>,
    readonly cause: Cause,
  ) {}
}
