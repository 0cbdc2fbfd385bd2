import type { Fact, Recorded } from '../../src/event-sourcing/message.js';
import { owner, type OwnerCommand } from '../../src/modules/owners/owner.js';
import type { Measured, OwnerEvent, ReviewReason, Terms } from '../../src/modules/owners/owner.events.js';
import { ownerStream } from '../../src/modules/owners/owner.state.js';
import { reestimateMonthly } from '../../src/modules/owners/reestimate.process.js';
import { reestimate, wilson } from '../../src/modules/owners/reestimation.js';
import { termsForFigures } from '../../src/modules/owners/terms.js';
import { day } from '../support/calendar.js';
import { given } from '../support/given.js';
import { admitted, anOwner, theAnalyst, theOwner, thePartner } from '../support/owner.examples.js';

/** y = 0.32, s·a = 0.1: 2.969 units a conversion. */
const figures = {
  leadsPerDay: 40,
  existingShare: 0.2,
  acknowledgedShare: 0.5,
  conversion: 0.4,
  acknowledgedBaseline: { share: 0.1, sigma: 0.01 },
};
const terms: Terms = termsForFigures(figures);
const { acknowledgedBaseline: _, ...alone } = figures;

/** 2,500 leads of which the given shares became something. */
const cohorts = (y: number, acknowledged = 0.1, leads = 2500): Measured => ({
  month: '2025-08',
  leads,
  converted: Math.round(leads * y),
  existing: leads / 5,
  acknowledged: Math.round(leads * acknowledged),
});
const keep = { outcome: 'keep' } as const;

