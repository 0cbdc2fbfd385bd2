import type { AddressInfo } from 'node:net';
import { type ParsedMail, simpleParser } from 'mailparser';
import { SMTPServer, type SMTPServerOptions } from 'smtp-server';

export interface ReceivedMail {
  readonly from: string;
  readonly to: readonly string[];
  readonly secure: boolean;
  readonly user: string | undefined;
  readonly raw: string;
  readonly mail: ParsedMail;
}

export interface MailServer {
  readonly port: number;
  /** What it has taken over, in order. */
  readonly received: ReceivedMail[];
  /** Connections that were made to it. */
  readonly connections: () => number;
  /** Resolves when so many have come; a test's time is its limit. */
  until(count: number): Promise<readonly ReceivedMail[]>;
  stop(): Promise<void>;
}

export interface Manners extends SMTPServerOptions {
  /** Called with each message before it is answered; what it throws is the answer. */
  readonly onMail?: (mail: ReceivedMail) => Promise<void> | void;
}

/** An answer of a mail server that is no good one. */
export function reply(code: number, text = 'no'): Error {
  return Object.assign(new Error(text), { responseCode: code });
}

/** A real SMTP server on loopback; without STARTTLS and without a login unless its manners say otherwise. */
export async function mailServer({ onMail, ...options }: Manners = {}, port = 0): Promise<MailServer> {
  const received: ReceivedMail[] = [];
  let connections = 0;
  const server = new SMTPServer({
    authOptional: true,
    disabledCommands: ['STARTTLS', 'AUTH'],
    logger: false,
    ...options,
    onConnect: (session, answer) => {
      connections += 1;
      if (options.onConnect) options.onConnect(session, answer);
      else answer();
    },
    onData: (stream, session, answer) => {
      const chunks: Buffer[] = [];
      stream.on('data', (chunk: Buffer) => chunks.push(chunk));
      stream.on('end', () => {
        void (async () => {
          const raw = Buffer.concat(chunks);
          const { mailFrom, rcptTo } = session.envelope;
          const mail: ReceivedMail = {
            from: mailFrom === false ? '' : mailFrom.address,
            to: rcptTo.map(({ address }) => address),
            secure: session.secure,
            user: session.user,
            raw: raw.toString(),
            mail: await simpleParser(raw),
          };
          try {
            await onMail?.(mail);
          } catch (error) {
            answer(error as Error);
            return;
          }
          received.push(mail);
          answer();
        })();
      });
    },
  });
  // A client that goes away in the middle is none of the server's business.
  server.on('error', () => {});
  await new Promise<void>((listening) => server.listen(port, '127.0.0.1', listening));
  return {
    port: (server.server.address() as AddressInfo).port,
    received,
    connections: () => connections,
    until: async (count) => {
      while (received.length < count) await new Promise((wait) => setTimeout(wait, 20));
      return received;
    },
    stop: () => new Promise((stopped) => server.close(() => stopped())),
  };
}
