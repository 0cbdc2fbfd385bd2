import gossip from '@eventstore/db-client/generated/gossip_grpc_pb.js';
import gossipPb from '@eventstore/db-client/generated/gossip_pb.js';
import features from '@eventstore/db-client/generated/serverfeatures_grpc_pb.js';
import featuresPb from '@eventstore/db-client/generated/serverfeatures_pb.js';
import shared from '@eventstore/db-client/generated/shared_pb.js';
import statusPb from '@eventstore/db-client/generated/status_pb.js';
import streamsGrpc from '@eventstore/db-client/generated/streams_grpc_pb.js';
import type { BatchAppendReq, BatchAppendResp, ReadReq, ReadResp } from '@eventstore/db-client/generated/streams_pb.js';
import streams from '@eventstore/db-client/generated/streams_pb.js';
import { Metadata, Server, ServerCredentials, type ServerDuplexStream, type ServerWritableStream, status } from '@grpc/grpc-js';
import anyPb from 'google-protobuf/google/protobuf/any_pb.js';
import { type FakeEvent, FakeLog, type FakeOutcome, type FakeRecord, InvalidPosition } from './fake-eventstoredb.log.js';

/**
 * What happens to an append. `silence`, `end` and `break`: the answer never comes, the stream ends without an error, or with one.
 * What is named `…-unwritten` happens before the append is done, the others after.
 */
export type AppendFate =
  | 'answer' | 'answer twice' | 'answer late' | 'answer without the position'
  | 'silence' | 'silence-unwritten' | 'end' | 'end-unwritten' | 'break' | 'break-unwritten'
  | 'timeout' | 'not ready' | 'busy' | 'no leader' | 'not leader' | 'access denied'; // prettier-ignore

export type ReadFate = 'answer' | 'silence' | 'end' | 'break' | 'not ready' | 'not leader';

type ReadCall = ServerWritableStream<ReadReq, ReadResp>;
type AppendCall = ServerDuplexStream<BatchAppendReq, BatchAppendResp>;

interface Leader {
  readonly host: string;
  readonly port: number;
}

/**
 * An EventStoreDB as far as the adapter and the client's own calls need one, made of the client's generated stubs, that can be told to
 * misbehave. Insecure, on loopback.
 */
export class FakeEventStoreDb {
  /** Decides what happens to each append. */
  onAppend: (stream: string) => AppendFate = () => 'answer';
  onRead: (of: 'all' | 'stream') => ReadFate = () => 'answer';
  /** Of a subscription, when it is asked for. */
  onSubscribe: () => ReadFate = () => 'answer';
  /** To whom `not leader` points. */
  leader: Leader = { host: '127.0.0.1', port: 1 };
  /** Events of a read of the log after which nothing more comes. */
  stallAfter = Infinity;
  /** Whether gossip names this node as the leader. */
  leads = true;
  /** Whether a subscription begins with the event that it was to begin after. */
  repeats = false;
  /** Milliseconds after which a late answer comes. */
  late = 300;
  /** What was asked of it so far. */
  readonly seen = { appends: 0, reads: 0, subscriptions: 0, appendStreams: 0, requiringLeader: 0, calls: 0, deadlines: 0 };
  private readonly subscriptions = new Set<ReadCall>();
  private readonly muted = new WeakSet<ReadCall>();
  private server = new Server();

  private constructor(
    readonly log: FakeLog,
    private boundTo: number,
  ) {}

  static async start(log = new FakeLog(), port = 0): Promise<FakeEventStoreDb> {
    const fake = new FakeEventStoreDb(log, port);
    await fake.listen();
    return fake;
  }

  get port(): number {
    return this.boundTo;
  }

  get url(): string {
    return `esdb://127.0.0.1:${this.boundTo}?tls=false`;
  }

  /** All connections are cut. */
  stop(): void {
    this.server.forceShutdown();
  }

  /** On the same port, with the same log. */
  async restart(): Promise<void> {
    this.server = new Server();
    await this.listen();
  }

  /** To every subscription there is: no more events, an end without an error, or an error. */
  disturbSubscriptions(how: 'silence' | 'end' | 'break'): void {
    for (const call of this.subscriptions) {
      if (how === 'silence') this.muted.add(call);
      if (how === 'end') call.end();
      if (how === 'break') call.emit('error', broken());
    }
  }

