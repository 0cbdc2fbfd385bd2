import { LRUCache } from 'lru-cache';
import type { Clock } from '../../event-sourcing/clock.js';
import { type EventStore, StreamCut } from '../../event-sourcing/event-store.js';
import { CommandHandling } from '../../event-sourcing/handle-command.js';
import { type DataKey, openUnder, sealUnder } from './data-key.js';
import { dataKeyAt, type DataKeyTree, newDataKeyTree, PATH_BITS, unwrapTree, without, wrapTree } from './data-key-tree.js';
import { keyTree, type KeyTreeCommand, type KeyTreeState } from './key-tree.js';
import { type KeyVault, NoDataKey, type ToSeal } from './key-vault.js';
import type { Keyring } from './keyring.js';
import type { WrappingKeys } from './wrapping-keys.js';

const CAUSE = { correlationId: 'key-vault', causationId: 'key-vault', actor: 'process:key-vault' };

/** A power of two. Of each, some 450 keys can be destroyed before it is more than one append may hold: seven million in all. */
const TREES = 16_384;
/** Bytes of unwrapped trees that are kept. */
const MOST_SEEN = 64 * 1024 * 1024;

/** What a log can do so that a stream's first events are gone from its disks one day. */
export interface Forgetful {
  /** Nobody reads the events before the revision any more. */
  forgetBefore(stream: string, revision: number): Promise<void>;
}

/** What one of the trees was at some time. It never changes; a later one may be there. */
interface Generation {
  readonly generation: number;
  readonly under: string;
  readonly tree: DataKeyTree;
}

/**
 * The vault of many replicas. Each subject's key follows from one of some thousand trees that stand in the log, wrapped under a
 * key that every replica has in a file and that the log never sees. So a register of millions costs no more than the trees, once,
 * and still each key can be destroyed by itself: the tree is written anew, as its next generation, in such a way that this key
 * follows from it no more, and the generation before is given up to the log to be forgotten.
 *
 * Each use asks the leader whether there is a further generation, so a key that one replica has destroyed is of no use to any
 * other from that moment on. A subject that comes back has another key.
 */
export class LogKeyVault implements KeyVault {
  /** Its own, so that no tree lies among the folds that are kept on disk. */
  private readonly commands: CommandHandling;
  private readonly seen = new LRUCache<number, Generation>({
    maxSize: MOST_SEEN,
    sizeCalculation: ({ tree }) => 200 + 250 * tree.size,
  });

  constructor(
    private readonly store: EventStore & Partial<Forgetful>,
    private readonly clock: Clock,
    private readonly keyring: Keyring,
    private readonly wrappingKeys: WrappingKeys,
    /** The same for as long as the log lives. */
    private readonly trees: number = TREES,
  ) {
    this.commands = new CommandHandling(store, clock, undefined, { heldFolds: 100 });
  }

  async ensureKey(subject: string): Promise<void> {
    await this.ensureKeys([subject]);
  }

  async ensureKeys(subjects: readonly string[]): Promise<void> {
    const numbers = new Set(subjects.map((subject) => this.numberOf(subject)));
    await Promise.all([...numbers].map((number) => this.planted(number)));
  }

  async seal(subject: string, plaintext: object): Promise<string> {
    const newest = await this.newest(this.numberOf(subject));
    if (newest === undefined) throw new NoDataKey('a subject without a data key: ensureKey comes first');
    return sealUnder(this.keyOf(newest.tree, subject).key, subject, plaintext);
  }

  async sealAll(toSeal: readonly ToSeal[]): Promise<readonly string[]> {
    const looks = new Map<number, Promise<Generation>>();
    // At once, and one look at the log for each tree.
    return Promise.all(
      toSeal.map(async ([subject, plaintext]) => {
        const number = this.numberOf(subject);
        const look = looks.get(number) ?? this.planted(number);
        looks.set(number, look);
        const { tree } = await look;
        return sealUnder(this.keyOf(tree, subject).key, subject, plaintext);
      }),
    );
  }

  async open(subject: string, sealed: string): Promise<object | undefined> {
    const newest = await this.newest(this.numberOf(subject));
    return openUnder(newest && this.keyOf(newest.tree, subject).key, subject, sealed);
  }

  async destroy(subject: string): Promise<void> {
    const number = this.numberOf(subject);
    await this.replace(number, ({ tree }) => without(tree, this.keyOf(tree, subject).path));
  }

  /**
   * Wraps every tree under the newest wrapping key that is not yet. It can be broken off and repeated, while others use the vault.
   * @param onProgress told how many of how many have been looked at
   */
  async rewrap(onProgress: (done: number, of: number) => void = () => {}): Promise<void> {
    let [next, done] = [0, 0];
    const some = async (): Promise<void> => {
      while (next < this.trees) {
        const number = next++;
        await this.replace(number, ({ tree, under }) => (under === this.wrappingKeys.newest.name ? undefined : tree));
        onProgress(++done, this.trees);
      }
    };
    await Promise.all(Array.from({ length: 32 }, some));
  }

