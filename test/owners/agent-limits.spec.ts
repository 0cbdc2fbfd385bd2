import type { AgentLimits } from '../../src/modules/owners/agent-limits.js';
import { owner } from '../../src/modules/owners/owner.js';
import type { OwnerEvent } from '../../src/modules/owners/owner.events.js';
import { type OwnerState, termsOf } from '../../src/modules/owners/owner.state.js';
import { stricterTerms } from '../../src/modules/owners/terms.js';
import { day } from '../support/calendar.js';
import { given } from '../support/given.js';
import { admit, admitted, anOwner, aSignedPartner, theAnalyst, thePartner, theSibling, theTerms } from '../support/owner.examples.js';

const secondAgent: OwnerEvent = { type: 'AgentRegistered', data: { partner: thePartner, agent: 'agent-8', at: day(0) } };
const limited = (agentLimits: AgentLimits): readonly OwnerEvent[] => [...anOwner({ agentLimits }), secondAgent];
const opened = (count: number, change: Parameters<typeof admitted>[1] = {}, from = 1): readonly OwnerEvent[] =>
  Array.from({ length: count }, (_, i) => admitted(from + i, change));
/** A working day of the summer, in UTC. */
const at = (time: string): string => `2026-07-01T${time}.000Z`;

describe('the limits of an agent (R38)', () => {
  it('are none unless the terms have some', () => {
    expect(given(owner, ...anOwner(), ...opened(40)).when(admit(41)).events).toHaveLength(1);
  });

  it('let it open its leads of the day, no more, and go on on the next', () => {
    const past = [...limited({ leadsPerDay: 2 }), ...opened(2)];
    given(owner, ...past)
      .when(admit(3))
      .refuses('AGENT_LIMIT_LEADS');
    expect(given(owner, ...past).when(admit(3, { at: day(2) })).events).toHaveLength(1);
  });

  it('hold for each agent by itself, and for the same name at another partner by itself', () => {
    const past = [...limited({ leadsPerDay: 2 }), ...aSignedPartner(theSibling), ...opened(2)];
    expect(given(owner, ...past).when(admit(3, { agent: 'agent-8' })).events).toHaveLength(1);
    expect(given(owner, ...past).when(admit(3, { partner: theSibling })).events).toHaveLength(1);
  });

  it('count the leads of the day before the terms had limits, too', () => {
    const set: OwnerEvent = {
      type: 'TermsSet',
      data: { version: 2, terms: theTerms({ agentLimits: { leadsPerDay: 2 } }), reason: 'agreed', setBy: theAnalyst, at: day(1) },
    };
    given(owner, ...anOwner(), ...opened(2), set)
      .when(admit(3))
      .refuses('AGENT_LIMIT_LEADS');
  });

  it('begin the day at midnight where the agents are', () => {
    const past = [...limited({ leadsPerDay: 1, timeZone: 'Europe/Prague' }), ...opened(1, { at: at('21:59:00') })];
    given(owner, ...past)
      .when(admit(2, { at: at('21:59:30') }))
      .refuses('AGENT_LIMIT_LEADS');
    expect(given(owner, ...past).when(admit(2, { at: at('22:00:00') })).events).toHaveLength(1);
  });

  it.each([
    ['07:59:59', false],
    ['08:00:00', true],
    ['17:59:59', true],
    ['18:00:00', false],
  ])('keep to the hours of their time zone: at %s there, opened %s', (time, isOpened) => {
    const outcome = given(owner, ...limited({ hours: { from: '08:00', until: '18:00' }, timeZone: 'Europe/Prague' })).when(
      admit(1, { at: new Date(Date.parse(at(time)) - 2 * 3_600_000).toISOString() }),
    );
    if (isOpened) expect(outcome.events).toHaveLength(1);
    else outcome.refuses('AGENT_LIMIT_HOURS');
  });

  it('may run over midnight', () => {
    const night = limited({ hours: { from: '22:00', until: '06:00' } });
    expect(given(owner, ...night).when(admit(1, { at: at('23:30:00') })).events).toHaveLength(1);
    expect(given(owner, ...night).when(admit(1, { at: at('05:59:59') })).events).toHaveLength(1);
    given(owner, ...night)
      .when(admit(1, { at: at('12:00:00') }))
      .refuses('AGENT_LIMIT_HOURS');
  });

  it('bound the share that one agent has of the leads of a week, once there are some', () => {
    const few = [...limited({ share: 0.5 }), ...opened(18)];
    expect(given(owner, ...few).when(admit(30)).events).toHaveLength(1);
    const many = [...few, ...opened(1, {}, 19)];
    given(owner, ...many)
      .when(admit(30))
      .refuses('AGENT_LIMIT_SHARE');
    expect(given(owner, ...many).when(admit(30, { agent: 'agent-8' })).events).toHaveLength(1);
    expect(given(owner, ...many).when(admit(30, { at: day(8) })).events).toHaveLength(1);
  });

  it('say when they will be gone, where that is known', () => {
    const outcome = (limits: AgentLimits, time: string): unknown => {
      try {
        return owner.decide(given(owner, ...limited(limits), ...opened(1, { at: at(time) })).state, admit(2, { at: at(time) }));
      } catch (error) {
        return (error as { retryAfter?: number }).retryAfter;
      }
    };
    expect(outcome({ leadsPerDay: 1 }, '23:00:00')).toBe(3_600);
    expect(outcome({ hours: { from: '08:00', until: '09:00' } }, '07:30:00')).toBe(1_800);
  });

  it('are refused as terms where nobody could keep them', () => {
    const set = (agentLimits: AgentLimits): void =>
      given(owner, ...anOwner())
        .when({ type: 'SetTerms', data: { terms: theTerms({ agentLimits }), reason: 'agreed', by: theAnalyst, at: day(1) } })
        .refuses('TERMS_INVALID');
    set({ leadsPerDay: 0 });
    set({ leadsPerDay: 1.5 });
    set({ share: 0 });
    set({ share: 1.1 });
    set({ timeZone: 'Europe/Atlantis' });
    set({ hours: { from: '08:00', until: '08:00' } });
    set({ hours: { from: '8:00', until: '24:00' } });
  });

  it('of two owners that become one the stricter hold', () => {
    const hours = { from: '08:00', until: '18:00' };
    const both = stricterTerms(
      theTerms({ agentLimits: { leadsPerDay: 9, share: 0.2 } }),
      theTerms({ agentLimits: { leadsPerDay: 5, hours } }),
    );
    expect(both.agentLimits).toEqual({ leadsPerDay: 5, share: 0.2, hours });
    expect(stricterTerms(theTerms(), theTerms({ agentLimits: { share: 0.2 } })).agentLimits).toEqual({ share: 0.2 });
  });

  it('cost a week of counts for each agent, however much it opens', () => {
    const past = Array.from({ length: 40 }, (_, i) => opened(3, { at: day(i) }, 1 + 3 * i)).flat();
    const { state } = given(owner, ...limited({ leadsPerDay: 3 }), ...past);
    expect(registered(state).leadsByDay.size).toBe(2);
    for (const counts of registered(state).leadsByDay.values()) expect(counts).toHaveLength(7);
    expect(termsOf(registered(state)).agentLimits).toEqual({ leadsPerDay: 3 });
  });
});

describe('an agent', () => {
  it('that nobody registered, or that has retired, opens nothing', () => {
    given(owner, ...anOwner())
      .when(admit(1, { agent: 'nobody' }))
      .refuses('AGENT_UNKNOWN');
    const retired: OwnerEvent = { type: 'AgentRetired', data: { partner: thePartner, agent: 'agent-8', at: day(0) } };
    given(owner, ...limited({}), retired)
      .when(admit(1, { agent: 'agent-8' }))
      .refuses('AGENT_UNKNOWN');
  });

  it('of a sibling is none of the partner’s', () => {
    given(owner, ...anOwner(), ...aSignedPartner(theSibling), secondAgent)
      .when(admit(1, { partner: theSibling, agent: 'agent-8' }))
      .refuses('AGENT_UNKNOWN');
  });
});

function registered(state: OwnerState): Exclude<OwnerState, { status: 'unknown' }> {
  if (state.status === 'unknown') throw new Error('no owner');
  return state;
}
