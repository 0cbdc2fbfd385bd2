import { parentPort, receiveMessageOnPort, workerData, type MessagePort } from 'node:worker_threads';
import {
  assertDurable,
  LogReader,
  LogWriter,
  openForReading,
  openForWriting,
  type LogAppend,
  type LogOutcome,
  type LogPageRows,
  type LogStreamRows,
} from './embedded.log.js';
import { LogVerifier, type VerifiedRows } from './embedded.verification.js';
import type { Ask, Commit, FromThread, ReadQuery, ThreadData, ToThread } from './embedded.thread.js';

/** Appends of one commit at most: a bound on what the first of them waits for. */
const LARGEST_GROUP = 512;

const port = parentPort as MessagePort;
const { role, file } = workerData as ThreadData;
const say = (message: FromThread, handedOver: readonly ArrayBuffer[] = []) => port.postMessage(message, handedOver);

let stopping = false;

/** Takes in what has arrived by now, without waiting. */
function arrived<Question>(): Ask<Question>[] {
  const asks: Ask<Question>[] = [];
  for (let next = receiveMessageOnPort(port); next; next = receiveMessageOnPort(port)) {
    const message = next.message as ToThread<Question>;
    if (message === 'stop') stopping = true;
    else asks.push(...message);
  }
  return asks;
}

function serve<Question>(log: { close(): void }, answer: (waiting: Ask<Question>[]) => void): void {
  port.on('message', (message: ToThread<Question>) => {
    if (message === 'stop') stopping = true;
    else answer([...message]);
    if (!stopping) return;
    log.close();
    port.close();
  });
}

/** Whatever waits when a commit ends is the next group: the slower the disk, the larger the groups. */
function serveAppends(): void {
  const db = openForWriting(file);
  const writer = new LogWriter(db);
  serve<LogAppend>(writer, (waiting) => {
    while (waiting.length > 0) {
      waiting.push(...arrived<LogAppend>());
      const group = waiting.splice(0, LARGEST_GROUP);
      const outcomes = writer.write(group.map(({ question }) => question));
      say({ replies: group.map(({ seq }, i) => [seq, outcomes[i]]), commit: commitOf(outcomes) });
      waiting.push(...arrived<LogAppend>());
    }
  });
  say({ ready: { role, ...assertDurable(db), end: writer.end() } });
}

function commitOf(outcomes: readonly LogOutcome[]): Commit | undefined {
  const wrote = outcomes.filter((outcome) => outcome.kind === 'appended' && outcome.written > 0) as Extract<
    LogOutcome,
    { kind: 'appended' }
  >[];
  const last = wrote.at(-1);
  return last && { appends: wrote.length, events: wrote.reduce((sum, { written }) => sum + written, 0), end: last.position };
}

/** Reads of streams, which somebody's requests wait for, go before pages of the log, which are for those catching up. */
function serveReads(): void {
  const db = openForReading(file);
  const reader = new LogReader(db);
  const verifier = new LogVerifier(db);
  const answer = ({ seq, question }: Ask<ReadQuery>) => [seq, read(reader, verifier, question)] as const;
  serve<ReadQuery>(reader, (waiting) => {
    while (waiting.length > 0) {
      waiting.push(...arrived<ReadQuery>());
      const urgent = waiting.filter(({ question }) => question.kind === 'stream');
      const others = waiting.filter(({ question }) => question.kind !== 'stream');
      const now = urgent.length > 0 ? urgent.splice(0, LARGEST_GROUP) : others.splice(0, 1);
      waiting.splice(0, waiting.length, ...urgent, ...others);
      const replies = now.map(answer);
      say(
        { replies },
        replies.flatMap(([, reply]) => buffersOf(reply)),
      );
    }
  });
  say({ ready: { role, ...assertDurable(db), end: -1 } });
}

function buffersOf(reply: object): readonly ArrayBuffer[] {
  return 'events' in reply && Array.isArray(reply.events) ? (reply as LogPageRows).events.map(({ buffer }) => buffer) : [];
}

function read(reader: LogReader, verifier: LogVerifier, query: ReadQuery): LogStreamRows | LogPageRows | VerifiedRows | { failed: string } {
  try {
    switch (query.kind) {
      case 'stream':
        return reader.readStream(query);
      case 'page':
        return reader.readPage(query);
      case 'verify':
        return verifier.verify(query.after, query.limit, query.known);
    }
  } catch (error) {
    return { failed: String(error) };
  }
}

try {
  if (role === 'writer') serveAppends();
  else serveReads();
} catch (error) {
  // SQLite's errors do not cross to another thread whole.
  say({ unopened: String(error) });
  port.close();
}
