import { existsSync } from 'node:fs';
import { isEmail } from 'class-validator';

/** A text that no log and no `inspect` shows (R26). */
export class Secret {
  readonly #text: string;

  constructor(text: string) {
    this.#text = text;
  }

  reveal(): string {
    return this.#text;
  }
}

/** A mail server that takes the bank's mail. */
export interface SmtpSettings {
  readonly host: string;
  readonly port: number;
  /** `implicit` from the first byte; `demanded`: nothing is sent before STARTTLS; `offered`: where the server offers it; `none`. */
  readonly tls: 'implicit' | 'demanded' | 'offered' | 'none';
  /** File of the authority that signed the server's certificate, PEM; the system's authorities unless given. */
  readonly caFile?: string;
  readonly login?: { readonly user: string; readonly password: Secret };
  /** The sender's address. */
  readonly from: string;
}

/** A gateway or an app of the bank's that takes messages as JSON. */
export interface WebhookSettings {
  readonly url: string;
  readonly secret: Secret;
}

/** Through what messages leave the service; with neither they wait for the bank's own system to read them. */
export interface Messengers {
  readonly smtp?: SmtpSettings;
  readonly webhook?: WebhookSettings;
}

export interface MessengerVariables {
  readonly SMTP_URL?: string;
  readonly SMTP_CA_FILE?: string;
  readonly MAIL_FROM?: string;
  readonly MESSAGE_WEBHOOK_URL?: string;
  readonly MESSAGE_WEBHOOK_SECRET?: string;
}

type Complaint = readonly [about: string, complaint: string];

export interface MessengersReading {
  readonly messengers: Messengers;
  /** What is wrong, by the variable that it is wrong with. Never repeats a value: each may hold a password. */
  readonly complaints: readonly Complaint[];
}

/** 128 bits in hex are as many characters. */
const SHORTEST_SECRET = 32;

/** @param production mail and messages leave the machine under TLS only */
export function readMessengers(variables: MessengerVariables, production: boolean): MessengersReading {
  const smtp = readSmtp(variables, production);
  const webhook = readWebhook(variables, production);
  return {
    messengers: { ...(smtp.settings && { smtp: smtp.settings }), ...(webhook.settings && { webhook: webhook.settings }) },
    complaints: [...smtp.complaints, ...webhook.complaints],
  };
}

interface Reading<Settings> {
  readonly settings?: Settings;
  readonly complaints: readonly Complaint[];
}

function readSmtp(variables: MessengerVariables, production: boolean): Reading<SmtpSettings> {
  const { SMTP_URL, SMTP_CA_FILE: caFile, MAIL_FROM: from } = variables;
  if (SMTP_URL === undefined) return { complaints: withoutUse(variables, ['SMTP_CA_FILE', 'MAIL_FROM'], 'SMTP_URL') };
  const url = urlOf(SMTP_URL, ['smtp:', 'smtps:']);
  const complaints = complaintsOf([
    [url === undefined, 'SMTP_URL', 'SMTP_URL must be smtp://HOST:PORT or smtps://HOST:PORT, with user and password before the host'],
    [url !== undefined && (url.username === '') !== (url.password === ''), 'SMTP_URL', 'SMTP_URL must have a password with its user'],
    [caFile !== undefined && !existsSync(caFile), 'SMTP_CA_FILE', 'SMTP_CA_FILE names no file'],
    [from === undefined || !isEmail(from), 'MAIL_FROM', 'MAIL_FROM must be the address that mail is sent from'],
  ]);
  if (url === undefined || from === undefined || complaints.length > 0) return { complaints };
  const login = url.username !== '' && {
    login: { user: decodeURIComponent(url.username), password: new Secret(decodeURIComponent(url.password)) },
  };
  const tls = tlsOf(url, caFile !== undefined, production);
  const port = Number(url.port || (tls === 'implicit' ? 465 : 587));
  return { settings: { host: hostOf(url), port, tls, from, ...(caFile !== undefined && { caFile }), ...login }, complaints };
}

/** A server on this machine needs none, and often has a certificate that nobody has signed. */
function tlsOf(url: URL, hasAuthority: boolean, production: boolean): SmtpSettings['tls'] {
  if (url.protocol === 'smtps:') return 'implicit';
  if (hasAuthority) return 'demanded';
  if (isLoopback(url)) return 'none';
  return production ? 'demanded' : 'offered';
}

function readWebhook(variables: MessengerVariables, production: boolean): Reading<WebhookSettings> {
  const { MESSAGE_WEBHOOK_URL, MESSAGE_WEBHOOK_SECRET: secret } = variables;
  if (MESSAGE_WEBHOOK_URL === undefined) {
    return { complaints: withoutUse(variables, ['MESSAGE_WEBHOOK_SECRET'], 'MESSAGE_WEBHOOK_URL') };
  }
  const url = urlOf(MESSAGE_WEBHOOK_URL, ['http:', 'https:']);
  const isWeak = secret === undefined || secret.length < SHORTEST_SECRET;
  const isOpen = url?.protocol === 'http:' && !isLoopback(url) && production;
  const hasLogin = url !== undefined && url.username + url.password !== '';
  const complaints = complaintsOf([
    [url === undefined || hasLogin, 'MESSAGE_WEBHOOK_URL', 'MESSAGE_WEBHOOK_URL must be an http or https URL without a login'],
    [isOpen, 'MESSAGE_WEBHOOK_URL', 'MESSAGE_WEBHOOK_URL must be https in production'],
    [isWeak, 'MESSAGE_WEBHOOK_SECRET', `MESSAGE_WEBHOOK_SECRET must have ${SHORTEST_SECRET} characters or more`],
  ]);
  if (url === undefined || secret === undefined || complaints.length > 0) return { complaints };
  return { settings: { url: url.href, secret: new Secret(secret) }, complaints };
}

function withoutUse(variables: MessengerVariables, names: readonly (keyof MessengerVariables)[], without: string): Complaint[] {
  return names.filter((name) => variables[name] !== undefined).map((name) => [name, `${name} has no use without ${without}`]);
}

function urlOf(text: string, protocols: readonly string[]): URL | undefined {
  const url = URL.canParse(text) ? new URL(text) : undefined;
  return url !== undefined && protocols.includes(url.protocol) && url.hostname !== '' ? url : undefined;
}

/** An IPv6 address without its brackets. */
function hostOf({ hostname }: URL): string {
  return hostname.replace(/^\[(.*)\]$/, '$1');
}

function isLoopback(url: URL): boolean {
  const host = hostOf(url);
  return host === 'localhost' || host === '::1' || /^127(\.\d{1,3}){3}$/.test(host);
}

function complaintsOf(checks: readonly [boolean, string, string][]): Complaint[] {
  return checks.filter(([wrong]) => wrong).map(([, about, complaint]) => [about, complaint]);
}
