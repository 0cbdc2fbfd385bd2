// Peer of `check-vs-tuned`: the fastest honest endpoint that answers from memory behind a token and a limit. Nest on Fastify
// without logging, the key imported once, verified tokens cached by their exact text until they expire (jose, lru-cache),
// rate-limiter-flexible in memory, one counter a client. One guard does both, the controller has no pipes and no interceptors.
// It validates nothing and stores nothing.
//   node tuned.peer.js PORT ISSUER AUDIENCE JWK
import 'reflect-metadata';
import {
  Body,
  type CanActivate,
  Controller,
  type ExecutionContext,
  Get,
  HttpCode,
  HttpException,
  Injectable,
  Module,
  Post,
  UnauthorizedException,
  UseGuards,
} from '@nestjs/common';
import { NestFactory } from '@nestjs/core';
import { FastifyAdapter, type NestFastifyApplication } from '@nestjs/platform-fastify';
import { importJWK, type JWK, jwtVerify } from 'jose';
import { LRUCache } from 'lru-cache';
import { RateLimiterMemory } from 'rate-limiter-flexible';

const [port, issuer, audience, jwk] = process.argv.slice(2) as [string, string, string, string];
const key = await importJWK(JSON.parse(jwk) as JWK, 'ES256');
const customers = new Set(Array.from({ length: 20_000 }, (_, i) => `customer ${i}`));
const limiter = new RateLimiterMemory({ points: 1e9, duration: 60 });
const verified = new LRUCache<string, { clientId: string; expiresAt: number }>({ max: 5_000 });

async function clientOf(token: string): Promise<string> {
  const known = verified.get(token);
  if (known !== undefined && known.expiresAt > Date.now()) return known.clientId;
  const { payload } = await jwtVerify(token, key, { algorithms: ['ES256'], issuer, audience });
  const clientId = payload['client_id'] as string;
  verified.set(token, { clientId, expiresAt: (payload.exp as number) * 1000 });
  return clientId;
}

@Injectable()
class TokenAndLimitGuard implements CanActivate {
  async canActivate(context: ExecutionContext): Promise<boolean> {
    const { headers } = context.switchToHttp().getRequest<{ headers: { authorization?: string } }>();
    const token = headers.authorization?.slice('Bearer '.length);
    if (token === undefined) throw new UnauthorizedException();
    const clientId = await clientOf(token).catch(() => {
      throw new UnauthorizedException();
    });
    await limiter.consume(clientId).catch(() => {
      throw new HttpException('too many requests', 429);
    });
    return true;
  }
}

@Controller()
class CheckController {
  @Post('v1/membership-checks')
  @HttpCode(201)
  @UseGuards(TokenAndLimitGuard)
  check(@Body() { person }: { person: { value: string } }): { answer: 'yes' | 'no' } {
    return { answer: customers.has(person.value) ? 'yes' : 'no' };
  }

  @Get('ready')
  ready(): string {
    return 'ready';
  }
}

@Module({ controllers: [CheckController], providers: [TokenAndLimitGuard] })
class PeerModule {}

const app = await NestFactory.create<NestFastifyApplication>(PeerModule, new FastifyAdapter(), { logger: false });
await app.listen(Number(port), '127.0.0.1');
