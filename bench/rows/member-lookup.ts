import { randomBytes } from 'node:crypto';
import { KnownCustomers } from '../../src/projections/membership/known-customers.js';
import type { Bench, Group, OpenGroup } from '../group.js';

const SAMPLES = 100_000;
const AT_ONCE = 100;

interface Asked {
  readonly personKeys: readonly [string];
  readonly corroborations: readonly [string];
}

/**
 * The table that every check asks, with one identifier and one name a customer, under one epoch. Half of those asked for are
 * customers; the answers are counted, so that no look-up can be left out by the compiler.
 */
export const memberLookup: Group = {
  name: 'member-lookup',
  rows: [
    { name: 'member-lookup-time', what: 'µs a look-up', goal: { atMost: 0.5 } },
    { name: 'member-lookup-bytes', what: 'bytes a customer', goal: { atMost: 32 } },
  ],
  async open(bench: Bench): Promise<OpenGroup> {
    const { customers } = bench.amounts;
    const known = new KnownCustomers();
    const asked: Asked[] = [];
    for (let i = 0; i < customers; i++) {
      if (i % 1_000 === 0) known.enter(i);
      if (i % 100_000 === 0) bench.say(`entering customers: ${i} of ${customers}`);
      const { personKeys, corroborations } = somebody();
      known.put(randomBytes(16).toString('base64url'), [{ personKey: personKeys[0], corroborations }], i % 1_000);
      if (i % Math.ceil(customers / SAMPLES) === 0) asked.push({ personKeys, corroborations }, somebody());
    }
    return {
      async round() {
        let found = 0;
        let micros = 0;
        for (let from = 0; from < asked.length; from += AT_ONCE) {
          // As the service asks, which has just made the pseudonyms: those are at hand, and the place in the table is not.
          const fresh = structuredClone(asked.slice(from, from + AT_ONCE));
          // One thread that waits for nothing: its processor's time is what it takes, whoever else is on the machine.
          const before = process.cpuUsage();
          for (const { personKeys, corroborations } of fresh) if (known.lookUp(personKeys, corroborations).customer) found += 1;
          const { user, system } = process.cpuUsage(before);
          micros += user + system;
        }
        if (found !== asked.length / 2) throw new Error('the customers are not found as they should be');
        const time = micros / asked.length;
        return { ratios: { 'member-lookup-time': time, 'member-lookup-bytes': known.bytes / customers }, figures: { customers } };
      },
      close: async () => undefined,
    };
  },
};

function somebody(): Asked {
  return { personKeys: [`1.${randomBytes(16).toString('base64url')}`], corroborations: [randomBytes(9).toString('base64url')] };
}
