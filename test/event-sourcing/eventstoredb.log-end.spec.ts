import type { RecordedEvent as StoredEvent } from '@eventstore/db-client';
import { LogEnd } from '../../src/event-sourcing/eventstoredb.log-end.js';
import { BEFORE_FIRST } from '../../src/event-sourcing/event-store.js';

const stored = (position: number, type = 'LampLit') =>
  ({
    type,
    streamId: type.startsWith('$') ? '$stats' : 'lamp',
    isJson: true,
    data: {},
    metadata: { schemaVersion: 1, recordedAt: '', cause: {} },
    position: { commit: BigInt(position), prepare: BigInt(position) },
  }) as unknown as StoredEvent;

/** A log whose reads are answered when the test says so. */
function slowLog() {
  const log: StoredEvent[] = [];
  const asked: (() => void)[] = [];
  const lastBefore = (place: number | undefined, count: number) =>
    new Promise<readonly StoredEvent[]>((resolve) => {
      // What the server sees is what is there when it reads, which is before its answer comes.
      const found = log.filter(({ position }) => place === undefined || Number(position!.commit) < place);
      asked.push(() => resolve(found.slice(-count).toReversed()));
    });
  const answer = async () => {
    asked.shift()!();
    await new Promise((resolve) => setImmediate(resolve));
  };
  return { log, asked, answer, end: new LogEnd({ lastBefore }) };
}

describe("The log's end", () => {
  it('asked for while it is being read is read again: what was acknowledged in between counts', async () => {
    const { log, asked, answer, end } = slowLog();
    log.push(stored(10));
    const first = end.read();
    log.push(stored(20));
    const [second, third] = [end.read(), end.read()];
    await answer();
    expect(await first).toBe(10);
    await answer();
    expect([await second, await third, asked.length]).toEqual([20, 20, 0]);
  });

  it('is asked for again after a read that failed', async () => {
    let reads = 0;
    const lastBefore = async () => {
      if (reads++ === 0) throw new Error('no answer');
      return [stored(5)];
    };
    const end = new LogEnd({ lastBefore });
    const [first, second] = [end.read(), end.read()];
    await expect(first).rejects.toThrow('no answer');
    expect([await second, await end.read()]).toEqual([5, 5]);
  });

  it("is the last event of ours, however many of the server's own stand behind it", async () => {
    const { log, asked, answer, end } = slowLog();
    const settle = async () => {
      const read = end.read();
      for (let reads = 0; asked.length > 0; reads++) await answer(); // prettier-ignore
      return read;
    };
    for (let n = 0; n < 1_300; n++) log.push(stored(n, '$statsCollected'));
    expect(await settle()).toBe(BEFORE_FIRST);
    log.push(stored(5_000));
    for (let n = 0; n < 1_300; n++) log.push(stored(6_000 + n, '$statsCollected'));
    expect(await settle()).toBe(5_000);
    log.push(stored(9_000, '$statsCollected'));
    expect(await settle()).toBe(5_000);
  });
});