  private async listen(): Promise<void> {
    this.server.addService(streamsGrpc.StreamsService as never, {
      read: (call: ReadCall) => this.read(call),
      batchAppend: (call: AppendCall) => this.appendStream(call),
      delete: (call: { request: InstanceType<typeof streams.DeleteReq> }, done: (error: null, response: unknown) => void) => {
        this.log.softDelete(nameOf(call.request.getOptions()?.getStreamIdentifier()));
        done(null, new streams.DeleteResp());
      },
    });
    this.server.addService(features.ServerFeaturesService as never, {
      getSupportedMethods: (_: unknown, done: (error: null, response: unknown) => void) => done(null, supportedMethods()),
    });
    this.server.addService(gossip.GossipService as never, {
      read: (_: unknown, done: (error: null, response: unknown) => void) => done(null, this.members()),
    });
    this.boundTo = await new Promise((resolve, reject) => {
      const bound = (error: Error | null, port: number): void => (error ? reject(error) : resolve(port));
      this.server.bindAsync(`127.0.0.1:${this.boundTo}`, ServerCredentials.createInsecure(), bound);
    });
  }

  private members(): InstanceType<typeof gossipPb.ClusterInfo> {
    const { LEADER, CATCHINGUP } = gossipPb.MemberInfo.VNodeState;
    const endPoint = new gossipPb.EndPoint().setAddress('127.0.0.1').setPort(this.boundTo);
    const id = new shared.UUID().setString(crypto.randomUUID());
    const state = this.leads ? LEADER : CATCHINGUP;
    const member = new gossipPb.MemberInfo().setInstanceId(id).setTimeStamp('0').setState(state).setIsAlive(true).setHttpEndPoint(endPoint);
    return new gossipPb.ClusterInfo().setMembersList([member]);
  }

  private note(metadata: Metadata): void {
    this.seen.calls += 1;
    if (metadata.get('requires-leader')[0] === 'true') this.seen.requiringLeader += 1;
  }

  private appendStream(call: AppendCall): void {
    this.seen.appendStreams += 1;
    this.note(call.metadata);
    call.on('data', (request: BatchAppendReq) => this.append(call, request));
    call.on('end', () => call.end());
    call.on('error', () => {});
  }

  private append(call: AppendCall, request: BatchAppendReq): void {
    this.seen.appends += 1;
    if (request.getOptions()?.hasDeadline()) this.seen.deadlines += 1;
    const stream = nameOf(request.getOptions()?.getStreamIdentifier());
    const fate = this.onAppend(stream);
    const answer = new streams.BatchAppendResp().setStreamIdentifier(request.getOptions()?.getStreamIdentifier());
    answer.setCorrelationId(request.getCorrelationId());
    const refuse = (message: string, kind = 'Empty', bytes = new Uint8Array()): void =>
      void call.write(answer.setError(problem(message, kind, bytes)));
    if (fate === 'not ready') return refuse('Server Is Not Ready');
    if (fate === 'busy') return refuse('Server Is Busy');
    if (fate === 'no leader') return refuse('No leader info available in response');
    if (fate === 'access denied') return refuse('AccessDenied', 'AccessDenied');
    if (fate === 'not leader') return void call.emit('error', this.notLeader());
    if (fate === 'silence-unwritten') return;
    if (fate === 'end-unwritten') return void call.end();
    if (fate === 'break-unwritten') return void call.emit('error', broken());
    const outcome = this.log.append(stream, expectedOf(request), request.getProposedMessagesList().map(eventOf)); // prettier-ignore
    if (fate === 'silence') return;
    if (fate === 'end') return void call.end();
    if (fate === 'break') return void call.emit('error', broken());
    if (fate === 'timeout') return refuse('Timeout', 'Timeout');
    fill(answer, outcome, fate === 'answer without the position');
    const send = (): unknown => call.writable && call.write(answer);
    if (fate === 'answer late') setTimeout(send, this.late);
    else send();
    if (fate === 'answer twice') send();
  }

