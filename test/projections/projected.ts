import type { Database } from 'better-sqlite3';
import type { Fact, Recorded, RecordedEvent } from '../../src/event-sourcing/message.js';
import type { Projection } from '../../src/event-sourcing/projection.js';
import { ReadModels } from '../../src/event-sourcing/read-models.js';

/** A read model in memory, fed by hand. */
export class Projected {
  private readonly readModels = ReadModels.open(':memory:');

  constructor(private readonly projection: Projection) {
    this.readModels.startAnew(projection);
  }

  get db(): Database {
    return this.readModels.db;
  }

  get hash(): string {
    return this.readModels.hashOf(this.projection);
  }

  /** Applies what the projection handles, in order. @param times how often each event comes */
  apply(events: readonly RecordedEvent[], times = 1): this {
    const { handles } = this.projection;
    for (const event of events) {
      if (handles !== 'all' && !handles.includes(event.type)) continue;
      for (let n = 0; n < times; n++) this.projection.apply(this.db, event as Recorded<Fact>);
    }
    return this;
  }

  /** All that the read model holds. */
  dump(): unknown {
    return this.projection.tables.map((table) => this.db.prepare(`SELECT * FROM ${table}`).all());
  }
}

/** The read model after these events. */
export function projected<Event extends Fact>(projection: Projection<Event>, events: readonly RecordedEvent[]): Projected {
  return new Projected(projection as unknown as Projection).apply(events);
}
