import { RouteConfig } from '@nestjs/platform-fastify';

/**
 * The route's body is `application/x-ndjson`, handed over unread as a stream (`@Body() body: Readable`) of any length; it
 * takes no JSON and no `Idempotency-Key`: the lines say themselves where they belong.
 */
export const Ndjson = (): MethodDecorator & ClassDecorator => RouteConfig({ ndjson: true });
