import { randomUUID } from 'node:crypto';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { importJWK, type JWK, SignJWT } from 'jose';
import { ApiProblem } from '../../src/cli/oauth-client.js';
import { KEY_FILES } from '../../src/config.js';
import { loadKeyring } from '../../src/modules/persons/keyring-file.js';
import { ANALYSTS } from '../../src/sandbox/cast.js';
import { SANDBOX_SEED, syntheticPerson } from '../../src/sandbox/register.js';
import type { Bench } from '../group.js';
import { play, type PreparedRequest, writeRequests } from '../load.js';
import { freePort } from '../program.js';
import { copyOf, startGate } from './gate.js';

export const OWNERS = 50;
export const CLIENTS = 500;
export const AUDIENCE = 'urn:vestibule:api';

/** Customers in the register: every fifth applicant is one of them. */
const REGISTER = 20_000;
const EVERY_FIFTH = 5;
const STRANGERS_FROM = 1_000_000;
const TOKEN_LIFE = '1h';
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
  /** For whoever reads the metrics. */
  operatorToken(): Promise<string>;
  /** Writes the requests for some of the leads, with tokens that are valid for an hour from now. */
  requests(name: string, kind: keyof typeof REQUESTS, leads: readonly Lead[]): Promise<string>;
}

const REQUESTS = {
  open: ({ person }: Lead) => ({
    path: '/v1/leads',
    body: { person: { country: person.country, scheme: person.scheme, value: person.value }, purpose: 'onboarding', agent: AGENT },
  }),
  check: ({ leadId, person }: Lead) => ({ path: '/v1/membership-checks', body: { leadId, person } }),
  create: ({ leadId, person, email }: Lead) => ({ path: '/v1/customers', body: { leadId, person, contact: { email } } }),
} as const;

let made: Promise<Stage> | undefined;

/** The same for all rows of a run. */
export function stageOf(bench: Bench, leads: number): Promise<Stage> {
  return (made ??= makeStage(bench, leads));
}

async function makeStage(bench: Bench, count: number): Promise<Stage> {
  const port = await freePort();
  const unopened = join(bench.directory, 'stage-unopened');
  const gate = await startGate({ dataDir: unopened, port, customers: REGISTER });
  const tokens = new Tokens(unopened, `http://127.0.0.1:${port}/oauth`);
  try {
    await furnish(port, tokens, (done) => bench.say(`registering partners: ${done} of ${CLIENTS}`));
  } finally {
    await gate.stop();
  }
  const applicants = new Applicants(unopened);
  const leads = Array.from({ length: count }, (_, i) => applicants.meet(i, i % EVERY_FIFTH === 0));
  const flows = Array.from({ length: bench.amounts.flows }, (_, i) => applicants.meet(count + i, false));
  const requests = async (name: string, kind: keyof typeof REQUESTS, of: readonly Lead[]): Promise<string> => {
    const prepared: PreparedRequest[] = [];
    for (const lead of of) {
      prepared.push({ ...REQUESTS[kind](lead), token: await tokens.of(lead.client), idempotencyKey: randomUUID() });
    }
    return writeRequests(bench.directory, name, port, prepared);
  };
  const opened = copyOf(unopened, join(bench.directory, 'stage-opened'));
  const operatorToken = () => tokens.of('operator');
  const stage = { port, issuer: tokens.issuer, issuerKey: tokens.publicKey, unopened, opened, leads, flows, operatorToken, requests };
  await open(bench, stage);
  return stage;
}

async function open(bench: Bench, stage: Stage): Promise<void> {
  bench.say(`opening ${stage.leads.length} leads`);
  const gate = await startGate({ dataDir: stage.opened, port: stage.port });
  try {
    await play(stage.port, await stage.requests('stage', 'open', stage.leads), 64);
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

  /** Valid for half an hour at least. */
  of(client: string): Promise<string> {
    const known = this.signed.get(client);
    if (known !== undefined && Date.now() < known.until) return known.token;
    const token = this.sign(client);
    this.signed.set(client, { token, until: Date.now() + 30 * 60_000 });
    return token;
  }

  private async sign(client: string): Promise<string> {
    const { kid } = this.jwk;
    return new SignJWT({ client_id: client })
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
  for (let owner = 0; owner < OWNERS; owner++) {
    const body = { ownerId: ownerOf(owner), name: `Bench owner ${owner}`, figures: FIGURES, terms: TERMS };
    await send(port, await tokens.of(analyst), '/v1/owners', body);
  }
  for (let client = 0; client < CLIENTS; client++) {
    const partner = partnerId(client);
    const ownerId = ownerOf(client);
    const token = await tokens.of(analyst);
    await send(port, token, '/v1/partners', { partnerId: partner, ownerId, name: `Bench partner ${client}` });
    await send(port, token, `/v1/partners/${partner}/agents`, { agent: AGENT });
    await send(port, token, `/v1/partners/${partner}/agreements`, { version: VERSION, documentSha256: DOCUMENT });
    await send(port, token, '/v1/clients', { clientId: partner, role: 'partner', partnerId: partner, ownerId });
    await send(port, await tokens.of(partner), '/v1/agreement/signature', { version: VERSION });
    progress(client + 1);
  }
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
    return { client: partnerId(client), leadId, person: { country, scheme, value, familyName: familyNames[0], birthDate }, email };
  }
}
