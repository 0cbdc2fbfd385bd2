import { createHmac } from 'node:crypto';
import type { Clock } from '../../event-sourcing/clock.js';
import { type EventStore, StreamCut } from '../../event-sourcing/event-store.js';
import { CommandHandling } from '../../event-sourcing/handle-command.js';
import { COMMON_KEYS_STREAM, commonKeys } from './common-keys.js';
import { newDataKey, openUnder, sealUnder, unwrapDataKey, wrapDataKey } from './data-key.js';
import { type KeyVault, NoDataKey, VaultUnusable } from './key-vault.js';
import type { Keyring } from './keyring.js';
import { wrappedKey, type WrappedKeyCommand, type WrappedKeyState } from './wrapped-key.js';

const CAUSE = { correlationId: 'key-vault', causationId: 'key-vault', actor: 'process:key-vault' };

/** What a log can do so that a stream's first events are gone from its disks one day. */
export interface Forgetful {
  /** Nobody reads the events before the revision any more. */
  forgetBefore(stream: string, revision: number): Promise<void>;
}

/** One of the streams that a subject's data keys have been in, one after the other. */
interface Place {
  readonly generation: number;
  readonly stream: string;
  readonly state: WrappedKeyState;
}

/**
 * The vault of many replicas: each data key stands in the log, wrapped under a key that every replica has in a file and that the
 * log never sees. Nothing is remembered: each use reads the stream to its end, from the leader, so a key that one replica has
 * destroyed is of no use to any other from that moment on.
 *
 * A destroyed key leaves an event, and the one that held it is given up to the log to be forgotten. So a subject that comes back
 * has its new key in a further stream.
 */
export class LogKeyVault implements KeyVault {
  /** Its own, so that no wrapped key lies among the folds that are kept on disk. */
  private readonly commands: CommandHandling;
  private readonly under: string;

  private constructor(
    private readonly store: EventStore & Partial<Forgetful>,
    private readonly clock: Clock,
    private readonly keyring: Keyring,
    private readonly wrappingKey: Buffer,
  ) {
    this.commands = new CommandHandling(store, clock);
    this.under = createHmac('sha256', wrappingKey).update('which wrapping key is it?').digest('hex').slice(0, 16);
  }

  /**
   * @param wrappingKey 32 bytes, the same for every replica
   * @throws VaultUnusable when the log was written with other keys, of the keyring or of the vault
   */
  static async open(store: EventStore & Partial<Forgetful>, clock: Clock, keyring: Keyring, wrappingKey: Buffer): Promise<LogKeyVault> {
    const vault = new LogKeyVault(store, clock, keyring, wrappingKey);
    await vault.compareKeys();
    return vault;
  }

  async ensureKey(subject: string): Promise<void> {
    for (let made = false; !made;) {
      const { stream, state } = await this.place(subject);
      if (state.status === 'held') return;
      const wrapped = wrapDataKey(this.wrappingKey, subject, newDataKey()).toString('base64url');
      const data = { wrapped, under: this.under };
      const { events } = await this.commands.handle(wrappedKey, stream, CAUSE, (): WrappedKeyCommand => ({ type: 'MakeDataKey', data }));
      // With nothing written, somebody else has made one, or made and destroyed it.
      made = events.length > 0;
    }
  }

  async ensureKeys(subjects: readonly string[]): Promise<void> {
    await Promise.all([...new Set(subjects)].map((subject) => this.ensureKey(subject)));
  }

  async seal(subject: string, plaintext: object): Promise<string> {
    const { state } = await this.place(subject);
    if (state.status !== 'held') throw new NoDataKey('a subject without a data key: ensureKey comes first');
    return sealUnder(this.unwrapped(subject, state.wrapped), subject, plaintext);
  }

  async open(subject: string, sealed: string): Promise<object | undefined> {
    const { state } = await this.place(subject);
    return openUnder(state.status === 'held' ? this.unwrapped(subject, state.wrapped) : undefined, subject, sealed);
  }

  async destroy(subject: string): Promise<void> {
    const { generation, stream, state } = await this.place(subject);
    const at = new Date(this.clock.now()).toISOString();
    const { events } = await this.commands.handle(wrappedKey, stream, CAUSE, (): WrappedKeyCommand => ({
      type: 'DestroyDataKey',
      data: { at },
    }));
    // Those before it too: a crash may have come between the two steps. Never of one that has no events yet: its first would be lost.
    const last = events.length > 0 || state.status === 'held' ? generation : generation - 1;
    for (let each = 0; each <= last; each++) await this.store.forgetBefore?.(this.stream(subject, each), 1);
  }

  /** The stream that the subject's key is in, or will be in. */
  private async place(subject: string): Promise<Place> {
    for (let generation = 0; ; generation++) {
      const stream = this.stream(subject, generation);
      const state = await this.read(stream);
      if (state.status !== 'destroyed') return { generation, stream, state };
    }
  }

  /** Of a stream that was cut, what was cut off is the key. */
  private async read(stream: string): Promise<WrappedKeyState> {
    try {
      return (await this.commands.load(wrappedKey, stream)).state;
    } catch (error) {
      if (!(error instanceof StreamCut)) throw error;
      return { status: 'destroyed' };
    }
  }

  private unwrapped(subject: string, wrapped: string): ReturnType<typeof unwrapDataKey> {
    return unwrapDataKey(this.wrappingKey, subject, Buffer.from(wrapped, 'base64url'));
  }

  private stream(subject: string, generation: number): string {
    return `key-${this.keyring.keyedHash('data-key-stream', `${generation} ${subject}`)}`;
  }

  /** Replicas with different keys would answer differently, and open nothing of each other's. */
  private async compareKeys(): Promise<void> {
    const own = { keyring: this.keyring.keyedHash('common-keys', 'which keyring is it?').slice(0, 16), wrappingKey: this.under };
    const known = async () => (await this.commands.load(commonKeys, COMMON_KEYS_STREAM)).state;
    // Written once in the log's life, so that a start needs no clock that is trusted.
    if ((await known()) === undefined) {
      await this.commands.handle(commonKeys, COMMON_KEYS_STREAM, CAUSE, () => ({ type: 'IntroduceKeys', data: own }));
    }
    const { keyring, wrappingKey } = (await known()) ?? own;
    const copy = 'copy the folder keys of a replica that runs, or of the backup of the keys';
    if (keyring !== own.keyring) throw new VaultUnusable(`keys/keyring.json is not the keyring that the log was written with: ${copy}`);
    if (wrappingKey !== own.wrappingKey) throw new VaultUnusable(`keys/vault-key is not the key that the log was written with: ${copy}`);
  }
}
