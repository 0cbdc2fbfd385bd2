import { MemoryEventStore } from '../../src/event-sourcing/memory.event-store.js';
import type { RecordedEvent } from '../../src/event-sourcing/message.js';
import { type KeyVault, VaultUnavailable } from '../../src/modules/persons/key-vault.js';
import { Keyring } from '../../src/modules/persons/keyring.js';
import type { Chance } from './chance.js';
import { Directories, type Writer } from './disk.js';
import { Recorder } from './recorder.js';
import { CALM, type Climate } from './weather.js';

export const DAY = 86_400_000;
const START = Date.parse('2026-03-02T08:00:00.000Z');

const KEY = Buffer.alloc(32, 7).toString('base64url');
/** One for all runs: making it takes longer than most of what it is used for. */
export const KEYRING = new Keyring({ epochs: [{ id: 'e1', key: KEY }], keys: { pseudonyms: KEY, ids: KEY, hashes: KEY } });

/** What no crash takes away: the log, the disks, the vault, the time, and what has left the replicas. */
export class World {
  readonly log = new MemoryEventStore({ copies: 'shared' });
  readonly keyring = KEYRING;
  readonly directories = new Directories();
  readonly vault = new Vault();
  readonly settlementEvery = DAY;
  readonly recorder: Recorder;
  climate: Climate = CALM;
  /** One replica on a log of its own, as by default, instead of several on one that they share. */
  isAlone = false;
  private readonly cutOff = new Set<string>();
  private lapsed = 0;
  private held = 0;

  constructor(readonly chance: Chance) {
    this.recorder = new Recorder(this.log);
  }

  /** True time, epoch ms. */
  now(): number {
    return START + Math.floor(performance.now()) + this.lapsed;
  }

  /** What the clocks on the wall show goes on at once, and nothing else happens. @param milliseconds above 0 */
  lapse(milliseconds: number): void {
    this.lapsed += Math.floor(milliseconds);
  }

  /** The network holds a message back that nobody waits for any longer. */
  deliverLater(milliseconds: number, deliver: () => Promise<unknown>): void {
    this.held += 1;
    setTimeout(() => {
      this.held -= 1;
      void deliver().catch(() => {});
    }, milliseconds);
  }

  /** Messages that the network holds back, whether who sent them is still there or not. */
  get messagesHeld(): number {
    return this.held;
  }

  isCutOff(replica: string): boolean {
    return this.cutOff.has(replica);
  }

  setCutOff(replica: string, isCutOff: boolean): void {
    if (isCutOff) this.cutOff.add(replica);
    else this.cutOff.delete(replica);
  }

  /** The whole log as it is now. */
  async events(): Promise<readonly RecordedEvent[]> {
    return (await this.log.readAll({ limit: Number.MAX_SAFE_INTEGER })).events;
  }
}

/** Persons' data under keys of their own, as every replica would find it in the log or with an outside service. */
class Vault {
  private readonly keys = new Set<string>();
  private readonly sealed = new Map<string, object>();

  /** @returns a replica's way to it */
  of(writer: Writer): KeyVault {
    const step = async (): Promise<void> => {
      await new Promise((resolve) => setTimeout(resolve, 1));
      await writer.mayDie();
    };
    const ensureKeys = async (subjects: readonly string[]): Promise<void> => {
      await step();
      for (const subject of subjects) this.keys.add(subject);
      await step();
    };
    const seal: KeyVault['seal'] = async (subject, plaintext) => {
      await step();
      if (!this.keys.has(subject)) throw new VaultUnavailable('sealed before the key was durable');
      const text = `sealed ${this.sealed.size}`;
      this.sealed.set(text, plaintext);
      return text;
    };
    return {
      ensureKey: (subject) => ensureKeys([subject]),
      seal,
      sealAll: async (toSeal) => {
        await ensureKeys(toSeal.map(([subject]) => subject));
        return Promise.all(toSeal.map((each) => seal(...each)));
      },
      open: async (_subject, text) => {
        await step();
        return this.sealed.get(text);
      },
      destroy: async (subject) => void this.keys.delete(subject),
    };
  }
}
