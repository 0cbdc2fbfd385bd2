import type { CallHandler, ExecutionContext, NestInterceptor, Type } from '@nestjs/common';
import { Reflector } from '@nestjs/core';
import type { FastifyReply, FastifyRequest } from 'fastify';
import { lastValueFrom, from, type Observable } from 'rxjs';
import { causeOf, type RequestFacts } from '../../src/http/cause.js';
import { problemOf, sendProblem } from '../../src/http/problem.filter.js';
import type { AuthenticatedClient } from '../../src/modules/access/roles.js';
import { BankController } from '../../src/modules/customers/bank.controller.js';
import { CustomerController } from '../../src/modules/customers/customer.controller.js';
import { GateController } from '../../src/modules/gate/gate.controller.js';
import { ConsentController } from '../../src/modules/consent/consent.controller.js';
import { LeadController } from '../../src/modules/leads/lead.controller.js';
import { AgreementController } from '../../src/modules/owners/agreement.controller.js';
import { OwnerController } from '../../src/modules/owners/owner.controller.js';
import { RegistryController } from '../../src/modules/registry/registry.controller.js';

/** A request as it comes in: after the token, and after its members were found to be in shape. */
export interface Ask {
  readonly id: string;
  readonly route: RouteName;
  readonly client: AuthenticatedClient;
  readonly key: string;
  readonly body: object;
  /** Of the path. */
  readonly of?: string;
}

export interface Reply {
  readonly status: number;
  /** JSON. */
  readonly body: string;
}

type Args = (ask: Ask, request: FastifyRequest & RequestFacts, reply: FastifyReply) => unknown[];
interface Route {
  readonly controller: Type;
  readonly method: string;
  readonly path: string;
  readonly args: Args;
}

const route = (controller: Type, method: string, path: string, args: Args): Route => ({ controller, method, path, args });
const byPartner: Args = ({ body, client }, request, reply) => [body, client, causeOf(request), reply];
const plain: Args = ({ body }, request) => [body, causeOf(request)];
const onThing: Args = ({ of, body }, request) => [of, body, causeOf(request)];

/** The routes that the simulation's clients know, with what Nest would hand to each. */
export const ROUTES = {
  open: route(LeadController, 'open', 'v1/leads', byPartner),
  check: route(LeadController, 'check', 'v1/membership-checks', byPartner),
  withdraw: route(LeadController, 'withdraw', 'v1/leads/:leadId/withdrawal', ({ of, body, client }, request) => [
    of,
    body,
    client,
    causeOf(request),
  ]),
  askConsent: route(ConsentController, 'ask', 'v1/leads/:leadId/consent', ({ of, body, client }, request) => [
    of,
    body,
    client,
    causeOf(request),
  ]),
  create: route(CustomerController, 'create', 'v1/customers', byPartner),
  confirm: route(BankController, 'confirm', 'v1/customers/:customerId/confirmation', onThing),
  revoke: route(BankController, 'revoke', 'v1/customers/:customerId/revocation', onThing),
  acknowledge: route(BankController, 'acknowledge', 'v1/disclosures/:disclosureId/acknowledgement', ({ of }, request) => [
    of,
    causeOf(request),
  ]),
  lock: route(RegistryController, 'lock', 'v1/locks', plain),
  registerOwner: route(OwnerController, 'register', 'v1/owners', plain),
  setTerms: route(OwnerController, 'setTerms', 'v1/owners/:ownerId/terms', onThing),
  grant: route(OwnerController, 'grant', 'v1/owners/:ownerId/grants', onThing),
  revokeGrant: route(OwnerController, 'revokeGrant', 'v1/owners/:ownerId/grant-revocations', onThing),
  adoptPolicy: route(OwnerController, 'adoptPolicy', 'v1/policy', plain),
  suspend: route(OwnerController, 'suspend', 'v1/partners/:partnerId/suspension', onThing),
  reinstate: route(OwnerController, 'reinstate', 'v1/partners/:partnerId/reinstatement', onThing),
  registerPartner: route(OwnerController, 'registerPartner', 'v1/partners', plain),
  registerAgent: route(OwnerController, 'registerAgent', 'v1/partners/:partnerId/agents', onThing),
  offer: route(OwnerController, 'offer', 'v1/partners/:partnerId/agreements', onThing),
  sign: route(AgreementController, 'sign', 'v1/agreement/signature', ({ body, client }, request) => [body, client, causeOf(request)]),
  halt: route(GateController, 'halt', 'v1/gate/halt', plain),
  reopen: route(GateController, 'reopen', 'v1/gate/reopening', plain),
  trust: route(GateController, 'trust', 'v1/clock/trust', plain),
} as const satisfies Readonly<Record<string, Route>>;
export type RouteName = keyof typeof ROUTES;

