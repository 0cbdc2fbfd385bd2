import { METHODS } from 'node:http';
import type { FastifyInstance, HTTPMethods, RouteOptions } from 'fastify';
import { Problem } from './problem.js';

/**
 * Gives every path that has a route an answer to the methods that it does not have: 405 with `Allow` (R36). Real routes
 * are noted as they come in; `closeRoutes` adds the rest once all are known.
 */
export class MethodsByPath {
  private readonly methods = new Map<string, Set<string>>();
  private closing = false;

  constructor(instance: FastifyInstance) {
    // What the router has never heard of it would call 404.
    for (const method of METHODS) {
      if (method !== 'CONNECT' && !instance.supportedMethods.includes(method)) instance.addHttpMethod(method, { hasBody: true });
    }
    instance.addHook('onRoute', (route) => this.note(route));
  }

  /** Every real route, `HEAD` left out where it only follows from `GET`. */
  routes(): { method: string; path: string }[] {
    return [...this.methods].flatMap(([path, methods]) =>
      [...methods].filter((method) => method !== 'HEAD' || !methods.has('GET')).map((method) => ({ method, path })),
    );
  }

  /** To be registered as the last plugin. */
  readonly closeRoutes = async (instance: FastifyInstance): Promise<void> => {
    this.closing = true;
    for (const [path, methods] of this.methods) {
      const allow = [...methods].sort();
      const others = instance.supportedMethods.filter((method) => !methods.has(method) && !this.isServed(method, path));
      instance.route({
        method: others as HTTPMethods[],
        url: path,
        // Before the body is read: it cannot matter.
        onRequest: async () => {
          throw new Problem('METHOD_NOT_ALLOWED', { allow });
        },
        handler: async () => undefined,
      });
    }
  };

  private note({ method, url }: RouteOptions): void {
    if (this.closing) return;
    const methods = this.methods.get(url) ?? new Set<string>();
    for (const each of [method].flat()) methods.add(each);
    this.methods.set(url, methods);
  }

  /** `/v1/things/export` must not take `GET` away from `/v1/things/:id`. */
  private isServed(method: string, path: string): boolean {
    return [...this.methods].some(([other, methods]) => other !== path && methods.has(method) && covers(other, path));
  }
}

/** Whether every request to `path` also fits `pattern`. */
function covers(pattern: string, path: string): boolean {
  const given = path.split('/');
  const wanted = pattern.split('/');
  if (wanted.at(-1) === '*') return given.length >= wanted.length && wanted.slice(0, -1).every((part, i) => part === given[i]);
  return given.length === wanted.length && wanted.every((part, i) => part.startsWith(':') || part === given[i]);
}
