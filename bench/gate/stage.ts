import { randomUUID } from 'node:crypto';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { importJWK, type JWK, SignJWT } from 'jose';
import { ApiProblem } from '../../src/cli/oauth-client.js';
import { KEY_FILES } from '../../src/config.js';
import { loadKeyring } from '../../src/modules/persons/keyring-file.js';
import { ANALYSTS } from '../../src/sandbox/cast.js';
import { accountEnding, SANDBOX_SEED, syntheticPerson } from '../../src/sandbox/register.js';
import type { Amounts, Bench } from '../group.js';
import { play, type PreparedRequest, writeRequests } from '../load.js';
import { freePort } from '../program.js';
import { copyOf, startGate } from './gate.js';
import type { Proofs } from './proofs.js';

export const OWNERS = 50;
export const CLIENTS = 500;
export const AUDIENCE = 'urn:vestibule:api';

/** Customers in the register: every fifth applicant is one of them. */
const REGISTER = 20_000;
const EVERY_FIFTH = 5;
const STRANGERS_FROM = 1_000_000;
/** Less than the hour that is allowed: the library reads the clock twice. */
const TOKEN_LIFE = '50m';
const DOCUMENT = 'a'.repeat(64);
const VERSION = '1';
const AGENT = 'agent-1';
/** What an honest partner of a large bank would have agreed; the rest so high that no rule stands in the way of the load. */
const FIGURES = { leadsPerDay: 1000, existingShare: 0.2, acknowledgedShare: 0.5, conversion: 0.5 };
const TERMS = { initial: 1e6, ceiling: 1e8, pace: 1e8, openLeads: 1e8 };

export interface Lead {
  readonly client: string;
  readonly leadId: string;
  readonly person: { country: string; scheme: string; value: string; familyName: string; birthDate: string };
  readonly email: string;
  readonly isCustomer: boolean;
  /** The last six digits of their account, or anything for whoever has none. */
  readonly ending: string;
  /** The code of the first request for consent. */
  readonly code: string;
}

/**
 * 500 clients of 50 owners with open leads, made once by the commands that everybody uses, and copied for whatever is to be
 * measured: each measured request is then the first check of its own open lead, in the very same log each time.
 */
export interface Stage {
  readonly port: number;
  readonly issuer: string;
  /** Public key of the issuer, JWK. */
  readonly issuerKey: JWK;
  /** As it was before the leads were opened. */
  readonly unopened: string;
  /** With all leads open. */
  readonly opened: string;
  /** Clients take turns, so a part of them has all clients in it. */
  readonly leads: readonly Lead[];
  readonly flows: readonly Lead[];
  /** All of one owner, among those that are open. */
  readonly ofOneOwner: readonly Lead[];
  /** For whoever reads the metrics. */
  operatorToken(): Promise<string>;
  /** Moves every owner of a running gate to another mode. */
  adoptMode(mode: 'proof' | 'consent'): Promise<void>;
  /** @param jkt thumbprint of the key that it is to be bound to */
  tokenOf(client: string, jkt: string): Promise<string>;
  /**
   * Writes the requests for some of the leads, with tokens that are valid for twenty minutes at least.
   * @param proofs with which the tokens are bound to keys, and each request carries a proof of its own
   */
  requests(name: string, kind: keyof typeof REQUESTS, leads: readonly Lead[], proofs?: Proofs): Promise<string>;
}

const REQUESTS = {
  open: ({ person }: Lead) => ({
    path: '/v1/leads',
    body: { person: { country: person.country, scheme: person.scheme, value: person.value }, purpose: 'onboarding', agent: AGENT },
  }),
  check: ({ leadId, person }: Lead) => ({ path: '/v1/membership-checks', body: { leadId, person } }),
  prove: ({ leadId, person, ending }: Lead) => ({
    path: '/v1/membership-checks',
    body: { leadId, person, proof: { kind: 'account-last-six', value: ending } },
  }),
  askConsent: ({ leadId, email }: Lead) => ({ path: `/v1/leads/${leadId}/consent`, body: { contact: { email } } }),
  checkConsent: ({ leadId, person, code }: Lead) => ({ path: '/v1/membership-checks', body: { leadId, person, consent: { code } } }),
  withdraw: ({ leadId }: Lead) => ({ path: `/v1/leads/${leadId}/withdrawal`, body: { reason: 'other' } }),
  create: ({ leadId, person, email }: Lead) => ({ path: '/v1/customers', body: { leadId, person, contact: { email } } }),
} as const;