  /** The tree with this number, made when there is none. */
  private async planted(number: number): Promise<Generation> {
    for (;;) {
      const newest = await this.newest(number);
      if (newest !== undefined) return newest;
      await this.write(number, 0, newDataKeyTree());
    }
  }

  /** Until it is the newest that was replaced. @param by `undefined` where it may stay as it is */
  private async replace(number: number, by: (newest: Generation) => DataKeyTree | undefined): Promise<void> {
    for (;;) {
      const newest = await this.newest(number);
      const tree = newest && by(newest);
      if (newest === undefined) return;
      if (tree === undefined || (await this.write(number, newest.generation + 1, tree))) {
        // Also where a crash came in between the two steps the last time.
        return this.giveUp(number, tree === undefined ? newest.generation : newest.generation + 1);
      }
    }
  }

  /** @returns false when somebody else has written this generation */
  private async write(number: number, generation: number, tree: DataKeyTree): Promise<boolean> {
    const { name: under, key } = this.wrappingKeys.newest;
    const stream = streamOf(number, generation);
    const data = { under, wrapped: wrapTree(key, stream, tree) };
    const { events } = await this.commands.handle(keyTree, stream, CAUSE, (): KeyTreeCommand => ({ type: 'WriteKeyTree', data }));
    if (events.length === 0) return false;
    // Or it would have to be searched for, which a register feels whose trees are all still to be written.
    this.seen.set(number, { generation, under, tree });
    return true;
  }

  /** All generations before this one, the oldest first: then, wherever a crash comes in, whatever is before one that was cut was cut too. */
  private async giveUp(number: number, before: number): Promise<void> {
    let oldest = before;
    while (oldest > 0 && (await this.read(streamOf(number, oldest - 1))) !== 'cut') oldest -= 1;
    for (let generation = oldest; generation < before; generation++) await this.forget(streamOf(number, generation));
  }

  private async forget(stream: string): Promise<void> {
    const at = new Date(this.clock.now()).toISOString();
    try {
      await this.commands.handle(keyTree, stream, CAUSE, (): KeyTreeCommand => ({ type: 'SupersedeKeyTree', data: { at } }));
    } catch (error) {
      // Another replica was faster.
      if (error instanceof StreamCut) return;
      throw error;
    }
    await this.store.forgetBefore?.(stream, 1);
  }

  /** As it is in the log at some moment after the call. */
  private async newest(number: number): Promise<Generation | undefined> {
    for (;;) {
      const generation = this.seen.get(number)?.generation ?? (await this.search(number));
      if (generation === undefined) return undefined;
      const found = this.seen.get(number) ?? (await this.generation(number, generation));
      const next = await this.read(streamOf(number, generation + 1));
      if (found !== undefined && next !== 'cut' && next.status === 'none') {
        this.seen.set(number, found);
        return found;
      }
      this.seen.delete(number);
    }
  }

  /** Generations are written one after the other, so the newest can be closed in on. */
  private async search(number: number): Promise<number | undefined> {
    const isThere = async (generation: number): Promise<boolean> => {
      const state = await this.read(streamOf(number, generation));
      return state === 'cut' || state.status !== 'none';
    };
    let [there, missing] = [-1, 0];
    while (await isThere(missing)) [there, missing] = [missing, 2 * missing + 1];
    while (missing - there > 1) {
      const middle = Math.floor((there + missing) / 2);
      if (await isThere(middle)) there = middle;
      else missing = middle;
    }
    return there < 0 ? undefined : there;
  }

  /** @returns `undefined` when it was superseded meanwhile */
  private async generation(number: number, generation: number): Promise<Generation | undefined> {
    const stream = streamOf(number, generation);
    const state = await this.read(stream);
    if (state === 'cut' || state.status !== 'written') return undefined;
    const { under, wrapped } = state;
    return { generation, under, tree: unwrapTree(this.wrappingKeys.named(under), stream, wrapped) };
  }

  private async read(stream: string): Promise<KeyTreeState | 'cut'> {
    try {
      return (await this.commands.load(keyTree, stream)).state;
    } catch (error) {
      if (!(error instanceof StreamCut)) throw error;
      return 'cut';
    }
  }

  private numberOf(subject: string): number {
    return Number.parseInt(this.keyring.keyedHash('data-key-tree', subject).slice(0, 8), 16) % this.trees;
  }

  /** The first of the subject's keys that was not destroyed, and how it is come by. */
  private keyOf(tree: DataKeyTree, subject: string): { key: DataKey; path: string } {
    for (let nth = 0; ; nth++) {
      const hash = this.keyring.keyedHash('data-key-path', `${nth} ${subject}`);
      const path = BigInt(`0x${hash}`).toString(2).padStart(256, '0').slice(0, PATH_BITS);
      const key = dataKeyAt(tree, path);
      if (key !== undefined) return { key, path };
    }
  }
}

const streamOf = (tree: number, generation: number): string => `data-keys-${tree}-${generation}`;
