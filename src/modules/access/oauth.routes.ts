import type { IncomingMessage, ServerResponse } from 'node:http';
import type { FastifyInstance, FastifyReply, FastifyRequest } from 'fastify';

type NodeHandler = (request: IncomingMessage, response: ServerResponse) => unknown;

const METADATA = '/.well-known/openid-configuration';

/**
 * The authorisation server's few routes. Only these reach it; whatever else lies under its path does not exist. Its errors
 * are as OAuth says (RFC 6749, section 5.2), not problem documents.
 */
export function mountOAuth(instance: FastifyInstance, issuer: string, handler: NodeHandler): void {
  const { host, protocol } = new URL(issuer);

  const forward =
    (target: string) =>
    (request: FastifyRequest, reply: FastifyReply): void => {
      for (const [name, value] of Object.entries(reply.getHeaders())) reply.raw.setHeader(name, value as string);
      reply.hijack();
      // The library writes URLs from what the client said it was talking to. It is told what is so instead.
      const { headers } = request.raw;
      for (const name of Object.keys(headers)) if (name.startsWith('x-forwarded-')) delete headers[name];
      headers.host = host;
      headers['x-forwarded-proto'] = protocol.slice(0, -1);
      Object.assign(request.raw, { originalUrl: `${new URL(issuer).pathname}${target}`, url: target });
      handler(request.raw, reply.raw);
    };

  void instance.register(async (scope) => {
    // The library reads the socket itself.
    scope.removeAllContentTypeParsers();
    scope.addContentTypeParser('*', (_request, _payload, done) => done(null));
    scope.route({
      method: 'POST',
      url: '/oauth/token',
      config: { rawBody: true },
      handler: forward('/token'),
    });
    scope.get('/oauth/jwks', forward('/jwks'));
    // Where OpenID Connect Discovery looks, where RFC 8414 looks, and where people look.
    scope.get('/oauth/.well-known/openid-configuration', forward(METADATA));
    scope.get('/.well-known/oauth-authorization-server/oauth', forward(METADATA));
    scope.get('/.well-known/openid-configuration', forward(METADATA));
  });
}
