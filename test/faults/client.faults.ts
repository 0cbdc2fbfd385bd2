import { connect, createServer, type AddressInfo, type Server, type Socket } from 'node:net';
import { once } from 'node:events';
import { setTimeout as sleep } from 'node:timers/promises';
import type { ApiClient } from '../../src/cli/oauth-client.js';
import { must, type Fault } from './fault.js';
import { onScene, type Scene } from './scene.js';
import type { Sent } from './traffic.js';

export const CLIENTS: readonly Fault[] = [
  {
    name: 'client gone mid-request',
    injected: '300 connections: a third closed in the middle of the body, a third reset right after it, a third before the reply is read',
    expected: 'nothing of half a request; of a whole one one charge at most, found again by its key; others are served',
    run: ({ chance }) =>
      onScene(async (scene) => {
        await scene.start();
        const token = await tokenOf(scene.shop);
        await scene.begin(2);
        const sent: { half: boolean; command: Sent }[] = [];
        for (let i = 0; i < 300; i++) {
          const command = scene.traffic.command('open', scene.traffic.person());
          const half = i % 3 === 0;
          sent.push({ half, command });
          await leave(scene, raw(command, token), half ? 0.5 : 1, i % 3 === 1 ? 0 : chance.between(1, 15));
        }
        await scene.goesOn();
        await scene.end();
        // Those who lost their connection ask again, as they should.
        const shop = scene.shop;
        for (const { command } of sent)
          must((await scene.traffic.send(shop, command)) !== undefined, 'a repetition that is served', command.code);
        const leads = new Set(sent.map(({ command }) => command.reply?.leadId));
        must(leads.size === sent.length, 'a lead for each person', leads.size);
        return scene.aftermath();
      }),
  },
  {
    name: 'the same request twice in parallel',
    injected: '60 commands of each kind, each sent five times at once: thrice with one key, twice with keys of their own',
    expected: 'one charge, one answer; under one key the same bytes or COMMAND_IN_FLIGHT (R12, R15)',
    run: () =>
      onScene(async (scene) => {
        await scene.start();
        const shop = scene.shop;
        const problems = new Set<string>();
        for (let i = 0; i < 60; i++) {
          const n = scene.traffic.person();
          let leadId: string | undefined;
          for (const kind of ['open', 'check', 'create'] as const) {
            leadId = await atOnce(scene, shop, () => scene.traffic.command(kind, n, leadId));
          }
        }
        for (const code of scene.traffic.problems.keys()) problems.add(code);
        // The latter is said of a second create under a key of its own.
        for (const allowed of ['COMMAND_IN_FLIGHT', 'LEAD_CREATED']) problems.delete(allowed);
        must(problems.size === 0, 'no other problem', [...problems]);
        return `${scene.traffic.problems.get('COMMAND_IN_FLIGHT') ?? 0} COMMAND_IN_FLIGHT; ${await scene.aftermath()}`;
      }),
  },
  {
    name: 'half-open connection',
    injected:
      'a proxy between clients and service swallows every byte of 200 connections in the middle of a command, and never closes them',
    expected: 'others are served; a repetition on a new connection finds what was decided; the service stops within its time',
    run: () =>
      onScene(async (scene) => {
        await scene.start();
        const token = await tokenOf(scene.shop);
        const proxy = await blackHole(scene.running.url);
        const commands: Sent[] = [];
        try {
          for (let i = 0; i < 200; i++) {
            const command = scene.traffic.command('open', scene.traffic.person());
            commands.push(command);
            const socket = connect(proxy.port, '127.0.0.1');
            socket.on('error', () => undefined);
            socket.write(raw(command, token));
            proxy.clients.push(socket);
          }
          await sleep(2_000);
          await scene.begin(4);
          await scene.goesOn();
          await scene.end();
          const shop = scene.shop;
          for (const command of commands)
            must((await scene.traffic.send(shop, command)) !== undefined, 'a repetition that is served', command.code);
          const startedAt = performance.now();
          await scene.kill('SIGTERM');
          const seconds = Math.round((performance.now() - startedAt) / 100) / 10;
          return `stopped in ${seconds} s with 200 half-open; ${await scene.aftermath()}`;
        } finally {
          proxy.stop();
        }
      }),
  },
];

/** Every byte of a request. */
function raw({ path, body, key }: Sent, token: string): Buffer {
  const json = JSON.stringify(body);
  const head = [
    `POST ${path} HTTP/1.1`,
    'host: gate',
    'content-type: application/json',
    `idempotency-key: ${key}`,
    `authorization: Bearer ${token}`,
    `content-length: ${Buffer.byteLength(json)}`,
  ];
  return Buffer.from(`${head.join('\r\n')}\r\n\r\n${json}`);
}

/** Sends a part of it, waits, and resets the connection. */
async function leave(scene: Scene, request: Buffer, part: number, wait: number): Promise<void> {
  const { hostname, port } = new URL(scene.running.url);
  const socket = connect(Number(port), hostname);
  socket.on('error', () => undefined);
  await once(socket, 'connect');
  // Of half a request the head and a piece of the body.
  const head = request.indexOf('\r\n\r\n') + 4;
  await new Promise<void>((done) => socket.write(request.subarray(0, head + Math.floor((request.length - head) * part)), () => done()));
  await sleep(wait);
  socket.resetAndDestroy();
}

/** @returns the one lead that they are about */
async function atOnce({ traffic }: Scene, client: ApiClient, command: () => Sent): Promise<string | undefined> {
  const sent = [0, 0, 0, 1, 2].map((own) => {
    const each = command();
    return own === 0 ? each : { ...each, key: `${each.key}-${own}` };
  });
  await Promise.all(sent.map((each) => traffic.send(client, each)));
  const replies = sent.filter(({ text }) => text !== undefined);
  must(replies.length > 0, 'a command that is served');
  must(
    new Set(replies.map(({ reply }) => reply?.leadId)).size === 1,
    'one lead',
    replies.map(({ text }) => text),
  );
  must(
    new Set(replies.map(({ reply }) => reply?.answer)).size === 1,
    'one answer',
    replies.map(({ text }) => text),
  );
  must(new Set(replies.filter(({ key }) => key === sent[0]?.key).map(({ text }) => text)).size <= 1, 'the same bytes under one key');
  return replies[0]?.reply?.leadId;
}

interface BlackHole {
  readonly port: number;
  readonly clients: Socket[];
  stop(): void;
}

/** Carries what clients send, and nothing back; closes nothing. */
async function blackHole(url: string): Promise<BlackHole> {
  const { hostname, port } = new URL(url);
  const clients: Socket[] = [];
  const server: Server = createServer((client) => {
    const upstream = connect(Number(port), hostname);
    for (const socket of [client, upstream]) socket.on('error', () => undefined);
    client.pipe(upstream, { end: false });
    clients.push(client, upstream);
    // Read by nobody, so that the service's writes end in buffers.
    upstream.pause();
  });
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  return {
    port: (server.address() as AddressInfo).port,
    clients,
    stop: () => {
      for (const socket of clients) socket.destroy();
      server.close();
    },
  };
}

async function tokenOf(client: ApiClient): Promise<string> {
  const { accessToken } = client as unknown as { accessToken(): Promise<string> };
  return accessToken.call(client);
}
