import { ApiProblem } from '../cli/oauth-client.js';
import type { PatientClient } from './patient-client.js';
import type { Mailboxes } from './mailboxes.js';
import type { NamedPerson } from './people.js';
import { AGENT, PURPOSE } from './stage.js';

/** How often each rule said no. */
export type Refusals = Record<string, number>;

/** Refusals by which a partner is told that it may not go on; anything else that fails is a fault of the demo or the service. */
const RULES: ReadonlySet<string> = new Set([
  'ALLOWANCE_SPENT',
  'PACE_EXCEEDED',
  'OPEN_LEADS_EXCEEDED',
  'CHECK_SWITCHED_OFF',
  'LEAD_NOT_FOUND',
  'PERSON_MISMATCH',
]);

/** What came back, or `undefined` when a rule refused it, which is then counted. @throws ApiProblem for everything else */
export async function unlessRefused<T>(refusals: Refusals, call: Promise<T>): Promise<T | undefined> {
  try {
    return await call;
  } catch (error) {
    if (!(error instanceof ApiProblem) || !RULES.has(error.code)) throw error;
    refusals[error.code] = (refusals[error.code] ?? 0) + 1;
    return undefined;
  }
}

/** A lead, and what its owner may still open after it. */
export interface Opened {
  readonly leadId: string;
  readonly left: number;
}

export async function openLead(api: PatientClient, { country, scheme, value }: NamedPerson): Promise<Opened> {
  const { body, headers } = await api.post<{ leadId: string }>('/v1/leads', {
    person: { country, scheme, value },
    purpose: PURPOSE,
    agent: AGENT,
  });
  return { leadId: body.leadId, left: allowanceIn(headers) };
}

/** `RateLimit: "allowance";r=49, "pace";r=348` */
function allowanceIn(headers: Headers): number {
  const [, left] = /"allowance";r=(\d+)/.exec(headers.get('ratelimit') ?? '') ?? [];
  if (left === undefined) throw new Error('the response to an opened lead says nothing of the allowance');
  return Number(left);
}

/** @param besides what the mode demands: a secret, or a code */
export async function check(api: PatientClient, leadId: string, person: NamedPerson, besides: object = {}): Promise<'yes' | 'no'> {
  return (await api.post<{ answer: 'yes' | 'no' }>('/v1/membership-checks', { leadId, person, ...besides })).body.answer;
}

export function accountEndingIn(value: string): object {
  return { proof: { kind: 'account-last-six', value } };
}

/** Asks whoever reads the mailbox, and checks with the code that came to it. */
export async function checkWithCode(
  { api, mailboxes }: { readonly api: PatientClient; readonly mailboxes: Mailboxes },
  leadId: string,
  person: NamedPerson,
  email: string,
): Promise<'yes' | 'no'> {
  await api.post(`/v1/leads/${leadId}/consent`, { contact: { email } });
  return check(api, leadId, person, { consent: { code: await mailboxes.codeAt(email, leadId) } });
}
