import { randomBytes } from 'node:crypto';
import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import type { ApiClient } from '../../src/cli/oauth-client.js';
import type { StoredKeyring } from '../../src/modules/persons/keyring-file.js';
import { check, open, type Opened, SECRET, type TwoReplicas } from './two-replicas.js';

type Epochs = StoredKeyring['epochs'];

const wrong = (n: number): object => ({ proof: { kind: 'account-last-six', value: String(200_000 + n) } });

/** Another epoch of the person keys, step by step as the README has it. */
export function describeEpochs(of: () => TwoReplicas): void {
  /** Changed on the n-th replica, which is then started anew while the other runs. */
  const change = async (n: 0 | 1, epochs: (now: Epochs) => Epochs): Promise<void> => {
    const file = join(of().bank.directories[n].dataDir, 'keys/keyring.json');
    const keyring = JSON.parse(readFileSync(file, 'utf8')) as StoredKeyring;
    writeFileSync(file, JSON.stringify({ ...keyring, epochs: epochs(keyring.epochs) }));
    const replica = of().both[n];
    await replica.kill('SIGTERM');
    await of().again(replica);
  };
  const turned = (epochs: Epochs): Epochs => epochs.toReversed();
  const doors = (id: string): readonly [ApiClient, ApiClient] => [of().a.as(id), of().b.as(id)];
  const isOneLead = async (n: number): Promise<void> => {
    const leads: Opened[] = [];
    for (const door of doors('rotated')) leads.push(await open(door, n));
    expect(leads[1]?.leadId).toBe(leads[0]?.leadId);
  };

  it('take persons for the same under either epoch, also while only one of them enters them under the new one', async () => {
    const terms = { mode: 'proof', initial: 12 };
    for (const id of ['rotated', 'turn-1', 'turn-2', 'turn-3']) await of().partner(id, terms);
    const before = await open(of().a.as('rotated'), 20);
    expect(await check(of().b.as('rotated'), before, 20, wrong(0))).toBe('no');
    const added = { id: 'e2', key: randomBytes(32).toString('base64url') };
    for (const n of [0, 1] as const) await change(n, (epochs) => [...epochs, added]);
    await change(0, turned);
    const [here, there] = doors('rotated');
    await isOneLead(20);
    expect(await check(here, before, 20, wrong(1))).toBe('no');
    expect(await check(there, before, 20, wrong(2))).toBe('no');
    for (const door of [here, there]) expect(await check(door, before, 20, { proof: SECRET })).toBe('no');
    // Opened under the new one and answered under the old, and the other way round; what was answered is carried under either.
    for (const [n, opener, other, epoch] of [
      [21, here, there, 'e2'],
      [22, there, here, 'e1'],
    ] as const) {
      const lead = await open(opener, n);
      expect(await check(other, lead, n, { proof: SECRET })).toBe('yes');
      expect((await of().facts<{ leadId: string; personKey: string }>('LeadOpened', { leadId: lead.leadId }))[0]?.personKey).toMatch(
        `${epoch}.`,
      );
      for (const door of [here, there]) expect((await open(door, n)).carriedAnswer).toBe('yes');
    }
    const raced = await Promise.all(Array.from({ length: 10 }, (_, i) => open(i % 2 === 0 ? here : there, 24)));
    expect(new Set(raced.map(({ leadId }) => leadId)).size).toBe(1);
    // Nine wrong secrets, counted under both, and the tenth.
    const guessers = ['turn-1', 'turn-2', 'turn-3', 'rotated'].map(doors);
    for (let n = 0; n < 10; n++) {
      const guesser = guessers[Math.floor(n / 3)] as readonly ApiClient[];
      const door = guesser[n % 2] as ApiClient;
      expect(await check(door, await open(door, 23), 23, wrong(n))).toBe('no');
    }
    for (const door of [here, there]) expect(await check(door, await open(door, 23), 23, { proof: SECRET })).toBe('no');
    await change(1, turned);
    for (const n of [20, 23, 24]) await isOneLead(n);
  }, 120_000);
}
