// How fast is a durable check, and against what? One service of its own in a temporary directory; every measured request is
// the first check of its own open lead, over HTTP with a valid token, the whole pipeline on. Beside it, in the same run: the
// same route asked again (nothing is written), and one sync of the same disk.
//   npm run build && node bench/durable-checks.mjs [leads a round]
import { spawn } from 'node:child_process';
import { closeSync, fsyncSync, mkdtempSync, openSync, rmSync, writeSync } from 'node:fs';
import { Agent, request } from 'node:http';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { readClientKeyFile } from '../dist/sandbox/client-key-file.js';
import { syntheticPerson } from '../dist/sandbox/register.js';
import { fetchToken } from '../dist/cli/oauth-client.js';

const LEADS = Number(process.argv[2] ?? 600);
const ROUNDS = 5;
const CONNECTIONS = 64;

const directory = mkdtempSync(join(tmpdir(), 'vestibule-bench-'));
const dataDir = join(directory, 'data');
const port = 20_000 + (process.pid % 20_000);
const service = spawn(process.execPath, ['dist/main.js'], {
  env: { PATH: process.env.PATH, DATA_DIR: dataDir, PORT: String(port), REQUESTS_PER_SECOND: '1000000', LOG_LEVEL: 'warn' },
  stdio: 'ignore',
});

const median = (values) => [...values].sort((a, b) => a - b)[Math.floor(values.length / 2)];
const sleep = (ms) => new Promise((done) => setTimeout(done, ms));

function post(agent, token, path, body) {
  const text = JSON.stringify(body);
  const headers = {
    authorization: `Bearer ${token}`,
    'content-type': 'application/json',
    'content-length': Buffer.byteLength(text),
    'idempotency-key': crypto.randomUUID(),
  };
  return new Promise((resolve, reject) => {
    const sent = request({ port, path, method: 'POST', agent, headers }, (response) => {
      let said = '';
      response.on('data', (chunk) => (said += chunk));
      response.on('end', () =>
        response.statusCode < 300 ? resolve(JSON.parse(said)) : reject(new Error(`${response.statusCode} ${said}`)),
      );
    });
    sent.on('error', reject);
    sent.end(text);
  });
}

/** Sends all, so many at a time. @returns milliseconds of each, and of all together */
async function timed(jobs, connections) {
  const each = [];
  let next = 0;
  const start = performance.now();
  await Promise.all(
    Array.from({ length: connections }, async () => {
      while (next < jobs.length) {
        const job = jobs[next++];
        const from = performance.now();
        await job();
        each.push(performance.now() - from);
      }
    }),
  );
  return { each, total: performance.now() - start };
}

function syncMs() {
  const file = openSync(join(directory, 'sync'), 'w');
  const taken = Array.from({ length: 50 }, () => {
    const from = performance.now();
    writeSync(file, Buffer.alloc(4096));
    fsyncSync(file);
    return performance.now() - from;
  });
  closeSync(file);
  return median(taken);
}

try {
  while (!(await fetch(`http://127.0.0.1:${port}/health/ready`).catch(() => undefined))?.ok) await sleep(200);
  const client = async (id) => {
    const { tokenEndpoint, issuer, clientId, privateJwk, audience } = readClientKeyFile(dataDir, id);
    return (await fetchToken({ tokenEndpoint, issuer, clientId, privateJwk, resource: audience })).accessToken;
  };
  const agent = new Agent({ keepAlive: true, maxSockets: CONNECTIONS });
  const analyst = await client('analyst-1');
  const terms = { ceiling: 1e6, pace: 1e9, openLeads: 1e6, followUpWithin: 'P14D' };
  await post(agent, analyst, '/v1/owners/harbour-holding/terms', { reason: 'a benchmark', terms });
  await post(agent, analyst, '/v1/owners/harbour-holding/grants', { reason: 'a benchmark', units: 500_000 });
  const partner = await client('harbour-loans');
  let used = 100_000;
  const rows = [];
  for (let round = 0; round < ROUNDS; round++) {
    const people = Array.from({ length: LEADS + 100 }, () => syntheticPerson(1, used++));
    const leads = [];
    const opens = people.map((who, i) => async () => {
      const { leadId } = await post(agent, partner, '/v1/leads', { person: who.identifiers[0], purpose: 'onboarding', agent: 'agent-1' });
      leads[i] = { leadId, person: { ...who.identifiers[0], familyName: who.familyNames[0], birthDate: who.birthDate } };
    });
    const opened = await timed(opens, CONNECTIONS);
    const check = (lead) => () => post(agent, partner, '/v1/membership-checks', lead);
    const many = await timed(leads.slice(0, LEADS).map(check), CONNECTIONS);
    const again = await timed(leads.slice(0, LEADS).map(check), CONNECTIONS);
    const one = await timed(leads.slice(LEADS).map(check), 1);
    const row = {
      round: round + 1,
      'opens/s': Math.round((people.length * 1000) / opened.total),
      'checks/s': Math.round((LEADS * 1000) / many.total),
      're-reads/s': Math.round((LEADS * 1000) / again.total),
      'check ÷ re-read': +(again.total / many.total).toFixed(2),
      'p50 alone, ms': +median(one.each).toFixed(2),
      'one sync, ms': +syncMs().toFixed(2),
    };
    rows.push(row);
    console.log(JSON.stringify(row));
  }
  console.log('\nmedians over', ROUNDS, 'rounds,', CONNECTIONS, 'connections; client and service share the machine');
  for (const name of Object.keys(rows[0]).slice(1)) console.log(`  ${name.padEnd(18)} ${median(rows.map((row) => row[name]))}`);
} finally {
  service.kill('SIGKILL');
  await sleep(200);
  rmSync(directory, { recursive: true, force: true });
}
