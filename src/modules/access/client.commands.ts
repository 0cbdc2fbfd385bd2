import type { Cause } from '../../event-sourcing/message.js';
import type { GivenReason } from '../persons/reason.js';
import type { CompromiseReason, DisablementReason } from './client.events.js';
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
    readonly data: { readonly clientId: string; readonly keys: readonly ClientKey[]; /** By the client itself. */ readonly own?: true },
    readonly cause: Cause,
  ) {}
}

export class RevokeClientKey {
  readonly type = 'RevokeClientKey';
  constructor(
    readonly data: { readonly clientId: string; readonly kid: string; /** By the client itself. */ readonly own?: true },
    readonly cause: Cause,
  ) {}
}

/** `thumbprint`: `x5t#S256`. */
export class RegisterClientCertificate {
  readonly type = 'RegisterClientCertificate';
  constructor(
    readonly data: { readonly clientId: string; readonly thumbprint: string },
    readonly cause: Cause,
  ) {}
}

export class RevokeClientCertificate {
  readonly type = 'RevokeClientCertificate';
  constructor(
    readonly data: { readonly clientId: string; readonly thumbprint: string },
    readonly cause: Cause,
  ) {}
}

/** `hash`: keyed, of the secret. */
export class RegisterClientSecret {
  readonly type = 'RegisterClientSecret';
  constructor(
    readonly data: { readonly clientId: string; readonly hash: string },
    readonly cause: Cause,
  ) {}
}

export class RevokeClientSecret {
  readonly type = 'RevokeClientSecret';
  constructor(
    readonly data: { readonly clientId: string },
    readonly cause: Cause,
  ) {}
}

/** Somebody else may have what the client signs with: all of it is revoked, and `keys` take its place. */
export class DeclareCompromise {
  readonly type = 'DeclareCompromise';
  constructor(
    readonly data: {
      readonly clientId: string;
      /** ISO 8601. */
      readonly since: string;
      readonly keys: readonly ClientKey[];
      readonly reason: CompromiseReason;
    },
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