describe('what the cohorts say of the terms', () => {
  it('nothing, where they fit', () => {
    expect(reestimate(terms, cohorts(0.32))).toEqual(keep);
    expect(reestimate(terms, cohorts(0.33))).toEqual(keep);
  });

  it('to lower them to what the lower two-sigma bound of the conversions asks for', () => {
    const [low] = wilson(1200, 2500, 2);
    expect(reestimate(terms, cohorts(0.48))).toEqual({ outcome: 'set', perConversion: Math.ceil((0.95 / low) * 1000) / 1000 });
    expect(low).toBeCloseTo(0.48 - 2 * Math.sqrt((0.48 * 0.52) / 2500), 3);
  });

  it('to raise them while as many acknowledge as in the pool of partners', () => {
    expect(reestimate(terms, cohorts(0.25))).toEqual({ outcome: 'set', perConversion: 3.8 });
  });

  it('to raise them for that part of the drop which the acknowledged share does not explain', () => {
    // (1.05·h − s·a) / y, with h = 0.084 / 0.1 of the leads the partner's own.
    expect(reestimate(terms, cohorts(0.25, 0.084))).toEqual({ outcome: 'set', perConversion: 3.192 });
  });

  it('not to raise them for leads that are diluted, however little: conversions and acknowledgements fall together', () => {
    expect(reestimate(terms, cohorts(0.2964, 0.0924))).toEqual({ outcome: 'review', reason: 'acknowledged-share-low', wanted: 3.231 });
    expect(reestimate(terms, cohorts(0.3052, 0.0952))).toEqual(keep);
    for (const strangers of [0.05, 0.1, 0.15, 0.2, 0.3, 0.5, 1]) {
      const of = cohorts(0.32 / (1 + strangers), 0.1 / (1 + strangers), 250_000);
      expect(reestimate(terms, of)).toMatchObject({ outcome: 'review', reason: 'acknowledged-share-low' });
    }
  });

  it('to measure dilution by what was agreed, or by the pool where that has more', () => {
    const beside = (share: number): Terms => ({ ...terms, figures: { ...figures, acknowledgedBaseline: { share, sigma: 0.02 } } });
    expect(reestimate(beside(0.08), cohorts(0.2964, 0.0924))).toMatchObject({ outcome: 'review', reason: 'acknowledged-share-low' });
    expect(reestimate(beside(0.08), cohorts(0.25))).toEqual({ outcome: 'set', perConversion: 3.8 });
    expect(reestimate(beside(0.12), cohorts(0.25))).toEqual({ outcome: 'set', perConversion: 3.1 });
  });

  it('to ask a human where nobody is expected to acknowledge anything, so that dilution would not show', () => {
    const unseen = termsForFigures({ ...figures, acknowledgedShare: 0, acknowledgedBaseline: { share: 0, sigma: 0.01 } });
    expect(reestimate(unseen, cohorts(0.25, 0))).toMatchObject({ outcome: 'review', reason: 'no-baseline' });
  });

  it('not to raise them at all when the acknowledged share is more than two sigma below the baseline', () => {
    // One lead in four is a stranger.
    expect(reestimate(terms, cohorts(0.24, 0.075))).toEqual({ outcome: 'review', reason: 'acknowledged-share-low', wanted: 4.062 });
  });

  it('to take back what was raised and is not owed any more, down to what a human signed', () => {
    const raised = { ...terms, perConversion: 3.8 };
    const [low] = wilson(650, 2500, 2);
    const owed = Math.ceil(((1.05 * 0.88 - 0.088) / low) * 1000) / 1000;
    expect(reestimate(raised, cohorts(0.26, 0.088), terms.perConversion)).toEqual({ outcome: 'set', perConversion: owed });
    expect(owed).toBeGreaterThan(terms.perConversion);
    expect(reestimate(raised, cohorts(0.26, 0.06), terms.perConversion)).toEqual({ outcome: 'set', perConversion: terms.perConversion });
    expect(reestimate(raised, cohorts(0.26, 0.088), 3.8)).toEqual(keep);
    expect(reestimate(raised, cohorts(0.25), terms.perConversion)).toEqual(keep);
  });

  it('to take back all that was raised where nobody acknowledges and nobody converts any more', () => {
    const raised = { ...terms, perConversion: 3.8 };
    expect(reestimate(raised, cohorts(0, 0), terms.perConversion)).toEqual({ outcome: 'set', perConversion: terms.perConversion });
    expect(reestimate(terms, cohorts(0, 0))).toMatchObject({ outcome: 'review', reason: 'acknowledged-share-low' });
  });

  it('to ask a human where there is no baseline, or more than eight units would need two people', () => {
    expect(reestimate(termsForFigures(alone), cohorts(0.25))).toMatchObject({ outcome: 'review', reason: 'no-baseline' });
    expect(reestimate(terms, cohorts(0.1))).toEqual({ outcome: 'review', reason: 'needs-two-people', wanted: 9.5 });
    expect(reestimate(terms, cohorts(0))).toMatchObject({ outcome: 'review', reason: 'needs-two-people', wanted: Infinity });
  });

  it('not to trouble a human with what may be chance', () => {
    expect(reestimate(termsForFigures(alone), cohorts(0.31))).toEqual(keep);
  });

  it('nothing on too few leads: fewer than a hundred conversions are expected of them', () => {
    expect(reestimate(terms, cohorts(0.25, 0.1, 310))).toEqual(keep);
    expect(reestimate(terms, cohorts(0.25, 0.1, 320))).toMatchObject({ outcome: 'set' });
    expect(reestimate(terms, cohorts(0.25, 0.1, 0))).toEqual(keep);
  });

  it('to lower them also where they expect fewer than a hundred, once there are as many', () => {
    const agreed = { ...terms, perConversion: 7.9 };
    const [low] = wilson(163, 510, 2);
    expect((510 * 0.95) / 7.9).toBeLessThan(100);
    expect(reestimate(agreed, cohorts(0.32, 0.1, 510))).toEqual({ outcome: 'set', perConversion: Math.ceil((0.95 / low) * 1000) / 1000 });
    expect(reestimate(agreed, cohorts(0.32, 0.1, 300))).toEqual(keep);
  });

  it('to take back what was raised on however few leads: whoever had a lean quarter and has few leads since does not keep it', () => {
    const raised = { ...terms, perConversion: 7.9 };
    const [low] = wilson(80, 250, 2);
    const enough = Math.ceil((0.95 / low) * 1000) / 1000;
    expect(reestimate(raised, cohorts(0.32, 0.1, 250), terms.perConversion)).toEqual({ outcome: 'set', perConversion: enough });
    expect(reestimate(raised, cohorts(0.12, 0.1, 250), terms.perConversion)).toEqual(keep);
    expect(reestimate(raised, cohorts(0.12, 0.06, 250), terms.perConversion)).toEqual(keep);
    expect(reestimate(raised, cohorts(0.8, 0.1, 100), terms.perConversion)).toEqual({ outcome: 'set', perConversion: terms.perConversion });
    expect(reestimate(raised, cohorts(0, 0.1, 100), terms.perConversion)).toEqual(keep);
  });

  it('nothing without agreed figures', () => {
    const { figures: __, ...unknown } = terms;
    expect(reestimate(unknown, cohorts(0.25))).toEqual(keep);
  });
});

