import 'reflect-metadata';
import { existsSync } from 'node:fs';
import { isIP } from 'node:net';
import { join, resolve } from 'node:path';
import { plainToInstance } from 'class-transformer';
import { IsIn, IsOptional, IsString, IsUrl, Length, Matches, ValidateBy, validateSync } from 'class-validator';
import { type ClientCertificateSettings, readTls, type TlsFiles } from './config.tls.js';
import { type EventStoreDbVariables, readEventStoreDb } from './config.eventstoredb.js';
import { type MessengerVariables, type Messengers, readMessengers } from './config.messengers.js';
import { milliseconds } from './event-sourcing/duration.js';
import type { EventStoreDbSettings } from './event-sourcing/eventstoredb.settings.js';
import { type Language, LANGUAGES } from './modules/messages/language.js';

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
  {
    name: 'EVENTSTOREDB_URL',
    default: '(the log is in DATA_DIR)',
    meaning:
      'connection string of the EventStoreDB that holds the log instead, as in `esdb://HOST:2113`; nodes of a cluster with commas between them',
  },
  { name: 'EVENTSTOREDB_CA_FILE', default: "(the system's)", meaning: 'certificates of the authority that signed those of the nodes, PEM' },
  { name: 'EVENTSTOREDB_USERNAME', default: '(in the URL)', meaning: 'user of EventStoreDB, who may read `$all`' },
  { name: 'EVENTSTOREDB_PASSWORD', default: '(in the URL)', meaning: "that user's password; never shown" },
  {
    name: 'DUTY_LEASE',
    default: '`PT15S`',
    meaning: 'of replicas on one EventStoreDB: silence after which another does what only one may do; from a second to ten minutes',
  },
  { name: 'HOST', default: '`127.0.0.1`', meaning: 'address to listen on' },
  { name: 'PORT', default: '`3000`', meaning: 'port to listen on; 0 takes a free one, and needs PUBLIC_URL' },
  { name: 'PUBLIC_URL', default: '`http://127.0.0.1:PORT`', meaning: 'origin under which clients reach the service; https in production' },
  {
    name: 'ISSUER_URL',
    default: '(built in)',
    meaning: 'OAuth 2.0 issuer of the access tokens; unset: the built-in one at PUBLIC_URL/oauth',
  },
  { name: 'AUDIENCE', default: '`urn:vestibule:api`', meaning: 'resource that tokens must be issued for; to be set in production' },
  { name: 'SETTLEMENT_EVERY', default: '`P1D`, in the sandbox `PT30S`', meaning: 'how often outcomes are shown and credited' },
  { name: 'BANK_NAME', default: '`Your bank`', meaning: 'how messages and pages call the bank' },
  {
    name: 'LANGUAGES',
    default: '`en`',
    meaning: 'languages of messages, `en`, `cs`, or both with a comma; the first is also that of pages where a browser asks for none',
  },
  {
    name: 'SMTP_URL',
    default: '(none)',
    meaning: 'mail server that takes messages, `smtps://USER:PASSWORD@HOST` or `smtp://…`, which in production demands STARTTLS',
  },
  { name: 'SMTP_CA_FILE', default: "(the system's)", meaning: "certificates of the authority that signed the mail server's, PEM" },
  { name: 'MAIL_FROM', default: '(none)', meaning: 'address that mail is sent from; goes with SMTP_URL' },
  { name: 'MESSAGE_WEBHOOK_URL', default: '(none)', meaning: "gateway or app of the bank's that takes messages as signed JSON" },
  { name: 'MESSAGE_WEBHOOK_SECRET', default: '(none)', meaning: 'what they are signed with; 32 characters or more; never shown' },
  { name: 'LOG_LEVEL', default: '`info`', meaning: '`fatal`, `error`, `warn`, `info`, `debug` or `silent`' },
  { name: 'REQUESTS_PER_SECOND', default: '`200`', meaning: 'steady request rate of one client; five times that in a burst' },
  { name: 'REQUESTS_PER_SECOND_OF_AGENT', default: 'as of a client', meaning: 'the same for the leads that name one agent' },
  { name: 'REQUESTS_PER_SECOND_OF_PARTNER', default: 'twice that of a client', meaning: 'the same for all clients of a partner' },
  { name: 'REQUESTS_PER_SECOND_OF_OWNER', default: 'four times that of a client', meaning: 'the same for all partners of an owner' },
  { name: 'REQUESTS_PER_SECOND_OF_ALL', default: '25 times that of a client', meaning: 'the same for all partners together' },
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
  {
    name: 'CLIENT_SECRETS',
    default: '`false`',
    meaning: '`true`: the built-in issuer also takes secrets of clients (`client_secret_basic`), which a thief need only read',
  },
  {
    name: 'TLS_CERT_FILE',
    default: '(no TLS)',
    meaning: 'certificates that the service shows, PEM, with TLS_KEY_FILE; unset: plain HTTP, for a proxy in front',
  },
  { name: 'TLS_KEY_FILE', default: '(no TLS)', meaning: 'the private key of the first of them, PEM' },
  {
    name: 'TLS_CLIENT_CA_FILE',
    default: '(none)',
    meaning: "authorities that may have issued a client's certificate, PEM; any other is taken only where it is registered with the client",
  },
  {
    name: 'CLIENT_CERT_HEADER',
    default: '(none)',
    meaning:
      "header in which a proxy hands over the client's certificate, as RFC 9440 says or as percent-encoded PEM; never without TRUSTED_PROXIES",
  },
  {
    name: 'TRUSTED_PROXIES',
    default: '(none)',
    meaning: 'addresses of the proxies whose CLIENT_CERT_HEADER is believed, with commas between them',
  },
];

