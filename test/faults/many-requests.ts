import { connect, type Socket } from 'node:net';

const STATUS = /HTTP\/1\.1 (\d{3})/;

export interface Flood {
  readonly url: string;
  readonly connections: number;
  readonly total: number;
  /** The n-th request, every byte of it. */
  request(n: number): string;
  progress?(answered: number): void;
}

/** Sends raw requests, one after the other on each connection, and counts the answers by status. */
export async function flood({ url, connections, total, request, progress }: Flood): Promise<ReadonlyMap<number, number>> {
  const statuses = new Map<number, number>();
  const { hostname, port } = new URL(url);
  let sent = 0;
  let answered = 0;

  async function one(): Promise<void> {
    while (sent < total) await untilClosed(connect(Number(port), hostname));
  }

  function untilClosed(socket: Socket): Promise<void> {
    let waiting = false;
    let rest = '';
    const next = (): void => {
      waiting = sent < total;
      if (waiting) socket.write(request(sent++));
      else socket.end();
    };
    socket.setEncoding('latin1');
    socket.on('connect', next);
    socket.on('data', (chunk: string) => {
      const text = rest + chunk;
      const match = STATUS.exec(text);
      // A status line may come in two pieces.
      rest = match ? '' : text.slice(-11);
      if (!match || !waiting) return;
      waiting = false;
      const status = Number(match[1]);
      statuses.set(status, (statuses.get(status) ?? 0) + 1);
      answered += 1;
      if (answered % 1_000 === 0) progress?.(answered);
      if (!/^connection: close/im.test(text)) next();
    });
    return new Promise((closed) => {
      socket.on('error', () => undefined);
      socket.on('close', () => closed());
    });
  }

  await Promise.all(Array.from({ length: connections }, one));
  return statuses;
}
