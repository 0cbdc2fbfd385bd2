import { createHash } from 'node:crypto';
import { existsSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import fc from 'fast-check';
import { MemoryEventStore } from '../../src/event-sourcing/memory.event-store.js';
import type { Fact, Recorded } from '../../src/event-sourcing/message.js';
import { Membership, type MembershipEvent } from '../../src/projections/membership.js';
import { KnownCustomers, type LookUp } from '../../src/projections/membership/known-customers.js';
import { CustomerIndex } from '../../src/projections/membership/customer-index.js';
import { PersonTable, SEVERAL } from '../../src/projections/membership/person-table.js';
import { type CustomerKey, digestOf, PARTS, personHashOf } from '../../src/projections/membership/pseudonym-bits.js';
import { readSnapshot, writeSnapshot } from '../../src/projections/membership/snapshot.js';

const bytes = (text: string, n: number) => createHash('sha256').update(text).digest().toString('base64url', 0, n);
const customer = (n: number) => bytes(`customer ${n}`, 16);
const person = (n: number, epoch = 'e1') => `${epoch}.${bytes(`person ${epoch} ${n}`, 16)}`;
/** By the name alone, or marked when something besides is demanded. */
const named = (n: number, name: string) => (name.startsWith('+') ? '+' : '') + bytes(`${n} ${name}`, 9);

const bytesOf = ({ buffer, byteOffset, byteLength }: ArrayBufferView) => new Uint8Array(buffer, byteOffset, byteLength);

const cause = { correlationId: 'c', causationId: 'c', actor: 'test' };
const NO: LookUp = { customer: false };
const yes = (n: number): LookUp => ({ customer: true, customerKey: customer(n) });

/** Every row a customer with persons, each person with names. */
type Row = readonly [customer: number, persons: readonly (readonly [person: number, names: readonly string[]])[], sealed?: string];

const registered = (rows: readonly Row[], removed: readonly number[] = []): Fact => ({
  type: 'CustomersRegistered',
  data: {
    importId: 'one',
    fromLine: 1,
    toLine: 1,
    customers: rows.map(([n, persons, sealed]) => ({
      customerKey: customer(n),
      persons: persons.map(([p, names]) => ({ personKey: person(p), corroborations: names.map((name) => named(p, name)) })),
      ...(sealed && { sealed }),
    })),
    removed: removed.map(customer),
    rejected: [],
    accepted: rows.length,
    contentHash: '',
  },
});
const locked = (...persons: readonly number[]): Fact => ({ type: 'MembershipLocked', data: { personKeys: persons.map((p) => person(p)) } });
const unlocked = (...persons: readonly number[]): Fact => ({
  type: 'MembershipUnlocked',
  data: { personKeys: persons.map((p) => person(p)) },
});
const SETTLES = { from: '2026-01-01T00:00:00.000Z', after: 'P3D', told: '2026-01-01T00:00:00.000Z', every: 86_400_000 };

/** A lead whose applicant proved who they are, and that they are customer `n`. */
const won = (n: number, p: number, name: string, lead = `lead of ${n}`): Fact => ({
  type: 'LeadConverted',
  data: {
    leadId: lead,
    owner: 'owner',
    partner: 'partner',
    customerId: 'id',
    customerKey: customer(n),
    personKeys: [person(p, 'e2'), person(p)],
    corroborations: [bytes(`e2 ${p} ${name}`, 9), named(p, name)],
    sealed: `${lead} sealed`,
    actedAt: '2026-01-01T00:00:00.000Z',
    settles: SETTLES,
    toldLate: false,
    at: '2026-01-01T00:00:00.000Z',
  },
});
const revoked = (n: number, lead = `lead of ${n}`): Fact => ({
  type: 'ConversionRevoked',
  data: {
    leadId: lead,
    owner: 'owner',
    partner: 'partner',
    customerKey: customer(n),
    reason: 'forged-papers',
    settles: SETTLES,
    at: '2026-01-02T00:00:00.000Z',
  },
});

const recorded = (fact: Fact, position: number) =>
  ({
    ...fact,
    id: `${position}`,
    schemaVersion: 1,
    recordedAt: '2026-01-01T00:00:00.000Z',
    cause,
    stream: 's',
    revision: position,
    position,
  }) as Recorded<MembershipEvent>;

describe('Membership', () => {
  let folder: string;
  let file: string;
  let store: MemoryEventStore;
  beforeEach(() => {
    folder = mkdtempSync(join(tmpdir(), 'membership-'));
    file = join(folder, 'membership.snapshot');
    store = new MemoryEventStore();
  });
  afterEach(() => rmSync(folder, { recursive: true }));

  function after(...facts: readonly Fact[]): Membership {
    const membership = new Membership(store, { file });
    facts.forEach((fact, i) => membership.apply(recorded(fact, i)));
    membership.checkpoint({ position: facts.length - 1 });
    return membership;
  }
  const asked = (membership: Membership, p: number, name: string) => membership.lookUp([person(p)], [named(p, name)]);

  it('says yes to the person under the right name, and no to everybody else', () => {
    const membership = after(registered([[1, [[10, ['novak']]]], [2, [[20, ['dvorak']]]]])); // prettier-ignore
    expect(asked(membership, 10, 'novak')).toEqual(yes(1));
    expect(asked(membership, 20, 'dvorak')).toEqual(yes(2));
    expect(asked(membership, 10, 'dvorak')).toEqual(NO);
    expect(asked(membership, 30, 'novak')).toEqual(NO);
    expect(membership.lookUp([person(10)], [named(20, 'dvorak')])).toEqual(NO);
    expect(membership.lookUp([], [])).toEqual(NO);
  });

  it('knows a customer under each identifier and each name', () => {
    const membership = after(registered([[1, [[10, ['novakova', 'dvorakova']], [11, ['novakova', 'dvorakova']]]]])); // prettier-ignore
    for (const p of [10, 11]) for (const name of ['novakova', 'dvorakova']) expect(asked(membership, p, name)).toEqual(yes(1));
  });

  it('knows a person alone, whatever the name, for the bank itself', () => {
    const membership = after(registered([[1, [[10, ['novak']]]]]));
    expect(membership.lookUpPerson([person(10)])).toEqual(yes(1));
    expect(membership.lookUpPerson([person(11)])).toEqual(NO);
  });

  it('finds a person in whichever epoch they were entered', () => {
    const membership = after(registered([[1, [[10, ['novak']]]]]));
    expect(membership.lookUp([person(10, 'e2'), person(10)], [bytes('x', 9), named(10, 'novak')])).toEqual(yes(1));
    expect(membership.lookUp([person(10, 'e2'), person(10)], [named(10, 'novak'), bytes('x', 9)])).toEqual(NO);
  });

  it('replaces a customer wholly, identifiers and names included', () => {
    const membership = after(registered([[1, [[10, ['novak']], [11, ['novak']]]]]), registered([[1, [[11, ['svoboda']]]]])); // prettier-ignore
    expect(asked(membership, 10, 'novak')).toEqual(NO);
    expect(asked(membership, 11, 'novak')).toEqual(NO);
    expect(asked(membership, 11, 'svoboda')).toEqual(yes(1));
    expect(membership.customers).toBe(1);
  });

  it('forgets whom the feed removes, and knows them again when they come back', () => {
    const row: Row = [1, [[10, ['novak']]]];
    const membership = after(registered([row]), registered([], [1, 99]));
    expect(asked(membership, 10, 'novak')).toEqual(NO);
    membership.apply(recorded(registered([row]), 2));
    expect(asked(membership, 10, 'novak')).toEqual(yes(1));
  });

  it('says no for whom is locked, under every identifier of theirs, until it is unlocked', () => {
    const membership = after(registered([[1, [[10, ['novak']], [11, ['novak']]]]]), locked(10)); // prettier-ignore
    expect(asked(membership, 10, 'novak')).toEqual(NO);
    expect(asked(membership, 11, 'novak')).toEqual(NO);
    // The bank itself, and whoever has their consent, finds them all the same.
    expect(membership.lookUpPerson([person(11)])).toEqual(yes(1));
    expect(membership.lookUp([person(10)], [named(10, 'novak')], true)).toEqual(yes(1));
    membership.apply(recorded(unlocked(10), 2));
    expect(asked(membership, 10, 'novak')).toEqual(yes(1));
    expect(asked(membership, 11, 'novak')).toEqual(yes(1));
  });

  it('keeps a lock for a person who becomes a customer later, or whose row is replaced', () => {
    const membership = after(locked(10), registered([[1, [[11, ['novak']], [10, ['novak']]]]])); // prettier-ignore
    expect(asked(membership, 11, 'novak')).toEqual(NO);
    membership.apply(recorded(registered([[1, [[10, ['svoboda']]]]]), 2));
    expect(asked(membership, 10, 'svoboda')).toEqual(NO);
  });

  it('says no for whom is locked under an epoch that the feed has left behind', () => {
    const membership = after(won(1, 10, 'novak'), registered([[1, [[10, ['novak']]]]]), {
      type: 'MembershipLocked',
      data: { personKeys: [person(10, 'e0')] },
    });
    expect(asked(membership, 10, 'novak')).toEqual(yes(1));
    expect(membership.lookUp([person(10), person(10, 'e0')], [named(10, 'novak'), bytes('x', 9)])).toEqual(NO);
  });

  it('knows a newly won customer at once, in all epochs', () => {
    const membership = after(won(1, 10, 'novak'));
    expect(asked(membership, 10, 'novak')).toEqual(yes(1));
    expect(membership.lookUp([person(10, 'e2')], [bytes('e2 10 novak', 9)])).toEqual(yes(1));
    expect(membership.lookUp([person(10, 'e2')], [named(10, 'novak')])).toEqual(NO);
  });

  describe('of a customer whom a lead won', () => {
    const row: Row = [1, [[10, ['novak']]]];

    it('says no again when the conversion is revoked', () => {
      const membership = after(won(1, 10, 'novak'), revoked(1));
      expect(asked(membership, 10, 'novak')).toEqual(NO);
      expect(membership.lookUp([person(10, 'e2')], [bytes('e2 10 novak', 9)])).toEqual(NO);
      expect(membership.lookUpPerson([person(10)])).toEqual(NO);
      expect(membership.customers).toBe(0);
    });

    it('adds nothing to what the feed knows: under a number of its own an applicant brings no other identifier and no other name', () => {
      const membership = after(registered([row]), won(1, 11, 'novak'), won(1, 10, 'svoboda', 'another lead'));
      expect(asked(membership, 10, 'novak')).toEqual(yes(1));
      expect(asked(membership, 11, 'novak')).toEqual(NO);
      expect(asked(membership, 10, 'svoboda')).toEqual(NO);
    });

    it('takes nothing from what the feed knew before, or knows since', () => {
      const before = after(registered([row]), won(1, 10, 'novak'), revoked(1));
      expect(asked(before, 10, 'novak')).toEqual(yes(1));
      const since = after(won(1, 11, 'novak'), registered([row]), revoked(1));
      expect(asked(since, 10, 'novak')).toEqual(yes(1));
      expect(asked(since, 11, 'novak')).toEqual(NO);
    });

    it('follows the feed when it removes the number, and the next lead that brings it', () => {
      const membership = after(won(1, 10, 'novak'), registered([], [1]), revoked(1));
      expect(asked(membership, 10, 'novak')).toEqual(NO);
      membership.apply(recorded(won(1, 12, 'novak', 'a later lead'), 3));
      expect(asked(membership, 12, 'novak')).toEqual(yes(1));
    });

    it('goes by the first lead that brought the number, and when that is revoked by the next', () => {
      const first = 'first lead';
      const second = 'second lead';
      const membership = after(won(1, 10, 'novak', first), won(1, 11, 'dvorak', second));
      expect(asked(membership, 10, 'novak')).toEqual(yes(1));
      expect(asked(membership, 11, 'dvorak')).toEqual(NO);
      membership.apply(recorded(revoked(1, first), 2));
      expect(asked(membership, 10, 'novak')).toEqual(NO);
      expect(asked(membership, 11, 'dvorak')).toEqual(yes(1));
      membership.apply(recorded(revoked(1, second), 3));
      expect(asked(membership, 11, 'dvorak')).toEqual(NO);
    });

    it('keeps to the first lead when one that waits is revoked', () => {
      const membership = after(won(1, 10, 'novak', 'first'), won(1, 11, 'dvorak', 'second'), revoked(1, 'second'), revoked(1, 'stranger'));
      expect(asked(membership, 10, 'novak')).toEqual(yes(1));
      membership.apply(recorded(revoked(1, 'first'), 4));
      expect(asked(membership, 11, 'dvorak')).toEqual(NO);
    });

    it('remembers over a restart by which lead it has them', async () => {
      const membership = after(won(1, 10, 'novak', 'first'), won(1, 11, 'dvorak', 'second'), won(2, 20, 'kral'));
      await membership.save();
      const restored = new Membership(store, { file });
      restored.restore();
      for (const fact of [revoked(1, 'first'), revoked(2)]) restored.apply(recorded(fact, 3));
      expect(asked(restored, 10, 'novak')).toEqual(NO);
      expect(asked(restored, 11, 'dvorak')).toEqual(yes(1));
      expect(asked(restored, 20, 'kral')).toEqual(NO);
    });
  });

  it('tells of two customers who are one person always the same one', () => {
    const one: Row = [1, [[10, ['novak']]]];
    const two: Row = [2, [[10, ['novak']]]];
    const answer = asked(after(registered([one, two])), 10, 'novak');
    expect(answer.customer).toBe(true);
    expect(asked(after(registered([two, one])), 10, 'novak')).toEqual(answer);
  });

  describe('the way to a customer', () => {
    async function appended(...facts: readonly Fact[]): Promise<Membership> {
      const membership = new Membership(store, { file });
      for (const [i, fact] of facts.entries()) {
        const event = { ...fact, id: `${i}`, schemaVersion: 1, recordedAt: '2026-01-01T00:00:00.000Z', cause };
        await store.append('s', i - 1, [event as never]);
      }
      for (const event of (await store.readAll()).events) membership.apply(event as Recorded<MembershipEvent>);
      return membership;
    }

    it('lies in the row that the feed gave last', async () => {
      const rows = (seal: string): Row[] => [[1, [[10, ['a']]], `${seal} 1`], [2, [[20, ['b']]], `${seal} 2`], [3, [[30, ['c']]]]]; // prettier-ignore
      const membership = await appended(registered(rows('old')), registered([[2, [[20, ['b']]], 'new 2']]));
      expect(await membership.contactOf(customer(1))).toEqual({ customerKey: customer(1), sealed: 'old 1' });
      expect(await membership.contactOf(customer(2))).toEqual({ customerKey: customer(2), sealed: 'new 2' });
      expect(await membership.contactOf(customer(3))).toBeUndefined();
      expect(await membership.contactOf(customer(4))).toBeUndefined();
    });

    it('is asked for of a person with as many readings of the log for nobody as for somebody (R41)', async () => {
      const membership = await appended(registered([[1, [[10, ['a']]], 'sealed 1']]), registered([[2, [[20, ['b']]]]]));
      const readAt = jest.spyOn(store, 'readAt');
      const found: unknown[] = [];
      for (const n of [10, 20, 30, 31, 32]) {
        readAt.mockClear();
        found.push(await membership.contactOfPerson([person(n)]));
        expect(readAt).toHaveBeenCalledTimes(1);
        expect(await readAt.mock.results[0]?.value).toMatchObject({ type: 'CustomersRegistered' });
      }
      expect(found).toEqual([{ customerKey: customer(1), sealed: 'sealed 1' }, ...Array.from({ length: 4 })]);
    });

    it('is found under whichever key the register has the person', async () => {
      const membership = await appended(registered([[1, [[10, ['a']]], 'own']]));
      expect(await membership.contactOfPerson([person(11), person(10)])).toEqual({ customerKey: customer(1), sealed: 'own' });
      expect(await membership.contactOfPerson([person(11), person(12)])).toBeUndefined();
    });

    it('is the bank’s own, and never the one that a partner handed over with a create (I6)', async () => {
      const membership = await appended(registered([[1, [[10, ['a']]], 'own']]), won(1, 10, 'a'), won(2, 20, 'b', 'first'));
      expect(await membership.contactOf(customer(1))).toEqual({ customerKey: customer(1), sealed: 'own' });
      expect(await membership.contactOf(customer(2))).toBeUndefined();
      expect(await membership.contactOfPerson([person(20)])).toBeUndefined();
    });

    it('is gone with the customer', async () => {
      const membership = await appended(registered([[1, [[10, ['a']]], 'own']]), registered([], [1]));
      expect(await membership.contactOf(customer(1))).toBeUndefined();
    });
  });

  describe('against a plain map', () => {
    const PLAIN = ['a', 'b', 'c'];
    const NAMES = [...PLAIN, '+a', '+b'];
    const p = fc.nat(14);
    const names = fc
      .tuple(fc.uniqueArray(fc.constantFrom(...PLAIN), { minLength: 1 }), fc.subarray(['+a', '+b']))
      .map((each) => each.flat());
    const row = fc.tuple(
      fc.nat(9),
      fc.uniqueArray(fc.tuple(p, names), {
        minLength: 1,
        maxLength: 3,
        selector: ([n]) => n,
      }),
    );
    const step = fc.oneof(
      {
        weight: 4,
        arbitrary: fc
          .tuple(fc.uniqueArray(row, { maxLength: 4, selector: ([n]) => n }), fc.uniqueArray(fc.nat(9), { maxLength: 2 }))
          .map(([rows, gone]) => ({ kind: 'register' as const, rows, gone: gone.filter((n) => rows.every(([m]) => m !== n)) })),
      },
      { weight: 1, arbitrary: p.map((n) => ({ kind: 'lock' as const, n })) },
      { weight: 1, arbitrary: p.map((n) => ({ kind: 'unlock' as const, n })) },
      {
        weight: 2,
        arbitrary: fc.tuple(fc.nat(9), p, fc.constantFrom(...PLAIN)).map(([n, who, name]) => ({ kind: 'win' as const, n, who, name })),
      },
      { weight: 1, arbitrary: fc.nat(30).map((lead) => ({ kind: 'revoke' as const, lead })) },
      { weight: 1, arbitrary: fc.constant({ kind: 'restart' as const }) },
    );

    class Model {
      readonly customers = new Map<number, Map<number, Set<string>>>();
      readonly locks = new Set<number>();
      /** Conversions that the register has not caught up with, the oldest first. */
      won: { readonly lead: string; readonly n: number; readonly who: number; readonly name: string }[] = [];
      /** Every conversion there was, to revoke one of them. */
      readonly conversions: { readonly lead: string; readonly n: number }[] = [];

      register(n: number, persons?: Map<number, Set<string>>): void {
        this.won = this.won.filter((each) => each.n !== n);
        if (persons) this.customers.set(n, persons);
        else this.customers.delete(n);
      }

      win(lead: string, n: number, who: number, name: string): void {
        this.conversions.push({ lead, n });
        if (this.customers.has(n) && !this.won.some((each) => each.n === n)) return;
        this.won.push({ lead, n, who, name });
        this.goByFirst(n);
      }

      revoke({ lead, n }: { lead: string; n: number }): void {
        if (!this.won.some((each) => each.lead === lead)) return;
        this.won = this.won.filter((each) => each.lead !== lead);
        this.goByFirst(n);
      }

      private goByFirst(n: number): void {
        const first = this.won.find((each) => each.n === n);
        if (first) this.customers.set(n, new Map([[first.who, new Set([first.name])]]));
        else this.customers.delete(n);
      }

      lookUp(who: number, name: string): LookUp {
        const found = [...this.customers].filter(
          ([, persons]) => persons.get(who)?.has(name) && ![...persons.keys()].some((n) => this.locks.has(n)),
        );
        const key = found.map(([n]) => customer(n)).sort()[0];
        return key === undefined || this.locks.has(who) ? NO : { customer: true, customerKey: key };
      }
    }

    it('answers the same after any sequence of rows, removals, locks, conversions, revocations and restarts', async () => {
      await fc.assert(
        fc.asyncProperty(fc.array(step, { maxLength: 40 }), fc.boolean(), async (steps, twice) => {
          rmSync(file, { force: true });
          let membership = new Membership(store, { file });
          const model = new Model();
          for (const [position, each] of steps.entries()) {
            if (each.kind === 'restart') {
              await membership.save();
              membership = new Membership(store, { file });
              membership.restore();
              continue;
            }
            const fact = ((): Fact => {
              switch (each.kind) {
                case 'register':
                  for (const [n, persons] of each.rows) model.register(n, new Map(persons.map(([who, names]) => [who, new Set(names)])));
                  for (const n of each.gone) model.register(n);
                  return registered(each.rows, each.gone);
                case 'lock':
                  model.locks.add(each.n);
                  return locked(each.n);
                case 'unlock':
                  model.locks.delete(each.n);
                  return unlocked(each.n);
                case 'win':
                  model.win(`lead ${position}`, each.n, each.who, each.name);
                  return won(each.n, each.who, each.name, `lead ${position}`);
                case 'revoke': {
                  const of = model.conversions[each.lead % Math.max(1, model.conversions.length)] ?? { lead: 'none', n: 0 };
                  model.revoke(of);
                  return revoked(of.n, of.lead);
                }
              }
            })();
            membership.apply(recorded(fact, position));
            if (twice) membership.apply(recorded(fact, position));
            membership.checkpoint({ position });
          }
          for (let who = 0; who < 15; who++)
            for (const name of NAMES) expect([who, name, asked(membership, who, name)]).toEqual([who, name, model.lookUp(who, name)]);
          expect(membership.customers).toBe(model.customers.size);
        }),
        { numRuns: 300 },
      );
    });
  });

  it('finds a customer by each of many secrets and contacts, and none of these takes the place of another', () => {
    const many = Array.from({ length: 12 }, (_, i) => `+${i}`);
    const known = new KnownCustomers();
    known.enter(0);
    for (let n = 0; n < 5_000; n++) {
      known.put(customer(n), [{ personKey: person(n), corroborations: ['a', ...many].map((name) => named(n, name)) }], 0);
    }
    for (let n = 0; n < 5_000; n++) {
      for (const name of ['a', ...many]) expect(known.lookUp([person(n)], [named(n, name)])).toEqual(yes(n));
      expect(known.lookUp([person(n)], [named(n + 1, '+0')])).toEqual(NO);
      expect(known.lookUp([person(n)], [named(n, '+0').slice(1)])).toEqual(NO);
      expect(known.lookUp([person(n)])).toEqual(yes(n));
    }
    expect(known.copied().description).toMatchObject({ spill: [] });
  }, 30_000);

  it('stays as small as its customers however often the register is sent anew', () => {
    const rows = (from: number): Row[] => Array.from({ length: 500 }, (_, i) => [from + i, [[from + i, ['a']]]]);
    const membership = new Membership(store, { file });
    let position = 0;
    const send = () => {
      for (let from = 0; from < 20_000; from += 500) membership.apply(recorded(registered(rows(from)), position++));
    };
    send();
    send();
    send();
    const before = membership.bytes;
    for (let i = 0; i < 5; i++) send();
    expect(membership.bytes).toBeLessThan(before * 1.1 + 100_000);
    expect(membership.customers).toBe(20_000);
    for (let n = 0; n < 20_000; n += 997) expect(asked(membership, n, 'a')).toEqual(yes(n));
  }, 60_000);

  describe('its snapshot', () => {
    const many = registered(Array.from({ length: 3_000 }, (_, n): Row => [n, [[n, ['a']]]]));

    it('brings everything back, with the checkpoint that it was taken at', async () => {
      const membership = after(many, locked(5), registered([], [7]));
      await membership.save();
      const restored = new Membership(store, { file });
      expect(restored.restore()).toEqual({ position: 2 });
      expect(restored.customers).toBe(2_999);
      for (const n of [0, 1, 5, 7, 2_999]) expect(asked(restored, n, 'a')).toEqual(asked(membership, n, 'a'));
      restored.apply(recorded(unlocked(5), 3));
      expect(asked(restored, 5, 'a')).toEqual(yes(5));
    });

    it('is of the moment when it was begun, whatever is applied while it is written', async () => {
      const membership = after(many);
      const saving = membership.save();
      await Promise.resolve();
      membership.apply(recorded(registered([], [1]), 1));
      await saving;
      const restored = new Membership(store, { file });
      expect(restored.restore()).toEqual({ position: 0 });
      expect(asked(restored, 1, 'a')).toEqual(yes(1));
    });

    it('is a copy, to the last array', () => {
      const known = new KnownCustomers();
      const enter = (from: number): void => {
        known.enter(from);
        for (let n = from; n < from + 500; n++) known.put(customer(n), [{ personKey: person(n), corroborations: [named(n, 'a')] }], 0);
      };
      enter(0);
      const copy = known.copied();
      const before = structuredClone(copy);
      enter(500);
      enter(0);
      known.lock([person(1)]);
      expect(copy).toEqual(before);
    });

    it('stays as it was when others come in the place of those who were customers then', () => {
      const known = new KnownCustomers();
      const enter = (from: number): void => {
        known.enter(from);
        for (let n = from; n < from + 500; n++) known.put(customer(n), [{ personKey: person(n), corroborations: [named(n, 'a')] }], 0);
        known.sweep(500);
      };
      for (let from = 0; from < 35_000; from += 500) enter(from);
      const copy = known.copied();
      const before = structuredClone(copy);
      for (let from = 0; from < 35_000; from += 500) enter(from);
      expect(known.count).toBe(35_000);
      expect(copy.sections.every((section, i) => Buffer.compare(bytesOf(section), bytesOf(before.sections[i]!)) === 0)).toBe(true);
      expect(copy.description).toEqual(before.description);
    }, 60_000);

    it('is not used when a single bit of it is wrong, or its end is missing', async () => {
      await after(many).save();
      const whole = readFileSync(file);
      for (const at of [0, 9, 100, Math.floor(whole.length / 2), whole.length - 1]) {
        const damaged = Buffer.from(whole);
        damaged[at] = (damaged[at] as number) ^ 1;
        writeFileSync(file, damaged);
        const membership = new Membership(store, { file });
        expect(membership.restore()).toBeUndefined();
        expect(membership.customers).toBe(0);
      }
      writeFileSync(file, whole.subarray(0, -100));
      expect(new Membership(store, { file }).restore()).toBeUndefined();
      writeFileSync(file, '');
      expect(new Membership(store, { file }).restore()).toBeUndefined();
    });

    it('is not used when it is of another version: the log says it all again', async () => {
      await after(many).save();
      const { description, sections } = readSnapshot(file)!;
      for (const version of [3, 5, undefined]) {
        await writeSnapshot(file, { description: { ...description, version }, sections });
        expect(readSnapshot(file)).toBeDefined();
        const membership = new Membership(store, { file });
        expect(membership.restore()).toBeUndefined();
        expect(membership.customers).toBe(0);
      }
    });

    it('is not used when it says to hold more than there is of it', async () => {
      await writeSnapshot(file, { description: {}, sections: [new Uint32Array(10)] });
      const whole = readFileSync(file).subarray(0, -32);
      const grown = Buffer.from(whole.toString('latin1').replace('"length":10', '"length":99'), 'latin1');
      writeFileSync(file, Buffer.concat([grown, createHash('sha256').update(grown).digest()]));
      expect(readSnapshot(file)).toBeUndefined();
    });

    it('says where a customer came from, also of one who came in the place of another', async () => {
      const rows = (from: number): Row[] => Array.from({ length: 500 }, (_, i) => [from + i, [[from + i, ['a']]]]);
      const whereabouts = (known: KnownCustomers) => Array.from({ length: 20_000 }, (_, n) => known.whereabouts(customer(n)));
      const known = new KnownCustomers();
      const position = new Map<number, number>();
      for (let event = 0; event < 160; event++) {
        known.enter(event);
        for (const [index, [n]] of rows((event * 500) % 20_000).entries()) {
          known.put(customer(n), [{ personKey: person(n), corroborations: [named(n, 'a')] }], index);
          position.set(n, event);
        }
        known.sweep(500);
      }
      const expected = Array.from({ length: 20_000 }, (_, n) => ({ position: position.get(n), index: n % 500 }));
      expect(whereabouts(known)).toEqual(expected);
      const copy = new KnownCustomers();
      copy.load(structuredClone(known.copied()));
      expect(whereabouts(copy)).toEqual(expected);
    }, 60_000);

    it('is written by itself after enough rows, and not without', async () => {
      const membership = new Membership(store, { file, snapshotEvery: 3_000 });
      membership.apply(recorded(registered([[1, [[1, ['a']]]]]), 0));
      membership.checkpoint({ position: 0 });
      await new Promise((resolve) => setTimeout(resolve, 20));
      expect(existsSync(file)).toBe(false);
      membership.apply(recorded(many, 1));
      membership.checkpoint({ position: 1 });
      await membership.save();
      expect(new Membership(store, { file }).restore()).toEqual({ position: 1 });
    });

    it('waits for an eighth of the customers to change, so that a large register is not written over and over', async () => {
      const membership = new Membership(store, { file, snapshotEvery: 10 });
      const written = async (fact: Fact, position: number) => {
        membership.apply(recorded(fact, position));
        membership.checkpoint({ position });
        await new Promise((resolve) => setTimeout(resolve, 200));
        return new Membership(store, { file }).restore();
      };
      const some = (count: number) => registered(Array.from({ length: count }, (_, n): Row => [n, [[n, ['a']]]]));
      expect(await written(many, 0)).toEqual({ position: 0 });
      expect(await written(some(300), 1)).toEqual({ position: 0 });
      expect(await written(some(75), 2)).toEqual({ position: 2 });
    });

    it('is forgotten by a reset, with everything else', async () => {
      const membership = after(many);
      await membership.save();
      membership.reset();
      expect(existsSync(file)).toBe(false);
      expect(membership.customers).toBe(0);
      expect(asked(membership, 1, 'a')).toEqual(NO);
    });

    it('that cannot be written is reported and stops nothing', async () => {
      const failures: unknown[] = [];
      const membership = new Membership(store, {
        file: join(folder, 'missing', 'file'),
        onSnapshotFailure: (error) => failures.push(error),
      });
      membership.apply(recorded(many, 0));
      membership.checkpoint({ position: 0 });
      await membership.save();
      expect(failures).toHaveLength(1);
      expect(asked(membership, 1, 'a')).toEqual(yes(1));
    });
  });
});

describe('The table of persons', () => {
  const tags = Array.from({ length: 3_000 }, (_, i) => createHash('sha256').update(`${i}`).digest().readUInt32BE(0));

  it('looks at as many places for nobody as for somebody', () => {
    const table = new PersonTable();
    tags.forEach((tag, i) => table.add({ part: 1, tag }, i, i + 1));
    const looks = (part: number, tag: number) => {
      let count = 0;
      table.visitAll({ part, tag }, 0, () => (count += 1));
      return count;
    };
    expect(looks(1, tags[0] as number)).toBe(16);
    expect(looks(1, 1)).toBe(16);
    expect(looks(2, 1)).toBe(16);
  });

  it('finds at once whom it has once, and nobody else', () => {
    const table = new PersonTable();
    tags.forEach((tag, i) => table.add({ part: i % 3, tag }, i, i + 1));
    tags.forEach((tag, i) => {
      expect(table.find({ part: i % 3, tag }, i)).toBe(i + 1);
      expect(table.find({ part: i % 3, tag }, i + 1)).toBe(0);
      expect(table.find({ part: (i + 1) % 3, tag }, i)).toBe(0);
      expect(table.find({ part: i % 3, tag: tag ^ 1 }, i)).toBe(0);
      expect(table.find({ part: 5, tag }, i)).toBe(0);
    });
  });

  it('says so when there is more than one, and finds every one of many, those whose buckets are full included', () => {
    const table = new PersonTable();
    const person = { part: 7, tag: 7 };
    for (let i = 1; i <= 100; i++) table.add(person, i % 50, i);
    for (let i = 1; i <= 50; i++) {
      const found: number[] = [];
      table.visitAll(person, i % 50, (ref) => ref !== 0 && found.push(ref));
      expect(found.sort()).toEqual([i, i + 50].sort());
      expect(table.find(person, i % 50)).toBe(SEVERAL);
    }
    for (let part = 0; part < table.parts; part++) table.sweep(part, (ref) => ref <= 50);
    expect(table.entries).toBe(50);
  });

  it('has room for the references of more customers than 24 bits count, also where there were fewer before', () => {
    const table = new PersonTable();
    const ref = (i: number) => (i % 2 === 0 ? i + 1 : 2 ** 32 - i);
    tags.forEach((tag, i) => table.add({ part: 1, tag }, i, i < 1_000 ? i + 1 : ref(i)));
    const copy = new PersonTable();
    copy.load(structuredClone(table.contents()));
    for (const each of [table, copy]) {
      tags.forEach((tag, i) => expect(each.find({ part: 1, tag }, i)).toBe(i < 1_000 ? i + 1 : ref(i)));
    }
  });
});

describe('The index of customers', () => {
  /** With few different words, so that keys agree in some of them. */
  const word = fc.oneof(fc.constantFrom(0, 4_096, 0xffffffff), fc.nat(0xffffffff));
  const keys: fc.Arbitrary<CustomerKey[]> = fc.uniqueArray(fc.tuple(word, word, word, word), { maxLength: 200, selector: String });

  it('finds each key and no other, whatever their order, after growth, sweeps and a restart, with narrow references and wide ones', () => {
    fc.assert(
      fc.property(keys, keys, fc.boolean(), (entered, others, wide) => {
        const refs = new Map(entered.map((key, i) => [(wide && i % 2 === 1 ? 2 ** 32 - 1 : 0) + (wide && i % 2 === 1 ? -i : i + 1), key]));
        const index = new CustomerIndex((ref, word) => refs.get(ref)![word]);
        for (const [ref, key] of refs) index.point(key, ref);
        const expectAll = (of: CustomerIndex, kept: (ref: number) => boolean) => {
          for (const [ref, key] of refs) expect(of.find(key)).toBe(kept(ref) ? ref : 0);
          const known = new Set(entered.map(String));
          for (const key of others) if (!known.has(String(key))) expect(of.find(key)).toBe(0);
        };
        expectAll(index, () => true);
        for (let part = 0; part < PARTS; part++) index.sweep(part, (ref) => ref % 3 !== 0);
        expectAll(index, (ref) => ref % 3 !== 0);
        const copy = new CustomerIndex((ref, word) => refs.get(ref)![word]);
        copy.load(structuredClone(index.contents()));
        for (const [ref, key] of refs) copy.point(key, ref);
        expectAll(copy, () => true);
      }),
    );
  });
});

describe('The bits of a pseudonym', () => {
  it('are those of the text, and of nothing that is not one', () => {
    const key = (words: string) => Buffer.from(words.padEnd(32, '0'), 'hex').toString('base64url');
    expect(personHashOf(`e1.${key('123456789abc')}`)).toEqual({ part: 0x789 >> 2, tag: 0x123456bc });
    expect(personHashOf(`e1.${key('ffffffffffff')}`)).toEqual({ part: 0x3ff, tag: 0xffffffff });
    const corroboration = Buffer.from('abcdef000000000000', 'hex').toString('base64url');
    for (const text of [corroboration, `+${corroboration}`]) expect(digestOf(text)).toBe(0xabcdef);
    const wrong = [
      key('12').slice(1),
      `${key('12')}A`,
      `e1.${key('12').slice(1)}`,
      `e1.=${key('12').slice(1)}`,
      `e1.é${key('12').slice(1)}`,
    ];
    for (const text of [...wrong, '']) expect(() => personHashOf(text)).toThrow('not a person key');
    for (const text of ['', 'AAAAAAAAAAA', 'AA AAAAAAAAA', 'AAAAAAAAAAAAA', '+', '+AAAAAAAAAAA', '++AAAAAAAAAAA'])
      expect(() => digestOf(text)).toThrow('not a corroboration');
  });
});