/** One rule a variable, so that it has one complaint. */
const Rule = (name: string, validate: (value: unknown) => boolean, what: string): PropertyDecorator =>
  ValidateBy({ name, validator: { validate, defaultMessage: () => `$property must be ${what}` } });

const IsDuration = (): PropertyDecorator =>
  Rule('isDuration', isDuration, 'an ISO 8601 duration in weeks, days, hours, minutes or seconds, as in PT30S');

const IsLease = (): PropertyDecorator =>
  Rule(
    'isLease',
    (value) => isDuration(value) && milliseconds(value as string) >= 1_000 && milliseconds(value as string) <= 600_000,
    'an ISO 8601 duration from PT1S to PT10M',
  );

const IsWhole = (from: number, to: number): PropertyDecorator =>
  Rule(
    'isWhole',
    (value) => Number.isInteger(value) && Number(value) >= from && Number(value) <= to,
    `a whole number from ${from} to ${to}`,
  );

const IsAddresses = (): PropertyDecorator =>
  Rule(
    'isAddresses',
    (value) => typeof value === 'string' && value.split(',').every((each) => isIP(each.trim()) !== 0),
    'IP addresses with commas between them',
  );

const IsOneOf = (...values: string[]): PropertyDecorator => IsIn(values, { message: `$property must be one of ${values.join(', ')}` });

const IsOrigin = (): PropertyDecorator =>
  IsUrl(
    { require_tld: false, protocols: ['http', 'https'], require_protocol: true, disallow_auth: true },
    { message: '$property must be an http or https URL' },
  );

const IsLanguageList = (): PropertyDecorator =>
  Rule('isLanguageList', (value) => languagesOf(value).length > 0, `one or more of ${LANGUAGES.join(', ')}, with commas between them`);

/** Empty where one is none, or is named twice. */
function languagesOf(value: unknown): readonly Language[] {
  const named = typeof value === 'string' ? value.split(',').map((each) => each.trim()) : [];
  const known = LANGUAGES.filter((language) => named.includes(language));
  return known.length === named.length ? [...known].sort((a, b) => named.indexOf(a) - named.indexOf(b)) : [];
}

function isDuration(value: unknown): boolean {
  try {
    return typeof value === 'string' && milliseconds(value) > 0;
  } catch {
    return false;
  }
}

