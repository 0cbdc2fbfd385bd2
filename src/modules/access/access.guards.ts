import { type CanActivate, type ExecutionContext, Injectable } from '@nestjs/common';
import { Reflector } from '@nestjs/core';
import { AuthGuard } from '@nestjs/passport';
import type { FastifyReply, FastifyRequest } from 'fastify';
import { CommandHandling } from '../../event-sourcing/handle-command.js';
import type { RequestFacts } from '../../http/cause.js';
import { Problem } from '../../http/problem.js';
import { CurrentOwner } from '../owners/current-owner.js';
import { AccessTokenStrategy, type ProvenRequest } from './access-token.strategy.js';
import type { Role } from './role.js';
import { type AuthenticatedClient, PUBLIC_KEY, ROLES_KEY } from './roles.js';
import { type Level, Throttles } from './throttles.js';

/** What a route says about itself. A route's own word goes before its controller's. */
@Injectable()
export class RouteAccess {
  constructor(private readonly reflector: Reflector) {}

  of(handler: object, controller: object): readonly Role[] | 'public' | undefined {
    for (const target of [handler, controller] as never[]) {
      if (this.reflector.get<boolean | undefined>(PUBLIC_KEY, target)) return 'public';
      const roles = this.reflector.get<readonly Role[] | undefined>(ROLES_KEY, target);
      if (roles !== undefined) return roles;
    }
    return undefined;
  }
}

/** Who is asking? Nobody in particular, on a public route. */
@Injectable()
export class AuthenticationGuard extends AuthGuard() {
  constructor(
    private readonly access: RouteAccess,
    private readonly strategy: AccessTokenStrategy,
  ) {
    super({ defaultStrategy: strategy.registeredAs, session: false });
  }

  override canActivate(context: ExecutionContext): boolean | Promise<boolean> {
    if (this.access.of(context.getHandler(), context.getClass()) === 'public') return true;
    const request = context.switchToHttp().getRequest<FastifyRequest & RequestFacts>();
    const known = this.strategy.known(request);
    if (known !== undefined) {
      request.user = known;
      return true;
    }
    return this.verified(context);
  }

  private async verified(context: ExecutionContext): Promise<boolean> {
    const http = context.switchToHttp();
    const isKnown = await (super.canActivate(context) as Promise<boolean>);
    const { proven } = http.getRequest<ProvenRequest>();
    // It follows from the time alone, so that it tells nothing of whatever else is answered.
    const freshNonce = proven?.proof?.freshNonce;
    if (freshNonce !== undefined) void http.getResponse<FastifyReply>().header('dpop-nonce', freshNonce);
    return isKnown;
  }
}

/** May this role? Deny by default: a route that says nothing answers nobody (R31). */
@Injectable()
export class RolesGuard implements CanActivate {
  constructor(private readonly access: RouteAccess) {}

  canActivate(context: ExecutionContext): boolean {
    const allowed = this.access.of(context.getHandler(), context.getClass());
    if (allowed === 'public') return true;
    const { user } = context.switchToHttp().getRequest<RequestFacts>();
    if (user === undefined || allowed === undefined || !allowed.includes(user.role)) throw new Problem('FORBIDDEN');
    return true;
  }
}

/** What an agent may be called, which a request says before anybody has looked at it. */
const AGENT = /^[A-Za-z0-9._-]{1,60}$/;

/**
 * How fast? Each client for itself; those of partners also their agent, partner and owner, and all of them together, so that a
 * flood of partners never keeps the bank's own people out. Nothing is looked up: the counts say nothing of who exists.
 */
@Injectable()
export class ThrottleGuard implements CanActivate {
  private readonly owners: CurrentOwner;

  constructor(
    private readonly throttles: Throttles,
    commands: CommandHandling,
  ) {
    this.owners = new CurrentOwner(commands);
  }

  async canActivate(context: ExecutionContext): Promise<boolean> {
    const { user, body } = context.switchToHttp().getRequest<FastifyRequest & RequestFacts>();
    if (user === undefined) return true;
    const retryAfterMs = await this.throttles.count({ client: user.clientId, ...this.ofPartner(user, body) });
    if (retryAfterMs !== undefined) throw new Problem('TOO_MANY_REQUESTS', { retryAfter: retryAfterMs / 1000 });
    return true;
  }

  private ofPartner({ partnerId: partner, ownerId }: AuthenticatedClient, body: unknown): Partial<Record<Level, string>> {
    if (partner === undefined || ownerId === undefined) return {};
    const { agent } = (body ?? {}) as { agent?: unknown };
    return {
      ...(typeof agent === 'string' && AGENT.test(agent) && { agent: `${partner} ${agent}` }),
      partner,
      owner: this.owners.lastKnown(partner, ownerId),
      all: 'partners',
    };
  }
}

/** Does the proof of possession come for the first time? Asked last, for it is remembered: a request that is refused before stores nothing. */
@Injectable()
export class ProofGuard implements CanActivate {
  canActivate(context: ExecutionContext): boolean | Promise<boolean> {
    const { proof } = context.switchToHttp().getRequest<ProvenRequest>().proven ?? {};
    return proof === undefined || proof.take().then(() => true);
  }
}
