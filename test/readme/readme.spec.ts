import { type ChildProcess, spawn } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { createServer, type AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
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
    return blocksUnder('An honest partner, by hand')
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
  it('shows the lead that was opened on a canary', () => {
    expect(output).toMatch(/"kind":"deceased","visible":true,"registered":3,"hits":1,"hitCanaries":1/);
  });
  it('shows the auditor the events', () => {
    expect(output).toContain('"specversion":"1.0"');
  });
});

describe('the production section of the README', () => {
  let folder: string;
  let port: number;
  let output = '';
  const services: ChildProcess[] = [];

  const dataDir = (): string => join(folder, 'data');
  /** For the walk a proxy with TLS is left out, which production insists on; whether it starts in production is seen apart. */
  const local = (): Record<string, string> => ({ SANDBOX: 'false', PUBLIC_URL: `http://127.0.0.1:${port}` });

  beforeAll(async () => {
    folder = mkdtempSync(join(tmpdir(), 'vestibule-production-'));
    port = await freePort();
  });
  afterAll(() => {
    for (const service of services) service.kill('SIGKILL');
    rmSync(folder, { recursive: true, force: true });
  });

  function started(env: Record<string, string>): ChildProcess {
    const settings = { PATH: process.env['PATH'], DATA_DIR: dataDir(), AUDIENCE: 'urn:example:gate', PORT: String(port), ...env };
    const service = spawn(process.execPath, ['dist/main.js'], { env: settings, stdio: 'ignore' });
    services.push(service);
    return service;
  }

  async function stopped(service: ChildProcess): Promise<number | null> {
    const exit = new Promise<number | null>((done) => service.once('exit', done));
    service.kill('SIGTERM');
    return exit;
  }

  /** As written, in another folder, and without what the test run has built already. */
  async function walked(blocks: string): Promise<void> {
    const script = blocks
      .replaceAll('/var/lib/vestibule', dataDir())
      .replaceAll('https://gate.example', local()['PUBLIC_URL'] ?? '')
      .replaceAll(/npm run (?:-s )?([a-z-]+) --/g, (_, name: string) => withoutExec(name).replace('dist/', `${resolve('dist')}/`));
    const walk = spawn('bash', ['-euo', 'pipefail', '-c', script], { cwd: folder, stdio: ['ignore', 'pipe', 'pipe'] });
    for (const stream of [walk.stdout, walk.stderr]) stream.on('data', (chunk: Buffer) => (output += chunk.toString()));
    expect([await new Promise((done) => walk.once('exit', done)), output]).toEqual([0, expect.any(String)]);
  }

  it('begins with keys and an analyst, on which production starts', async () => {
    await walked(blocksUnder('In production', 0, 1));
    expect(output).toContain('analyst-1 is registered with the role analyst');
    const service = started({ NODE_ENV: 'production', PUBLIC_URL: 'https://gate.example' });
    await ready(`http://127.0.0.1:${port}`);
    expect(await stopped(service)).toBe(0);
  }, 60_000);

  it('lets a partner in, who signs and has an allowance', async () => {
    const service = started(local());
    await ready(`http://127.0.0.1:${port}`);
    const settings = blocksUnder('In production', 0, 1).split('\n', 1);
    const functions = blocksUnder('An honest partner, by hand', 0, 1)
      .split('\n')
      .filter((line) => line.includes('() {'));
    await walked([...settings, ...functions, blocksUnder('In production', 1)].join('\n'));
    await stopped(service);
    expect(output).not.toContain('urn:vestibule:problem');
    expect(output).toContain('"status":"signed"');
    expect(output).toMatch(/"balance":50,.*"openLeads":\{"count":0,"limit":200\}/);
  }, 60_000);
});

/** The commands below a heading. */
function blocksUnder(heading: string, from?: number, to?: number): string {
  const section = README.split(/^## /m).find((each) => each.startsWith(`${heading}\n`)) ?? '';
  const blocks = [...section.matchAll(/```bash\n([^]*?)```/g)].map(([, block]) => block);
  return blocks.slice(from, to).join('\n');
}

/** npm runs each in a shell of its own, which may give its place up; the one that walks has more to do. `npm test` has built. */
const withoutExec = (name: string): string => (SCRIPTS[name] ?? 'no such script').replace('npm run -s build && ', '').replace(/^exec /, '');

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
