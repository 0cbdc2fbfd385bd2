import 'reflect-metadata';
import { existsSync } from 'node:fs';
import { join, resolve } from 'node:path';
import { plainToInstance } from 'class-transformer';
import { IsIn, IsInt, IsNotEmpty, IsOptional, IsString, IsUrl, Max, Min, ValidateBy, validateSync } from 'class-validator';
import { milliseconds } from './event-sourcing/duration.js';

/** A line of the configuration table in the README, which a test compares with this list. */
export interface Setting {
  readonly name: keyof Environment;
  /** As shown to a reader; what the code does with nothing set is in `readConfig`. */
  readonly default: string;
  readonly meaning: string;
}

export const SETTINGS: readonly Setting[] = [
  { name: 'NODE_ENV', default: '(sandbox)', meaning: '`production` refuses to start on anything that belongs to a sandbox' },
  { name: 'SANDBOX', default: '`true`, in production `false`', meaning: 'invents keys, clients and a register on first start' },
  { name: 'SANDBOX_CUSTOMERS', default: '`50000`', meaning: 'synthetic customers that a sandbox puts into its register on first start' },
  { name: 'DATA_DIR', default: '`./data`', meaning: 'directory of the log, the read models and the keys; one process at a time' },
  { name: 'HOST', default: '`127.0.0.1`', meaning: 'address to listen on' },
  { name: 'PORT', default: '`3000`', meaning: 'port to listen on; 0 takes a free one' },
  { name: 'PUBLIC_URL', default: '`http://127.0.0.1:PORT`', meaning: 'origin under which clients reach the service; https in production' },
  {
    name: 'ISSUER_URL',
    default: '(built in)',
    meaning: 'OAuth 2.0 issuer of the access tokens; unset: the built-in one at PUBLIC_URL/oauth',
  },
  { name: 'AUDIENCE', default: '`urn:vestibule:api`', meaning: 'resource that tokens must be issued for; to be set in production' },
  { name: 'SETTLEMENT_EVERY', default: '`P1D`, in the sandbox `PT30S`', meaning: 'how often outcomes are shown and credited' },
  { name: 'LOG_LEVEL', default: '`info`', meaning: '`fatal`, `error`, `warn`, `info`, `debug` or `silent`' },
  { name: 'REQUESTS_PER_SECOND', default: '`200`', meaning: 'steady request rate of one client; five times that in a burst' },
  { name: 'BODY_LIMIT', default: '`65536`', meaning: 'largest JSON body in bytes; imports are streams and have no limit' },
  {
    name: 'CLOCK_MAX_JUMP',
    default: '`PT1M`',
    meaning: 'wall clock against monotonic clock while running; beyond it no command is decided',
  },
  {
    name: 'CLOCK_MAX_GAP',
    default: '`P7D`, in the sandbox `P3650D`',
    meaning: "time since the log's last event at start; beyond it an operator must vouch for the clock",
  },
];

const IsDuration = (): PropertyDecorator =>
  ValidateBy({
    name: 'isDuration',
    validator: {
      validate: isDuration,
      defaultMessage: () => '$property must be an ISO 8601 duration in weeks, days, hours, minutes or seconds',
    },
  });

function isDuration(value: unknown): boolean {
  try {
    return typeof value === 'string' && milliseconds(value) > 0;
  } catch {
    return false;
  }
}

const URL_RULES = { require_tld: false, protocols: ['http', 'https'], require_protocol: true, disallow_auth: true };

class Environment {
  @IsOptional() @IsIn(['production', 'development', 'test']) NODE_ENV?: string;
  @IsOptional() @IsIn(['true', 'false']) SANDBOX?: string;
  @IsOptional() @IsInt() @Min(1) @Max(10_000_000) SANDBOX_CUSTOMERS?: number;
  @IsOptional() @IsNotEmpty() @IsString() DATA_DIR?: string;
  @IsOptional() @IsNotEmpty() @IsString() HOST?: string;
  @IsOptional() @IsInt() @Min(0) @Max(65_535) PORT?: number;
  @IsOptional() @IsUrl(URL_RULES) PUBLIC_URL?: string;
  @IsOptional() @IsUrl(URL_RULES) ISSUER_URL?: string;
  @IsOptional() @IsNotEmpty() @IsString() AUDIENCE?: string;
  @IsOptional() @IsDuration() SETTLEMENT_EVERY?: string;
  @IsOptional() @IsIn(['fatal', 'error', 'warn', 'info', 'debug', 'silent']) LOG_LEVEL?: string;
  @IsOptional() @IsInt() @Min(1) @Max(1_000_000) REQUESTS_PER_SECOND?: number;
  @IsOptional() @IsInt() @Min(1_024) @Max(1_048_576) BODY_LIMIT?: number;
  @IsOptional() @IsDuration() CLOCK_MAX_JUMP?: string;
  @IsOptional() @IsDuration() CLOCK_MAX_GAP?: string;
}

const NUMBERS: readonly string[] = ['SANDBOX_CUSTOMERS', 'PORT', 'REQUESTS_PER_SECOND', 'BODY_LIMIT'];

