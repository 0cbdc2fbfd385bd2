import { spawnSync } from 'node:child_process';
import { randomUUID } from 'node:crypto';
import { readFileSync, writeFileSync } from 'node:fs';
import { join, resolve } from 'node:path';
import { ErrorType, type EventStoreDBClient, jsonEvent } from '@eventstore/db-client';
import { NO_STREAM, StoreUnavailable } from '../../src/event-sourcing/event-store.js';
import { NotAllowed, patiently } from '../../src/event-sourcing/eventstoredb.access.js';
import { Connection } from '../../src/event-sourcing/eventstoredb.connection.js';
import { EventStoreDbEventStore } from '../../src/event-sourcing/eventstoredb.event-store.js';
import { DatabaseCredentials, type EventStoreDbSettings, readConnectionString } from '../../src/event-sourcing/eventstoredb.settings.js';
import type { NewEvent } from '../../src/event-sourcing/message.js';
import { temporaryDirectory } from '../support/temporary-directory.js';
import { byTest } from './counter.js';

describe('a step of letting the service into a server', () => {
  const soon = (): number => performance.now() + 500;
  /** Fails so, one after the other, and then works. */
  const failing = (...errors: readonly Error[]) => {
    const left = [...errors];
    return async (): Promise<void> => {
      const error = left.shift();
      if (error) throw error;
    };
  };
  const never = (error: Error) => (): Promise<void> => Promise.reject(error);

  it('is repeated for a server that has no leader yet', async () => {
    await patiently(soon(), failing(new Error('no leader'), new Error('not ready')), { pauseMs: 1 });
    await expect(patiently(soon(), never(new Error('no leader')), { pauseMs: 50 })).rejects.toThrow('could not be prepared in time');
  });

  it('is repeated for a server that answers before it has made its users, as one does that starts for the first time', async () => {
    await patiently(soon(), failing(new NotAllowed(), new NotAllowed(), new Error('no leader'), new NotAllowed()), { pauseMs: 1 });
  });

  it('is given up for a wrong password long before a server is that does not come up', async () => {
    const [began, wrong] = [performance.now(), never(new NotAllowed())];
    await expect(patiently(began + 60_000, wrong, { usersMadeWithinMs: 50, pauseMs: 10 })).rejects.toThrow('does not know this password');
    await expect(patiently(began, wrong, { usersMadeWithinMs: 60_000, pauseMs: 10 })).rejects.toThrow('does not know this password');
    expect(performance.now() - began).toBeLessThan(10_000);
  });
});

/** A secure server to try it on: its connection string without a user, its authority, and a file with the password of `admin`. */
const { SECURE_EVENTSTOREDB_URL, SECURE_EVENTSTOREDB_CA_FILE, SECURE_EVENTSTOREDB_ADMIN_PASSWORD_FILE } = process.env;