let made: Promise<Stage> | undefined;

/** The same for all rows of a run. */
export function stageOf(bench: Bench): Promise<Stage> {
  return (made ??= makeStage(bench, {
    name: 'stage',
    leads: leadsFor(bench.amounts),
    flows: bench.amounts.flows,
    ofOneOwner: bench.rounds * ALONE,
  }));
}

/** Each process is warm before it is measured: the compiler has seen the path, every client's token and owner is known. */
export function warmUpFor({ checks }: Amounts): number {
  return Math.max(CLIENTS, Math.round(checks * 0.4));
}

/** Leads for the measurement at one connection. */
export const ALONE = 400;

const leadsFor = (amounts: Amounts): number => amounts.checks + warmUpFor(amounts) + ALONE;

export interface StageOptions {
  readonly name: string;
  readonly leads: number;
  readonly flows: number;
  readonly ofOneOwner: number;
  /** Of the service, for a log elsewhere: then there is no copying, and `unopened` is what `opened` is. */
  readonly env?: Readonly<Record<string, string>>;
}

export async function makeStage(bench: Bench, options: StageOptions): Promise<Stage> {
  const { name, env } = options;
  const port = await freePort();
  const unopened = join(bench.directory, `${name}-unopened`);
  const gate = await startGate({ dataDir: unopened, port, customers: REGISTER, ...(env && { env }) });
  const tokens = new Tokens(unopened, `http://127.0.0.1:${port}/oauth`);
  try {
    await furnish(port, tokens, (done) => bench.say(`registering partners: ${done} of ${CLIENTS}`));
  } finally {
    await gate.stop();
  }
  const applicants = new Applicants(unopened);
  const met = (count: number, clientOf: (i: number) => number, customers: boolean): Lead[] =>
    // Another fifth of the clients at each of their turns.
    Array.from({ length: count }, (_, i) => applicants.meet(clientOf(i), customers && (i + Math.floor(i / CLIENTS)) % EVERY_FIFTH === 0));
  const leads = met(options.leads, (i) => i, true);
  // Clients of the same owner are fifty apart.
  const ofOneOwner = met(options.ofOneOwner, (i) => i * OWNERS, true);
  const flows = met(options.flows, (i) => i, false);
  const requests = async (name: string, kind: keyof typeof REQUESTS, of: readonly Lead[], proofs?: Proofs): Promise<string> => {
    const prepared: PreparedRequest[] = [];
    for (const lead of of) {
      const request = REQUESTS[kind](lead);
      const token = await tokens.of(lead.client, proofs?.thumbprintOf(lead.client));
      const proof = proofs && { proof: proofs.of(lead.client, request.path, token) };
      prepared.push({ ...request, token, idempotencyKey: randomUUID(), ...proof });
    }
    return writeRequests(bench.directory, name, port, prepared);
  };
  const opened = env === undefined ? copyOf(unopened, join(bench.directory, `${name}-opened`)) : unopened;
  const operatorToken = () => tokens.of('operator');
  const adoptMode = async (mode: string): Promise<void> =>
    send(port, await tokens.of(ANALYSTS[0]), '/v1/policy', { changes: { mode }, reason: 'other' });
  const stage = {
    adoptMode,
    port,
    issuer: tokens.issuer,
    issuerKey: tokens.publicKey,
    unopened,
    opened,
    leads,
    flows,
    ofOneOwner,
    operatorToken,
    tokenOf: (client: string, jkt: string) => tokens.of(client, jkt),
    requests,
  };
  await open(bench, stage, env);
  return stage;
}

async function open(bench: Bench, stage: Stage, env: StageOptions['env']): Promise<void> {
  bench.say(`opening ${stage.leads.length} leads`);
  const gate = await startGate({ dataDir: stage.opened, port: stage.port, ...(env && { env }) });
  try {
    await play(stage.port, await stage.requests('stage', 'open', [...stage.leads, ...stage.ofOneOwner]), 64, 'explain');
    await gate.caughtUp(await stage.operatorToken());
  } finally {
    await gate.stop();
  }
}

/** Signed with the key of the built-in issuer, as it would sign them: fetching five hundred would measure the issuer. */
class Tokens {
  private readonly jwk: JWK;
  private readonly signed = new Map<string, { readonly token: Promise<string>; readonly until: number }>();

  constructor(
    dataDir: string,
    readonly issuer: string,
  ) {
    this.jwk = JSON.parse(readFileSync(join(dataDir, KEY_FILES.issuer), 'utf8')) as JWK;
  }