/** What the service runs on; frozen. Durations in milliseconds. */
export interface Config {
  readonly production: boolean;
  readonly sandbox: boolean;
  /** Made on a sandbox's first start. */
  readonly sandboxCustomers: number;
  /** Absolute path. */
  readonly dataDir: string;
  readonly host: string;
  readonly port: number;
  /** Origin and path without a slash at the end. */
  readonly publicUrl: string;
  /** The exact `iss` of access tokens, which is also the only `aud` of client assertions. */
  readonly issuer: string;
  readonly builtInIssuer: boolean;
  readonly audience: string;
  readonly settlementEvery: number;
  readonly logLevel: string;
  readonly requestsPerSecond: number;
  readonly bodyLimit: number;
  readonly clockMaxJump: number;
  readonly clockMaxGap: number;
}

/** Injection token of the `Config`. */
export const CONFIG = Symbol('config');

/** Everything that keeps the service from starting, all at once, so that nobody mends it one restart at a time. */
export class ConfigError extends Error {
  constructor(readonly complaints: readonly string[]) {
    super(`the configuration is not complete:\n${complaints.map((each) => `  - ${each}`).join('\n')}`);
    this.name = 'ConfigError';
  }
}

/** The one place where the environment is read. @throws ConfigError */
export function readConfig(variables: Readonly<Record<string, string | undefined>> = process.env): Config {
  const env = parse(variables);
  const production = env.NODE_ENV === 'production';
  const sandbox = env.SANDBOX === undefined ? !production : env.SANDBOX === 'true';
  const port = env.PORT ?? 3000;
  const publicUrl = (env.PUBLIC_URL ?? `http://127.0.0.1:${port}`).replace(/\/+$/, '');
  const config: Config = Object.freeze({
    production,
    sandbox,
    sandboxCustomers: env.SANDBOX_CUSTOMERS ?? 50_000,
    dataDir: resolve(env.DATA_DIR ?? './data'),
    host: env.HOST ?? '127.0.0.1',
    port,
    publicUrl,
    issuer: env.ISSUER_URL ?? `${publicUrl}/oauth`,
    builtInIssuer: env.ISSUER_URL === undefined,
    audience: env.AUDIENCE ?? 'urn:vestibule:api',
    settlementEvery: milliseconds(env.SETTLEMENT_EVERY ?? (sandbox ? 'PT30S' : 'P1D')),
    logLevel: env.LOG_LEVEL ?? 'info',
    requestsPerSecond: env.REQUESTS_PER_SECOND ?? 200,
    bodyLimit: env.BODY_LIMIT ?? 65_536,
    clockMaxJump: milliseconds(env.CLOCK_MAX_JUMP ?? 'PT1M'),
    clockMaxGap: milliseconds(env.CLOCK_MAX_GAP ?? (sandbox ? 'P3650D' : 'P7D')),
  });
  const missing = production ? missingForProduction(env, config) : [];
  if (missing.length > 0) throw new ConfigError(missing);
  return config;
}

function parse(variables: Readonly<Record<string, string | undefined>>): Environment {
  const known: Record<string, string | number> = {};
  for (const { name } of SETTINGS) {
    const value = variables[name];
    // An empty variable is what a compose file passes on for one that is not set.
    if (value !== undefined && value !== '') known[name] = NUMBERS.includes(name) ? Number(value) : value;
  }
  const env = plainToInstance(Environment, known);
  const complaints = validateSync(env).flatMap((error) => Object.values(error.constraints ?? {}));
  if (complaints.length > 0) throw new ConfigError(complaints);
  return env;
}

/** Marks a data directory whose keys and clients everybody can know. Written by whatever fills a sandbox. */
export const SANDBOX_MARK = 'SANDBOX';

/** Key files that a production start needs and does not invent. */
export const KEY_FILES = { keyring: 'keys/keyring.json', issuer: 'keys/issuer.json' } as const;

function missingForProduction(env: Environment, config: Config): string[] {
  const inData = (file: string): boolean => existsSync(join(config.dataDir, file));
  const checks: readonly [boolean, string][] = [
    [config.sandbox, 'SANDBOX must not be true in production'],
    [env.DATA_DIR === undefined, 'DATA_DIR must be set in production'],
    [env.PUBLIC_URL === undefined, 'PUBLIC_URL must be set in production'],
    [env.PUBLIC_URL !== undefined && !env.PUBLIC_URL.startsWith('https:'), 'PUBLIC_URL must be https in production'],
    [env.ISSUER_URL !== undefined && !env.ISSUER_URL.startsWith('https:'), 'ISSUER_URL must be https in production'],
    [env.AUDIENCE === undefined, 'AUDIENCE must be set in production'],
    [inData(SANDBOX_MARK), 'DATA_DIR holds a sandbox, whose keys and clients are no secret: use another directory'],
    [!inData(KEY_FILES.keyring), `${KEY_FILES.keyring} is missing from DATA_DIR (npm run keys makes it)`],
    [config.builtInIssuer && !inData(KEY_FILES.issuer), `${KEY_FILES.issuer} is missing from DATA_DIR (npm run keys makes it)`],
  ];
  return checks.filter(([wrong]) => wrong).map(([, complaint]) => complaint);
}
