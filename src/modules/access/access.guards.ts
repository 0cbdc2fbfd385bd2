import { type CanActivate, type ExecutionContext, Inject, Injectable } from '@nestjs/common';
import { Reflector } from '@nestjs/core';
import { AuthGuard } from '@nestjs/passport';
import type { FastifyReply, FastifyRequest } from 'fastify';
import { BurstyRateLimiter, RateLimiterMemory, RateLimiterRes } from 'rate-limiter-flexible';
import { CONFIG, type Config } from '../../config.js';
import type { RequestFacts } from '../../http/cause.js';
import { Problem } from '../../http/problem.js';
import { AccessTokenStrategy, type ProvenRequest } from './access-token.strategy.js';
import type { Role } from './role.js';
import { PUBLIC_KEY, ROLES_KEY } from './roles.js';

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
    if (proven?.freshNonce !== undefined) void http.getResponse<FastifyReply>().header('dpop-nonce', proven.freshNonce);
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

/** Seconds' worth of requests that a client may send at once. */
const BURST_SECONDS = 5;

/** How fast? Technical, per client and process; what a partner may learn is bounded by its owner's allowance, not here. */
@Injectable()
export class ThrottleGuard implements CanActivate {
  private readonly limiter: BurstyRateLimiter;

  constructor(@Inject(CONFIG) { requestsPerSecond }: Config) {
    this.limiter = new BurstyRateLimiter(
      new RateLimiterMemory({ keyPrefix: 'steady', points: requestsPerSecond, duration: 1 }),
      new RateLimiterMemory({ keyPrefix: 'burst', points: BURST_SECONDS * requestsPerSecond, duration: 2 * BURST_SECONDS }),
    );
  }

  async canActivate(context: ExecutionContext): Promise<boolean> {
    const { user } = context.switchToHttp().getRequest<FastifyRequest & RequestFacts>();
    if (user === undefined) return true;
    try {
      await this.limiter.consume(user.clientId);
      return true;
    } catch (refusal) {
      if (!(refusal instanceof RateLimiterRes)) throw refusal;
      throw new Problem('TOO_MANY_REQUESTS', { retryAfter: refusal.msBeforeNext / 1000 });
    }
  }
}
