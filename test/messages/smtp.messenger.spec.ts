import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { type AddressInfo, createServer, type Server, type Socket } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { inspect } from 'node:util';
import { generate } from 'selfsigned';
import { readMessengers } from '../../src/config.messengers.js';
import { DeliveryFailed, type Letter } from '../../src/modules/messages/messenger.js';
import { SmtpMessenger, type SmtpPatience } from '../../src/modules/messages/smtp.messenger.js';
import { type MailServer, mailServer, type Manners, reply } from './mail-server.js';

const ADDRESS = 'jan.novak@example.org';
const LETTER: Letter = {
  messageId: 'prove-your-identity-17',
  kind: 'prove-your-identity',
  disclosureId: '17',
  to: { email: ADDRESS },
  subject: 'Prokažte prosím svou totožnost',
  text: 'Společnost <Harbour> & Co nám sdělila, že …\n\nhttps://gate.example/denial/abc\n\nBanka',
  languages: ['cs'],
  queuedAt: '2026-03-02T08:00:00.000Z',
};
const NEVER = new AbortController().signal;
const PATIENCE: SmtpPatience = { connect: 300, silence: 700, whole: 3_000 };

const servers: { stop(): Promise<void> }[] = [];
afterEach(async () => {
  for (const server of servers.splice(0)) await server.stop();
});

async function served(manners: Manners = {}): Promise<MailServer> {
  const server = await mailServer(manners);
  servers.push(server);
  return server;
}

/** A server that is no mail server. */
async function odd(onConnection: (socket: Socket) => void): Promise<number> {
  const sockets = new Set<Socket>();
  const server: Server = createServer((socket) => {
    sockets.add(socket);
    socket.on('error', () => {});
    onConnection(socket);
  });
  await new Promise<void>((listening) => server.listen(0, '127.0.0.1', listening));
  servers.push({
    stop: () => {
      for (const socket of sockets) socket.destroy();
      return new Promise((stopped) => server.close(() => stopped()));
    },
  });
  return (server.address() as AddressInfo).port;
}

function messenger(url: string, variables: Record<string, string> = {}, patience = PATIENCE): SmtpMessenger {
  const { messengers, complaints } = readMessengers({ SMTP_URL: url, MAIL_FROM: 'post@bank.example', ...variables }, true);
  expect(complaints).toEqual([]);
  const hash = (messageId: string): string => `hash-of-${messageId}`;
  return new SmtpMessenger(messengers.smtp!, { bank: 'Banka č. 1', host: 'gate.example', hash }, patience);
}

async function failure(send: Promise<void>): Promise<DeliveryFailed> {
  const error: unknown = await send.then(() => 'taken over').catch((failed: unknown) => failed);
  expect(error).toBeInstanceOf(DeliveryFailed);
  return error as DeliveryFailed;
}