/** What Nest finds at a controller or one of its methods. */
const NEST = { guards: '__guards__', interceptors: '__interceptors__', filters: '__exceptionFilters__', status: '__httpCode__' } as const;
const CREATED = 201;

interface Guard {
  canActivate(context: ExecutionContext): boolean | Promise<boolean>;
}
interface Filter {
  catch(error: unknown, host: ExecutionContext): unknown;
}

/**
 * What stands between the wire and a handler, in Nest's order and by Nest's own metadata, with the real guards, interceptors,
 * controllers and filters; only the server is left out.
 */
export class FrontDoor {
  private readonly reflector = new Reflector();

  /**
   * @param instances of the controllers and of what their decorators name, by class
   * @param onError told of every error before the filters
   */
  constructor(
    private readonly instances: ReadonlyMap<unknown, object>,
    private readonly everywhere: NestInterceptor,
    private readonly onError: (ask: Ask, code: string) => void,
  ) {}

  async answer(ask: Ask): Promise<Reply> {
    const { controller, method, path, args }: Route = ROUTES[ask.route];
    const handler = (controller.prototype as Record<string, (...args: unknown[]) => Promise<unknown>>)[method]!;
    const request = requestOf(ask, path);
    const reply = new ReplyInHand(this.reflector.get<number | undefined>(NEST.status, handler) ?? CREATED, request);
    const context = contextOf(controller, handler, request, reply);
    const wired = <Wired>(kind: string): Wired[] =>
      [controller, handler]
        .flatMap((at) => this.reflector.get<unknown[] | undefined>(kind, at as never) ?? [])
        .map((by) => this.instance(by));
    try {
      for (const guard of wired<Guard>(NEST.guards)) await guard.canActivate(context);
      const work: CallHandler = {
        handle: () => from(handler.apply(this.instance(controller), args(ask, request, reply as unknown as FastifyReply))),
      };
      const body = await lastValueFrom(await through(context, [this.everywhere, ...wired<NestInterceptor>(NEST.interceptors)], work));
      return { status: reply.code, body: JSON.stringify(body) };
    } catch (error) {
      this.onError(ask, problemOf(error).code);
      const [filter] = wired<Filter>(NEST.filters);
      if (filter === undefined) sendProblem(reply as unknown as FastifyReply, problemOf(error));
      // oxlint-disable-next-line promise/valid-params -- a filter's method, not a promise's
      else await filter.catch(error, context);
      return { status: reply.code, body: reply.text };
    }
  }

  private instance<Instance>(of: unknown): Instance {
    const found = this.instances.get(of);
    if (found === undefined) throw new Error(`nobody made a ${(of as Type).name}`);
    return found as Instance;
  }
}

async function through(
  context: ExecutionContext,
  interceptors: readonly NestInterceptor[],
  work: CallHandler,
): Promise<Observable<unknown>> {
  const [first, ...rest] = interceptors;
  if (first === undefined) return work.handle();
  const next: CallHandler = { handle: () => from(through(context, rest, work).then((result) => lastValueFrom(result))) };
  return first.intercept(context, next);
}

function requestOf({ id, client, key, body, of }: Ask, path: string): FastifyRequest & RequestFacts {
  const request = {
    id,
    method: 'POST',
    url: `/${path.replace(/:\w+/, of ?? '')}`,
    headers: { 'idempotency-key': key },
    user: client,
    body,
    routeOptions: { url: `/${path}`, config: {} },
    log: { error: () => {} },
  };
  return request as unknown as FastifyRequest & RequestFacts;
}

function contextOf(controller: Type, handler: object, request: object, reply: ReplyInHand): ExecutionContext {
  const http = { getRequest: () => request, getResponse: () => reply };
  return { switchToHttp: () => http, getHandler: () => handler, getClass: () => controller } as unknown as ExecutionContext;
}

/** As much of a Fastify reply as is asked of one. */
class ReplyInHand {
  text = '';
  sent = false;

  constructor(
    public code: number,
    readonly request: { readonly url: string },
  ) {}

  status(code: number): this {
    this.code = code;
    return this;
  }

  send(text: string): this {
    this.text = text;
    this.sent = true;
    return this;
  }

  header(): this {
    return this;
  }

  headers(): this {
    return this;
  }

  removeHeader(): this {
    return this;
  }

  serializer(): this {
    return this;
  }
}