describe('ReestimateTerms', () => {
  const owned = anOwner(terms, 50);
  const command = (measured: Measured): OwnerCommand => ({ type: 'ReestimateTerms', data: { measured, at: day(160) } });
  const set = (perConversion: number, measured: Measured): OwnerEvent => ({
    type: 'TermsSet',
    data: {
      version: 2,
      terms: { ...terms, perConversion },
      reason: 'measured',
      setBy: 'process:reestimate',
      measured,
      at: day(160),
    },
  });
  const asked = (reason: ReviewReason, wanted: number, measured: Measured): OwnerEvent => {
    return { type: 'TermsReviewAsked', data: { month: '2025-08', reason, wanted, measured, at: day(160) } };
  };

  it('sets what was measured, once a month', () => {
    given(owner, ...owned)
      .when(command(cohorts(0.25)))
      .happens(set(3.8, cohorts(0.25)))
      .again.staysQuiet();
    given(owner, ...owned, set(3.8, cohorts(0.25)))
      .when(command(cohorts(0.48)))
      .staysQuiet();
    const later = given(owner, ...owned, set(3.8, cohorts(0.25))).when(command({ ...cohorts(0.48), month: '2025-09' }));
    expect(later.events).toMatchObject([{ type: 'TermsSet', data: { version: 3, measured: { month: '2025-09' } } }]);
  });

  it('leaves the agreed figures as a human agreed them: the baseline stays frozen', () => {
    const [event] = given(owner, ...owned).when(command(cohorts(0.25))).events;
    expect(event?.type === 'TermsSet' && event.data.terms.figures).toEqual(figures);
  });

  it('takes back what it set itself, and not what a human set, whatever else was changed since', () => {
    const diluted = { ...cohorts(0.26, 0.06), month: '2025-09' };
    const machine = set(3.8, cohorts(0.25));
    const human = (changed: Partial<Terms>): OwnerEvent => {
      return { type: 'TermsSet', data: { version: 3, terms: { ...terms, ...changed }, reason: 'agreed', setBy: theAnalyst, at: day(165) } };
    };
    const takenBack = (...past: OwnerEvent[]): unknown => given(owner, ...owned, ...past).when(command(diluted)).events[0];
    expect(takenBack(machine)).toMatchObject({ type: 'TermsSet', data: { terms: { perConversion: terms.perConversion } } });
    expect(takenBack(machine, human({ perConversion: 3.8, pace: 7 }))).toMatchObject({ type: 'TermsSet' });
    expect(takenBack(machine, human({ perConversion: 3.9 }))).toBeUndefined();
  });

  it('takes back what no human has signed for the owner, also where a move has left it the smaller of two raised figures', () => {
    const diluted = { ...cohorts(0.26, 0.06), month: '2025-09' };
    const moved = (perConversion: number): OwnerEvent => ({
      type: 'TermsSet',
      data: { version: 3, terms: { ...terms, perConversion }, reason: 'owner-changed', setBy: theAnalyst, at: day(165) },
    });
    const after = (...past: OwnerEvent[]): unknown => given(owner, ...owned, ...past).when(command(diluted)).events[0]?.data;
    expect(after(set(3.8, cohorts(0.25)), moved(3.5))).toMatchObject({ terms: { perConversion: terms.perConversion } });
    // Less than that was signed by somebody for the other owner.
    expect(after(set(3.8, cohorts(0.25)), moved(2.5), set(3.6, { ...cohorts(0.25), month: '2025-08' }))).toMatchObject({
      terms: { perConversion: 2.5 },
    });
  });

  it('asks a human for what it may not do itself, once a month', () => {
    const diluted = cohorts(0.24, 0.075);
    given(owner, ...owned)
      .when(command(diluted))
      .happens(asked('acknowledged-share-low', 4.062, diluted))
      .again.staysQuiet();
    given(owner, ...owned, asked('acknowledged-share-low', 4.062, diluted))
      .when(command(cohorts(0.25)))
      .staysQuiet();
  });

  it('names no figure where there were no conversions at all', () => {
    const [event] = given(owner, ...owned).when(command(cohorts(0))).events;
    expect(event?.data).not.toHaveProperty('wanted');
  });

  it('does not overrule what a human has proposed', () => {
    const proposal = {
      version: 2,
      terms: { ...terms, perConversion: 9, mode: 'proof' as const },
      reason: 'other',
      proposedBy: theAnalyst,
      at: day(1),
    } as const;
    given(owner, ...owned, { type: 'TermsProposed', data: proposal })
      .when(command(cohorts(0.25)))
      .happens(asked('terms-proposed', 3.8, cohorts(0.25)));
  });

  it('stays quiet where the terms fit, and for an owner without terms', () => {
    given(owner, ...owned)
      .when(command(cohorts(0.32)))
      .staysQuiet();
    given(owner, ...owned.slice(0, 1))
      .when(command(cohorts(0.25)))
      .staysQuiet();
  });

  it('refuses an unknown owner', () => {
    given(owner)
      .when(command(cohorts(0.25)))
      .refuses('OWNER_NOT_FOUND');
  });
});

