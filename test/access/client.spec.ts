import type { ClientEvent } from '../../src/modules/access/client.events.js';
import { client, type ClientCommand, type ClientKey } from '../../src/modules/access/client.js';

const AT = '2026-01-01T12:00:00.000Z';
const KEY: ClientKey = { kid: 'k1', jwk: { kty: 'EC', crv: 'P-256', x: 'x', y: 'y' }, thumbprint: 't1' };
const OTHER: ClientKey = { ...KEY, kid: 'k2', thumbprint: 't2' };

const partner = { clientId: 'acme', role: 'partner', partnerId: 'p1', ownerId: 'o1' } as const;
const registered: ClientEvent = { type: 'ClientRegistered', data: { ...partner, at: AT } };
const withKey: ClientEvent = { type: 'ClientKeyRegistered', data: { ...KEY, at: AT } };
const revoked: ClientEvent = { type: 'ClientKeyRevoked', data: { kid: 'k1', at: AT } };
const disabled: ClientEvent = { type: 'ClientDisabled', data: { reason: 'not-needed', disabledBy: 'ana', at: AT } };

const register = (data: object = partner): ClientCommand => ({ type: 'RegisterClient', data: { ...data, at: AT } as never });
const addKeys = (...keys: ClientKey[]): ClientCommand => ({ type: 'RegisterClientKeys', data: { keys, at: AT } });
const revoke = (kid: string): ClientCommand => ({ type: 'RevokeClientKey', data: { kid, at: AT } });
const disable: ClientCommand = { type: 'DisableClient', data: { reason: 'not-needed', by: 'ana', at: AT } };

const given = (...events: ClientEvent[]) => ({
  when: (command: ClientCommand) => {
    try {
      return client.decide(
        events.reduce((state, event) => client.evolve(state, event), client.initial()),
        command,
      );
    } catch (error) {
      return (error as { code: string }).code;
    }
  },
});

describe('RegisterClient', () => {
  it('registers a client with its one role', () => expect(given().when(register())).toEqual([registered]));
  it('refuses another role, or another partner, under the same name', () => {
    expect(given(registered).when(register({ clientId: 'acme', role: 'analyst' }))).toBe('ALREADY_EXISTS');
    expect(given(registered).when(register({ ...partner, partnerId: 'p2' }))).toBe('ALREADY_EXISTS');
  });
  it('refuses a partner without its owner, and anybody else with one', () => {
    expect(given().when(register({ clientId: 'acme', role: 'partner', partnerId: 'p1' }))).toBe('CLIENT_ROLE_INVALID');
    expect(given().when(register({ clientId: 'ana', role: 'analyst', ownerId: 'o1' }))).toBe('CLIENT_ROLE_INVALID');
  });
  it('refuses to bring back a client that was disabled', () =>
    expect(given(registered, disabled).when(register())).toBe('CLIENT_DISABLED'));
  it('stays quiet about the same client again', () => expect(given(registered).when(register())).toEqual([]));
});

describe('RegisterClientKeys', () => {
  it('adds those that are new', () =>
    expect(given(registered, withKey).when(addKeys(KEY, OTHER))).toEqual([{ type: 'ClientKeyRegistered', data: { ...OTHER, at: AT } }]));
  it('refuses another key under a known id, also within one request', () => {
    expect(given(registered, withKey).when(addKeys({ ...OTHER, kid: 'k1' }))).toBe('ALREADY_EXISTS');
    expect(given(registered).when(addKeys(KEY, { ...OTHER, kid: 'k1' }))).toBe('ALREADY_EXISTS');
  });
  it('refuses more than ten', () => {
    const eleven = Array.from({ length: 11 }, (_, i) => ({ ...KEY, kid: `k${i}`, thumbprint: `t${i}` }));
    expect(given(registered).when(addKeys(...eleven))).toBe('KEY_INVALID');
  });
  it('refuses a client that is unknown or disabled', () => {
    expect(given().when(addKeys(KEY))).toBe('NOT_FOUND');
    expect(given(registered, disabled).when(addKeys(KEY))).toBe('CLIENT_DISABLED');
  });
  it('stays quiet about keys that it has', () => expect(given(registered, withKey).when(addKeys(KEY))).toEqual([]));
});

describe('RegisterClientKeys by the client itself', () => {
  const hour = (n: number): string => new Date(Date.parse(AT) + n * 3_600_000).toISOString();
  const keyAt = (n: number, by: object, at = hour(n)): ClientEvent => ({
    type: 'ClientKeyRegistered',
    data: { ...KEY, kid: `n${n}`, thumbprint: `n${n}`, ...by, at },
  });
  /** Twenty of them, one an hour, each gone again. */
  const day = (by: object): ClientEvent[] =>
    Array.from({ length: 20 }, (_, n) => [keyAt(n, by), { type: 'ClientKeyRevoked', data: { kid: `n${n}`, at: hour(n) } } as const]).flat();
  const add = (at: string, by: object): ClientCommand => ({ type: 'RegisterClientKeys', data: { keys: [OTHER], ...by, at } });
  const own = { own: true } as const;
  it('says that it was the client', () =>
    expect(given(registered).when(add(AT, own))).toEqual([{ type: 'ClientKeyRegistered', data: { ...OTHER, own: true, at: AT } }]));
  it('refuses the twenty-first within a day, until the first is a day old', () => {
    const state = [registered, ...day(own)].reduce((before, event) => client.evolve(before, event), client.initial());
    const refusal = expect.objectContaining({ code: 'KEY_CHANGES_EXCEEDED', retryAfter: 4 * 3_600 }) as Error;
    expect(() => client.decide(state, add(hour(20), own))).toThrow(refusal);
    expect(given(registered, ...day(own)).when(add(hour(24), own))).toHaveLength(1);
    expect(given(registered, withKey, ...day(own)).when({ type: 'RevokeClientKey', data: { kid: 'k1', at: hour(20) } })).toHaveLength(1);
  });
  it('leaves the bank unlimited, and does not count what it does', () => {
    expect(given(registered, ...day(own)).when(add(hour(20), {}))).toHaveLength(1);
    expect(given(registered, ...day({})).when(add(hour(20), own))).toHaveLength(1);
  });
  it('stays quiet about keys that it has', () =>
    expect(
      given(registered, withKey, ...day(own)).when({ type: 'RegisterClientKeys', data: { keys: [KEY], own: true, at: hour(20) } }),
    ).toEqual([]));
});

