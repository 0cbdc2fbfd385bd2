import { UnavailableError } from '@eventstore/db-client';
import { Client } from '../../src/event-sourcing/eventstoredb.client.js';

interface Internals {
  handleError: (grpc: object, error: Error) => Promise<void>;
  getChannel: () => Promise<object>;
}

describe('The client of EventStoreDB', () => {
  it('does not reconnect by itself: nobody would catch what its discovery throws (R25)', async () => {
    const endpoints = [
      { address: '127.0.0.1', port: 1 },
      { address: '127.0.0.1', port: 2 },
    ];
    const client = new Client({ endpoints, maxDiscoverAttempts: 1, discoveryInterval: 1 } as never, { insecure: true });
    const { getChannel, handleError } = client as unknown as Internals;
    const discovering = getChannel().catch((error: Error) => error.message);
    // The names are the client's own: under others it would go on as it did.
    await expect(handleError({ getChannel: () => ({}) }, new UnavailableError({} as never))).resolves.toBeUndefined();
    expect(await discovering).toContain('Failed to discover');
    await client.close().catch(() => {});
  });
});
