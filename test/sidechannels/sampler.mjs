// The client of R40, a process of its own on a core of its own: sends prepared requests one after the other on one connection and
// notes how long each took. `node sampler.mjs URL REQUESTS TIMES`; REQUESTS holds, for each, a byte for its class, four for its
// length and the request; TIMES gets, for each, eight bytes of nanoseconds (float64). What the responses looked like goes to stdout.
import { readFileSync, writeFileSync } from 'node:fs';
import { connect } from 'node:net';

const HEAD = 5;
const SAY_EVERY = 1_000;
const END_OF_HEADERS = Buffer.from('\r\n\r\n');

const [url, requestsFile, timesFile] = process.argv.slice(2);
const { hostname, port } = new URL(url);
const bytes = readFileSync(requestsFile);
const requests = [];
for (let at = 0; at < bytes.length;) {
  const end = at + HEAD + bytes.readUInt32LE(at + 1);
  requests.push({ kind: bytes[at], request: bytes.subarray(at + HEAD, end) });
  at = end;
}

const times = new Float64Array(requests.length);
/** By class and shape: how many. */
const shapes = {};
const socket = connect({ host: hostname, port: Number(port), noDelay: true });
let n = 0;
let sentAt = 0n;
let received;

socket.on('connect', next);
socket.on('data', (chunk) => {
  received = received === undefined ? chunk : Buffer.concat([received, chunk]);
  if (!isWhole(received)) return;
  times[n] = Number(process.hrtime.bigint() - sentAt);
  note(requests[n].kind, received);
  received = undefined;
  n += 1;
  if (n % SAY_EVERY === 0) process.stdout.write(`${JSON.stringify({ done: n, of: requests.length })}\n`);
  if (n < requests.length) setImmediate(next);
  else finish();
});
socket.on('close', () => {
  if (n < requests.length) throw new Error(`the service closed the connection after ${n} of ${requests.length} requests`);
});

function next() {
  const { request } = requests[n];
  sentAt = process.hrtime.bigint();
  socket.write(request);
}

function isWhole(response) {
  const headers = response.indexOf(END_OF_HEADERS);
  if (headers === -1) return false;
  const [, length] = /^content-length: (\d+)/im.exec(response.latin1Slice(0, headers)) ?? [];
  if (length === undefined) throw new Error('a response without a length');
  return response.length >= headers + END_OF_HEADERS.length + Number(length);
}

/** The whole response, with what differs from one to the next by its nature masked: the time, ids, and what is left of the allowance. */
function note(kind, response) {
  const shape = response
    .toString()
    .replace(/^date: .*$/im, 'date: …')
    .replace(/[0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12}/g, '<id>')
    .replace(/\d{4}-\d\d-\d\dT[\d:.]+Z/g, '<time>')
    .replace(/^(ratelimit: ).*$/im, '$1…');
  shapes[kind] ??= {};
  shapes[kind][shape] = (shapes[kind][shape] ?? 0) + 1;
}

function finish() {
  writeFileSync(timesFile, Buffer.from(times.buffer));
  process.stdout.write(`${JSON.stringify({ shapes })}\n`);
  socket.end();
}
