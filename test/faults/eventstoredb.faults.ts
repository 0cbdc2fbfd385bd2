import { connect, createServer, type AddressInfo, type Socket } from 'node:net';
import { once } from 'node:events';
import { setTimeout as sleep } from 'node:timers/promises';
import { registerPartner, startBank, type BankProcess } from '../end-to-end/bank-process.js';
import { ReplicatedBank } from '../end-to-end/replicated-bank.js';
import { Evidence } from './evidence.js';
import { must, type Fault } from './fault.js';
import { Traffic } from './traffic.js';

/** Milliseconds, longer than an append may take to be acknowledged. */
const PARTITION = 15_000;

/** An empty server; a stand-in made of the client's own stubs unless given. */
const SERVER = process.env['EVENTSTOREDB_URL'];

export const ON_EVENTSTOREDB: readonly Fault[] = [
  {
    name: 'partition from EventStoreDB',
    injected: `a proxy between service and EventStoreDB swallows every byte in both directions for ${PARTITION / 1_000} s under load, connections open`,
    expected: '503 and no answer while it lasts; it goes on by itself, each append once (R3, R4, R22, R23)',
    run: () => cutOff((proxy) => (proxy.carries = false)),
  },
  {
    name: 'EventStoreDB out of reach',
    injected: 'the proxy closes every connection under load and refuses new ones for as long',
    expected: 'as in a partition',
    run: () => cutOff((proxy) => proxy.refuse()),
  },
];

async function cutOff(fault: (proxy: Proxy) => void): Promise<string> {
  const bank = await ReplicatedBank.make(SERVER);
  const url = new URL(bank.url);
  const proxy = await new Proxy(url.hostname, Number(url.port)).start();
  url.host = `127.0.0.1:${proxy.port}`;
  let service: BankProcess | undefined;
  try {
    service = await startBank(bank.directories[0], { EVENTSTOREDB_URL: url.href, DUTY_LEASE: 'PT2S' });
    const shop = await registerPartner(service, bank.directories[0], 'shop', { initial: 20, ceiling: 30_000 });
    await service.as('ana').post('/v1/owners/owner-shop/grants', { units: 20_000, reason: 'other' });
    const traffic = new Traffic();
    const load = traffic.start(shop, undefined, 4);
    await more(traffic, 8);
    fault(proxy);
    await sleep(1_000);
    const before = traffic.acknowledged.length;
    await sleep(PARTITION - 1_000);
    const meanwhile = traffic.acknowledged.length - before;
    proxy.restore();
    const healed = performance.now();
    await more(traffic, 8);
    const seconds = Math.round((performance.now() - healed) / 100) / 10;
    await load.stop();
    must(meanwhile === 0, 'no acknowledgement of what cannot have been written', meanwhile);
    for (const command of traffic.unknown) await traffic.repeat(shop, command);
    await service.kill('SIGTERM');
    // Positions have gaps there.
    new Evidence(false).add(await bank.log()).holds(traffic.acknowledged);
    const problems = [...traffic.problems].map(([code, count]) => `${count} ${code}`).join(', ');
    return `${problems}; went on after ${seconds} s; ${traffic.acknowledged.length} of ${traffic.sent.length} acknowledged, all there`;
  } finally {
    await service?.kill();
    proxy.stop();
    await bank.stop();
  }
}

async function more(traffic: Traffic, count: number): Promise<void> {
  const until = traffic.acknowledged.length + count;
  for (let tries = 0; traffic.acknowledged.length < until; tries++) {
    must(tries < 2_400, 'a service that goes on', [...traffic.problems]);
    await sleep(50);
  }
}

/** Between the service and the server; what it does not carry is lost. */
class Proxy {
  carries = true;
  private refuses = false;
  private readonly sockets = new Set<Socket>();
  private readonly server = createServer((client) => this.carry(client));

  constructor(
    private readonly host: string,
    private readonly to: number,
  ) {}

  async start(): Promise<this> {
    this.server.listen(0, '127.0.0.1');
    await once(this.server, 'listening');
    return this;
  }

  get port(): number {
    return (this.server.address() as AddressInfo).port;
  }

  refuse(): void {
    this.refuses = true;
    this.cut();
  }

  /** Connections that have lost something are of no more use to anybody. */
  restore(): void {
    this.cut();
    this.carries = true;
    this.refuses = false;
  }

  stop(): void {
    this.cut();
    this.server.close();
  }

  private carry(client: Socket): void {
    if (this.refuses) return void client.destroy();
    const upstream = connect(this.to, this.host);
    for (const [from, into] of [
      [client, upstream],
      [upstream, client],
    ] as const) {
      this.sockets.add(from);
      from.on('error', () => undefined);
      from.on('data', (bytes) => {
        if (this.carries) into.write(bytes);
      });
      from.on('close', () => {
        this.sockets.delete(from);
        into.destroy();
      });
    }
  }

  private cut(): void {
    for (const socket of this.sockets) socket.destroy();
  }
}
