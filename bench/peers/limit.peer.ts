// The limit of `check-vs-throttler` and `check-vs-tuned`: what a durable check costs that is nothing but durable. node:http without
// any framework, a token known by its exact text, the body parsed, one event appended to the service's own log, the answer.
// Nothing is verified, validated, limited, decided, repeated or projected; whatever does that too cannot be faster.
//   node limit.peer.js PORT DIRECTORY
import { randomBytes, randomUUID } from 'node:crypto';
import { once } from 'node:events';
import { createServer, type IncomingMessage, type ServerResponse } from 'node:http';
import { EmbeddedEventStore } from '../../src/event-sourcing/embedded.event-store.js';
import { eventId } from '../../src/event-sourcing/event-id.js';
import { NO_STREAM } from '../../src/event-sourcing/event-store.js';

const [port, directory] = process.argv.slice(2) as [string, string];
const store = await EmbeddedEventStore.open(directory);
const known = new Map<string, string>();
const customers = new Set(Array.from({ length: 20_000 }, (_, i) => `customer ${i}`));

function clientOf(authorization = ''): string {
  const client = known.get(authorization) ?? `client-${known.size}`;
  known.set(authorization, client);
  return client;
}

async function answered(client: string, body: string): Promise<string> {
  const { leadId, person } = JSON.parse(body) as { leadId: string; person: { value: string } };
  const answer = customers.has(person.value) ? 'yes' : 'no';
  const now = Date.now();
  const at = new Date(now).toISOString();
  const data = {
    leadId,
    owner: client,
    partner: client,
    agent: 'agent-1',
    purpose: 'onboarding',
    answer,
    mode: 'instant',
    termsVersion: 1,
    at,
  };
  const id = randomUUID();
  const cause = { correlationId: id, causationId: id, actor: client };
  const stream = `lead-${randomBytes(12).toString('hex')}`;
  await store.append(stream, NO_STREAM, [{ id: eventId(now), type: 'MembershipAnswered', schemaVersion: 1, recordedAt: at, cause, data }]);
  return JSON.stringify({ answer });
}

async function serve(request: IncomingMessage, response: ServerResponse): Promise<void> {
  if (request.method === 'GET') {
    response.end('ready');
    return;
  }
  const chunks: Buffer[] = [];
  request.on('data', (chunk: Buffer) => chunks.push(chunk));
  await once(request, 'end');
  const body = await answered(clientOf(request.headers.authorization), Buffer.concat(chunks).toString());
  response.writeHead(200, { 'content-type': 'application/json', 'content-length': body.length });
  response.end(body);
}

createServer((request, response) => void serve(request, response)).listen(Number(port), '127.0.0.1');
process.on('SIGTERM', () => void store.close().then(() => process.exit(0)));
