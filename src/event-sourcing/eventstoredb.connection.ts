import { readFileSync } from 'node:fs';
import type { Credentials, SingleNodeOptions } from '@eventstore/db-client';
import { AppendStreamOver } from './eventstoredb.append-stream.js';
import { Client } from './eventstoredb.client.js';
import { failureOf, NoAnswerInTime } from './eventstoredb.failures.js';
import type { Address, EventStoreDbSettings } from './eventstoredb.settings.js';
import { StoreUnavailable } from './event-store.js';

/** Something went wrong underneath and is being mended; nobody has to act, somebody may want to know. */
export interface Incident {
  readonly what:
    | 'the connection is made anew'
    | 'the subscription is made anew'
    | 'the log cannot be watched'
    | `the server is waited for, ${number} s at most`;
  /** In words of this code. */
  readonly reason: string;
  readonly error?: unknown;
}

/** What goes with every call. */
export interface CallOptions {
  readonly credentials?: Credentials;
  /** What another node answers may be old. */
  readonly requiresLeader: true;
}

/** A client that fails within this time is not the cause, and a new one would fail too; it is replaced afterwards. Milliseconds. */
const FAIR_CHANCE = 200;

/**
 * The connection to EventStoreDB: one client at a time, made anew as soon as a failure says that the old one may be lost, closed
 * once its last call is over. Credentials go with each call and in no connection string, since the client shows both in its debug
 * output, and only the former can keep to themselves.
 */
export class Connection {
  private current: Client | undefined;
  private leader: Address | undefined;
  private closed = false;
  private readonly clients = new Set<Client>();
  private readonly rootCertificate: Buffer | undefined;
  private replaced: () => void = () => {};
  readonly options: CallOptions;

  /**
   * @param deadline milliseconds that each call has
   * @throws Error the certificate authority's file cannot be read
   */
  constructor(
    private readonly settings: EventStoreDbSettings,
    readonly deadline: number,
    private readonly onIncident: (incident: Incident) => void,
  ) {
    this.rootCertificate = settings.caFile === undefined ? undefined : readFileSync(settings.caFile);
    this.options = { requiresLeader: true, ...(settings.credentials && { credentials: settings.credentials }) };
  }

  /** Told when calls begin to go to another client. */
  onReplaced(listener: () => void): void {
    this.replaced = listener;
  }

  /**
   * Begins a call and waits for it until the deadline. What was begun goes on; its outcome is ignored then.
   * @param abandoned told when nobody waits any more
   * @throws NoAnswerInTime and whatever the call throws
   */
  async call<Result>(begin: (client: Client) => Promise<Result>, abandoned: () => void = () => {}): Promise<Result> {
    const client = this.client();
    const began = performance.now();
    client.underWay += 1;
    const outcome = begin(client);
    void this.watch(client, outcome);
    let timer: NodeJS.Timeout | undefined;
    const late = new Promise<never>((_, reject) => (timer = setTimeout(() => reject(new NoAnswerInTime()), this.deadline)));
    try {
      return await Promise.race([outcome, late]);
    } catch (error) {
      // One call may be slow. When no call at all came back since it began, nothing gets through.
      if (!(error instanceof NoAnswerInTime)) this.report(client, error);
      else if (client.lastAnswer < began) this.lose(client, 'no answer in time', error);
      if (error instanceof NoAnswerInTime) abandoned();
      throw error;
    } finally {
      clearTimeout(timer);
    }
  }

  /** The client for something that goes on and on, to be let go of in the end. */
  borrow(): { client: Client; failed: (error: unknown) => void; letGo: () => void } {
    const client = this.client();
    client.underWay += 1;
    return { client, failed: (error) => this.report(client, error), letGo: () => this.over(client) };
  }

  /** Ends what is under way. */
  async close(): Promise<void> {
    this.closed = true;
    this.current = undefined;
    await Promise.all([...this.clients].map((client) => this.end(client)));
  }

  private client(): Client {
    if (this.closed) throw new StoreUnavailable('the store is closed');
    if (this.current && this.current.lostAt > this.current.lastAnswer) this.replace(this.current);
    if (this.current) return this.current;
    const { leader } = this;
    this.leader = undefined;
    this.current = this.connect(leader);
    this.clients.add(this.current);
    return this.current;
  }

  private connect(leader: Address | undefined): Client {
    const { find, addresses, secure, caFile: _, credentials: __, ...times } = this.settings;
    const [first] = addresses;
    const where = leader
      ? { endpoint: leader }
      : { node: { endpoint: first }, gossip: { endpoints: [...addresses] }, dns: { discover: first } }[find];
    const { rootCertificate } = this;
    const options = { ...times, connectionName: 'vestibule', defaultDeadline: this.deadline };
    return new Client({ ...where, ...options } as SingleNodeOptions, { insecure: !secure, ...(rootCertificate && { rootCertificate }) });
  }

  private report(client: Client, error: unknown): void {
    const { clientIsLost, reason, leader } = failureOf(error);
    if (clientIsLost) this.lose(client, reason, error, leader);
    else if (!(error instanceof AppendStreamOver)) client.lastAnswer = performance.now();
  }

  private lose(client: Client, reason: string, error: unknown, leader?: Address): void {
    if (client !== this.current || this.closed) return;
    if (client.lostAt <= client.lastAnswer) this.onIncident({ what: 'the connection is made anew', reason, error });
    client.lostAt = performance.now();
    this.leader = leader;
    this.replace(client);
  }

  private replace(client: Client): void {
    if (this.leader === undefined && performance.now() - client.since < FAIR_CHANCE) return;
    this.current = undefined;
    this.closeWhenIdle(client);
    this.replaced();
  }

  private async watch(client: Client, outcome: Promise<unknown>): Promise<void> {
    try {
      await outcome;
      client.lastAnswer = performance.now();
    } catch {
      // Told to whoever waits; nobody may.
    }
    this.over(client);
  }

  private over(client: Client): void {
    client.underWay -= 1;
    this.closeWhenIdle(client);
  }

  /** Not before: a node that is not ready for one call may still answer another. */
  private closeWhenIdle(client: Client): void {
    if (client !== this.current && client.underWay === 0 && this.clients.has(client)) void this.end(client);
  }

  private async end(client: Client): Promise<void> {
    this.clients.delete(client);
    // It may never have had a channel; then there is nothing to close.
    await client.close().catch(() => {});
  }
}
