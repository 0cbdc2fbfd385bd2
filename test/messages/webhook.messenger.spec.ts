import { createHmac } from 'node:crypto';
import { createServer, type IncomingHttpHeaders, type Server, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { inspect } from 'node:util';
import { readMessengers } from '../../src/config.messengers.js';
import { DeliveryFailed, type Letter } from '../../src/modules/messages/messenger.js';
import { WebhookMessenger } from '../../src/modules/messages/webhook.messenger.js';

const LETTER: Letter = {
  messageId: 'you-were-asked-for-17',
  kind: 'you-were-asked-for',
  disclosureId: '17',
  to: { phone: '+420601123456' },
  subject: 'Asked',
  text: 'Příliš žluťoučký kůň',
  languages: ['en'],
  queuedAt: '2026-03-02T08:00:00.000Z',
};
const SECRET = 'a secret of thirty-two characters';
const NOW = Date.parse('2026-03-02T08:00:05.900Z');
const NEVER = new AbortController().signal;

interface Seen {
  readonly method: string | undefined;
  readonly url: string | undefined;
  readonly headers: IncomingHttpHeaders;
  readonly body: string;
}

let server: Server;
let seen: Seen[];
let answer: (response: ServerResponse) => void;

beforeEach(async () => {
  seen = [];
  answer = (response) => response.writeHead(204).end();
  server = createServer((request, response) => {
    const chunks: Buffer[] = [];
    request.on('data', (chunk: Buffer) => chunks.push(chunk));
    request.on('end', () => {
      const { method, url, headers } = request;
      seen.push({ method, url, headers, body: Buffer.concat(chunks).toString() });
      answer(response);
    });
  });
  await new Promise<void>((listening) => server.listen(0, '127.0.0.1', listening));
});
afterEach(() => {
  server.closeAllConnections();
  return new Promise((closed) => server.close(closed));
});

function messenger(secret = SECRET): WebhookMessenger {
  const url = `http://127.0.0.1:${(server.address() as AddressInfo).port}/messages?of=bank`;
  const { messengers, complaints } = readMessengers({ MESSAGE_WEBHOOK_URL: url, MESSAGE_WEBHOOK_SECRET: secret }, true);
  expect(complaints).toEqual([]);
  return new WebhookMessenger(messengers.webhook!, () => NOW, 500);
}

async function failure(send: Promise<void>): Promise<DeliveryFailed> {
  const error: unknown = await send.then(() => 'taken over').catch((failed: unknown) => failed);
  expect(error).toBeInstanceOf(DeliveryFailed);
  expect(inspect(error, { depth: 9 }) + (error as Error).stack).not.toMatch(/420601|žlu/);
  return error as DeliveryFailed;
}

/** As the bank's system does it, from what the README says. */
function isSigned({ headers, body }: Seen, key: Buffer | string): boolean {
  const signed = `${String(headers['webhook-id'])}.${String(headers['webhook-timestamp'])}.${body}`;
  return headers['webhook-signature'] === `v1,${createHmac('sha256', key).update(signed).digest('base64')}`;
}

describe('a message that goes out by webhook', () => {
  it('is JSON with all that a gateway needs, under its own id', async () => {
    await messenger().send(LETTER, NEVER);
    const [{ method, url, headers, body }] = seen as [Seen];
    expect({ method, url }).toEqual({ method: 'POST', url: '/messages?of=bank' });
    expect(headers).toMatchObject({ 'content-type': 'application/json', 'webhook-id': LETTER.messageId });
    expect(JSON.parse(body)).toEqual(LETTER);
  });

  it('is signed over id, time and body', async () => {
    await messenger().send(LETTER, NEVER);
    const [first] = seen as [Seen];
    expect(first.headers['webhook-timestamp']).toBe(String(Math.floor(NOW / 1000)));
    expect(isSigned(first, SECRET)).toBe(true);
    expect(isSigned({ ...first, body: first.body.replace('601', '602') }, SECRET)).toBe(false);
    expect(isSigned({ ...first, headers: { ...first.headers, 'webhook-timestamp': '1' } }, SECRET)).toBe(false);
    expect(isSigned(first, `${SECRET}!`)).toBe(false);
  });

  it('takes a secret in the form that the libraries of the standard have', async () => {
    const bytes = Buffer.alloc(32, 7);
    await messenger(`whsec_${bytes.toString('base64')}`).send(LETTER, NEVER);
    expect(isSigned(seen[0]!, bytes)).toBe(true);
  });
});

describe('a gateway that does not take it', () => {
  it.each([
    [500, 'put-off', 'message'],
    [429, 'put-off', 'message'],
    [401, 'put-off', 'message'],
    [410, 'refused', 'for-good'],
    [422, 'refused', 'for-good'],
  ] as const)('and says %d: %s', async (status, code, scope) => {
    answer = (response) => response.writeHead(status).end(`${LETTER.to.phone} is no number`);
    expect(await failure(messenger().send(LETTER, NEVER))).toMatchObject({ code, scope });
  });

  it('because it is elsewhere: nobody follows it there', async () => {
    answer = (response) => response.writeHead(307, { location: `http://127.0.0.1:${(server.address() as AddressInfo).port}/else` }).end();
    expect(await failure(messenger().send(LETTER, NEVER))).toMatchObject({ code: 'put-off' });
    expect(seen.map(({ url }) => url)).toEqual(['/messages?of=bank']);
  });

  it('because it never answers', async () => {
    answer = () => {};
    expect(await failure(messenger().send(LETTER, NEVER))).toMatchObject({ code: 'timeout', scope: 'message' });
  });

  it('because it is not there', async () => {
    const gone = messenger();
    await new Promise((closed) => server.close(closed));
    expect(await failure(gone.send(LETTER, NEVER))).toMatchObject({ code: 'connection', scope: 'messenger' });
    server.listen(0, '127.0.0.1');
  });

  it('and is left alone when the service stops', async () => {
    answer = () => {};
    const stop = new AbortController();
    setTimeout(() => stop.abort(), 50);
    expect(await failure(messenger().send(LETTER, stop.signal))).toMatchObject({ code: 'stopped', scope: 'message' });
  });

  it('does not keep what it has to say from being thrown away, though it never ends', async () => {
    answer = (response) => void response.writeHead(200).write('and so on');
    await messenger().send(LETTER, NEVER);
  });
});
