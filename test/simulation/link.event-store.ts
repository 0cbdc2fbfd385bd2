import { type AllPage, type Appended, type EventStore, type ReadAllOptions, type ReadStreamOptions, StoreUnavailable, type SubscribeOptions, UnknownOutcome } from '../../src/event-sourcing/event-store.js'; // prettier-ignore
import type { NewEvent, RecordedEvent } from '../../src/event-sourcing/message.js';
import type { Chance } from './chance.js';
import { type Climate, travel } from './weather.js';

const READ_DEADLINE_MS = 5_000;

/** What a link has to know of the run of the program that uses it, and of the world around. */
export interface Surroundings {
  readonly climate: Climate;
  /** The log cannot be reached from here at the moment. */
  readonly down: boolean;
  /** Told of every append before anything happens to it. */
  sends(stream: string, expectedRevision: number, events: readonly NewEvent[]): void;
  /** Dies here if it is to: whoever waits for this then waits for ever. */
  mayDie(): Promise<void>;
  /** Held back by the network: who dies meanwhile has sent it all the same. */
  deliverLater(milliseconds: number, deliver: () => Promise<unknown>): void;
  /** Never resolves once the program has died: nothing that it does can be noticed any more. */
  alive(): Promise<void>;
}

/**
 * A replica's way to the log that all share. Whatever a network and a server may do to a message happens here, and nothing
 * that the port does not allow: acknowledgements overtake each other, requests and acknowledgements are lost, repeated, or
 * arrive when nobody waits for them any longer.
 */
export class Link implements EventStore {
  constructor(
    private readonly log: EventStore,
    private readonly around: Surroundings,
    private readonly chance: Chance,
  ) {}

  async append(stream: string, expectedRevision: number, events: readonly NewEvent[]): Promise<Appended> {
    this.around.sends(stream, expectedRevision, events);
    const write = (): Promise<Appended> => this.log.append(stream, expectedRevision, events);
    await this.travels();
    this.mustBeUp();
    await this.around.mayDie();
    const { refused, lost, unheard, late, twice } = this.around.climate;
    if (this.chance.happens(refused)) throw new StoreUnavailable('refused');
    if (this.chance.happens(lost)) return this.silence();
    if (this.chance.happens(late)) {
      this.later(write);
      return this.silence();
    }
    const written = write();
    if (this.chance.happens(twice)) this.later(write);
    // What it came to is told only after the way back.
    const told = await written.then(
      (appended) => () => appended,
      (error: unknown) => () => {
        throw error;
      },
    );
    await this.around.mayDie();
    if (this.chance.happens(unheard)) return this.silence();
    await this.travels();
    await this.around.mayDie();
    return told();
  }

  readStream(stream: string, options?: ReadStreamOptions): Promise<readonly RecordedEvent[]> {
    return this.read(() => this.log.readStream(stream, options));
  }

  readAll(options?: ReadAllOptions): Promise<AllPage> {
    return this.read(() => this.log.readAll(options));
  }

  readAt(position: number): Promise<RecordedEvent | undefined> {
    return this.read(() => this.log.readAt(position));
  }

  end(): Promise<number> {
    return this.read(() => this.log.end());
  }

  async *subscribe(options: SubscribeOptions): AsyncGenerator<AllPage> {
    for await (const page of this.log.subscribe(options)) {
      const { travelMs, followMs } = this.around.climate;
      await this.travels(page.events.length > 0 ? followMs : 15 * travelMs);
      this.mustBeUp();
      if (this.chance.happens(this.around.climate.brokenOff)) throw new StoreUnavailable('the subscription broke off');
      yield page;
    }
  }

  async close(): Promise<void> {}

  private async read<Result>(look: () => Promise<Result>): Promise<Result> {
    await this.travels();
    this.mustBeUp();
    if (this.chance.happens(this.around.climate.unread)) {
      // After a deadline of its own, as each adapter has one (R22).
      if (this.chance.happens(0.5)) await new Promise((resolve) => setTimeout(resolve, READ_DEADLINE_MS));
      throw new StoreUnavailable('not read');
    }
    const found = await look();
    await this.travels();
    return found;
  }

  private async travels(meanMs = this.around.climate.travelMs): Promise<void> {
    await new Promise((resolve) => setTimeout(resolve, travel(this.around.climate, this.chance, meanMs)));
    await this.around.alive();
  }

  private mustBeUp(): void {
    if (this.around.down) throw new StoreUnavailable('the log cannot be reached');
  }

  /** Nobody hears what became of it: no answer at all, or after a while a word that the outcome is not known. */
  private async silence(): Promise<never> {
    if (this.chance.happens(0.4)) return new Promise(() => {});
    await this.travels(5 * this.around.climate.travelMs);
    throw this.chance.happens(0.5) ? new UnknownOutcome('no acknowledgement') : new Error('14 UNAVAILABLE');
  }

  private later(write: () => Promise<unknown>): void {
    this.around.deliverLater(this.chance.exponential(this.chance.happens(0.5) ? 50 : 5_000), write);
  }
}
