import { spawnSync } from 'node:child_process';
import { mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { type AddressInfo, createServer } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { JWK } from 'jose';
import { EmbeddedEventStore } from '../../src/event-sourcing/embedded.event-store.js';
import { newClientKey } from '../../src/sandbox/client-key-file.js';

const SCRIPTS = (JSON.parse(readFileSync('package.json', 'utf8')) as { scripts: Record<string, string> }).scripts;

/** Every command that is for people, and for what its usage has to say. */
const COMMANDS = ['start', 'demo', 'import', 'keys', 'client-key', 'client', 'token', 'proof', 'backup', 'restore'] as const;
const publicJwk = ({ d: _, ...jwk }: JWK): JWK => jwk;

type Name = (typeof COMMANDS)[number];

/** As npm runs it, without the build. */
function run(name: Name, ...args: string[]): ReturnType<typeof runWith> {
  return runWith({}, name, ...args);
}

function runWith(env: Record<string, string>, name: Name, ...args: string[]): { code: number | null; stdout: string; stderr: string } {
  const program = / node (?:--\S+ )*(\S+)$/.exec(SCRIPTS[name] ?? '')?.[1] ?? 'no such script';
  const { status, stdout, stderr } = spawnSync(process.execPath, [program, ...args], { encoding: 'utf8', env, timeout: 20_000 });
  // Of a library, on Node 20, whatever it is loaded for: see the README's last section.
  return { code: status, stdout, stderr: stderr.replace(/^oidc-provider WARNING.*\n/, '') };
}

let folder: string;
let jwks: string;
const at = (...path: string[]): string => join(folder, ...path);
const written = (name: string, content: unknown): string => {
  writeFileSync(at(name), typeof content === 'string' ? content : JSON.stringify(content));
  return at(name);
};

beforeAll(async () => {
  folder = mkdtempSync(join(tmpdir(), 'vestibule-cli-'));
  mkdirSync(at('data', 'keys', 'clients'), { recursive: true });
  jwks = written('ana.jwks.json', { keys: [publicJwk(await newClientKey())] });
});
afterAll(() => rmSync(folder, { recursive: true }));

async function closedPort(): Promise<number> {
  const server = createServer();
  await new Promise<void>((listening) => server.listen(0, '127.0.0.1', listening));
  const { port } = server.address() as AddressInfo;
  await new Promise((closed) => server.close(closed));
  return port;
}

/** One line for a person, no stack, nothing where results go. */
function expectComplaint(ended: ReturnType<typeof run>, code: number, text: string): void {
  expect(ended.stderr).toContain(text);
  expect(ended.stderr.trimEnd().split('\n')).toHaveLength(1);
  expect(ended).toMatchObject({ code, stdout: '' });
}

describe('every command', () => {
  it.each(COMMANDS)('npm run %s says how it is used, and that is no error', (name) => {
    const { code, stdout, stderr } = run(name, '--help');
    expect(stdout).toMatch(new RegExp(`^usage: npm (run )?(-s )?${name}( -- |\n)`));
    expect([code, stderr]).toEqual([0, '']);
  });

  it.each(COMMANDS)('npm run %s ends with 2 and a line for an option that it does not have', (name) => {
    expectComplaint(run(name, '--loud'), 2, `${name}: Unknown option '--loud' (npm run ${name} -- --help says more)`);
  });

  it.each<[Name, string[], string]>([
    ['demo', ['--applicants', 'many'], '--applicants takes a whole number from 1 to 2000'],
    ['demo', ['--applicants', '2001'], '--applicants takes a whole number'],
    ['demo', ['--seed=-1'], '--seed takes a whole number'],
    ['demo', ['--mode', 'open'], '--mode takes instant'],
    ['demo', ['now'], 'there is nothing that now could stand for'],
    ['import', [], 'FILE is missing'],
    ['import', ['a', 'b'], 'there is nothing that b could stand for'],
    ['import', ['a', '--on-error', 'perhaps'], '--on-error takes skip or stop'],
    ['import', ['a', '--key'], "Option '--key <value>' argument missing"],
    ['keys', [], 'DATA_DIR is missing'],
    ['token', [], 'either CLIENT_ID or --key'],
    ['token', ['a', '--key', 'b'], 'either CLIENT_ID or --key'],
    ['client-key', ['Ana Novak', '--url', 'http://x'], 'CLIENT_ID has 1 to 64 lower-case letters'],
    ['client-key', ['ana'], '--url is missing'],
    ['client-key', ['ana', '--url', 'gate.example'], '--url takes an http or https URL'],
    ['client', ['--id', 'ana'], '--data is missing'],
    ['client', ['--data', 'd', '--id', 'ana', '--role', 'king', '--jwks', 'f'], '--role takes analyst'],
    ['client', ['--data', 'd', '--id', 'acme', '--role', 'partner', '--jwks', 'f'], 'POST /v1/clients'],
    ['client', ['--data', 'd', '--id', 'A B', '--role', 'analyst', '--jwks', 'f'], '--id takes 1 to 64 lower-case letters'],
  ])('npm run %s -- %j ends with 2 and says what is wrong', (name, args, text) => {
    expectComplaint(run(name, ...args), 2, text);
  });
});

describe('npm start', () => {
  it('names its settings, and ends with 1 and a line for each that it cannot use', () => {
    expect(run('start', '--help').stdout).toMatch(/^ {2}PORT +port to listen on; 0 takes a free one, and needs PUBLIC_URL \(3000\)$/m);
    const { code, stdout, stderr } = runWith({ PORT: 'http', LOG_LEVEL: 'loud', DATA_DIR: at('start') }, 'start');
    expect([code, stdout]).toEqual([1, '']);
    expect(stderr.split('\n')).toEqual([
      'start: the configuration cannot be used:',
      '  - PORT must be a whole number from 0 to 65535',
      '  - LOG_LEVEL must be one of fatal, error, warn, info, debug, silent',
      '',
    ]);
  });

  it('ends with 1 and a line where somebody else has the directory or the port', async () => {
    const running = await EmbeddedEventStore.open(at('taken'));
    expect(runWith({ DATA_DIR: at('taken'), LOG_LEVEL: 'silent' }, 'start').stderr).toContain(
      `start: the data directory ${at('taken')} is in use`,
    );
    await running.close();
    const server = createServer();
    await new Promise<void>((listening) => server.listen(0, '127.0.0.1', listening));
    const { port } = server.address() as AddressInfo;
    const ended = runWith({ DATA_DIR: at('port'), PORT: String(port), SANDBOX: 'false', LOG_LEVEL: 'silent' }, 'start');
    expect([ended.code, ended.stderr]).toEqual([
      1,
      expect.stringContaining(`start: listen EADDRINUSE: address already in use 127.0.0.1:${port}`),
    ]);
    server.close();
  });
});

describe('npm run client', () => {
  const client = (file: string, ...more: string[]): ReturnType<typeof run> =>
    run('client', '--data', at('data'), '--id', 'ana', '--role', 'analyst', '--jwks', file, ...more);

  it('says whether client and keys are new', async () => {
    const kid = (JSON.parse(readFileSync(jwks, 'utf8')) as { keys: [{ kid: string }] }).keys[0].kid;
    expect(client(jwks)).toEqual({ code: 0, stderr: '', stdout: `ana is registered with the role analyst\nkey ${kid}: added\n` });
    expect(client(jwks).stdout).toBe(`ana was registered already with the role analyst\nkey ${kid}: was registered already\n`);
    const further = publicJwk(await newClientKey());
    expect(client(written('further.json', { keys: [further] })).stdout).toContain(`key ${further.kid}: added`);
  });

  it('ends with 1 and a line for what it cannot use, and registers nothing', async () => {
    const privateJwk = await newClientKey();
    const { kid: _, ...shared } = { kty: 'oct', k: 'c2VjcmV0', kid: 'x' };
    for (const [file, text] of [
      [at('nowhere.json'), 'there is no file'],
      [folder, 'cannot be read (EISDIR)'],
      [written('no.json', 'secret'), 'is not JSON'],
      [written('one.json', publicJwk(privateJwk)), 'is no JWK Set'],
      [written('none.json', { keys: [] }), 'is no JWK Set'],
      [written('private.json', { keys: [privateJwk] }), 'holds a private key'],
      [written('shared.json', { keys: [shared] }), 'not a public ES256, EdDSA or PS256'],
    ] as const) {
      const ended = client(file, '--id', 'bob');
      expectComplaint(ended, 1, text);
      expect(ended.stderr).not.toMatch(/secret/);
      expect(ended.stderr).not.toContain(privateJwk.d);
    }
    expect(client(jwks, '--id', 'bob').stdout).toContain('bob is registered');
  });

  it('ends with 1 and a line where the client has another role, and where there are no keys', () => {
    expectComplaint(client(jwks, '--role', 'auditor'), 1, 'the client exists with another role');
    expectComplaint(client(jwks, '--data', at('elsewhere')), 1, 'npm run keys makes one');
  });

  it('ends with 1 and a line while the service runs on the directory', async () => {
    const running = await EmbeddedEventStore.open(at('data'));
    expectComplaint(client(jwks), 1, `in use by process ${process.pid}`);
    await running.close();
  });
});

describe('npm run client-key and npm run token', () => {
  it('make a key pair of which only the public half is to be registered', () => {
    const { code, stdout } = run('client-key', 'acme', '--url', 'https://gate.example/', '--audience', 'urn:gate', '--out', at('acme'));
    expect([code, stdout]).toEqual([0, expect.stringContaining('private, for the client alone')]);
    expect(readdirSync(at('acme')).sort()).toEqual(['acme.jwks.json', 'acme.key.json']);
    expect(statSync(at('acme', 'acme.key.json')).mode & 0o077).toBe(0);
    const file = JSON.parse(readFileSync(at('acme', 'acme.key.json'), 'utf8')) as { privateJwk: { kid: string } };
    expect(file).toMatchObject({
      clientId: 'acme',
      api: 'https://gate.example',
      issuer: 'https://gate.example/oauth',
      tokenEndpoint: 'https://gate.example/oauth/token',
      audience: 'urn:gate',
    });
    const { keys } = JSON.parse(readFileSync(at('acme', 'acme.jwks.json'), 'utf8')) as { keys: object[] };
    expect(keys).toEqual([publicJwk(file.privateJwk)]);
  });

  it('never put one key in the place of another', () => {
    const before = readFileSync(at('acme', 'acme.key.json'), 'utf8');
    expectComplaint(run('client-key', 'acme', '--url', 'https://gate.example', '--out', at('acme')), 1, 'is there already');
    expect(readFileSync(at('acme', 'acme.key.json'), 'utf8')).toBe(before);
  });

  it('name the clients that there are', () => {
    expectComplaint(run('token', 'nobody', '--data', at('nothing')), 1, 'a sandbox puts them there');
    for (const name of ['auditor', 'operator']) written(`data/keys/clients/${name}.json`, '{}');
    expectComplaint(run('token', 'nobody', '--data', at('data')), 1, 'no key of nobody, only those of auditor, operator');
  });

  it('say which file is no key file, and where nobody answers', async () => {
    expectComplaint(run('token', 'auditor', '--data', at('data')), 1, 'auditor.json is no key file of a client');
    expectComplaint(run('token', '--key', at('nowhere')), 1, 'there is no file');
    const port = await closedPort();
    run('client-key', 'lost', '--url', `http://127.0.0.1:${port}`, '--out', folder);
    expectComplaint(run('token', '--key', at('lost.key.json')), 1, `127.0.0.1:${port} does not answer (ECONNREFUSED)`);
  });
});

describe('npm run keys', () => {
  it('says what it made and what was there', () => {
    const first = run('keys', at('fresh'));
    expect([first.code, first.stdout.match(/: made$/gm)]).toEqual([0, [': made', ': made', ': made']]);
    expect(run('keys', at('fresh')).stdout.match(/: was there/g)).toHaveLength(3);
  });

  it('adds a vault key, wraps everything under it, and then drops the old one', () => {
    const lines = (): string[] =>
      readFileSync(at('fresh', 'keys', 'vault-key'), 'utf8')
        .trim()
        .split('\n');
    const [old] = lines();
    expectComplaint(run('keys', at('fresh'), '--new-vault-key', '--rewrap'), 2, '--rewrap comes after');
    expect(run('keys', at('fresh'), '--new-vault-key').code).toBe(0);
    const [fresh, ...others] = lines();
    expect(others).toEqual([old]);
    expect(run('keys', at('fresh'), '--rewrap')).toMatchObject({
      code: 0,
      stdout: expect.stringContaining('the only one left') as unknown,
    });
    expect(lines()).toEqual([fresh]);
    expect(run('keys', at('fresh')).code).toBe(0);
  });

  it('ends with 1 and a line where it cannot write, and where a key is missing beside its vault', () => {
    expectComplaint(run('keys', jwks), 1, 'ENOTDIR');
    rmSync(at('fresh', 'keys', 'vault-key'));
    expectComplaint(run('keys', at('fresh')), 1, 'keys/vault-key is missing');
  });
});

describe('npm run import', () => {
  it('ends with 1 and a line for a file that is not there, and where nobody answers', () => {
    const key = at('lost.key.json');
    expectComplaint(run('import', at('missing.ndjson'), '--key', key), 1, 'there is no file');
    expectComplaint(run('import', jwks, '--data', at('nothing')), 1, 'a sandbox puts them there');
  });
});
