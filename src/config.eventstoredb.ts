import { existsSync } from 'node:fs';
import {
  BadConnectionString,
  DatabaseCredentials,
  type EventStoreDbSettings,
  readConnectionString,
} from './event-sourcing/eventstoredb.settings.js';

/** The variables that say where the log is, as text. */
export interface EventStoreDbVariables {
  readonly EVENTSTOREDB_URL?: string;
  readonly EVENTSTOREDB_CA_FILE?: string;
  readonly EVENTSTOREDB_USERNAME?: string;
  readonly EVENTSTOREDB_PASSWORD?: string;
}

export interface EventStoreDbReading {
  /** Nothing where the log is embedded, or where it cannot be told. */
  readonly settings?: EventStoreDbSettings;
  /** What is wrong, by the variable that it is wrong with. Never repeats a value: each may hold a password. */
  readonly complaints: readonly (readonly [about: string, complaint: string])[];
}

/** @param production an insecure connection and a password that everybody knows are complained about */
export function readEventStoreDb(variables: EventStoreDbVariables, production: boolean): EventStoreDbReading {
  const { EVENTSTOREDB_URL: url } = variables;
  const withoutUse = Object.entries(variables).flatMap(([name, value]) => (value === undefined ? [] : [name]));
  if (url === undefined) return { complaints: withoutUse.map((name) => [name, `${name} has no use without EVENTSTOREDB_URL`]) };
  try {
    const settings = completed(readConnectionString(url), variables);
    return { settings, complaints: [...inconsistent(settings, variables), ...(production ? unfit(settings) : [])] };
  } catch (error) {
    if (!(error instanceof BadConnectionString)) throw error;
    return { complaints: [['EVENTSTOREDB_URL', `EVENTSTOREDB_URL cannot be used: ${error.message}`]] };
  }
}

function completed(settings: EventStoreDbSettings, variables: EventStoreDbVariables): EventStoreDbSettings {
  const { EVENTSTOREDB_CA_FILE: caFile, EVENTSTOREDB_USERNAME: username, EVENTSTOREDB_PASSWORD: password } = variables;
  return {
    ...settings,
    ...(caFile !== undefined && { caFile }),
    ...(username !== undefined && password !== undefined && { credentials: new DatabaseCredentials(username, password) }),
  };
}

function inconsistent({ caFile }: EventStoreDbSettings, variables: EventStoreDbVariables): [string, string][] {
  const { EVENTSTOREDB_USERNAME: username, EVENTSTOREDB_PASSWORD: password } = variables;
  return complaintsOf([
    [caFile !== undefined && !existsSync(caFile), 'EVENTSTOREDB_CA_FILE', 'EVENTSTOREDB_CA_FILE names no file'],
    [username !== undefined && password === undefined, 'EVENTSTOREDB_PASSWORD', 'EVENTSTOREDB_PASSWORD must go with EVENTSTOREDB_USERNAME'],
    [username === undefined && password !== undefined, 'EVENTSTOREDB_USERNAME', 'EVENTSTOREDB_USERNAME must go with EVENTSTOREDB_PASSWORD'],
  ]);
}

function unfit({ secure, credentials }: EventStoreDbSettings): [string, string][] {
  return complaintsOf([
    [!secure, 'EVENTSTOREDB_URL', 'EVENTSTOREDB_URL must not say tls=false in production'],
    [credentials === undefined, 'EVENTSTOREDB_USERNAME', 'EVENTSTOREDB_USERNAME and EVENTSTOREDB_PASSWORD must be set in production'],
    [
      credentials?.isDefault === true,
      'EVENTSTOREDB_PASSWORD',
      'EVENTSTOREDB_PASSWORD is the one that every new EventStoreDB has: change it in the server',
    ],
  ]);
}

function complaintsOf(checks: readonly [boolean, string, string][]): [string, string][] {
  return checks.filter(([wrong]) => wrong).map(([, about, complaint]) => [about, complaint]);
}
