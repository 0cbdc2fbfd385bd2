import type { CustomerSubmitted } from '../../src/modules/leads/lead.events.js';
import { streamSubject } from '../../src/modules/persons/person-subject.js';
import { KEY_VAULT, type KeyVault } from '../../src/modules/persons/key-vault.js';
import type { TestClient } from '../http/test-app.js';
import { IDENTITY, ReadSideApp } from './read-side.app.js';

interface Listing {
  items: Record<string, unknown>[];
  next: string | null;
}

let app: ReadSideApp;
let identity: TestClient;
let vault: KeyVault;

const at = '2025-01-06T09:00:00.000Z';
const applicant = (n: number): object => ({
  person: { country: 'CZ', scheme: 'national-id', value: `${n}`, familyName: 'Novák' },
  contact: {},
});

beforeAll(async () => {
  app = await ReadSideApp.start();
  identity = await app.client(IDENTITY);
  vault = app.get<KeyVault>(KEY_VAULT);
  for (const n of [1, 2, 3]) app.bank.log.write(`lead-${n}`, await submission(n));
  app.bank.log.write('register-1', {
    type: 'CustomersRegistered',
    data: {
      importId: '1',
      fromLine: 1,
      toLine: 2,
      customers: [
        { customerKey: 'AAAAAAAAAAAAAAAAAAAAAA', persons: [{ personKey: personKey(1), corroborations: [corroboration(1)] }] },
        { customerKey: 'BBBBBBBBBBBBBBBBBBBBBB', persons: [{ personKey: personKey(2), corroborations: [corroboration(9)] }] },
      ],
      removed: [],
      at,
    },
  });
  await app.write();
});
afterAll(() => app.stop());

const personKey = (n: number): string => `1.${n}${'p'.repeat(20)}A`;
const corroboration = (n: number): string => `${n}${'c'.repeat(11)}`;

async function submission(n: number): Promise<CustomerSubmitted> {
  const subject = streamSubject(`lead-${n}`);
  await vault.ensureKey(subject);
  return {
    type: 'CustomerSubmitted',
    data: {
      leadId: `lead-${n}.1`,
      owner: 'acme',
      partner: 'acme-shops',
      agent: 'anna',
      purpose: 'onboarding',
      customerId: `customer-${n}`,
      personKeys: [personKey(n)],
      corroborations: [corroboration(n)],
      sealed: await vault.seal(subject, applicant(n)),
      confirmBy: '2025-02-05T09:00:00.000Z',
      settleAfter: 'P3D',
      at,
    },
  };
}

describe("the bank's identity system", () => {
  it('sees whom it has to identify, in clear, and whether the register knows them', async () => {
    const { body } = await identity.api.get<Listing>('/v1/identifications');
    expect(body.items).toMatchObject([
      { customerId: 'customer-1', partnerId: 'acme-shops', applicant: applicant(1), register: 'identifier-and-name' },
      { customerId: 'customer-2', applicant: applicant(2), register: 'identifier' },
      { customerId: 'customer-3', applicant: applicant(3), register: 'none' },
    ]);
  });

  it('goes through them in pages', async () => {
    const first = (await identity.api.get<Listing>('/v1/identifications?limit=2')).body;
    const second = (await identity.api.get<Listing>(`/v1/identifications?limit=2&cursor=${first.next}`)).body;
    expect([...first.items, ...second.items].map(({ customerId }) => customerId)).toEqual(['customer-1', 'customer-2', 'customer-3']);
    expect(second.next).toBeNull();
  });

  it('still knows of an applicant whose data were erased, and sees nothing of them', async () => {
    await vault.destroy(streamSubject('lead-3'));
    const { body } = await identity.api.get<Listing>('/v1/identifications');
    expect(body.items[2]).toMatchObject({ customerId: 'customer-3', applicant: null });
  });
});
