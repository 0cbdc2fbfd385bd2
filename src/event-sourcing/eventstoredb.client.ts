import { EventStoreDBClient } from '@eventstore/db-client';
import streams from '@eventstore/db-client/generated/streams_grpc_pb.js';
import { AppendStream, type AppendCall } from './eventstoredb.append-stream.js';

type CallOptions = Parameters<EventStoreDBClient['callArguments']>[0];
type Channel = Awaited<ReturnType<EventStoreDBClient['getChannel']>>;

/**
 * The client, without what it does by itself after a failure, and with appends of our own.
 *
 * By itself, after a failure, it keeps the promise of a discovery that failed and never appends again; it closes a channel under
 * calls that are about to use it, which is an error thrown where nobody can catch it; and its reconnecting is a promise that nobody
 * watches, which would end the process whenever a whole cluster is gone (R25). Here, a client that has failed is replaced.
 */
export class Client extends EventStoreDBClient {
  /** Calls that have no outcome yet, those that nobody waits for any more included. */
  underWay = 0;
  readonly since = performance.now();
  /** When a server last answered anything. */
  lastAnswer = 0;
  /** When a failure last said that it may be lost; answered since, it is not. */
  lostAt = 0;
  private channel: Promise<Channel> | undefined;
  private appends: AppendStream | undefined;

  constructor(...settings: ConstructorParameters<typeof EventStoreDBClient>) {
    super(...settings);
    const { getChannel } = this;
    this.getChannel = () => (this.channel = getChannel());
    this.handleError = async () => {};
  }

  /** The stream over which all appends go. @param options of its call */
  appendStream(options: CallOptions): AppendStream {
    if (this.appends?.isOpen !== true) this.appends = new AppendStream(this.openAppends(options));
    return this.appends;
  }

  /** No call may begin any more. */
  async close(): Promise<void> {
    this.appends?.close();
    void this.dispose();
    (await this.channel)?.close();
  }

  private openAppends(options: CallOptions): Promise<AppendCall> {
    const begin = async (grpc: InstanceType<typeof streams.StreamsClient>): Promise<AppendCall> =>
      grpc.batchAppend(...this.callArguments(options, { deadline: Infinity }));
    return this.execute(streams.StreamsClient, 'appendToStream', begin);
  }
}