describe('a message that goes out by mail', () => {
  it('has one recipient, a sender with the bank’s name, plain text and the same as HTML', async () => {
    const server = await served();
    await messenger(`smtp://127.0.0.1:${server.port}`).send(LETTER, NEVER);
    const [{ from, to, mail, raw }] = server.received as [(typeof server.received)[0]];
    expect({ from, to }).toEqual({ from: 'post@bank.example', to: [ADDRESS] });
    expect(mail.from?.value).toEqual([{ name: 'Banka č. 1', address: 'post@bank.example' }]);
    expect(mail).toMatchObject({
      subject: LETTER.subject,
      date: new Date(LETTER.queuedAt),
      messageId: '<hash-of-prove-your-identity-17@gate.example>',
    });
    expect(mail.text?.trim()).toBe(LETTER.text);
    expect(mail.html).toContain('Společnost &lt;Harbour&gt; &amp; Co');
    expect(mail.html).toContain('<a href="https://gate.example/denial/abc">');
    expect(mail.html).toContain('<html lang="cs">');
    expect(raw).toMatch(/^Auto-Submitted: auto-generated\r$/m);
    expect(mail.attachments).toEqual([]);
  });

  it('has the same Message-ID at each try, so that a mailbox can drop a repeat', async () => {
    const server = await served();
    const by = messenger(`smtp://127.0.0.1:${server.port}`);
    await by.send(LETTER, NEVER);
    await by.send(LETTER, NEVER);
    await by.send({ ...LETTER, messageId: 'another' }, NEVER);
    const ids = server.received.map(({ mail }) => mail.messageId);
    expect(ids[0]).toBe(ids[1]);
    expect(new Set(ids).size).toBe(2);
  });

  it('logs in where the URL says as whom', async () => {
    const server = await served({
      disabledCommands: ['STARTTLS'],
      allowInsecureAuth: true,
      onAuth: ({ username, password }, _session, answer) =>
        password === 'p@ss:word' ? answer(null, { user: username }) : answer(reply(535, `${username} may not`)),
    });
    const at = `127.0.0.1:${server.port}`;
    await messenger(`smtp://bank:p%40ss%3Aword@${at}`).send(LETTER, NEVER);
    expect(server.received[0]?.user).toBe('bank');
    expect(await failure(messenger(`smtp://bank:wrong@${at}`).send(LETTER, NEVER))).toMatchObject({ code: 'login', scope: 'messenger' });
  });

  it.each([
    'a@example.org, b@example.org',
    'a@example.org\r\nRCPT TO:<b@example.org>',
    '<a@example.org>',
    '"a@b"@example.org,c@d.example',
    '',
  ])('goes to nobody else when the address is %j', async (email) => {
    const server = await served();
    await messenger(`smtp://127.0.0.1:${server.port}`)
      .send({ ...LETTER, to: { email } }, NEVER)
      .catch((error: unknown) => expect(error).toBeInstanceOf(DeliveryFailed));
    expect(server.received.flatMap(({ to }) => to).filter((to) => to !== email)).toEqual([]);
  });
});

describe('a mail server that does not take it', () => {
  it.each([
    [451, 'put-off', 'message'],
    [550, 'refused', 'for-good'],
  ] as const)('and says %d to the recipient: %s', async (code, word, scope) => {
    const server = await served({ onRcptTo: ({ address }, _session, answer) => answer(reply(code, `who is ${address}?`)) });
    const failed = await failure(messenger(`smtp://127.0.0.1:${server.port}`).send(LETTER, NEVER));
    expect(failed).toMatchObject({ code: word, scope });
    expect(inspect(failed, { depth: 9 }) + failed.stack).not.toContain('novak');
  });

  it.each([
    [452, 'put-off', 'message'],
    [554, 'refused', 'for-good'],
  ] as const)('and says %d to the message: %s', async (code, word, scope) => {
    const server = await served({ onMail: () => Promise.reject(reply(code, `${ADDRESS} does not want it`)) });
    const failed = await failure(messenger(`smtp://127.0.0.1:${server.port}`).send(LETTER, NEVER));
    expect(failed).toMatchObject({ code: word, scope });
    expect(inspect(failed, { depth: 9 }) + failed.stack).not.toContain('novak');
  });

  it('because it does not take mail from the bank: that is no word about the recipient', async () => {
    const server = await served({ onMailFrom: (_address, _session, answer) => answer(reply(550, 'relaying denied')) });
    expect(await failure(messenger(`smtp://127.0.0.1:${server.port}`).send(LETTER, NEVER))).toMatchObject({ scope: 'messenger' });
  });

  it('because it is not there', async () => {
    const server = await served();
    await server.stop();
    expect(await failure(messenger(`smtp://127.0.0.1:${server.port}`).send(LETTER, NEVER))).toMatchObject({
      code: 'connection',
      scope: 'messenger',
    });
  });

  it('because it never says a word', async () => {
    const port = await odd(() => {});
    expect(await failure(messenger(`smtp://127.0.0.1:${port}`).send(LETTER, NEVER))).toMatchObject({ code: 'timeout', scope: 'messenger' });
  });

  it('because it falls silent in the middle: of others nothing is known', async () => {
    const server = await served({ onRcptTo: () => {} });
    expect(await failure(messenger(`smtp://127.0.0.1:${server.port}`).send(LETTER, NEVER))).toMatchObject({
      code: 'timeout',
      scope: 'message',
    });
  });

  it('because it sends a letter at a time, for ever', async () => {
    const port = await odd((socket) => {
      const drip = setInterval(() => socket.write('2'), 50);
      socket.on('close', () => clearInterval(drip));
    });
    const patience = { connect: 60_000, silence: 60_000, whole: 500 };
    expect(await failure(messenger(`smtp://127.0.0.1:${port}`, {}, patience).send(LETTER, NEVER))).toMatchObject({ code: 'timeout' });
  });

  it('because it speaks something else', async () => {
    const port = await odd((socket) => socket.end('HTTP/1.1 400 Bad Request\r\n\r\n'));
    expect(await failure(messenger(`smtp://127.0.0.1:${port}`).send(LETTER, NEVER))).toMatchObject({ scope: 'messenger' });
  });

  it('and is left alone when the service stops', async () => {
    const server = await served({ onRcptTo: () => {} });
    const stop = new AbortController();
    const sending = messenger(`smtp://127.0.0.1:${server.port}`, {}, { connect: 9_000, silence: 9_000, whole: 9_000 }).send(
      LETTER,
      stop.signal,
    );
    setTimeout(() => stop.abort(), 100);
    expect(await failure(sending)).toMatchObject({ code: 'stopped', scope: 'message' });
  });
});

