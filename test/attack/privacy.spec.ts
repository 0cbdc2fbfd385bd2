import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { person } from '../end-to-end/persons.js';
import { feedRegister, registerLine, runningBank, type RunningBank } from '../end-to-end/running-bank.js';

describe('what stands in clear', () => {
  let bank: RunningBank;
  const customer = { ...person(3), familyName: 'Plantedcustomer' };
  const applicant = { ...person(600), familyName: 'Plantedapplicant' };
  const PLANTED = [customer.value, applicant.value, 'planted', '777123321', 'on.file@example', '1980-01-01'];

  beforeAll(async () => {
    bank = await runningBank({ LOG_LEVEL: 'debug' });
    await feedRegister(bank, [registerLine(customer, 'PLANTEDNUMBER1')]);
    const partner = await bank.partner();
    const open = async ({ country, scheme, value }: typeof customer): Promise<string> =>
      (await partner.post<{ leadId: string }>('/v1/leads', { person: { country, scheme, value }, purpose: 'onboarding', agent: 'agent-1' }))
        .body.leadId;
    await partner.post('/v1/membership-checks', { leadId: await open(customer), person: customer });
    const leadId = await open(applicant);
    await partner.post('/v1/membership-checks', { leadId, person: applicant });
    const contact = { email: 'planted@mail.example', phone: '+420777123321' };
    const address = { lines: ['Plantedstreet 7'], city: 'Plantedtown', country: 'CZ' };
    const body = { leadId, person: { ...applicant, givenNames: 'Plantedgiven' }, contact, address };
    const { customerId } = (await partner.post<{ customerId: string }>('/v1/customers', body)).body;
    const proved = { outcome: 'proved', customerNumber: 'PLANTEDNUMBER2', actedAt: new Date().toISOString() };
    await bank.identity.post(`/v1/customers/${customerId}/confirmation`, proved);
    await bank.identity.post('/v1/locks', {
      person: { country: customer.country, scheme: customer.scheme, value: customer.value },
      locked: true,
    });
    const given = { ...person(601), familyName: 'Plantedapplicant' };
    const note = `Mrs Plantedapplicant, ${applicant.value}, has moved`;
    const withdrawn = await open(given);
    await expect(partner.post(`/v1/leads/${withdrawn}/withdrawal`, { reason: note })).rejects.toMatchObject({ status: 422 });
    await partner.post(`/v1/leads/${withdrawn}/withdrawal`, { reason: 'other', note });
    for (const odd of [{ value: `${applicant.value}9` }, { birthDate: '1980-13-01' }, { planted: 'planted' }, { familyName: '' }]) {
      await expect(partner.post('/v1/membership-checks', { leadId, person: { ...applicant, ...odd } })).rejects.toThrow();
    }
    for (const path of [`/v1/leads/${applicant.value}`, `/planted/${applicant.value}`, `/v1/leads?cursor=${applicant.value}`]) {
      await expect(partner.get(path)).rejects.toThrow();
    }
    await bank.identity.get('/v1/identifications');
    await bank.messages.get('/v1/messages');
    await bank.settled();
  });
  afterAll(() => bank.stop());

  const found = (text: string): string[] => PLANTED.filter((planted) => text.toLowerCase().includes(planted.toLowerCase()));

  it('under the data directory, write-ahead logs included, is nothing of a person (R45)', () => {
    const files = readdirSync(bank.dataDir, { recursive: true, withFileTypes: true }).filter((entry) => entry.isFile());
    expect(files.map(({ name }) => name)).toEqual(expect.arrayContaining(['log.db-wal', 'vault.db-wal', 'read-models.db-wal']));
    for (const { parentPath, name } of files) {
      const bytes = readFileSync(join(parentPath, name));
      expect([name, ...found(bytes.toString('latin1')), ...found(bytes.toString('utf16le'))]).toEqual([name]);
    }
  });

  it('in what is logged and measured is nothing of a person either (R45, I11)', async () => {
    expect(bank.lines.length).toBeGreaterThan(10);
    expect(found(bank.lines.join('\n'))).toEqual([]);
    expect(found(await (await bank.operator.request('/metrics')).text())).toEqual([]);
  });
});