if (SECURE_EVENTSTOREDB_URL !== undefined) {
  describe('prepare-eventstoredb, on a real, secure EventStoreDB,', () => {
    const place = temporaryDirectory('prepare');
    const password: string = randomUUID();
    const adminFile = String(SECURE_EVENTSTOREDB_ADMIN_PASSWORD_FILE);
    const settings = (credentials?: DatabaseCredentials): EventStoreDbSettings => ({
      ...readConnectionString(SECURE_EVENTSTOREDB_URL),
      caFile: String(SECURE_EVENTSTOREDB_CA_FILE),
      ...(credentials && { credentials }),
    });
    const service = (word = password): EventStoreDbSettings => settings(new DatabaseCredentials('vestibule', word));
    const prepared = (file: string, word = password): Said => {
      const env = {
        PATH: process.env['PATH'],
        EVENTSTOREDB_URL: SECURE_EVENTSTOREDB_URL,
        EVENTSTOREDB_CA_FILE: SECURE_EVENTSTOREDB_CA_FILE,
        EVENTSTOREDB_USERNAME: 'vestibule',
        EVENTSTOREDB_PASSWORD: word,
      };
      const args = [resolve('dist/cli/prepare-eventstoredb.js'), '--admin-password-file', file];
      const { status, stdout, stderr } = spawnSync(process.execPath, args, { env, encoding: 'utf8' });
      return { code: status, out: stdout, err: stderr };
    };
    const opened = (as: EventStoreDbSettings, { openWithin = 3_000 } = {}): Promise<EventStoreDbEventStore> =>
      EventStoreDbEventStore.open(as, { openWithin, deadline: 10_000 });
    const event = (): NewEvent => {
      const recordedAt = new Date(0).toISOString();
      return { id: randomUUID(), type: 'Counted', schemaVersion: 1, recordedAt, cause: byTest, data: { by: 1 } };
    };
    const connected = async <Said>(
      as: EventStoreDbSettings,
      asked: (client: EventStoreDBClient, options: object) => Promise<Said>,
    ): Promise<Said> => {
      const connection = new Connection(as, 10_000, () => {});
      try {
        return await connection.call((client) => asked(client, connection.options));
      } finally {
        await connection.close();
      }
    };
    const reads =
      (stream: string) =>
      async (client: EventStoreDBClient, options: object): Promise<unknown> => {
        const found: unknown[] = [];
        for await (const read of client.readStream(stream, options)) found.push(read.event?.id);
        return found;
      };
    const writes =
      (stream: string) =>
      (client: EventStoreDBClient, options: object): Promise<unknown> =>
        client.appendToStream(stream, jsonEvent({ type: 'Counted', data: {} }), options);
    /** What rights were written: to the whole log, and to all streams. */
    const rights = (): Promise<unknown> => {
      const admin = settings(new DatabaseCredentials('admin', readFileSync(adminFile, 'utf8').trim()));
      return connected(admin, async (client, options) => [
        await client.getStreamMetadata('$all', options),
        await reads('$settings')(client, options),
      ]);
    };

    it('says that the password of admin is wrong, and repeats neither', () => {
      const file = join(place(), 'wrong');
      writeFileSync(file, 'wrong-password\n');
      const said = prepared(file);
      expect(said).toMatchObject({ code: 1, err: 'prepare-eventstoredb: the server does not know this password of the user admin\n' });
    }, 90_000);

    it('lets the service in: it writes, reads the whole log, follows it, and lets events go', async () => {
      expect(prepared(adminFile)).toMatchObject({ code: 0, err: '' });
      const store = await opened(service());
      try {
        const [stream, before] = [`counter-${randomUUID()}`, await store.end()];
        await store.keepFor(stream, 3_600);
        await store.append(stream, NO_STREAM, [event(), event()]);
        await store.forgetBefore(stream, 1);
        expect(await store.readStream(stream, { from: 1 })).toHaveLength(1);
        for await (const { events } of store.subscribe({ after: before, signal: AbortSignal.timeout(10_000) })) {
          if (events.some((each) => each.stream === stream)) break;
        }
      } finally {
        await store.close();
      }
    });

    it('lets nobody else in: no guest, no other password, and not the user of the server’s own operators', async () => {
      const ops = settings(new DatabaseCredentials('ops', readFileSync(adminFile, 'utf8').trim()));
      const stream = `counter-${randomUUID()}`;
      const store = await opened(service(), { openWithin: 30_000 });
      await store.append(stream, NO_STREAM, [event()]);
      await store.close();
      for (const who of [settings(), service('another'), ops]) {
        await expect(opened(who)).rejects.toThrow(StoreUnavailable);
        // The whole log is nobody's by default; a stream is everybody's.
        for (const asked of [reads(stream), writes(stream), writes(`another-${stream}`)]) {
          await expect(connected(who, asked)).rejects.toMatchObject({ type: ErrorType.ACCESS_DENIED });
        }
      }
    });

    it('changes nothing when it is sent twice, and the password where it is another', async () => {
      const before = await rights();
      expect(prepared(adminFile).code).toBe(0);
      expect(await rights()).toEqual(before);
      expect(prepared(adminFile, `${password}-new`).code).toBe(0);
      expect(await rights()).toEqual(before);
      await (await opened(service(`${password}-new`))).close();
      await expect(opened(service())).rejects.toThrow(StoreUnavailable);
    });
  });
}

interface Said {
  readonly code: number | null;
  readonly out: string;
  readonly err: string;
}
