// Peer of `check-vs-throttler`: what a bank's team would put in front of `IsOurCustomer` in an afternoon, by the documentation
// of each part. Nest on Fastify (its fast adapter, no logging), passport-jwt with an ES256 key in PEM, @nestjs/throttler with
// its own storage in memory and a limit that nobody reaches, counted per client. It validates nothing and stores nothing: the
// answer comes from a set in memory. Left as it is: passport-jwt verifies the token at each request, which is how it works.
//   node throttler.peer.js PORT ISSUER AUDIENCE JWK
import 'reflect-metadata';
import { createPublicKey, type JsonWebKey } from 'node:crypto';
import { Body, Controller, Get, HttpCode, Injectable, Module, Post, UseGuards } from '@nestjs/common';
import { NestFactory } from '@nestjs/core';
import { AuthGuard, PassportModule, PassportStrategy } from '@nestjs/passport';
import { FastifyAdapter, type NestFastifyApplication } from '@nestjs/platform-fastify';
import { ThrottlerGuard, ThrottlerModule } from '@nestjs/throttler';
import { ExtractJwt, Strategy } from 'passport-jwt';

const [port, issuer, audience, jwk] = process.argv.slice(2) as [string, string, string, string];
const pem = createPublicKey({ key: JSON.parse(jwk) as JsonWebKey, format: 'jwk' }).export({ type: 'spki', format: 'pem' });
const customers = new Set(Array.from({ length: 20_000 }, (_, i) => `customer ${i}`));

@Injectable()
class JwtStrategy extends PassportStrategy(Strategy) {
  constructor() {
    super({ jwtFromRequest: ExtractJwt.fromAuthHeaderAsBearerToken(), secretOrKey: pem, algorithms: ['ES256'], issuer, audience });
  }

  validate({ client_id: clientId }: { client_id: string }): object {
    return { clientId };
  }
}

@Injectable()
class ClientThrottlerGuard extends ThrottlerGuard {
  protected override async getTracker(request: { user: { clientId: string } }): Promise<string> {
    return request.user.clientId;
  }
}

@Controller()
class CheckController {
  @Post('v1/membership-checks')
  @HttpCode(201)
  @UseGuards(AuthGuard('jwt'), ClientThrottlerGuard)
  check(@Body() { person }: { person: { value: string } }): { answer: 'yes' | 'no' } {
    return { answer: customers.has(person.value) ? 'yes' : 'no' };
  }

  @Get('ready')
  ready(): string {
    return 'ready';
  }
}

@Module({
  imports: [PassportModule, ThrottlerModule.forRoot([{ ttl: 60_000, limit: 1e9 }])],
  controllers: [CheckController],
  providers: [JwtStrategy],
})
class PeerModule {}

const app = await NestFactory.create<NestFastifyApplication>(PeerModule, new FastifyAdapter(), { logger: false });
await app.listen(Number(port), '127.0.0.1');