class Environment {
  @IsOptional() @IsString() EVENTSTOREDB_URL?: string;
  @IsOptional() @IsString() EVENTSTOREDB_CA_FILE?: string;
  @IsOptional() @IsString() EVENTSTOREDB_USERNAME?: string;
  @IsOptional() @IsString() EVENTSTOREDB_PASSWORD?: string;
  @IsOptional() @IsLease() DUTY_LEASE?: string;
  @IsOptional() @IsOneOf('production', 'development', 'test') NODE_ENV?: string;
  @IsOptional() @IsOneOf('true', 'false') SANDBOX?: string;
  @IsOptional() @IsWhole(1, 10_000_000) SANDBOX_CUSTOMERS?: number;
  @IsOptional() @IsString() DATA_DIR?: string;
  @IsOptional() @IsString() HOST?: string;
  @IsOptional() @IsWhole(0, 65_535) PORT?: number;
  @IsOptional() @IsOrigin() PUBLIC_URL?: string;
  @IsOptional() @IsOrigin() ISSUER_URL?: string;
  @IsOptional() @IsString() AUDIENCE?: string;
  @IsOptional() @IsDuration() SETTLEMENT_EVERY?: string;
  @IsOptional() @IsString() @Length(1, 100) BANK_NAME?: string;
  @IsOptional() @IsLanguageList() LANGUAGES?: string;
  @IsOptional() @IsString() SMTP_URL?: string;
  @IsOptional() @IsString() SMTP_CA_FILE?: string;
  @IsOptional() @IsString() MAIL_FROM?: string;
  @IsOptional() @IsString() MESSAGE_WEBHOOK_URL?: string;
  @IsOptional() @IsString() MESSAGE_WEBHOOK_SECRET?: string;
  @IsOptional() @IsOneOf('fatal', 'error', 'warn', 'info', 'debug', 'silent') LOG_LEVEL?: string;
  @IsOptional() @IsWhole(1, 1_000_000) REQUESTS_PER_SECOND?: number;
  @IsOptional() @IsWhole(1, 1_000_000) REQUESTS_PER_SECOND_OF_AGENT?: number;
  @IsOptional() @IsWhole(1, 1_000_000) REQUESTS_PER_SECOND_OF_PARTNER?: number;
  @IsOptional() @IsWhole(1, 1_000_000) REQUESTS_PER_SECOND_OF_OWNER?: number;
  @IsOptional() @IsWhole(1, 1_000_000) REQUESTS_PER_SECOND_OF_ALL?: number;
  @IsOptional() @IsWhole(1_024, 1_048_576) BODY_LIMIT?: number;
  @IsOptional() @IsDuration() CLOCK_MAX_JUMP?: string;
  @IsOptional() @IsDuration() CLOCK_MAX_GAP?: string;
  @IsOptional() @IsOneOf('true', 'false') CLIENT_SECRETS?: string;
  @IsOptional() @IsString() TLS_CERT_FILE?: string;
  @IsOptional() @IsString() TLS_KEY_FILE?: string;
  @IsOptional() @IsString() TLS_CLIENT_CA_FILE?: string;
  @IsOptional() @Matches(/^[A-Za-z0-9-]{1,64}$/, { message: '$property must be the name of a header' }) CLIENT_CERT_HEADER?: string;
  @IsOptional() @IsAddresses() TRUSTED_PROXIES?: string;
}

const NUMBERS: readonly string[] = [
  'SANDBOX_CUSTOMERS',
  'PORT',
  'REQUESTS_PER_SECOND',
  'REQUESTS_PER_SECOND_OF_AGENT',
  'REQUESTS_PER_SECOND_OF_PARTNER',
  'REQUESTS_PER_SECOND_OF_OWNER',
  'REQUESTS_PER_SECOND_OF_ALL',
  'BODY_LIMIT',
];

/** What the service runs on; frozen. Durations in milliseconds. */
export interface Config {
  readonly production: boolean;
  readonly sandbox: boolean;
  /** Made on a sandbox's first start. */
  readonly sandboxCustomers: number;
  /** Absolute path. */
  readonly dataDir: string;
  /** Where the log is, when it is not in `dataDir`. */
  readonly eventStoreDb?: EventStoreDbSettings;
  readonly dutyLease: number;
  readonly host: string;
  readonly port: number;
  /** Origin and path without a slash at the end. */
  readonly publicUrl: string;
  /** The exact `iss` of access tokens, which is also the only `aud` of client assertions. */
  readonly issuer: string;
  readonly builtInIssuer: boolean;
  readonly audience: string;
  readonly settlementEvery: number;
  /** As its customers know it. */
  readonly bankName: string;
  /** Of messages; never empty. */
  readonly languages: readonly Language[];
  readonly messengers: Messengers;
  readonly logLevel: string;
  /** Steady ones, by who shares them. */
  readonly requestsPerSecond: Readonly<Record<'client' | 'agent' | 'partner' | 'owner' | 'all', number>>;
  readonly bodyLimit: number;
  readonly clockMaxJump: number;
  readonly clockMaxGap: number;
  /** The bank allows clients that have a secret instead of a key. */
  readonly clientSecrets: boolean;
  /** Where the service terminates TLS itself. */
  readonly tls?: TlsFiles;
  /** How a client shows its certificate, beside the handshake with this process. */
  readonly clientCertificates: ClientCertificateSettings;
}

/** Injection token of the `Config`. */
export const CONFIG = Symbol('config');