describe('TLS', () => {
  const directory = mkdtempSync(join(tmpdir(), 'vestibule-mail-tls-'));
  let ca: string;
  let other: string;
  let tls: { key: string; cert: string };

  beforeAll(async () => {
    const made = async (): Promise<{ key: string; cert: string }> => {
      const extensions = [{ name: 'subjectAltName', altNames: [{ type: 7, ip: '127.0.0.1' }] }];
      const { private: key, cert } = await generate([{ name: 'commonName', value: '127.0.0.1' }], { keySize: 2048, extensions } as never);
      return { key, cert };
    };
    tls = await made();
    ca = join(directory, 'ca.pem');
    writeFileSync(ca, tls.cert);
    other = join(directory, 'other.pem');
    writeFileSync(other, (await made()).cert);
  });

  afterAll(() => rmSync(directory, { recursive: true, force: true }));

  it('is spoken from the first byte with smtps, and the certificate is held against the authority', async () => {
    const server = await served({ secure: true, ...tls });
    const at = `smtps://127.0.0.1:${server.port}`;
    await messenger(at, { SMTP_CA_FILE: ca }).send(LETTER, NEVER);
    expect(server.received[0]?.secure).toBe(true);
    for (const variables of [{ SMTP_CA_FILE: other }, {}]) {
      expect(await failure(messenger(at, variables).send(LETTER, NEVER))).toMatchObject({ scope: 'messenger' });
    }
    expect(server.received).toHaveLength(1);
  });

  it('is demanded where there is an authority to hold the certificate against', async () => {
    const server = await served({ disabledCommands: ['AUTH'], ...tls });
    await messenger(`smtp://127.0.0.1:${server.port}`, { SMTP_CA_FILE: ca }).send(LETTER, NEVER);
    expect(server.received[0]?.secure).toBe(true);
  });

  it('is not done without: a server that offers no STARTTLS, or whose offer was taken out on the way, gets nothing', async () => {
    const server = await served();
    expect(await failure(messenger(`smtp://127.0.0.1:${server.port}`, { SMTP_CA_FILE: ca }).send(LETTER, NEVER))).toMatchObject({
      scope: 'messenger',
    });
    expect(server.received).toEqual([]);
  });
});
