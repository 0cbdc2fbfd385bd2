import { LRUCache } from 'lru-cache';
import type { Projection } from './projection.js';
import type { ReadModels } from './read-models.js';

/** Where the events of an accepted command are, from which its response is made again. */
export interface CommandPlace {
  readonly stream: string;
  /** Revision of the first event that the command wrote. */
  readonly revision: number;
  /** Keyed hash of the payload, hex; missing when the command had none. */
  readonly payloadHash?: string;
}

interface Row {
  readonly stream: string;
  readonly revision: number;
  readonly payload_hash: string | null;
}

const NAME = 'idempotency_index';
/** Replays within seconds of the first request, before the projection has seen its events. */
const REMEMBERED = 10_000;

/**
 * Finds the command that came with an `Idempotency-Key` (R12) from the events that it wrote, whatever their type. Of a
 * command that wrote to several streams the first event counts: the one at its commit point. There is no other record, so
 * what was accepted is replayed after a restart, and what wrote nothing is decided anew.
 */
export class IdempotencyIndex {
  private readonly remembered: LRUCache<string, CommandPlace>;

  readonly projection: Projection = {
    name: NAME,
    version: 1,
    handles: 'all',
    tables: [NAME],
    schema: `
      CREATE TABLE ${NAME} (
        key_hash TEXT PRIMARY KEY,
        stream TEXT NOT NULL,
        revision INTEGER NOT NULL,
        payload_hash TEXT
      ) WITHOUT ROWID`,
    apply: (_, { cause, stream, revision }) => {
      if (cause.idempotencyKeyHash === undefined) return;
      const insert = this.readModels.statement(`INSERT OR IGNORE INTO ${NAME} VALUES (?, ?, ?, ?)`);
      insert.run(cause.idempotencyKeyHash, stream, revision, cause.payloadHash ?? null);
    },
  };

  /** @param remembered commands, at most; 10,000 unless given */
  constructor(
    private readonly readModels: ReadModels,
    remembered = REMEMBERED,
  ) {
    this.remembered = new LRUCache({ max: remembered });
  }

  /** Until the projection is there, the command is found by what this process remembers. First come, first kept. */
  remember(keyHash: string, place: CommandPlace): void {
    if (!this.remembered.has(keyHash)) this.remembered.set(keyHash, place);
  }

  /** @param keyHash as in `Cause.idempotencyKeyHash` */
  find(keyHash: string): CommandPlace | undefined {
    return this.stored(keyHash) ?? this.remembered.get(keyHash);
  }

  private stored(keyHash: string): CommandPlace | undefined {
    const row = this.row(keyHash);
    if (row === undefined) return undefined;
    const { stream, revision, payload_hash: payloadHash } = row;
    return { stream, revision, ...(payloadHash === null ? {} : { payloadHash }) };
  }

  private row(keyHash: string): Row | undefined {
    try {
      const select = this.readModels.statement<Row>(`SELECT stream, revision, payload_hash FROM ${NAME} WHERE key_hash = ?`);
      return this.readModels.noticing(() => select.get(keyHash));
    } catch (error) {
      // Not there yet, or gone and about to be built anew. To look for it first would cost more than the question itself.
      if (this.readModels.has([NAME])) throw error;
      return undefined;
    }
  }
}
