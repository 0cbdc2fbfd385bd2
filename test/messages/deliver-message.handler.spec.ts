import { VirtualClock } from '../../src/event-sourcing/clock.js';
import { DutyLost } from '../../src/event-sourcing/claimed-duty.js';
import { type EventStore, StoreUnavailable } from '../../src/event-sourcing/event-store.js';
import { CommandHandling } from '../../src/event-sourcing/handle-command.js';
import { MemoryEventStore } from '../../src/event-sourcing/memory.event-store.js';
import type { Subscriptions } from '../../src/event-sourcing.subscriptions.js';
import { DeliverMessageHandler } from '../../src/modules/messages/deliver-message.handler.js';
import { LaneRest } from '../../src/modules/messages/lane-rest.js';
import { DeliverMessage } from '../../src/modules/messages/message.commands.js';
import { message, type MessageCommand, messageStream } from '../../src/modules/messages/message.js';
import { DeliveryFailed, type Letter, type Messenger } from '../../src/modules/messages/messenger.js';
import type { KeyVault } from '../../src/modules/persons/key-vault.js';
import type { Metrics } from '../../src/observability/metrics.js';

const START = Date.parse('2026-03-02T08:00:00.000Z');
const CAUSE = { correlationId: 'test', causationId: 'test', actor: 'test' };
const ID = 'consent-code-1';
const ASKED_TO_PROVE = 'prove-your-identity-1';
const MINUTE = 60_000;

let clock: VirtualClock;
let store: MemoryEventStore;
let sent: Letter[];
let failing: Error | undefined;
let appendsFail: boolean;
let onDuty: () => Promise<void>;
let rest: LaneRest;
let handler: DeliverMessageHandler;
let queue: (messageId: string, more: { readonly expiresAt?: string }) => Promise<void>;

beforeEach(async () => {
  clock = new VirtualClock(START);
  store = new MemoryEventStore();
  [sent, failing, appendsFail, onDuty] = [[], undefined, false, () => Promise.resolve()];
  const append: EventStore['append'] = (...written) =>
    appendsFail ? Promise.reject(new StoreUnavailable('the disk is full')) : store.append(...written);
  const log = new Proxy(store, {
    get: (target, name) => {
      const member = (name === 'append' ? append : target[name as keyof MemoryEventStore]) as unknown;
      return typeof member === 'function' ? (member as () => unknown).bind(target) : member;
    },
  });
  const commands = new CommandHandling(log, clock);
  const opened = { to: { email: 'me@example.org' }, subject: 'Code', text: '12345678', languages: ['en'] };
  const vault = { open: () => Promise.resolve(opened) } as unknown as KeyVault;
  const messenger: Messenger = {
    reaches: () => true,
    send: (letter) => {
      if (failing !== undefined) return Promise.reject(failing);
      sent.push(letter);
      return Promise.resolve();
    },
  };
  const subscriptions = { confirmDuty: () => onDuty() } as unknown as Subscriptions;
  const metrics = new Proxy({}, { get: () => () => {} }) as Metrics;
  rest = new LaneRest();
  handler = new DeliverMessageHandler(commands, vault, [messenger], clock, subscriptions, rest, metrics);
  queue = async (messageId, more) => {
    const at = new Date(START).toISOString();
    const kind = messageId === ID ? 'consent-code' : 'prove-your-identity';
    const about = { messageId, kind, leadId: '1', owner: 'o', partner: 'p', subject: 's', sealed: 'x' } as const;
    await commands.handle(message, messageStream(messageId), CAUSE, (): MessageCommand => ({
      type: 'QueueMessage',
      data: { ...about, toDeliver: true, ...more, at },
    }));
  };
  await queue(ID, { expiresAt: new Date(START + 10 * MINUTE).toISOString() });
});

const deliver = (messageId = ID): Promise<void> => handler.execute(new DeliverMessage({ messageId }, CAUSE));
const recorded = async (): Promise<unknown[]> => {
  const { events } = await store.readAll({});
  return events.slice(1).map(({ type, data }) => ({ type, ...('reason' in data && { reason: data.reason }) }));
};

describe('a message that is to be delivered', () => {
  it('is sent, and noted; the second time nothing happens', async () => {
    await deliver();
    await deliver();
    expect(sent).toHaveLength(1);
    expect(await recorded()).toEqual([{ type: 'MessageDelivered' }]);
  });

  it('is not sent again by the same process when it was taken over and could not be noted', async () => {
    appendsFail = true;
    await expect(deliver()).rejects.toThrow(StoreUnavailable);
    appendsFail = false;
    await deliver();
    expect(sent).toHaveLength(1);
    expect(await recorded()).toEqual([{ type: 'MessageDelivered' }]);
  });

  it('leaves nothing in the log by a try that failed', async () => {
    failing = new DeliveryFailed('put-off', 'message');
    await expect(deliver()).rejects.toBe(failing);
    expect(await recorded()).toEqual([]);
  });

  it('is given up for good where it is refused for good', async () => {
    failing = new DeliveryFailed('refused', 'for-good');
    await deliver();
    failing = undefined;
    await deliver();
    expect(sent).toEqual([]);
    expect(await recorded()).toEqual([{ type: 'MessageUndeliverable', reason: 'refused' }]);
  });

  it('is not sent when what it says is over', async () => {
    clock.advance(10 * MINUTE);
    await deliver();
    expect(sent).toEqual([]);
    expect(await recorded()).toEqual([{ type: 'MessageUndeliverable', reason: 'expired' }]);
  });

  it('is tried for three days, and then given up', async () => {
    const day = 24 * 60 * MINUTE;
    await queue(ASKED_TO_PROVE, {});
    failing = new DeliveryFailed('put-off', 'message');
    clock.advance(3 * day - 1);
    await expect(deliver(ASKED_TO_PROVE)).rejects.toBe(failing);
    clock.advance(1);
    await deliver(ASKED_TO_PROVE);
    expect((await recorded()).at(-1)).toEqual({ type: 'MessageUndeliverable', reason: 'too-long-tried' });
  });

  it('is not sent by a replica that finds out that it is not its turn any more', async () => {
    onDuty = () => Promise.reject(new DutyLost('taken over'));
    await expect(deliver()).rejects.toThrow(DutyLost);
    expect(sent).toEqual([]);
  });
});

describe('a lane', () => {
  it('rests when its messenger takes no message at all, and the other goes on', async () => {
    failing = new DeliveryFailed('connection', 'messenger');
    await expect(deliver()).rejects.toBe(failing);
    expect([rest.isOpen('applicants'), rest.isOpen('customers')]).toEqual([false, true]);
  });

  it('goes on when it is a single message that is not taken', async () => {
    for (const code of ['put-off', 'timeout'] as const) {
      failing = new DeliveryFailed(code, 'message');
      await expect(deliver()).rejects.toBe(failing);
      expect(rest.isOpen('applicants')).toBe(true);
    }
  });
});