describe('the monthly process', () => {
  type State = NonNullable<ReturnType<typeof reestimateMonthly.evolve>>;
  type Followed = Extract<OwnerEvent, { type: (typeof reestimateMonthly.handles)[number] }>;

  const recorded = <F extends Fact>(fact: F): Recorded<Followed> =>
    ({ ...fact, stream: ownerStream(theOwner) }) as unknown as Recorded<Followed>;
  const follow = (...facts: readonly Followed[]): State | undefined =>
    facts.reduce<State | undefined>((state, fact) => reestimateMonthly.evolve(state, recorded(fact)), undefined);
  const owedAt = (state: State | undefined, at: string): unknown => {
    if (state === undefined) throw new Error('nothing was followed');
    return reestimateMonthly.owed(state, { now: Date.parse(at), outages: [] });
  };

  const agreed: Followed = { type: 'TermsSet', data: { version: 1, terms, reason: 'other', setBy: theAnalyst, at: day(0) } };
  /** Ten leads a day from March to mid-August: two conversions, two existing, of whom one acknowledges; six lapse. */
  const leads = Array.from({ length: 165 }, (__, n): Followed[] => {
    const of = { partner: thePartner, admittedAt: day(n), at: day(n + 10) };
    const admissions = Array.from({ length: 10 }, (___, i) => admitted(i, { leadId: `${n}.${i}`, at: day(n) }));
    const settled = [0, 1].map((i): Followed => {
      return {
        type: 'LeadSettled',
        data: { ...of, leadId: `${n}.${i}`, as: 'converted', customerKey: `${n}.${i}`, credited: 1, bonus: 0, settlesAt: of.at },
      };
    });
    const resolved = (i: number, as: 'existing' | 'lapsed'): Followed => ({
      type: 'LeadResolved',
      data: { ...of, leadId: `${n}.${i}`, as },
    });
    const acknowledged: Followed = { type: 'AcknowledgementCredited', data: { ...of, leadId: `${n}.2`, credited: 1 } };
    return [...admissions, ...settled, resolved(2, 'existing'), resolved(3, 'existing'), acknowledged, resolved(4, 'lapsed')];
  }).flat();
  const measured: Measured = { month: '2025-08', leads: 900, converted: 180, existing: 180, acknowledged: 90 };
  const owed = [{ type: 'ChangeOwner', data: { owner: theOwner, change: { type: 'ReestimateTerms', data: { measured } } } }];
  const september = Date.UTC(2025, 8, 1);

  it('measures the leads opened 45 to 135 days before the month', () => {
    expect(owedAt(follow(agreed, ...leads), day(160))).toEqual({ commands: owed, wakeAt: september });
  });

  it('owes nothing where the terms fit, and looks again next month', () => {
    const fitting: Followed = { ...agreed, data: { ...agreed.data, terms: { ...terms, perConversion: 4.75 } } };
    expect(owedAt(follow(fitting, ...leads), day(160))).toEqual({ commands: [], wakeAt: september });
  });

  it('owes nothing for an owner of whom nothing is agreed, or on too few leads', () => {
    const { figures: __, ...unknown } = terms;
    expect(owedAt(follow({ ...agreed, data: { ...agreed.data, terms: unknown } }, ...leads), day(160))).toMatchObject({ commands: [] });
    expect(owedAt(follow(agreed, ...leads), day(70))).toMatchObject({ commands: [] });
  });

  it('owes it until the log shows that it is done: what it sends is safe to send twice', () => {
    const before = follow(agreed, ...leads);
    expect(owedAt(before, day(161))).toMatchObject({ commands: owed });
    const command: OwnerCommand = { type: 'ReestimateTerms', data: { measured, at: day(161) } };
    const outcome = given(owner, ...anOwner(terms)).when(command);
    expect(outcome.events.map(({ type }) => type)).toEqual(['TermsSet']);
    outcome.happens(...outcome.events).again.staysQuiet();
    expect(owedAt(follow(agreed, ...leads, ...(outcome.events as Followed[])), day(161))).toMatchObject({ commands: [] });
  });

  it('owes nothing more in a month in which a human was asked', () => {
    const asked: Followed = { type: 'TermsReviewAsked', data: { month: '2025-08', reason: 'no-baseline', measured, at: day(160) } };
    expect(owedAt(follow(agreed, ...leads, asked), day(161))).toMatchObject({ commands: [] });
    expect(owedAt(follow(agreed, ...leads, asked), day(185))).toMatchObject({ commands: [{ type: 'ChangeOwner' }] });
  });

  it('counts a customer number once, and a decline not at all', () => {
    const of = { partner: thePartner, admittedAt: day(100), settlesAt: day(110), at: day(110), credited: 0, bonus: 0 };
    const again: Followed = { type: 'LeadSettled', data: { ...of, leadId: 'x', as: 'converted' } };
    const revoked: Followed = { type: 'LeadSettled', data: { ...of, leadId: 'y', as: 'declined', customerKey: 'k' } };
    expect(owedAt(follow(agreed, ...leads, again, revoked), day(160))).toMatchObject({ commands: owed });
  });

  it('knows what somebody has signed as the owner does: no figure that was measured, also after a move', () => {
    const later = (perConversion: number, change: object): Followed => {
      return { type: 'TermsSet', data: { ...agreed.data, version: 2, terms: { ...terms, perConversion }, ...change } } as Followed;
    };
    expect(follow(agreed, later(3.8, { measured }), later(3.5, { reason: 'owner-changed' }))?.signed).toBe(terms.perConversion);
    expect(follow(agreed, later(3.8, { measured }), later(3.5, { reason: 'agreed' }))?.signed).toBe(3.5);
  });

  it('remembers a day per count, and no more than a month can ask for', () => {
    const state = follow(agreed, ...leads, admitted(1, { leadId: 'late', at: day(400) }));
    expect(Object.keys(state?.days ?? {})).toHaveLength(1);
    expect(JSON.stringify(follow(agreed, ...leads)).length).toBeLessThan(15_000);
  });
});

describe('what the cohorts count', () => {
  it('is no lead that carried its answer: whoever opens again for one customer who acknowledges it would measure as having many', () => {
    const recorded = (event: OwnerEvent): Recorded<OwnerEvent> =>
      ({ ...event, stream: ownerStream(theOwner), revision: 0, position: 0 }) as unknown as Recorded<OwnerEvent>;
    const of = { leadId: 'lead-2', partner: thePartner, admittedAt: day(1), at: day(2) };
    const again: readonly OwnerEvent[] = [
      admitted(1, { carried: 'yes' }),
      { type: 'LeadResolved', data: { ...of, as: 'existing', carried: true } },
      { type: 'AcknowledgementCredited', data: { ...of, credited: 1, carried: true } },
    ];
    const counted = (events: readonly OwnerEvent[]): unknown =>
      events.reduce<unknown>((state, event) => reestimateMonthly.evolve(state as never, recorded(event) as never), undefined);
    expect(counted([admitted(1), ...again, ...again])).toEqual(counted([admitted(1)]));
  });
});
