import { randomUUID } from 'node:crypto';
import { join } from 'node:path';
import type { ApiClient } from '../../src/cli/oauth-client.js';
import { Sqlite } from '../../src/event-sourcing/sqlite.js';
import { person } from '../end-to-end/persons.js';
import { runningBank, type RunningBank } from '../end-to-end/running-bank.js';

/** Making a key takes a write to the disk more than finding one: whoever creates a person must not see by that who else has. */
describe('the key under which an owner’s partners say something of a person', () => {
  let bank: RunningBank;
  beforeAll(async () => {
    bank = await runningBank();
  });
  afterAll(() => bank.stop());

  const keys = (): number => {
    const db = new Sqlite(join(bank.dataDir, 'vault.db'), { readonly: true });
    try {
      return db.prepare<[], number>('SELECT count(*) FROM data_key').pluck().get() as number;
    } finally {
      db.close();
    }
  };
  const open = async (partner: ApiClient, n: number): Promise<string> => {
    const { country, scheme, value } = person(n);
    const body = { person: { country, scheme, value }, purpose: 'onboarding', agent: 'agent-1' };
    return (await partner.post<{ leadId: string }>('/v1/leads', body)).body.leadId;
  };
  /** Keys that were made while a request was answered, and not by what follows from it. */
  const madeBy = async (request: () => Promise<unknown>): Promise<number> => {
    await bank.settled();
    const before = keys();
    await request();
    return keys() - before;
  };

  it('is made by the create, whether or not another owner has created the person before (I5)', async () => {
    const [one, other] = [await bank.partner(), await bank.partner()];
    const creates = async (partner: ApiClient, n: number): Promise<number> => {
      const leadId = await open(partner, n);
      return madeBy(() => partner.post('/v1/customers', { leadId, person: person(n), contact: { email: 'a@example.org' } }));
    };
    expect([await creates(one, 1), await creates(other, 1), await creates(other, 2)]).toEqual([1, 1, 1]);
  });

  it('is made by the request for consent, whether or not another owner has created the person before (I5)', async () => {
    const [one, other] = [await bank.partner(), await bank.partner({ terms: { mode: 'consent' } })];
    await one.post('/v1/customers', { leadId: await open(one, 3), person: person(3), contact: {} });
    const asks = async (n: number): Promise<number> => {
      const leadId = await open(other, n);
      return madeBy(() => other.post(`/v1/leads/${leadId}/consent`, { contact: { email: `a.${n}@example.org` } }));
    };
    expect([await asks(3), await asks(4)]).toEqual([1, 1]);
  });

  it("is made for no lead that is another's, and for none that there is not: ids can be made up without end (I7)", async () => {
    const [one, other] = [await bank.partner(), await bank.partner({ terms: { mode: 'consent' } })];
    for (const leadId of [await open(one, 5), randomUUID(), randomUUID()]) {
      const requests: Record<string, object> = {
        '/v1/customers': { leadId, person: person(5), contact: { email: 'a.5@example.org' } },
        [`/v1/leads/${leadId}/consent`]: { contact: { email: 'a.5@example.org' } },
        [`/v1/leads/${leadId}/withdrawal`]: { reason: 'other', note: 'x' },
      };
      for (const [path, body] of Object.entries(requests)) {
        const refused = (): Promise<unknown> => expect(other.post(path, body)).rejects.toMatchObject({ code: 'LEAD_NOT_FOUND' });
        expect(await madeBy(refused)).toBe(0);
      }
    }
  });
});
