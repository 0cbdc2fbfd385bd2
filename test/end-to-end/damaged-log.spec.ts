import { spawnSync } from 'node:child_process';
import { cpSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { dirname, join, resolve } from 'node:path';
import { Sqlite } from '../../src/event-sourcing/sqlite.js';
import { bankDirectory, registerPartner, startBank, type BankDirectory } from './bank-process.js';

/** R21, with the service as a process of its own and a file that was damaged while it was stopped. */
describe('a service on a damaged log (R21)', () => {
  let directory: BankDirectory;
  let spoilt: BankDirectory;

  beforeAll(async () => {
    directory = await bankDirectory();
    const bank = await startBank(directory);
    await registerPartner(bank, directory, 'shop');
    await bank.kill('SIGTERM');
  }, 60_000);
  afterAll(() => rmSync(dirname(directory.dataDir), { recursive: true, force: true }));
  beforeEach(() => {
    spoilt = { ...directory, dataDir: join(dirname(directory.dataDir), 'spoilt') };
    cpSync(directory.dataDir, spoilt.dataDir, { recursive: true });
  });
  afterEach(() => rmSync(spoilt.dataDir, { recursive: true, force: true }));

  const file = (name: string): string => join(spoilt.dataDir, name);
  const edit = (sql: string): void => {
    const db = new Sqlite(file('log.db'));
    db.exec(sql);
    db.close();
  };
  const positionOf = (type: string): number => {
    const db = new Sqlite(file('log.db'));
    const position = db.prepare<[string], number>('SELECT max(position) FROM event WHERE type = ?').pluck().get(type) as number;
    db.close();
    return position;
  };
  const flip = (text: string): void => {
    const bytes = readFileSync(file('log.db'));
    // What was moved from one page to another stands in the old one as well.
    for (let at = bytes.indexOf(text); at >= 0; at = bytes.indexOf(text)) bytes[at]! ^= 1;
    writeFileSync(file('log.db'), bytes);
  };
  /** As after a restart on another disk, where nothing was kept. */
  const forgetWhatWasVerified = (): void => rmSync(file('verified.json'));
  const start = (): { status: number | null; stdout: string; stderr: string } =>
    spawnSync(process.execPath, [resolve('dist/main.js')], {
      env: { PATH: process.env['PATH'], DATA_DIR: spoilt.dataDir, PORT: '0', PUBLIC_URL: 'http://vestibule.test', SANDBOX: 'false' },
      encoding: 'utf8',
      timeout: 20_000,
    });

  it('does not start when a bit of a row has flipped, and says which', () => {
    const position = positionOf('PartnerRegistered');
    flip('A partner');
    forgetWhatWasVerified();
    const { status, stderr } = start();
    expect([status, stderr]).toEqual([
      1,
      expect.stringMatching(
        new RegExp(`^start: the log is damaged: position ${position} \\(owner-owner-shop@\\d+\\) is not what was written`, 'm'),
      ),
    ]);
  }, 30_000);

  it('does not start when a row is missing, or the newest are', () => {
    edit(`DELETE FROM event WHERE type = 'AgreementSigned'`);
    forgetWhatWasVerified();
    expect(start()).toMatchObject({
      status: 1,
      stderr: expect.stringMatching(/^start: the log is damaged: position \d+ is missing/m) as unknown,
    });
    rmSync(spoilt.dataDir, { recursive: true });
    cpSync(directory.dataDir, spoilt.dataDir, { recursive: true });
    edit(`DELETE FROM event WHERE position > (SELECT max(position) - 5 FROM event)`);
    expect(start()).toMatchObject({
      status: 1,
      stderr: expect.stringMatching(/^start: the log is damaged: .* newer events are lost/m) as unknown,
    });
  }, 60_000);

  it('does not start on events that it does not know', () => {
    const position = positionOf('PartnerRegistered');
    edit(`UPDATE event SET type = 'PartnerInvented', checksum = NULL WHERE position = ${position}`);
    forgetWhatWasVerified();
    const message = new RegExp(
      `^start: the log is damaged: position ${position} .* of the type PartnerInvented, which this program does not know`,
      'm',
    );
    expect(start()).toMatchObject({ status: 1, stderr: expect.stringMatching(message) as unknown });
  }, 30_000);

  it('ends when it finds older damage while it runs, and does not start again', () => {
    const position = positionOf('PartnerRegistered');
    flip('A partner');
    const first = start();
    expect(first).toMatchObject({
      status: 1,
      stdout: expect.stringMatching(/"reason":"the log is damaged".*"message":"the log is damaged: position \d+/) as unknown,
    });
    expect(first.stderr).not.toMatch(/the log is damaged/);
    expect(start()).toMatchObject({
      status: 1,
      stderr: expect.stringMatching(new RegExp(`^start: the log is damaged: position ${position} `, 'm')) as unknown,
    });
  }, 60_000);

  it('starts on one that is whole', async () => {
    const bank = await startBank(spoilt);
    for (let tries = 0; !bank.output().includes('the older part of the log is whole') && tries < 200; tries++) {
      await new Promise((wait) => setTimeout(wait, 25));
    }
    expect(bank.output()).toMatch(/"rows":\d+,"msg":"the older part of the log is whole"/);
    await bank.kill('SIGTERM');
  }, 60_000);
});