/** Everything that keeps the service from starting, all at once, so that nobody mends it one restart at a time. */
export class ConfigError extends Error {
  constructor(readonly complaints: readonly string[]) {
    super(`the configuration cannot be used:\n${complaints.map((each) => `  - ${each}`).join('\n')}`);
    this.name = 'ConfigError';
  }
}

/** The one place where the environment is read. @throws ConfigError */
export function readConfig(variables: Readonly<Record<string, string | undefined>> = process.env): Config {
  const { env, complaints } = parse(variables);
  const production = env.NODE_ENV === 'production';
  const sandbox = env.SANDBOX === undefined ? !production : env.SANDBOX === 'true';
  const port = env.PORT ?? 3000;
  const log = readEventStoreDb(logVariables(env), production);
  const channels = readMessengers(messengerVariables(env), production);
  const publicUrl = (env.PUBLIC_URL ?? `http://127.0.0.1:${port}`).replace(/\/+$/, '');
  const tls = readTls(env);
  const config: Config = Object.freeze({
    production,
    sandbox,
    sandboxCustomers: env.SANDBOX_CUSTOMERS ?? 50_000,
    dataDir: resolve(env.DATA_DIR ?? './data'),
    ...(log.settings && { eventStoreDb: log.settings }),
    dutyLease: milliseconds(env.DUTY_LEASE ?? 'PT15S'),
    host: env.HOST ?? '127.0.0.1',
    port,
    publicUrl,
    issuer: env.ISSUER_URL ?? `${publicUrl}/oauth`,
    builtInIssuer: env.ISSUER_URL === undefined,
    audience: env.AUDIENCE ?? 'urn:vestibule:api',
    settlementEvery: milliseconds(env.SETTLEMENT_EVERY ?? (sandbox ? 'PT30S' : 'P1D')),
    bankName: env.BANK_NAME ?? 'Your bank',
    languages: languagesOf(env.LANGUAGES ?? 'en'),
    messengers: channels.messengers,
    logLevel: env.LOG_LEVEL ?? 'info',
    requestsPerSecond: ratesOf(env),
    bodyLimit: env.BODY_LIMIT ?? 65_536,
    clockMaxJump: milliseconds(env.CLOCK_MAX_JUMP ?? 'PT1M'),
    clockMaxGap: milliseconds(env.CLOCK_MAX_GAP ?? (sandbox ? 'P3650D' : 'P7D')),
    clientSecrets: env.CLIENT_SECRETS === 'true',
    ...(tls.files && { tls: tls.files }),
    clientCertificates: tls.clientCertificates,
  });
  const found = new Map([
    ...(production ? unfitForProduction(env, config) : []),
    ...unreachable(env),
    ...log.complaints,
    ...channels.complaints,
    ...tls.complaints,
    ...complaints,
  ]);
  if (found.size > 0) throw new ConfigError([...found.values()]);
  return config;
}

function ratesOf(env: Environment): Config['requestsPerSecond'] {
  const client = env.REQUESTS_PER_SECOND ?? 200;
  return {
    client,
    agent: env.REQUESTS_PER_SECOND_OF_AGENT ?? client,
    partner: env.REQUESTS_PER_SECOND_OF_PARTNER ?? 2 * client,
    owner: env.REQUESTS_PER_SECOND_OF_OWNER ?? 4 * client,
    all: env.REQUESTS_PER_SECOND_OF_ALL ?? 25 * client,
  };
}

/** Which port a free one is is known when the service listens: too late for the issuer, and for the files that name it. */
function unreachable({ PORT, PUBLIC_URL }: Environment): readonly Complaint[] {
  return PORT === 0 && PUBLIC_URL === undefined ? [['PUBLIC_URL', 'PUBLIC_URL must be set where PORT is 0']] : [];
}

function logVariables(env: Environment): EventStoreDbVariables {
  const { EVENTSTOREDB_URL, EVENTSTOREDB_CA_FILE, EVENTSTOREDB_USERNAME, EVENTSTOREDB_PASSWORD } = env;
  const given = Object.entries({ EVENTSTOREDB_URL, EVENTSTOREDB_CA_FILE, EVENTSTOREDB_USERNAME, EVENTSTOREDB_PASSWORD });
  return Object.fromEntries(given.filter(([, value]) => value !== undefined));
}

