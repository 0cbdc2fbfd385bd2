import { randomUUID } from 'node:crypto';
import { existsSync, mkdtempSync, readFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { importJWK, type JWK, SignJWT } from 'jose';
import { KEY_FILES } from '../../src/config.js';
import { loadKeyring } from '../../src/modules/persons/keyring-file.js';
import type { Keyring } from '../../src/modules/persons/keyring.js';
import {
  bankDirectory,
  type BankDirectory,
  type BankProcess,
  registerAtCommandLine,
  registerPartner,
  startBank,
} from '../end-to-end/bank-process.js';
import { customerLine } from './applicants.js';
import type { Mode } from './pairs.js';

const MODES: readonly Mode[] = ['instant', 'proof', 'consent', 'blind'];
/** Owners that the load of a mode is spread over, so that none has a stream of a size that no partner has. */
const OWNERS = 4;
/** Terms under which no rule stands in the way of tens of thousands of leads in a minute. */
const TERMS = { initial: 1e6, ceiling: 1e8, pace: 1e8, openLeads: 1e8 };
const LINES_AT_ONCE = 5_000;
const STRANGERS_FROM = 1_000_000;

export const LOADING = 'load-0';
export const IDENTITY = 'identity';
export const CANARIES = 'canaries';
export const OPERATOR = 'operator';
const FEED = 'feed';
const STAFF = { [FEED]: 'bank-feed', [IDENTITY]: 'bank-identity', [CANARIES]: 'bank-canaries', [OPERATOR]: 'operator' };

/** A data directory with owners of every mode and a register, which each run gets a copy of. */
export interface Base {
  readonly directory: BankDirectory;
  readonly customers: number;
}

/** In memory where there is such a place: the time that a disk takes is noise, and what is quicker shows more. */
export function workplace(): string {
  return mkdtempSync(join(existsSync('/dev/shm') ? '/dev/shm' : tmpdir(), 'vestibule-sidechannels-'));
}

export async function makeBase(customers: number, say: (what: string) => void): Promise<Base> {
  const directory = await bankDirectory();
  for (const [id, role] of Object.entries(STAFF)) await registerAtCommandLine(directory, id, role);
  const bank = await startBank(directory);
  try {
    for (const mode of MODES) {
      for (let n = 0; n < OWNERS; n++) await registerPartner(bank, directory, partnerOf(mode, n), { ...TERMS, mode });
    }
    await registerPartner(bank, directory, LOADING, TERMS);
    await feed(bank, directory, customers, say);
  } finally {
    await bank.kill('SIGTERM');
  }
  return { directory, customers };
}

export function partnerOf(mode: Mode, n: number): string {
  return `${mode}-${n % OWNERS}`;
}

/** Customers have the numbers below `customers`, strangers those from a million on. */
export function personNumber(customer: boolean, n: number): number {
  return customer ? n : STRANGERS_FROM + n;
}

async function feed(bank: BankProcess, { dataDir }: BankDirectory, customers: number, say: (what: string) => void): Promise<void> {
  const token = await new Tokens(dataDir).of(FEED);
  for (let from = 0; from < customers; from += LINES_AT_ONCE) {
    say(`feeding the register: ${from} of ${customers}`);
    const lines = Array.from({ length: Math.min(LINES_AT_ONCE, customers - from) }, (_, i) => customerLine(from + i));
    const response = await fetch(`${bank.url}/v1/registry/imports?importId=feed-${from}&onError=stop`, {
      method: 'POST',
      headers: { authorization: `Bearer ${token}`, 'content-type': 'application/x-ndjson' },
      body: lines.join(''),
    });
    const said = await response.text();
    if (!said.trimEnd().endsWith('"finished":true}')) throw new Error(`the register was not taken in: ${said}`);
  }
}

/** Signed with the key of the built-in issuer, as it would sign them: valid for longer than a run takes, and of one length. */
export class Tokens {
  private readonly jwk: JWK;
  private readonly signed = new Map<string, Promise<string>>();

  constructor(dataDir: string) {
    this.jwk = JSON.parse(readFileSync(join(dataDir, KEY_FILES.issuer), 'utf8')) as JWK;
  }

  of(client: string): Promise<string> {
    const known = this.signed.get(client) ?? this.sign(client);
    this.signed.set(client, known);
    return known;
  }

  private async sign(client: string): Promise<string> {
    const { kid } = this.jwk;
    return new SignJWT({ client_id: client })
      .setProtectedHeader({ alg: 'ES256', typ: 'at+jwt', ...(kid !== undefined && { kid }) })
      .setIssuer('http://vestibule.test/oauth')
      .setAudience('urn:vestibule:api')
      .setSubject(client)
      .setJti(randomUUID())
      .setIssuedAt()
      .setExpirationTime('50m')
      .sign(await importJWK(this.jwk, 'ES256'));
  }
}

/** A lead's id follows from its owner and its person, and its codes from its id, so both are known before the lead is opened. */
export class LeadIds {
  private readonly keyring: Keyring;

  constructor(dataDir: string) {
    this.keyring = loadKeyring(join(dataDir, KEY_FILES.keyring));
  }

  of(partner: string, { country, scheme, value }: { country: string; scheme: string; value: string }): string {
    const [personKey = ''] = this.keyring.personKeys({ country, scheme, value });
    return this.keyring.leadId(this.keyring.leadStream(`owner-${partner}`, personKey), 1);
  }

  /** The code that is sent for the first request for consent. */
  codeOf(leadId: string): string {
    return this.keyring.oneTimeCode(leadId, 1);
  }
}
