import { ApiProblem } from '../cli/oauth-client.js';
import { ANALYSTS } from '../sandbox/cast.js';
import { type ClientKeyFile, newClientKey, readClientKeyFile } from '../sandbox/client-key-file.js';
import { SANDBOX_IMPORT } from '../sandbox/sandbox-import.js';
import { HONEST_FIGURES } from './applicants.js';
import { Mailboxes } from './mailboxes.js';
import { PatientClient } from './patient-client.js';
import { CUSTOMERS_NEEDED, People } from './people.js';
import type { Service } from './service.js';

/** From the most to the least that a partner is told. */
export const MODES = ['instant', 'proof', 'consent', 'blind'] as const;
export type Mode = (typeof MODES)[number];

/** A partner that was registered for this run, and its owner. */
export interface Player {
  readonly ownerId: string;
  readonly partnerId: string;
  readonly api: PatientClient;
}

/** Everybody who takes part in one run. */
export interface Stage {
  /** From 1: how many runs this service has seen. */
  readonly run: number;
  readonly people: People;
  readonly honest: Player;
  readonly scanner: Player;
  readonly mailboxes: Mailboxes;
  readonly analyst: PatientClient;
  readonly identity: PatientClient;
  readonly messages: PatientClient;
}

export interface Setting {
  readonly mode: Mode;
  readonly applicants: number;
}

export const AGENT = 'agent-1';
export const PURPOSE = 'onboarding';
/** Applicants that the honest partner has at most between two settlements. */
export const MOST_A_DAY = 100;

const SHORT = { settleAfter: 'PT1S', coolDown: 'PT10M', answerReadableFor: 'PT10M' } as const;
/** Seconds that a deadline of the demo is away, at least. */
const DEADLINE = 15;
/** What somebody met in the morning waits for until the evening, in queries: commands take several times that, and there is one to spare. */
const REQUESTS_AN_APPLICANT = 60;
/** Requests by which it is seen how quick the service is here. */
const PROBES = 20;
/** What an applicant's code takes on its way, the scanner's beside it, and a slow machine's share. */
const SECONDS_A_CODE = 1.5;
const DOCUMENT = 'a'.repeat(64);
const IMPORTED = `/v1/registry/imports/${SANDBOX_IMPORT}`;

/** Registers a fresh pair of owners through the analyst's API, so that no run meets the leads of an earlier one. */
export async function setStage({ dataDir }: Service, { mode, applicants }: Setting): Promise<Stage> {
  const clientOf = (clientId: string): PatientClient => {
    const file = readClientKeyFile(dataDir, clientId);
    return new PatientClient(file, clientId, file.privateJwk);
  };
  const [analystId] = ANALYSTS;
  const feed = clientOf('bank-feed');
  await assertRegister(feed);
  const terms = shortTerms(mode, applicants, await secondsARequest(feed));
  const bank = new Bank(clientOf(analystId), readClientKeyFile(dataDir, analystId), mode, terms);
  const run = await bank.registerOwner(figuresFor(applicants, mode));
  return {
    run,
    people: new People(run),
    honest: await bank.registerPartner(ownerOf('honest', run)),
    scanner: await bank.registerScanner(ownerOf('scanner', run)),
    mailboxes: new Mailboxes(clientOf('bank-messages')),
    analyst: clientOf(analystId),
    identity: clientOf('bank-identity'),
    messages: clientOf('bank-messages'),
  };
}

const ownerOf = (part: 'honest' | 'scanner', run: number): string => `demo-${run}-${part}`;

/** In mode `blind` nobody is told to be a customer, so nobody drops out for being one. */
function figuresFor(applicants: number, mode: Mode): object {
  // All of them come on one day of the calendar, which the pace lets through only where it was agreed for many.
  const leadsPerDay = Math.max(10, Math.ceil(applicants / 3));
  return { ...HONEST_FIGURES, ...(mode === 'blind' && { existingShare: 0 }), leadsPerDay };
}

/** Short enough to be watched; whoever was met in the morning still has time in the evening. */
function shortTerms(mode: Mode, applicants: number, secondsARequest: number): object {
  const aDay = Math.min(applicants, MOST_A_DAY);
  const codes = mode === 'consent' ? SECONDS_A_CODE * aDay : 0;
  const deadline = `PT${Math.ceil(Math.max(DEADLINE, aDay * REQUESTS_AN_APPLICANT * secondsARequest) + codes)}S`;
  return { ...SHORT, followUpWithin: deadline, confirmWithin: deadline };
}

/** As the service is now, on this machine: a slow one must not let the honest partner's leads lapse. */
async function secondsARequest(feed: PatientClient): Promise<number> {
  const startedAt = performance.now();
  for (let probe = 0; probe < PROBES; probe++) await feed.get(IMPORTED);
  return (performance.now() - startedAt) / 1000 / PROBES;
}

async function assertRegister(feed: PatientClient): Promise<void> {
  const { accepted } = await feed.get<{ accepted: number }>(IMPORTED);
  if (accepted < CUSTOMERS_NEEDED)
    throw new Error(`the sandbox's register has ${accepted} customers, and the demo needs ${CUSTOMERS_NEEDED}`);
}

/** What the bank's analyst does before two partners can begin. */
class Bank {
  constructor(
    private readonly analyst: PatientClient,
    private readonly service: ClientKeyFile,
    private readonly mode: Mode,
    private readonly terms: object,
  ) {}

  /** @returns the first number of a run that no honest owner has yet */
  async registerOwner(figures: object): Promise<number> {
    for (let run = 1; ; run++) {
      try {
        await this.owner(ownerOf('honest', run), { figures });
        return run;
      } catch (error) {
        if (!(error instanceof ApiProblem) || error.code !== 'ALREADY_EXISTS') throw error;
      }
    }
  }

  async registerScanner(ownerId: string): Promise<Player> {
    await this.owner(ownerId, {});
    return this.registerPartner(ownerId);
  }

  async registerPartner(ownerId: string): Promise<Player> {
    const partnerId = ownerId;
    const version = '1';
    await this.analyst.post('/v1/partners', { partnerId, ownerId, name: `Demo: ${partnerId}` });
    await this.analyst.post(`/v1/partners/${partnerId}/agents`, { agent: AGENT });
    await this.analyst.post(`/v1/partners/${partnerId}/agreements`, { version, documentSha256: DOCUMENT });
    const { d, ...publicJwk } = await newClientKey();
    await this.analyst.post('/v1/clients', { clientId: partnerId, role: 'partner', partnerId, ownerId });
    await this.analyst.post(`/v1/clients/${partnerId}/keys`, { keys: [publicJwk] });
    const api = new PatientClient(this.service, partnerId, { ...publicJwk, ...(d !== undefined && { d }) });
    await api.post('/v1/agreement/signature', { version });
    return { ownerId, partnerId, api };
  }

  private async owner(ownerId: string, known: object): Promise<void> {
    await this.analyst.post('/v1/owners', { ownerId, name: `Demo: ${ownerId}`, ...known, terms: this.terms });
    if (this.mode === 'instant') return;
    await this.analyst.post(`/v1/owners/${ownerId}/terms`, {
      terms: { mode: this.mode },
      reason: 'other',
      note: `the demo runs in mode ${this.mode}`,
    });
  }
}