describe('RevokeClientKey', () => {
  it('takes the key away', () => expect(given(registered, withKey).when(revoke('k1'))).toEqual([revoked]));
  it('refuses an unknown client', () => expect(given().when(revoke('k1'))).toBe('NOT_FOUND'));
  it('stays quiet about a key that is not there', () => expect(given(registered, withKey, revoked).when(revoke('k1'))).toEqual([]));
});

describe('DisableClient', () => {
  it('ends the client', () => expect(given(registered).when(disable)).toEqual([disabled]));
  it('refuses an unknown client', () => expect(given().when(disable)).toBe('NOT_FOUND'));
  it('stays quiet the second time', () => expect(given(registered, disabled).when(disable)).toEqual([]));
});

describe('RevokeClientKey by the client itself', () => {
  const own = (kid: string): ClientCommand => ({ type: 'RevokeClientKey', data: { kid, own: true, at: AT } });
  const another: ClientEvent = { type: 'ClientKeyRegistered', data: { ...OTHER, at: AT } };
  it('revokes a key beside which there is another', () => expect(given(registered, withKey, another).when(own('k1'))).toEqual([revoked]));
  it('refuses the last one, which the bank may revoke', () => {
    expect(given(registered, withKey).when(own('k1'))).toBe('KEY_LAST');
    expect(given(registered, withKey).when(revoke('k1'))).toEqual([revoked]);
  });
  it('stays quiet about one that it does not have', () => expect(given(registered, withKey).when(own('k2'))).toEqual([]));
});

describe('RegisterClientCertificate and RevokeClientCertificate', () => {
  const data = { thumbprint: 'c1', at: AT };
  const add: ClientCommand = { type: 'RegisterClientCertificate', data };
  const remove: ClientCommand = { type: 'RevokeClientCertificate', data };
  const added: ClientEvent = { type: 'ClientCertificateRegistered', data };
  const removed: ClientEvent = { type: 'ClientCertificateRevoked', data };
  it('add a certificate, and take it away', () => {
    expect(given(registered).when(add)).toEqual([added]);
    expect(given(registered, added).when(remove)).toEqual([removed]);
    expect(given(registered, added, removed).when(add)).toEqual([added]);
  });
  it('refuse a client that is unknown or disabled, and more than ten', () => {
    expect(given().when(add)).toBe('NOT_FOUND');
    expect(given(registered, disabled).when(add)).toBe('CLIENT_DISABLED');
    const ten = Array.from({ length: 10 }, (_, i): ClientEvent => ({
      type: 'ClientCertificateRegistered',
      data: { thumbprint: `t${i}`, at: AT },
    }));
    expect(given(registered, ...ten).when(add)).toBe('KEY_INVALID');
  });
  it('stay quiet the second time', () => {
    expect(given(registered, added).when(add)).toEqual([]);
    expect(given(registered).when(remove)).toEqual([]);
  });
});

describe('DeclareCompromise', () => {
  const SINCE = '2026-01-01T09:00:00.000Z';
  const certificate: ClientEvent = { type: 'ClientCertificateRegistered', data: { thumbprint: 'c1', at: AT } };
  const declare = (data: object = {}): ClientCommand => ({
    type: 'DeclareCompromise',
    data: { since: SINCE, keys: [OTHER], reason: 'key-exposed', by: 'ana', at: AT, ...data },
  });
  const compromised: ClientEvent = {
    type: 'ClientCompromised',
    data: { clientId: 'acme', since: SINCE, kids: ['k1'], thumbprints: ['t1'], reason: 'key-exposed', declaredBy: 'ana', at: AT },
  };
  const replaced: ClientEvent[] = [
    compromised,
    revoked,
    { type: 'ClientCertificateRevoked', data: { thumbprint: 'c1', at: AT } },
    { type: 'ClientKeyRegistered', data: { ...OTHER, at: AT } },
  ];
  it('revokes all that the client had, and puts the new key in its place, at once', () =>
    expect(given(registered, withKey, certificate).when(declare())).toEqual(replaced));
  it('may leave the client without a key', () =>
    expect(given(registered, withKey).when(declare({ keys: [] }))).toEqual([compromised, revoked]));
  it('refuses a key that others may have, then and ever after', () => {
    expect(given(registered, withKey).when(declare({ keys: [KEY] }))).toBe('KEY_INVALID');
    expect(given(registered, withKey, ...replaced).when(addKeys({ ...KEY, kid: 'renamed' }))).toBe('KEY_INVALID');
  });
  it('refuses a moment that is yet to come, an unknown client, and new keys for one that is disabled', () => {
    expect(given(registered, withKey).when(declare({ since: '2026-01-01T12:00:00.001Z' }))).toBe('COMPROMISE_INVALID');
    expect(given().when(declare())).toBe('NOT_FOUND');
    expect(given(registered, withKey, disabled).when(declare())).toBe('CLIENT_DISABLED');
  });
  it('stays quiet the second time', () => expect(given(registered, withKey, ...replaced).when(declare())).toEqual([]));
});
