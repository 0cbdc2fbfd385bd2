import { type CallHandler, type ExecutionContext, Inject, Injectable, type NestInterceptor } from '@nestjs/common';
import { ModuleRef, Reflector } from '@nestjs/core';
import type { FastifyReply, FastifyRequest } from 'fastify';
import { finalize, type Observable, of } from 'rxjs';
import { EVENT_STORE, type EventStore } from '../event-sourcing/event-store.js';
import { type CommandPlace, IdempotencyIndex } from '../event-sourcing/idempotency-index.js';
import type { RecordedEvent } from '../event-sourcing/message.js';
import { Subscriptions } from '../event-sourcing.subscriptions.js';
import type { AuthenticatedClient } from '../modules/access/roles.js';
import type { RequestFacts, RequestHashes } from './cause.js';
import { Problem } from './problem.js';
import { REPLAY_KEY, type ReplayRule } from './replay.js';

/** HMAC in hex under a key that serves one purpose only; injected as `KEYED_HASH`. */
export type KeyedHash = (purpose: string, text: string) => string;
export const KEYED_HASH = Symbol('keyed hash');

const VISIBLE_ASCII = /^[\x21-\x7e]{1,255}$/;

/**
 * `Idempotency-Key` on every JSON POST (R12). Nothing is kept but keyed hashes in the metadata of the command's own events:
 * a repeated request finds these events and is answered from them. That two requests with one key do not run at the same
 * time is a courtesy of this process; safety rests on the deciders, which do nothing the second time (R15).
 */
@Injectable()
export class IdempotencyInterceptor implements NestInterceptor {
  private readonly inFlight = new Set<string>();
  /** The index has all that was written before this process. */
  private complete = false;

  constructor(
    private readonly reflector: Reflector,
    @Inject(KEYED_HASH) private readonly keyedHash: KeyedHash,
    @Inject(EVENT_STORE) private readonly store: EventStore,
    private readonly known: IdempotencyIndex,
    private readonly subscriptions: Subscriptions,
    private readonly modules: ModuleRef,
  ) {}

  async intercept(context: ExecutionContext, next: CallHandler): Promise<Observable<unknown>> {
    const request = context.switchToHttp().getRequest<FastifyRequest & RequestFacts>();
    if (!isKeyed(request)) return next.handle();
    const hashes = this.hashesOf(request);
    request.hashes = hashes;
    // Both before the first await: two requests in one tick must not both pass.
    if (this.inFlight.has(hashes.idempotencyKeyHash)) throw new Problem('COMMAND_IN_FLIGHT', { retryAfter: 1 });
    this.inFlight.add(hashes.idempotencyKeyHash);
    try {
      const replayed = await this.replay(context, hashes, request.user);
      if (replayed === undefined) {
        return next.handle().pipe(finalize(() => this.inFlight.delete(hashes.idempotencyKeyHash)));
      }
      this.inFlight.delete(hashes.idempotencyKeyHash);
      return of(replayed.body);
    } catch (error) {
      this.inFlight.delete(hashes.idempotencyKeyHash);
      throw error;
    }
  }

  private hashesOf(request: FastifyRequest & RequestFacts): RequestHashes {
    const key = request.headers['idempotency-key'];
    if (typeof key !== 'string' || !VISIBLE_ASCII.test(key)) throw new Problem('IDEMPOTENCY_KEY_MISSING');
    const path = request.url.split('?', 1)[0] as string;
    return {
      idempotencyKeyHash: this.keyedHash('idempotency-key', JSON.stringify([request.user?.clientId, key])),
      payloadHash: this.keyedHash('payload', JSON.stringify([request.method, path, canonical(request.body)])),
    };
  }

  private async replay(
    context: ExecutionContext,
    hashes: RequestHashes,
    client: AuthenticatedClient,
  ): Promise<{ body: unknown } | undefined> {
    const found = this.known.find(hashes.idempotencyKeyHash) ?? (await this.findOnceComplete(hashes.idempotencyKeyHash));
    if (found === undefined) return undefined;
    if (found.payloadHash !== hashes.payloadHash) throw new Problem('IDEMPOTENCY_KEY_REUSED');
    const rule = this.reflector.get<ReplayRule | undefined>(REPLAY_KEY, context.getHandler());
    // Without a way to rebuild the answer the command runs again, and its decider has nothing to add.
    if (rule === undefined) return undefined;
    const events = await this.eventsOf(found, hashes.idempotencyKeyHash);
    for (const guard of rule.guards) await this.modules.get(guard, { strict: false }).beforeReplay(events, client);
    repeatCorrelationId(context, events[0]);
    return { body: rule.body(events) };
  }

  /**
   * What the process before this one accepted may not be in the index yet, least of all when it is built anew; a grant that
   * is repeated then would be granted twice.
   */
  private async findOnceComplete(keyHash: string): Promise<CommandPlace | undefined> {
    if (this.complete) return undefined;
    this.complete = await this.subscriptions.whenCaughtUp(this.known.projection.name);
    if (!this.complete) throw new Problem('NOT_READY', { retryAfter: 1 });
    return this.known.find(keyHash);
  }

  /** What one command wrote in one append: consecutive, and all with its key. */
  private async eventsOf({ stream, revision }: CommandPlace, keyHash: string): Promise<readonly RecordedEvent[]> {
    const page = await this.store.readStream(stream, { from: revision, limit: 100 });
    const end = page.findIndex(({ cause }) => cause.idempotencyKeyHash !== keyHash);
    return end === -1 ? page : page.slice(0, end);
  }
}

/** Commands of a known client. Imports say in each line where it belongs, and nobody can repeat what nobody in particular sent. */
const isKeyed = (request: FastifyRequest & RequestFacts): request is FastifyRequest & RequestFacts & { user: AuthenticatedClient } =>
  request.method === 'POST' && request.user !== undefined && !request.routeOptions.config.ndjson;

/** The id that was made for the first response belongs to its bytes; a client that gave one gets its own back. */
function repeatCorrelationId(context: ExecutionContext, first: RecordedEvent | undefined): void {
  const http = context.switchToHttp();
  const given = http.getRequest<FastifyRequest>().headers['x-correlation-id'];
  if (given === undefined && first !== undefined) http.getResponse<FastifyReply>().header('x-correlation-id', first.cause.correlationId);
}

/** The same for any order of members. Numbers are exact (json-body.ts), so nothing else can differ in writing alone. */
function canonical(value: unknown): unknown {
  if (Array.isArray(value)) return value.map(canonical);
  if (typeof value !== 'object' || value === null) return value;
  const members = Object.entries(value).sort(([a], [b]) => (a < b ? -1 : 1));
  return Object.fromEntries(members.map(([name, member]) => [name, canonical(member)]));
}