  private read(call: ReadCall): void {
    this.note(call.metadata);
    call.on('error', () => {});
    const options = call.request.getOptions()!;
    const subscribes = options.hasSubscription();
    this.seen[subscribes ? 'subscriptions' : 'reads'] += 1;
    const fate = subscribes ? this.onSubscribe() : this.onRead(options.hasAll() ? 'all' : 'stream');
    if (fate === 'silence') return;
    if (fate === 'end') return void call.end();
    if (fate === 'break') return void call.emit('error', broken());
    if (fate === 'not ready') return void call.emit('error', failure(status.UNAVAILABLE, 'Server Is Not Ready'));
    if (fate === 'not leader') return void call.emit('error', this.notLeader());
    if (subscribes) this.subscribe(call, options);
    else if (options.hasAll()) this.readAll(call, options);
    else this.readStream(call, options);
  }

  private readAll(call: ReadCall, options: InstanceType<typeof streams.ReadReq.Options>): void {
    try {
      const records = this.log.readAll(placeIn(options), Number(options.getCount()), isBackwards(options));
      for (const record of records.slice(0, this.stallAfter)) call.write(eventMessage(record));
      if (records.length > this.stallAfter) return;
      call.end();
    } catch (error) {
      if (!(error instanceof InvalidPosition)) throw error;
      call.emit('error', failure(status.UNKNOWN, 'Unexpected ReadAllResult: InvalidPosition'));
    }
  }

  private readStream(call: ReadCall, options: InstanceType<typeof streams.ReadReq.Options>): void {
    const of = options.getStream()!;
    const from = of.hasEnd() ? 'end' : of.hasStart() ? 0 : Number(of.getRevision());
    const records = this.log.readStream(nameOf(of.getStreamIdentifier()), from, Number(options.getCount()), isBackwards(options));
    if (!records) {
      const notFound = new streams.ReadResp.StreamNotFound().setStreamIdentifier(of.getStreamIdentifier());
      call.write(new streams.ReadResp().setStreamNotFound(notFound));
    }
    for (const record of records ?? []) call.write(eventMessage(record));
    call.end();
  }

  /** First what there is, a word that this was all, then what comes; checkpoints at the change, and live ones every so often. */
  private subscribe(call: ReadCall, options: InstanceType<typeof streams.ReadReq.Options>): void {
    const pattern = options.getFilter()?.getEventType()?.getRegex();
    const wanted = pattern === undefined ? undefined : new RegExp(pattern, 'u');
    const start = placeIn(options);
    const last = this.log.records.at(-1)?.position ?? -1;
    const from = (typeof start === 'number' ? start : start === 'end' ? last : -1) - (this.repeats ? 1 : 0);
    const checkpointEvery = 32 * (options.getFilter()?.getCheckpointintervalmultiplier() ?? 1);
    let considered = 0;
    const send = (record: FakeRecord): void => {
      if (this.muted.has(call) || record.position <= from) return;
      if (wanted?.test(record.type) ?? true) call.write(eventMessage(record));
      considered += 1;
      if (wanted && considered % checkpointEvery === 0) call.write(checkpointMessage(record.position));
    };
    call.write(
      new streams.ReadResp().setConfirmation(new streams.ReadResp.SubscriptionConfirmation().setSubscriptionId(crypto.randomUUID())),
    );
    this.log.records.forEach(send);
    if (wanted) call.write(checkpointMessage(Math.max(0, this.log.records.at(-1)?.position ?? 0)));
    call.write(new streams.ReadResp().setCaughtUp(new streams.ReadResp.CaughtUp()));
    const forget = this.log.onRecord(send);
    this.subscriptions.add(call);
    const over = (): void => {
      forget();
      this.subscriptions.delete(call);
    };
    call.on('cancelled', over);
    call.on('close', over);
    call.on('finish', over);
  }

  private notLeader(): Error {
    const metadata = new Metadata();
    metadata.set('exception', 'not-leader');
    metadata.set('leader-endpoint-host', this.leader.host);
    metadata.set('leader-endpoint-port', String(this.leader.port));
    return Object.assign(failure(status.NOT_FOUND, 'Leader info available'), { metadata });
  }
}

function failure(code: status, details: string): Error {
  return Object.assign(new Error(details), { code, details });
}

