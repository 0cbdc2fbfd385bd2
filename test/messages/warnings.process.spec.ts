import type { Recorded } from '../../src/event-sourcing/message.js';
import type { ConsentAsked } from '../../src/modules/leads/lead.events.js';
import { messages, warnings } from '../../src/modules/messages/message.process.js';
import { day } from '../support/calendar.js';
import { consentAsked } from '../support/lead.examples.js';

const at = Date.parse(day(2));
const asked = (change: Partial<ConsentAsked['data']> = {}): Recorded<ConsentAsked> => {
  const fact = consentAsked() as ConsentAsked;
  return { ...fact, data: { ...fact.data, at: day(2), ...change } } as Recorded<ConsentAsked>;
};
const owed = (event: Recorded<ConsentAsked>, after: number) => {
  const state = warnings.evolve(undefined, event);
  if (state === undefined) throw new Error('nothing is owed at all');
  return warnings.owed(state, { now: at + after, outages: [] });
};

describe('the warning of another contact', () => {
  it('is looked into some seconds after the request, while the code goes out at once', () => {
    const state = messages.evolve(undefined, asked());
    expect(state && messages.owed(state, { now: at, outages: [] }).commands).toHaveLength(1);
    const { commands, wakeAt = 0 } = owed(asked(), 0);
    expect(commands).toEqual([]);
    expect(wakeAt).toBeGreaterThanOrEqual(at + 2_000);
    expect(wakeAt).toBeLessThan(at + 10_000);
    expect(owed(asked(), wakeAt - at - 1).commands).toEqual([]);
    expect(owed(asked(), wakeAt - at).commands).toMatchObject([{ type: 'SendMessage', data: { kind: 'consent-warning' } }]);
  });

  it('comes at a time that follows from pseudonyms: known to nobody outside, another for each, the same when it is asked for again', () => {
    const times = Array.from({ length: 200 }, (_, n) => owed(asked({ contactKey: `1.contact-${n}` }), 0).wakeAt);
    expect(new Set(times).size).toBeGreaterThan(150);
    expect(owed(asked(), 0).wakeAt).toBe(owed(asked(), 5).wakeAt);
  });

  it('is looked for under all the keys that the lead had in the epochs of its day, so that a rotation hides nobody’s contact', () => {
    const { personKey } = asked().data;
    const personKeysOf = (change: Partial<ConsentAsked['data']>) => owed(asked(change), 10_000).commands.map(({ data }) => data);
    expect(personKeysOf({})).toMatchObject([{ to: { personKeys: [personKey] } }]);
    expect(personKeysOf({ otherKeys: ['e2.key'] })).toMatchObject([{ to: { personKeys: [personKey, 'e2.key'] } }]);
  });

  it('owes what its version says: whoever changes that raises it, or what was owed before an upgrade is never sent', () => {
    const state = warnings.evolve(undefined, asked({ otherKeys: ['e2.key'] }));
    expect([warnings.version, Object.keys(state ?? {}).join(' '), Object.keys(state?.to ?? {}).join(' ')]).toEqual([
      2,
      'kind leadId owner partner to ask purpose expiresAt at',
      'kind personKeys contactKey',
    ]);
  });

  it('is looked into whoever the applicant is: the process does not know, and is done when the log says so, one way or the other', () => {
    const state = warnings.evolve(undefined, asked());
    const { leadId, ask } = asked().data;
    const messageId = warnings.key(asked());
    expect(messageId).toContain(leadId);
    expect(ask).toBe(1);
    for (const type of ['MessageQueued', 'MessageNotNeeded']) {
      expect(warnings.evolve(state, { type, data: { messageId } } as never)).toBeUndefined();
    }
  });
});
