import { inspect } from 'node:util';

export interface Address {
  readonly address: string;
  readonly port: number;
}

/** What a connection string of EventStoreDB says, as far as this program heeds it. Times in milliseconds. */
export interface EventStoreDbSettings {
  /** `node`: the one address; `gossip`: the addresses are asked who leads; `dns`: the name stands for nodes that are asked. */
  readonly find: 'node' | 'gossip' | 'dns';
  readonly addresses: readonly [Address, ...Address[]];
  readonly secure: boolean;
  /** File of the authority that signed the nodes' certificates, PEM; the system's authorities unless given. */
  readonly caFile?: string;
  readonly credentials?: DatabaseCredentials;
  readonly keepAliveInterval?: number;
  readonly keepAliveTimeout?: number;
  readonly maxDiscoverAttempts?: number;
  readonly discoveryInterval?: number;
  /** Seconds. */
  readonly gossipTimeout?: number;
}

/**
 * A name and a password that no log shows: the client writes the options of each call to its debug output, and there they
 * stand as what `inspect` makes of them (R26).
 */
export class DatabaseCredentials {
  readonly #password: string;

  constructor(
    readonly username: string,
    password: string,
  ) {
    this.#password = password;
  }

  get password(): string {
    return this.#password;
  }

  /** One of the two passwords that every new server has. */
  get isDefault(): boolean {
    return this.#password === 'changeit';
  }

  [inspect.custom](): string {
    return '[credentials]';
  }
}

/** The connection string cannot be used. What is wrong is said without repeating any of it. */
export class BadConnectionString extends Error {
  override name = 'BadConnectionString';
}

const FORM = /^(?<scheme>esdb|esdb\+discover):\/\/(?:(?<user>[^:@/?]+):(?<password>[^@/?]+)@)?(?<hosts>[^/?@]+)\/?(?:\?(?<options>.*))?$/;

const NUMBERS = ['keepAliveInterval', 'keepAliveTimeout', 'maxDiscoverAttempts', 'discoveryInterval', 'gossipTimeout'] as const;
const OPTIONS = new Map([...NUMBERS, 'tls', 'tlsCAFile', 'tlsVerifyCert', 'nodePreference'].map((name) => [name.toLowerCase(), name]));

/**
 * Reads `esdb://user:password@host:2113?tls=true`. The client's own reader puts what it reads into its errors, its warnings and
 * its debug output, password included; so it never sees the string.
 * @throws BadConnectionString
 */
export function readConnectionString(text: string): EventStoreDbSettings {
  const parts = FORM.exec(text.trim())?.groups;
  if (!parts) throw new BadConnectionString('it has to look like esdb://user:password@host:2113?tls=true, or esdb+discover://…');
  const { scheme, user, password, hosts = '', options } = parts;
  const addresses = hosts.split(',').map(addressOf);
  const [first, ...others] = addresses;
  if (!first) throw new BadConnectionString('it names no host');
  const credentials = user !== undefined && password !== undefined && new DatabaseCredentials(decoded(user), decoded(password));
  return {
    find: scheme === 'esdb+discover' ? 'dns' : others.length > 0 ? 'gossip' : 'node',
    addresses: [first, ...others],
    ...readOptions(options ?? ''),
    ...(credentials && { credentials }),
  };
}

function addressOf(host: string): Address {
  const [address = '', port = '2113', ...rest] = host.trim().split(':');
  if (address === '' || rest.length > 0 || !/^\d{1,5}$/.test(port)) throw new BadConnectionString('a host is not of the form host:port');
  return { address, port: Number(port) };
}

function readOptions(text: string): Omit<EventStoreDbSettings, 'find' | 'addresses' | 'credentials'> {
  const given = new Map<string, string>();
  for (const [key, value] of new URLSearchParams(text)) {
    const name = OPTIONS.get(key.toLowerCase().replaceAll(/[_-]/g, ''));
    if (name === undefined)
      throw new BadConnectionString(`it has an option that is not known; known are ${[...OPTIONS.values()].join(', ')}`);
    given.set(name, value);
  }
  if (given.get('tlsVerifyCert') === 'false') {
    throw new BadConnectionString('tlsVerifyCert=false does nothing in this client: give the certificate authority as tlsCAFile');
  }
  if ((given.get('nodePreference') ?? 'leader').toLowerCase() !== 'leader') {
    throw new BadConnectionString('nodePreference has to be leader: what another node answers may be old');
  }
  const caFile = given.get('tlsCAFile');
  return {
    secure: readBoolean(given.get('tls') ?? 'true'),
    ...(caFile !== undefined && { caFile }),
    ...Object.fromEntries(NUMBERS.filter((name) => given.has(name)).map((name) => [name, readNumber(name, given.get(name) as string)])),
  };
}

function readBoolean(value: string): boolean {
  if (value !== 'true' && value !== 'false') throw new BadConnectionString('tls has to be true or false');
  return value === 'true';
}

function readNumber(name: string, value: string): number {
  if (!/^\d{1,9}$/.test(value)) throw new BadConnectionString(`${name} has to be a whole number`);
  return Number(value);
}

function decoded(text: string): string {
  try {
    return decodeURIComponent(text);
  } catch {
    throw new BadConnectionString('user and password have to be percent-encoded');
  }
}
