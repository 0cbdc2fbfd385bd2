import { readFileSync } from 'node:fs';
import { request } from 'node:https';
import { setTimeout as sleep } from 'node:timers/promises';
import { isDeepStrictEqual } from 'node:util';
import { BACKWARDS, END, jsonEvent, StreamNotFoundError } from '@eventstore/db-client';
import { Connection } from './eventstoredb.connection.js';
import type { Address, DatabaseCredentials, EventStoreDbSettings } from './eventstoredb.settings.js';
import { StoreUnavailable } from './event-store.js';

const DEADLINE_MS = 10_000;
const PAUSE_MS = 2_000;
/** A server that starts for the first time answers some seconds before it has made its users: until then it knows no password. */
const USERS_MADE_WITHIN_MS = 30_000;

/** The server's own names: read, write, delete, read and write a stream's metadata. */
const RIGHTS = ['$r', '$w', '$d', '$mr', '$mw'] as const;
const ADMINS = '$admins';
/** The whole log, the streams of the server itself included. */
const ALL = '$all';
/** Where the rights stand that hold for every stream without its own. */
const SETTINGS = '$settings';

export interface LetInOptions {
  /** How long a cluster that has no leader yet is waited for, milliseconds. */
  readonly patienceMs: number;
  /** Told after each step. */
  readonly tell: (line: string) => void;
}

/**
 * Makes the service's user in a secure server and gives the log to it alone. By default anybody may read and write every
 * stream there, and only administrators may read the whole log. Each step can be repeated.
 * @param admin the user `admin`, with the password that it has now
 * @throws StoreUnavailable the server was not to be had, or refused
 */
export async function letIn(
  settings: EventStoreDbSettings,
  service: DatabaseCredentials,
  admin: DatabaseCredentials,
  { patienceMs, tell }: LetInOptions,
): Promise<void> {
  const connection = new Connection({ ...settings, credentials: admin }, DEADLINE_MS, () => {});
  const until = performance.now() + patienceMs;
  try {
    await patiently(until, () => makeUser(settings, service, admin));
    tell(`user ${service.username}: may sign in with the password that was given`);
    await patiently(until, () => grantWholeLog(connection, service.username));
    tell(`user ${service.username}: may read the whole log`);
    await patiently(until, () => closeToOthers(connection, service.username));
    tell('streams: nobody else may read or write them, administrators aside');
  } finally {
    await connection.close();
  }
}

/**
 * Repeats a step that failed until a moment of `performance.now()`; a refused password for `usersMadeWithinMs` after the first refusal.
 * @throws StoreUnavailable
 */
export async function patiently(
  until: number,
  step: () => Promise<void>,
  { usersMadeWithinMs = USERS_MADE_WITHIN_MS, pauseMs = PAUSE_MS } = {},
): Promise<void> {
  let believedFrom = Infinity;
  for (;;) {
    try {
      await step();
      return;
    } catch (error) {
      const now = performance.now();
      if (error instanceof NotAllowed) {
        believedFrom = Math.min(believedFrom, now + usersMadeWithinMs);
        if (now >= Math.min(believedFrom, until)) throw new StoreUnavailable('the server does not know this password of the user admin');
      } else if (now > until) throw new StoreUnavailable('the server could not be prepared in time', { cause: error });
      await sleep(pauseMs);
    }
  }
}

/** The server does not know who asks, or not this password of theirs. */
export class NotAllowed extends Error {
  override name = 'NotAllowed';
}

/** Users are made over the server's HTTP interface only, on any node: each passes it on to the leader. */
async function makeUser(settings: EventStoreDbSettings, service: DatabaseCredentials, admin: DatabaseCredentials): Promise<void> {
  const { username: loginName, password } = service;
  const [node] = settings.addresses;
  const ca = settings.caFile === undefined ? undefined : readFileSync(settings.caFile);
  const post = (path: string, body: object): Promise<number> => postJson(node, path, body, admin, ca);
  const made = await post('/users/', { loginName, fullName: 'Vestibule', groups: [loginName], password });
  const status =
    made === 409 ? await post(`/users/${encodeURIComponent(loginName)}/command/reset-password`, { newPassword: password }) : made;
  if (status === 401 || status === 403) throw new NotAllowed();
  if (status >= 300) throw new Error(`the server answered ${status}`);
}

function postJson(node: Address, path: string, body: object, by: DatabaseCredentials, ca: Buffer | undefined): Promise<number> {
  const text = JSON.stringify(body);
  return new Promise((resolve, reject) => {
    const sent = request({
      host: node.address,
      port: node.port,
      path,
      method: 'POST',
      auth: `${by.username}:${by.password}`,
      headers: { 'content-type': 'application/json', 'content-length': Buffer.byteLength(text) },
      timeout: DEADLINE_MS,
      ...(ca && { ca }),
    });
    sent.on('response', (response) => {
      response.resume();
      response.on('end', () => resolve(response.statusCode ?? 0));
    });
    sent.on('timeout', () => sent.destroy(new Error('no answer in time')));
    sent.on('error', reject);
    sent.end(text);
  });
}

async function grantWholeLog(connection: Connection, username: string): Promise<void> {
  const readRoles = [ADMINS, username];
  const { metadata } = await connection.call((client) => client.getStreamMetadata(ALL, connection.options));
  if (isDeepStrictEqual(metadata?.acl?.readRoles, readRoles)) return;
  await connection.call((client) =>
    client.setStreamMetadata(ALL, { ...metadata, acl: { ...metadata?.acl, readRoles } }, connection.options),
  );
}

async function closeToOthers(connection: Connection, username: string): Promise<void> {
  const rights = (who: string): object => Object.fromEntries(RIGHTS.map((right) => [right, who]));
  const acl = { $userStreamAcl: rights(username), $systemStreamAcl: rights(ADMINS) };
  if (isDeepStrictEqual(await connection.call((client) => lastSettings(client, connection)), acl)) return;
  const event = jsonEvent({ type: 'update-default-acl', data: acl });
  await connection.call((client) => client.appendToStream(SETTINGS, event, connection.options));
}

async function lastSettings(client: Parameters<Parameters<Connection['call']>[0]>[0], connection: Connection): Promise<unknown> {
  try {
    const events = client.readStream(SETTINGS, { direction: BACKWARDS, fromRevision: END, maxCount: 1, ...connection.options });
    for await (const { event } of events) return event?.data;
  } catch (error) {
    if (!(error instanceof StreamNotFoundError)) throw error;
  }
  return undefined;
}
