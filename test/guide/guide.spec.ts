import { type ChildProcess, execFile, spawn } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { createServer, type AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { GUIDE_PAGES } from '../../src/http/guide.js';
import { PROBLEMS } from '../../src/http/problem.js';

const run = promisify(execFile);
const pageText = (page: string): string => readFileSync(`docs/guide/${page}.md`, 'utf8');

/** Every page is walked as it is written, each in the sandbox's partner of that mode. */
describe('the guide', () => {
  let service: ChildProcess;
  let url: string;
  const dataDir = join(mkdtempSync(join(tmpdir(), 'vestibule-guide-')), 'data');

  beforeAll(async () => {
    const port = await freePort();
    url = `http://127.0.0.1:${port}`;
    const env = { PATH: process.env['PATH'], DATA_DIR: dataDir, PORT: String(port), SANDBOX_CUSTOMERS: '50' };
    service = spawn(process.execPath, ['dist/main.js'], { env, stdio: 'ignore' });
    await ready(url);
  }, 120_000);
  afterAll(() => {
    service.kill('SIGKILL');
    rmSync(join(dataDir, '..'), { recursive: true, force: true });
  });

  async function walked(page: string): Promise<readonly string[]> {
    const script = ['modes', page]
      .map((each) => [...pageText(each).matchAll(/```bash\n([^]*?)```/g)].map(([, block]) => block).join('\n'))
      .join('\n')
      .replaceAll('http://127.0.0.1:3000', url)
      .replaceAll(/npm run -s token -- ([^\n)]+)/g, (_, client: string) => `node dist/cli/token.js ${client} --data ${dataDir}`);
    const { stdout } = await run('bash', ['-euo', 'pipefail', '-c', script], { timeout: 60_000 });
    return stdout.split('\n').filter((line) => line !== '');
  }
  const codeOf = (line: string | undefined): unknown => (JSON.parse(line ?? '{}') as { code?: string }).code;

  it('walks through instant to a yes', async () => {
    expect(await walked('instant')).toEqual(['{"answer":"yes"}']);
  }, 60_000);

  it('walks through proof: refused without a secret, no on a wrong one, yes on the right one', async () => {
    const [without, ...answers] = await walked('proof');
    expect(codeOf(without)).toBe('PROOF_MISSING');
    expect(answers).toEqual(['{"answer":"no"}', '{"answer":"yes"}']);
  }, 60_000);

  it('walks through consent: refused without it, asked, yes on the code from the message', async () => {
    const [without, asked, answer] = await walked('consent');
    expect(codeOf(without)).toBe('CONSENT_MISSING');
    expect(JSON.parse(asked ?? '{}')).toMatchObject({ status: 'asked' });
    expect(answer).toBe('{"answer":"yes"}');
  }, 60_000);

  it('walks through blind: no check, a create, and only the bank sees that she was a customer', async () => {
    const [check, created, identifications] = await walked('blind');
    expect(codeOf(check)).toBe('CHECK_SWITCHED_OFF');
    expect(JSON.parse(created ?? '{}')).toMatchObject({ status: 'pending' });
    expect(identifications).toContain('"register":"identifier-and-name"');
  }, 60_000);

  it('is served as pages that load nothing from anywhere, and draw who calls whom', async () => {
    for (const page of GUIDE_PAGES) {
      const response = await fetch(`${url}/guide/${page}`);
      const html = await response.text();
      expect([page, response.status, response.headers.get('content-type')]).toEqual([page, 200, 'text/html; charset=utf-8']);
      expect(response.headers.get('content-security-policy')).toContain("default-src 'none'");
      expect(html).not.toMatch(/<script|@import|src="http|url\((?!#)/);
      if (page !== 'modes') expect(html).toContain('<svg');
    }
    expect((await fetch(`${url}/guide`)).url).toBe(`${url}/guide/modes`);
    expect((await fetch(`${url}/guide/nothing`)).status).toBe(404);
  });

  it('names only refusals that there are', () => {
    const named = GUIDE_PAGES.flatMap((page) => [...pageText(page).matchAll(/`([A-Z]+_[A-Z_]+)`/g)].map(([, code]) => code ?? ''));
    expect(named.length).toBeGreaterThan(5);
    for (const code of named) expect(PROBLEMS).toHaveProperty([code]);
  });
});

async function freePort(): Promise<number> {
  const server = createServer();
  await new Promise<void>((listening) => server.listen(0, '127.0.0.1', listening));
  const { port } = server.address() as AddressInfo;
  await new Promise((closed) => server.close(closed));
  return port;
}

async function ready(at: string): Promise<void> {
  for (let attempt = 0; attempt < 1_000; attempt++) {
    const response = await fetch(`${at}/health/ready`).catch(() => undefined);
    if (response?.ok) return;
    await new Promise((wait) => setTimeout(wait, 100));
  }
  throw new Error('the sandbox does not become ready');
}
