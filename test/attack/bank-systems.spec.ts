import type { ApiClient } from '../../src/cli/oauth-client.js';
import { routeTable } from '../../src/http/route-table.js';
import { ROLES, type Role } from '../../src/modules/access/role.js';
import { runningBank, type RunningBank } from '../end-to-end/running-bank.js';

const OF_BANK = ROLES.filter((role) => role.startsWith('bank-'));

describe("The keys of the bank's systems, each alone in a thief's hands (R31)", () => {
  let bank: RunningBank;
  beforeAll(async () => {
    bank = await runningBank();
  });
  afterAll(() => bank.stop());

  const codeOf = (asked: Promise<unknown>): Promise<string> =>
    asked.then(
      () => 'ok',
      ({ code }: { code: string }) => code,
    );

  it('open no door that another of them opens, and each opens some', () => {
    const doors = new Map<Role, string[]>(OF_BANK.map((role) => [role, []]));
    for (const { access, method, path } of routeTable(bank.app)) {
      const keys = Array.isArray(access) ? OF_BANK.filter((role) => access.includes(role)) : [];
      expect([method, path, keys.length > 1]).toEqual([method, path, false]);
      for (const role of keys) doors.get(role)?.push(`${method} ${path}`);
    }
    for (const [role, opened] of doors) expect([role, opened.length > 0]).toEqual([role, true]);
  });

  it('make no conversion: who feeds the register confirms nobody, who confirms feeds nothing, who carries messages does neither', async () => {
    const lead = '00000000-0000-0000-0000-000000000000';
    const confirm = (client: ApiClient) =>
      client.post(`/v1/customers/${lead}/confirmation`, { customerNumber: 'C1', actedAt: '2026-01-01T00:00:00Z' });
    const revoke = (client: ApiClient) => client.post(`/v1/customers/${lead}/revocation`, { reason: 'other' });
    const acknowledge = (client: ApiClient) => client.post(`/v1/disclosures/${lead}/acknowledgement`, {});
    const feed = (client: ApiClient) =>
      client.postLines(
        '/v1/registry/imports',
        (async function* () {
          yield Buffer.from('{}\n');
        })(),
      );
    const read = (client: ApiClient) => client.get('/v1/messages');
    const lets = async (client: ApiClient): Promise<boolean[]> => {
      const asked = [confirm(client), revoke(client), acknowledge(client), feed(client), read(client)];
      return (await Promise.all(asked.map(codeOf))).map((code) => code !== 'FORBIDDEN');
    };
    expect(await lets(bank.feed)).toEqual([false, false, false, true, false]);
    expect(await lets(bank.identity)).toEqual([true, true, false, false, false]);
    expect(await lets(bank.messages)).toEqual([false, false, true, false, true]);
    for (const client of [bank.analyst, bank.auditor, bank.operator, await bank.partner()]) {
      expect(await lets(client)).toEqual([false, false, false, false, false]);
    }
  });

  it('let nobody in: over REST only an analyst registers clients, and none of the bank', async () => {
    for (const client of [bank.feed, bank.identity, bank.messages]) {
      expect(await codeOf(client.post('/v1/clients', { clientId: 'thief', role: 'partner', partnerId: 'p', ownerId: 'o' }))).toBe(
        'FORBIDDEN',
      );
    }
    for (const role of OF_BANK) expect(await codeOf(bank.analyst.post('/v1/clients', { clientId: 'thief', role }))).toBe('FORBIDDEN');
  });
});
