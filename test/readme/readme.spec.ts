import { type ChildProcess, spawn } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { createServer, type AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { SETTINGS } from '../../src/config.js';

const README = readFileSync('README.md', 'utf8');
const SCRIPTS = (JSON.parse(readFileSync('package.json', 'utf8')) as { scripts: Record<string, string> }).scripts;

describe('the README', () => {
  it('has the configuration table that the code has', () => {
    const rows = SETTINGS.map(({ name, default: value, meaning }) => `| \`${name}\` | ${value} | ${meaning} |`);
    const table = ['| variable | default | meaning |', '|---|---|---|', ...rows].join('\n');
    expect(/<!-- settings -->\n([^]*?)\n<!-- \/settings -->/.exec(README)?.[1]).toBe(table);
  });

  it('names only commands that there are', () => {
    const named = [...README.matchAll(/npm run (?:-s )?([a-z:-]+)/g)].map(([, name]) => name ?? '');
    expect(named.length).toBeGreaterThan(3);
    for (const name of named) expect(SCRIPTS).toHaveProperty([name]);
  });
});

describe('the walk-through of the README', () => {
  let service: ChildProcess;
  let printed = '';
  const dataDir = join(mkdtempSync(join(tmpdir(), 'vestibule-readme-')), 'data');

  beforeAll(async () => {
    const port = await freePort();
    service = spawn(process.execPath, ['dist/main.js'], {
      env: { PATH: process.env['PATH'], DATA_DIR: dataDir, PORT: String(port) },
      stdio: ['ignore', 'pipe', 'pipe'],
    });
    for (const stream of [service.stdout, service.stderr]) stream?.on('data', (chunk: Buffer) => (printed += chunk.toString()));
    await ready(`http://127.0.0.1:${port}`);
    const script = asWritten(`http://127.0.0.1:${port}`);
    const walk = spawn('bash', ['-euo', 'pipefail', '-c', script], { stdio: ['ignore', 'pipe', 'pipe'] });
    let said = '';
    for (const stream of [walk.stdout, walk.stderr]) stream.on('data', (chunk: Buffer) => (said += chunk.toString()));
    // Whoever waits for what never comes would wait for ever; what was said until then tells why.
    const patience = setTimeout(() => walk.kill(), 150_000);
    const code = await new Promise((done) => walk.once('exit', done));
    clearTimeout(patience);
    output = `${said}\nexit ${String(code)}`;
  }, 240_000);
  afterAll(() => {
    service.kill('SIGKILL');
    rmSync(join(dataDir, '..'), { recursive: true, force: true });
  });

  let output = '';

  /** The blocks as they stand, but for where the service is, and each `npm run` as package.json has it. */
  function asWritten(api: string): string {
    const blocks = [...README.matchAll(/```bash\n([^]*?)```/g)].map(([, block]) => block);
    return blocks
      .join('\n')
      .replaceAll('http://127.0.0.1:3000', api)
      .replaceAll(/npm run -s ([a-z]+) -- ([^\n)]+)/g, (_, name: string, args: string) => `${withoutExec(name)} ${args} --data ${dataDir}`);
  }

  it('runs to its end', () => {
    expect(output).toMatch(/exit 0$/);
    expect(printed).toContain('THIS IS A SANDBOX');
  });
  it('answers no for the stranger and yes for the customer', () => {
    expect(output.match(/\{"answer":"(yes|no)"\}/g)).toEqual(['{"answer":"no"}', '{"answer":"yes"}']);
  });
  it('shows the conversion at the settlement, and what it earned', () => {
    expect(output).toContain('"status":"converted"');
  });
  it('tells the customer who asked, and takes their acknowledgement', () => {
    expect(output).toContain('Harbour Loans asked whether you are our customer');
    expect(output).toContain('"status":"acknowledged"');
  });
  it('refuses a check without a lead, and reports it', () => {
    expect(output).toContain('"code":"LEAD_NOT_FOUND"');
    expect(output).toMatch(/"code":"LEAD_NOT_FOUND","(first|count|refusals)|LEAD_NOT_FOUND.*"count":1/);
  });
  it('shows the auditor the events', () => {
    expect(output).toContain('"specversion":"1.0"');
  });
});

/** npm runs each in a shell of its own, which may give its place up; the one that walks has more to do. */
const withoutExec = (name: string): string => (SCRIPTS[name] ?? 'no such script').replace(/^exec /, '');

async function freePort(): Promise<number> {
  const server = createServer();
  await new Promise<void>((listening) => server.listen(0, '127.0.0.1', listening));
  const { port } = server.address() as AddressInfo;
  await new Promise((closed) => server.close(closed));
  return port;
}

async function ready(url: string): Promise<void> {
  for (let attempt = 0; attempt < 1_800; attempt++) {
    const response = await fetch(`${url}/health/ready`).catch(() => undefined);
    if (response?.ok) return;
    await new Promise((wait) => setTimeout(wait, 100));
  }
  throw new Error('the sandbox does not become ready');
}
