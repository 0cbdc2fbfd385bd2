import { inspect } from 'node:util';
import { readMessengers } from '../../src/config.messengers.js';
import { ConfigError, readConfig } from '../../src/config.js';

const MAIL = { SMTP_URL: 'smtp://mail.bank.example', MAIL_FROM: 'post@bank.example' };
const SECRET = 's'.repeat(32);
const complaintsOf = (variables: object, production = true): readonly string[] =>
  readMessengers(variables, production).complaints.map(([, complaint]) => complaint);
const tlsOf = (url: string, production = true): string | undefined =>
  readMessengers({ ...MAIL, SMTP_URL: url }, production).messengers.smtp?.tls;

describe('the way out for messages', () => {
  it('is none unless one is set', () => {
    expect(readMessengers({}, true)).toEqual({ messengers: {}, complaints: [] });
  });

  it('in production is under TLS, unless the mail server is on this machine', () => {
    expect(tlsOf('smtps://mail.bank.example')).toBe('implicit');
    expect(tlsOf('smtp://mail.bank.example')).toBe('demanded');
    expect(tlsOf('smtp://mail.bank.example', false)).toBe('offered');
    for (const here of ['127.0.0.1', 'localhost', '[::1]']) expect(tlsOf(`smtp://${here}:25`)).toBe('none');
    for (const there of ['127.0.0.1.example.org', 'localhost.example.org', '128.0.0.1'])
      expect(tlsOf(`smtp://${there}:25`)).toBe('demanded');
  });

  it('takes the usual ports where none is given', () => {
    expect(readMessengers(MAIL, true).messengers.smtp).toMatchObject({ host: 'mail.bank.example', port: 587 });
    expect(readMessengers({ ...MAIL, SMTP_URL: 'smtps://[::1]' }, true).messengers.smtp).toMatchObject({ host: '::1', port: 465 });
  });

  it('is complained about by name, and no value is repeated', () => {
    const all = { SMTP_URL: 'http://u:hidden@h', SMTP_CA_FILE: '/no/such', MAIL_FROM: 'hidden', MESSAGE_WEBHOOK_URL: 'ftp://hidden' };
    const found = complaintsOf({ ...all, MESSAGE_WEBHOOK_SECRET: 'hidden' });
    expect(found.map((each) => each.split(' ')[0])).toEqual([
      'SMTP_URL',
      'SMTP_CA_FILE',
      'MAIL_FROM',
      'MESSAGE_WEBHOOK_URL',
      'MESSAGE_WEBHOOK_SECRET',
    ]);
    expect(found.join()).not.toContain('hidden');
  });

  it('needs a sender, a password with a user, and a secret', () => {
    expect(complaintsOf({ SMTP_URL: MAIL.SMTP_URL })).toEqual(['MAIL_FROM must be the address that mail is sent from']);
    expect(complaintsOf({ ...MAIL, SMTP_URL: 'smtp://user@mail.bank.example' })).toEqual(['SMTP_URL must have a password with its user']);
    expect(complaintsOf({ MESSAGE_WEBHOOK_URL: 'https://app.bank.example' })).toHaveLength(1);
    expect(complaintsOf({ MAIL_FROM: 'post@bank.example' })).toEqual(['MAIL_FROM has no use without SMTP_URL']);
  });

  it('in production is no webhook that anybody can read on the way', () => {
    const webhook = (url: string): object => ({ MESSAGE_WEBHOOK_URL: url, MESSAGE_WEBHOOK_SECRET: SECRET });
    expect(complaintsOf(webhook('http://app.bank.example'))).toEqual(['MESSAGE_WEBHOOK_URL must be https in production']);
    expect(complaintsOf(webhook('http://app.bank.example'), false)).toEqual([]);
    expect(complaintsOf(webhook('http://127.0.0.1:8080/'))).toEqual([]);
  });

  it('shows no password, however it is printed (R26)', () => {
    const { messengers } = readMessengers(
      { ...MAIL, SMTP_URL: 'smtp://u:p4ssword@h.example', MESSAGE_WEBHOOK_URL: 'https://h.example', MESSAGE_WEBHOOK_SECRET: SECRET },
      true,
    );
    expect(messengers.smtp?.login?.password.reveal()).toBe('p4ssword');
    const printed = inspect(messengers, { depth: 9, showHidden: true }) + JSON.stringify(messengers);
    expect(printed).not.toMatch(/p4ssword|ssss/);
  });
});

describe('the languages of messages', () => {
  it('are one or more, the first before the second', () => {
    expect(readConfig({}).languages).toEqual(['en']);
    expect(readConfig({ LANGUAGES: 'cs, en' }).languages).toEqual(['cs', 'en']);
  });

  it.each(['de', 'en,en', 'en,', ','])('are not %j', (LANGUAGES) => {
    expect(() => readConfig({ LANGUAGES })).toThrow(ConfigError);
  });
});

it('in production the bank says how it is called where messages go out in its name', () => {
  const complaints = (env: Record<string, string>): string => {
    try {
      readConfig({ NODE_ENV: 'production', ...env });
    } catch (error) {
      return String(error);
    }
    return '';
  };
  expect(complaints(MAIL)).toContain('BANK_NAME');
  expect(complaints({})).not.toContain('BANK_NAME');
});
