import type { DynamicModule, Provider, Type } from '@nestjs/common';
import type { NestFastifyApplication } from '@nestjs/platform-fastify';
import type { FastifyInstance } from 'fastify';
import type { Logger } from 'pino';
import { AppModule } from '../../src/app.module.js';
import { type Config, readConfig } from '../../src/config.js';
import { CLOCK, SystemClock } from '../../src/event-sourcing/clock.js';
import { EVENT_STORE } from '../../src/event-sourcing/event-store.js';
import { FoldCache } from '../../src/event-sourcing/fold-cache.js';
import type { ProcessInstances } from '../../src/event-sourcing/process-instances.js';
import { ReadModels } from '../../src/event-sourcing/read-models.js';
import { ReadModelsThread } from '../../src/event-sourcing/read-models.thread.js';
import { EventSourcingModule } from '../../src/event-sourcing.module.js';
import { Subscriptions } from '../../src/event-sourcing.subscriptions.js';
import { createApp, startApp } from '../../src/http/server.js';
import { AccessModule } from '../../src/modules/access/access.module.js';
import { AccessTokens } from '../../src/modules/access/access-tokens.js';
import { KEY_VAULT, type KeyVault } from '../../src/modules/persons/key-vault.js';
import { Keyring } from '../../src/modules/persons/keyring.js';
import { PersonsModule } from '../../src/modules/persons/persons.module.js';
import { makeLogger } from '../../src/observability/logger.js';
import { Disk, foldsOn, type Writer } from '../simulation/disk.js';
import type { World } from '../simulation/world.js';
import { CountedStore, type Ticks } from './counted.event-store.js';
import { tokens } from './tokens.js';

const MINUTE = 60_000;
const YEAR = 365 * 24 * 60 * MINUTE;
/** Nothing is throttled by the second: the scripts' pace is of days. */
const REQUESTS_PER_SECOND = '100000';
/** Of a log that nobody reads. */
const SILENT = 'silent';

/** A request as it goes over the wire. */
export interface Request {
  readonly token?: string;
  readonly method: 'GET' | 'POST';
  readonly path: string;
  readonly headers?: Readonly<Record<string, string>>;
  readonly body?: object | string;
}

type Instances = Pick<ProcessInstances<unknown, never>, 'untilNext'>;

/** What comes back, all of it. */
export interface Response {
  readonly status: number;
  /** Status line and header block as they go over the wire. */
  readonly head: string;
  readonly body: string;
  /** Virtual milliseconds: the work that the service did before it answered. */
  readonly tookMs: number;
}

/**
 * The service as it is built, in a world: every module, guard, interceptor, filter, read model and process is the application's own.
 * In the place of what a machine brings there is the simulation's: the log and the vault in memory, the read models in memory, the
 * time virtual. The socket is left out, not what Fastify writes to it.
 */
export class Service {
  private constructor(private readonly app: NestFastifyApplication) {}

  /** To be called in virtual time. @throws whatever a start throws */
  static async start(world: World, ticks: Ticks): Promise<Service> {
    const writer: Writer = { disk: new Disk(), isAlive: true, mayDie: async () => {}, alive: async () => {} };
    const config = configOf(world.directories.of('service', writer), world.settlementEvery);
    const logger = makeLogger(SILENT);
    const app = await createApp(rootIn(world, config, logger, writer, ticks), config, logger);
    withoutSocket(app);
    await startApp(app, config);
    const service = new Service(app);
    await service.settled();
    return service;
  }

  async request({ token, method, path, headers = {}, body }: Request): Promise<Response> {
    const began = performance.now();
    const payload = body === undefined || typeof body === 'string' ? body : JSON.stringify(body);
    const response = await fastifyOf(this.app).inject({
      method,
      url: path,
      headers: {
        host: 'vestibule.test',
        ...(token !== undefined && { authorization: `Bearer ${token}` }),
        ...(payload !== undefined && { 'content-type': 'application/json' }),
        ...headers,
      },
      ...(payload !== undefined && { payload }),
    });
    const { _header: head } = response.raw.res as unknown as { _header: string };
    return { status: response.statusCode, head, body: response.body, tookMs: performance.now() - began };
  }

  get vault(): KeyVault {
    return this.app.get<KeyVault>(KEY_VAULT);
  }

  /** Something inside, for what lies before a script. */
  get<Instance extends object>(token: Type<Instance>): Instance {
    return this.app.get(token);
  }

  /** Resolves when every process has done what it owes now and every read model shows it. */
  settled(): Promise<void> {
    return this.app.get(Subscriptions).settled();
  }

  /** The next moment at which a process has something to do if nothing happens before, epoch ms; `Infinity` for none. */
  nextDue(now: number): number {
    const { processes } = this.app.get(Subscriptions) as unknown as { readonly processes: readonly { readonly instances: Instances }[] };
    return now + Math.min(...processes.map(({ instances }) => instances.untilNext(now, Number.MAX_SAFE_INTEGER)));
  }

  stop(): Promise<void> {
    return this.app.close();
  }
}

function configOf(dataDir: string, settlementEvery: number): Config {
  const config = readConfig({
    DATA_DIR: dataDir,
    PUBLIC_URL: 'http://vestibule.test',
    ISSUER_URL: 'http://issuer.test',
    SANDBOX: 'false',
    REQUESTS_PER_SECOND,
  });
  return { ...config, settlementEvery };
}

/** The application's own table of contents, with what a machine brings exchanged. */
function rootIn(world: World, config: Config, logger: Logger, writer: Writer, ticks: Ticks): DynamicModule {
  const root = AppModule.with(config, logger);
  const instead = new Map<unknown, Provider[]>([
    [
      EventSourcingModule,
      [
        { provide: EVENT_STORE, useValue: new CountedStore(world.log, ticks) },
        { provide: CLOCK, useFactory: () => clockOf(world) },
        { provide: ReadModels, useFactory: () => ReadModels.open(':memory:') },
        { provide: ReadModelsThread, useValue: { stop: async () => {} } },
        { provide: FoldCache, useValue: foldsOn(writer.disk, () => true) },
      ],
    ],
    [
      PersonsModule,
      [
        { provide: Keyring, useValue: world.keyring },
        { provide: KEY_VAULT, useValue: world.vault.of(writer) },
      ],
    ],
    [AccessModule, [{ provide: AccessTokens, useValue: tokens }]],
  ]);
  const imports = (root.imports ?? []).map((each) => {
    const providers = instead.get(each);
    return providers === undefined ? each : { module: each as never, providers };
  });
  return { ...root, imports };
}

const fastifyOf = (app: NestFastifyApplication): FastifyInstance => app.getHttpAdapter().getInstance() as unknown as FastifyInstance;

function clockOf(world: World): SystemClock {
  const now = (): number => world.now();
  return new SystemClock({ maxJump: MINUTE, maxGap: YEAR, wall: now, monotonic: now });
}

/** Listening is the machine's; all that Fastify does before and after is done. */
function withoutSocket(app: NestFastifyApplication): void {
  const fastify = fastifyOf(app);
  const listen = (_where: object, done: (error: Error | null) => void): void => void fastify.ready((error) => done(error ?? null));
  const address = { address: '127.0.0.1', family: 'IPv4', port: 0 };
  Object.assign(fastify, { listen });
  Object.assign(fastify.server, { address: () => address });
}