const broken = (): Error => failure(status.UNAVAILABLE, 'the node is going down');

function nameOf(identifier: { getStreamName_asU8(): Uint8Array } | undefined): string {
  return Buffer.from(identifier?.getStreamName_asU8() ?? []).toString('utf8');
}

function expectedOf(request: BatchAppendReq): number | undefined {
  const options = request.getOptions();
  if (options?.hasNoStream()) return -1;
  return options?.hasStreamPosition() === true ? Number(options.getStreamPosition()) : undefined;
}

function eventOf(message: InstanceType<typeof streams.BatchAppendReq.ProposedMessage>): FakeEvent {
  const metadata = message.getMetadataMap();
  return {
    id: message.getId()?.getString() ?? '',
    type: metadata.get('type') ?? '',
    contentType: metadata.get('content-type') ?? '',
    data: message.getData_asU8(),
    metadata: message.getCustomMetadata_asU8(),
  };
}

function placeIn(options: InstanceType<typeof streams.ReadReq.Options>): number | 'start' | 'end' {
  const all = options.getAll()!;
  if (all.hasStart()) return 'start';
  return all.hasEnd() ? 'end' : Number(all.getPosition()?.getCommitPosition());
}

function isBackwards(options: InstanceType<typeof streams.ReadReq.Options>): boolean {
  return options.getReadDirection() === streams.ReadReq.Options.ReadDirection.BACKWARDS;
}

function eventMessage(record: FakeRecord): ReadResp {
  const { stream, revision, position, id, type, contentType, data, metadata } = record;
  const recorded = new streams.ReadResp.ReadEvent.RecordedEvent()
    .setId(new shared.UUID().setString(id))
    .setStreamIdentifier(new shared.StreamIdentifier().setStreamName(Buffer.from(stream, 'utf8')))
    .setStreamRevision(String(revision))
    .setCommitPosition(String(position))
    .setPreparePosition(String(position))
    .setData(data)
    .setCustomMetadata(metadata);
  recorded.getMetadataMap().set('type', type).set('content-type', contentType).set('created', '17000000000000000');
  return new streams.ReadResp().setEvent(new streams.ReadResp.ReadEvent().setEvent(recorded).setCommitPosition(String(position)));
}

function checkpointMessage(position: number): ReadResp {
  const place = String(position);
  return new streams.ReadResp().setCheckpoint(new streams.ReadResp.Checkpoint().setCommitPosition(place).setPreparePosition(place));
}

function problem(message: string, kind: string, bytes: Uint8Array): InstanceType<typeof statusPb.Status> {
  const details = new anyPb.Any();
  details.pack(bytes, `event_store.client.${kind}`);
  return new statusPb.Status().setMessage(message).setDetails(details);
}

function fill(answer: BatchAppendResp, outcome: FakeOutcome, withoutPosition: boolean): void {
  if (outcome.kind === 'too-large') {
    const bytes = new shared.MaximumAppendSizeExceeded().setMaxappendsize(1_048_576).serializeBinary();
    answer.setError(problem('MaximumAppendSizeExceeded', 'MaximumAppendSizeExceeded', bytes));
    return;
  }
  if (outcome.kind === 'wrong-version') {
    const wrong = new shared.WrongExpectedVersion();
    if (outcome.current >= 0) wrong.setCurrentStreamRevision(String(outcome.current));
    answer.setError(problem('WrongExpectedVersion', 'WrongExpectedVersion', wrong.serializeBinary()));
    return;
  }
  const success = new streams.BatchAppendResp.Success().setCurrentRevision(String(outcome.revision));
  const place = String(outcome.position);
  if (withoutPosition) success.setNoPosition(undefined);
  else success.setPosition(new shared.AllStreamPosition().setCommitPosition(place).setPreparePosition(place));
  answer.setSuccess(success);
}

function supportedMethods(): InstanceType<typeof featuresPb.SupportedMethods> {
  const method = new featuresPb.SupportedMethod().setServiceName('event_store.client.streams.streams').setMethodName('batchappend');
  return new featuresPb.SupportedMethods().setEventStoreServerVersion('24.6.0.0').setMethodsList([method]);
}