  get publicKey(): JWK {
    const { d: _, ...publicKey } = this.jwk;
    return publicKey;
  }

  /** Valid for twenty minutes at least. @param jkt thumbprint of the key that it is to be bound to */
  of(client: string, jkt = ''): Promise<string> {
    const known = this.signed.get(client + jkt);
    if (known !== undefined && Date.now() < known.until) return known.token;
    const token = this.sign(client, jkt);
    this.signed.set(client + jkt, { token, until: Date.now() + 30 * 60_000 });
    return token;
  }

  private async sign(client: string, jkt: string): Promise<string> {
    const { kid } = this.jwk;
    return new SignJWT({ client_id: client, ...(jkt !== '' && { cnf: { jkt } }) })
      .setProtectedHeader({ alg: 'ES256', typ: 'at+jwt', ...(kid !== undefined && { kid }) })
      .setIssuer(this.issuer)
      .setAudience(AUDIENCE)
      .setSubject(client)
      .setJti(randomUUID())
      .setIssuedAt()
      .setExpirationTime(TOKEN_LIFE)
      .sign(await importJWK(this.jwk, 'ES256'));
  }
}

const ownerOf = (client: number): string => `bench-owner-${client % OWNERS}`;
const partnerId = (client: number): string => `bench-partner-${client}`;

async function furnish(port: number, tokens: Tokens, progress: (done: number) => void): Promise<void> {
  const [analyst] = ANALYSTS;
  const analystToken = await tokens.of(analyst);
  for (let owner = 0; owner < OWNERS; owner++) {
    const body = { ownerId: ownerOf(owner), name: `Bench owner ${owner}`, figures: FIGURES, terms: TERMS };
    await send(port, analystToken, '/v1/owners', body);
  }
  for (let client = 0; client < CLIENTS; client += OWNERS) {
    // One of each owner at a time.
    const some = Array.from({ length: OWNERS }, (_, i) => client + i);
    await Promise.all(some.map((each) => register(port, tokens, analystToken, each)));
    progress(client + OWNERS);
  }
}

async function register(port: number, tokens: Tokens, analystToken: string, client: number): Promise<void> {
  const partner = partnerId(client);
  const ownerId = ownerOf(client);
  const asAnalyst = (path: string, body: object): Promise<void> => send(port, analystToken, path, body);
  await asAnalyst('/v1/partners', { partnerId: partner, ownerId, name: `Bench partner ${client}` });
  await asAnalyst(`/v1/partners/${partner}/agents`, { agent: AGENT });
  await asAnalyst(`/v1/partners/${partner}/agreements`, { version: VERSION, documentSha256: DOCUMENT });
  await asAnalyst('/v1/clients', { clientId: partner, role: 'partner', partnerId: partner, ownerId });
  await send(port, await tokens.of(partner), '/v1/agreement/signature', { version: VERSION });
}

async function send(port: number, token: string, path: string, body: object): Promise<void> {
  const response = await fetch(`http://127.0.0.1:${port}${path}`, {
    method: 'POST',
    headers: { authorization: `Bearer ${token}`, 'content-type': 'application/json', 'idempotency-key': randomUUID() },
    body: JSON.stringify(body),
  });
  const said = (await response.json().catch(() => ({}))) as { code?: string };
  if (!response.ok) throw new ApiProblem(response.status, `${said.code ?? ''} ${path}`, undefined, []);
}

/** A lead's id follows from its owner and its person, so it is known before the lead is opened. */
class Applicants {
  private readonly keyring;
  private customer = 0;
  private stranger = STRANGERS_FROM;

  constructor(dataDir: string) {
    this.keyring = loadKeyring(join(dataDir, KEY_FILES.keyring));
  }

  meet(turn: number, isCustomer: boolean): Lead {
    const client = turn % CLIENTS;
    const index = isCustomer ? this.customer++ % REGISTER : this.stranger++;
    const { identifiers, familyNames, birthDate, email } = syntheticPerson(SANDBOX_SEED, index);
    const [{ country, scheme, value }] = identifiers;
    const [personKey] = this.keyring.personKeys({ country, scheme, value }) as [string];
    const leadId = this.keyring.leadId(this.keyring.leadStream(ownerOf(client), personKey), 1);
    return {
      client: partnerId(client),
      leadId,
      person: { country, scheme, value, familyName: familyNames[0], birthDate },
      email,
      isCustomer,
      ending: accountEnding(SANDBOX_SEED, index) ?? '000000',
      code: this.keyring.oneTimeCode(leadId, 1),
    };
  }
}
