import { RequestMethod } from '@nestjs/common';
import { GUARDS_METADATA, METHOD_METADATA, PATH_METADATA } from '@nestjs/common/constants.js';
import { DiscoveryService, MetadataScanner, Reflector } from '@nestjs/core';
import type { NestFastifyApplication } from '@nestjs/platform-fastify';
import { FASTIFY_ROUTE_CONFIG_METADATA } from '@nestjs/platform-fastify/constants.js';
import { RouteAccess } from '../modules/access/access.guards.js';
import { type Role } from '../modules/access/role.js';
import type { ProblemCode } from './problem.js';
import { GUARD_PROBLEMS_KEY } from './problem-responses.js';
import { REPLAY_KEY } from './replay.js';

export interface Route {
  readonly method: string;
  /** With parameters as `:name`. */
  readonly path: string;
  /** Who may call; `undefined` where nobody said so, and nobody may. */
  readonly access: readonly Role[] | 'public' | undefined;
  /** Whether a repeated request is answered from the events of the first; `undefined` where no key is asked for. */
  readonly replay: boolean | undefined;
  /** What its guards refuse with, beyond those that stand before every route. */
  readonly guarded: readonly ProblemCode[];
}

/** Every route of every controller, from which the authorisation test is generated (R31). */
export function routeTable(app: NestFastifyApplication): Route[] {
  const discovery = app.get(DiscoveryService, { strict: false });
  const access = app.get(RouteAccess, { strict: false });
  const scanner = new MetadataScanner();
  const reflector = new Reflector();
  return discovery.getControllers().flatMap(({ metatype }) => {
    if (!metatype) return [];
    const { prototype } = metatype as { prototype: Record<string, (...args: never[]) => unknown> };
    return scanner.getAllMethodNames(prototype).flatMap((name): Route[] => {
      const handler = prototype[name];
      const method = handler && (Reflect.getMetadata(METHOD_METADATA, handler) as RequestMethod | undefined);
      if (handler === undefined || method === undefined) return [];
      const verb = RequestMethod[method];
      const { ndjson } = (Reflect.getMetadata(FASTIFY_ROUTE_CONFIG_METADATA, handler) ?? {}) as { ndjson?: boolean };
      const who = access.of(handler, metatype);
      const keyed = verb === 'POST' && who !== 'public' && !ndjson;
      const replay = keyed ? reflector.get(REPLAY_KEY, handler) !== undefined : undefined;
      const guarded = [...guardProblems(metatype), ...guardProblems(handler)];
      return pathsOf(metatype, handler).map((path) => ({ method: verb, path, access: who, replay, guarded }));
    });
  });
}

function guardProblems(target: object): readonly ProblemCode[] {
  const guards = (Reflect.getMetadata(GUARDS_METADATA, target) ?? []) as readonly object[];
  return guards.flatMap((guard) => (Reflect.getMetadata(GUARD_PROBLEMS_KEY, guard) ?? []) as readonly ProblemCode[]);
}

function pathsOf(controller: object, handler: object): string[] {
  const bases = [Reflect.getMetadata(PATH_METADATA, controller)].flat() as (string | undefined)[];
  const ends = [Reflect.getMetadata(PATH_METADATA, handler)].flat() as (string | undefined)[];
  return bases.flatMap((base) =>
    ends.map(
      (end) =>
        `/${[base, end]
          .flatMap((part) => (part ?? '').split('/'))
          .filter(Boolean)
          .join('/')}`,
    ),
  );
}
