import { createParamDecorator, type ExecutionContext, SetMetadata } from '@nestjs/common';
import type { Role } from './role.js';

/** What a request has proved to hold beside its token: a key, or a certificate. */
export type BoundBy = 'dpop' | 'mtls';

/** Who sent the request, as its token and its own stream of events say. */
export interface AuthenticatedClient {
  readonly clientId: string;
  readonly role: Role;
  /** Of a client with the role `partner`. */
  readonly partnerId?: string;
  /** The owner behind that partner. */
  readonly ownerId?: string;
  /** Missing where the token is anybody's who has it. */
  readonly boundBy?: BoundBy;
  /** The request carries a signature of one of the client's keys, which was verified. */
  readonly isSigned?: boolean;
}

export const ROLES_KEY = 'vestibule:roles';
export const PUBLIC_KEY = 'vestibule:public';

/** Clients of any of these roles may call. A route with neither this nor `@Public()` answers nobody. */
export const Roles = (...roles: [Role, ...Role[]]): MethodDecorator & ClassDecorator => SetMetadata(ROLES_KEY, roles);

/** Anybody may call, without a token. */
export const Public = (): MethodDecorator & ClassDecorator => SetMetadata(PUBLIC_KEY, true);

/** The client that the token was issued to; only on routes with `@Roles`. */
export const CurrentClient = createParamDecorator((_: unknown, context: ExecutionContext): AuthenticatedClient => {
  const { user } = context.switchToHttp().getRequest<{ user?: AuthenticatedClient }>();
  if (user === undefined) throw new Error('@CurrentClient() on a route without @Roles()');
  return user;
});
