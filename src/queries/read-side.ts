import { Inject, Injectable } from '@nestjs/common';
import type { Database } from 'better-sqlite3';
import { EVENT_STORE, type EventStore } from '../event-sourcing/event-store.js';
import type { Projection } from '../event-sourcing/projection.js';
import { ReadModels } from '../event-sourcing/read-models.js';
import { Subscriptions } from '../event-sourcing.subscriptions.js';
import { Problem } from '../http/problem.js';

/** How long a partner's request waits for its own writes, and an analyst's for a position. */
const OWN_WRITES_MS = 2_000;
const POSITION_MS = 5_000;
/** How long who names no position waits for what is there already: read models rest a little while nobody asks. */
const AS_IT_IS_MS = 500;

/** Something read, and the position of the log up to which it is current. */
export interface AsOf<Answer> {
  readonly asOfPosition: number;
  readonly answer: Answer;
}

type Model = Pick<Projection, 'name'>;

/** Reads read models that are current enough to be read, or says that they are not. */
@Injectable()
export class ReadSide {
  constructor(
    @Inject(EVENT_STORE) private readonly store: EventStore,
    private readonly readModels: ReadModels,
    private readonly subscriptions: Subscriptions,
  ) {}

  /**
   * For partners: with everything that was in the log when the request arrived, so that a partner reads its own writes. No
   * position goes with it: it would tell how busy everybody else is.
   * @throws Problem `READ_MODEL_BEHIND`
   */
  async current<Answer>(model: Model, read: (db: Database) => Answer): Promise<Answer> {
    await this.await(model, await this.store.end(), OWN_WRITES_MS);
    return this.readModels.noticing(() => read(this.readModels.db));
  }

  /**
   * For the bank: as it is, with what is in the log already unless the read model is far behind; or as it is once it has come to a
   * position; and how far that is.
   * @throws Problem `READ_MODEL_BEHIND`
   */
  async asOf<Answer>(model: Model, after: number | undefined, read: (db: Database) => Answer): Promise<AsOf<Answer>> {
    const subscription = this.subscriptions.subscription(model.name);
    if (after !== undefined) await this.await(model, after, POSITION_MS);
    else if (subscription.caughtUp) await subscription.waitFor(await this.store.end(), AS_IT_IS_MS);
    const { caughtUp, position } = subscription;
    // While it is built anew it would show a past that never was.
    if (!caughtUp) throw new Problem('READ_MODEL_BEHIND', { retryAfter: 1 });
    // Events are applied on this thread: nothing comes between the position and the rows.
    return { asOfPosition: position, answer: this.readModels.noticing(() => read(this.readModels.db)) };
  }

  private async await({ name }: Model, position: number, timeoutMs: number): Promise<void> {
    if (!(await this.subscriptions.waitFor(position, { name, timeoutMs }))) throw new Problem('READ_MODEL_BEHIND', { retryAfter: 1 });
  }
}