function messengerVariables(env: Environment): MessengerVariables {
  const { SMTP_URL, SMTP_CA_FILE, MAIL_FROM, MESSAGE_WEBHOOK_URL, MESSAGE_WEBHOOK_SECRET } = env;
  const given = Object.entries({ SMTP_URL, SMTP_CA_FILE, MAIL_FROM, MESSAGE_WEBHOOK_URL, MESSAGE_WEBHOOK_SECRET });
  return Object.fromEntries(given.filter(([, value]) => value !== undefined));
}

/** Where the data is, for a program that needs nothing else of the configuration. @param given by whoever calls it */
export function readDataDir(given?: string, variables: Readonly<Record<string, string | undefined>> = process.env): string {
  return resolve(given ?? variables['DATA_DIR'] ?? './data');
}

/** Where the log is, for a program that needs nothing else of the configuration. @throws ConfigError */
export function readLogSettings(variables: Readonly<Record<string, string | undefined>> = process.env): EventStoreDbSettings | undefined {
  const { settings, complaints } = readEventStoreDb(logVariables(parse(variables).env), variables['NODE_ENV'] === 'production');
  if (complaints.length > 0) throw new ConfigError(complaints.map(([, complaint]) => complaint));
  return settings;
}

/** What is wrong, by the variable or file that it is wrong with: each has one complaint. */
type Complaint = readonly [about: string, complaint: string];

interface Parsed {
  /** Only what can be used. */
  readonly env: Environment;
  readonly complaints: readonly Complaint[];
}

function parse(variables: Readonly<Record<string, string | undefined>>): Parsed {
  const known: Partial<Record<keyof Environment, string | number>> = {};
  for (const { name } of SETTINGS) {
    const value = variables[name];
    // An empty variable is what a compose file passes on for one that is not set.
    if (value !== undefined && value !== '') known[name] = NUMBERS.includes(name) ? wholeOf(value) : value;
  }
  const complaints = validateSync(plainToInstance(Environment, known), { stopAtFirstError: true }).map(
    ({ property, constraints = {} }): Complaint => [property, Object.values(constraints).join()],
  );
  const unusable = new Set(complaints.map(([name]) => name));
  const usable = Object.entries(known).filter(([name]) => !unusable.has(name));
  return { env: plainToInstance(Environment, Object.fromEntries(usable)), complaints };
}

const wholeOf = (text: string): number => (/^\d{1,15}$/.test(text) ? Number(text) : Number.NaN);

/** Marks a data directory whose keys and clients everybody can know. Written by whatever fills a sandbox. */
export const SANDBOX_MARK = 'SANDBOX';

/** Key files that a production start needs and does not invent. */
export const KEY_FILES = { keyring: 'keys/keyring.json', issuer: 'keys/issuer.json' } as const;

function unfitForProduction(env: Environment, config: Config): readonly Complaint[] {
  const inData = (file: string): boolean => existsSync(join(config.dataDir, file));
  const checks: readonly [boolean, ...Complaint][] = [
    [config.sandbox, 'SANDBOX', 'SANDBOX must not be true in production'],
    [env.DATA_DIR === undefined, 'DATA_DIR', 'DATA_DIR must be set in production'],
    [env.PUBLIC_URL === undefined, 'PUBLIC_URL', 'PUBLIC_URL must be set in production'],
    [env.PUBLIC_URL !== undefined && !env.PUBLIC_URL.startsWith('https:'), 'PUBLIC_URL', 'PUBLIC_URL must be https in production'],
    [env.ISSUER_URL !== undefined && !env.ISSUER_URL.startsWith('https:'), 'ISSUER_URL', 'ISSUER_URL must be https in production'],
    [env.AUDIENCE === undefined, 'AUDIENCE', 'AUDIENCE must be set in production'],
    [
      env.BANK_NAME === undefined && Object.keys(config.messengers).length > 0,
      'BANK_NAME',
      'BANK_NAME must be set in production where messages are sent',
    ],
    [
      inData(SANDBOX_MARK),
      'the mark of a sandbox',
      'DATA_DIR holds a sandbox, whose keys and clients are no secret: use another directory',
    ],
    [!inData(KEY_FILES.keyring), KEY_FILES.keyring, `${KEY_FILES.keyring} is missing from DATA_DIR (npm run keys makes it)`],
    [
      config.builtInIssuer && !inData(KEY_FILES.issuer),
      KEY_FILES.issuer,
      `${KEY_FILES.issuer} is missing from DATA_DIR (npm run keys makes it)`,
    ],
  ];
  return checks.filter(([wrong]) => wrong).map(([, about, complaint]) => [about, complaint]);
}
