import * as fc from 'fast-check';
import { MemoryEventStore } from '../../src/event-sourcing/memory.event-store.js';
import type { Projection } from '../../src/event-sourcing/projection.js';
import { ReadModels } from '../../src/event-sourcing/read-models.js';
import { runSubscription } from '../../src/event-sourcing/run-subscription.js';
import type { CanaryRegistered } from '../../src/modules/canaries/canary.events.js';
import { accrual, paceLeft, thousandths } from '../../src/modules/owners/allowance.js';
import type { LeadAdmitted } from '../../src/modules/owners/owner.events.js';
import { canaries, canaryHits } from '../../src/projections/canaries.js';
import { customersOfPartner } from '../../src/projections/customers-of-partner.js';
import { deadlines } from '../../src/projections/deadlines.js';
import { disclosureLedger, ledger } from '../../src/projections/disclosure-ledger.js';
import { identifications } from '../../src/projections/identifications.js';
import { funnels, leadFunnels } from '../../src/projections/lead-funnels.js';
import { leadsOfPartner } from '../../src/projections/leads-of-partner.js';
import { partnerDirectory } from '../../src/projections/partner-directory.js';
import { ownerView } from '../../src/projections/partner-directory.queries.js';
import { refusals } from '../../src/projections/refusals.js';
import { usage } from '../../src/projections/usage.js';
import type { Bank } from './bank.js';
import { aLife } from './generated-bank.js';
import { Projected, projected } from './projected.js';

const ALL = [
  leadFunnels,
  refusals,
  partnerDirectory,
  leadsOfPartner,
  customersOfPartner,
  identifications,
  deadlines,
  usage,
  disclosureLedger,
  canaries,
] as unknown as readonly Projection[];

const RUNS = { numRuns: 25 };

describe('over the lives of many small banks', () => {
  it('a read model built anew is the one that grew with the log, over a restart, byte for byte (R20, I10)', async () => {
    for (const { events } of fc.sample(aLife, 5)) {
      const store = new MemoryEventStore();
      const live = ReadModels.open(':memory:');
      for (const half of [events.slice(0, events.length / 2), events.slice(events.length / 2)]) {
        const running = ALL.map((projection) => runSubscription(projection, store, live, { pageSize: 7 }));
        for (const { stream, revision, position: _, ...event } of half) await store.append(stream, revision - 1, [event]);
        const end = await store.end();
        for (const subscription of running) expect(await subscription.waitFor(end, 10_000)).toBe(true);
        await Promise.all(running.map((subscription) => subscription.stop()));
      }
      for (const projection of ALL)
        expect([projection.name, new Projected(projection).apply(events).hash]).toEqual([projection.name, live.hashOf(projection)]);
      live.close();
    }
  });

  it.each(ALL.map((projection) => [projection.name, projection] as const))(
    '%s does not change when an event is applied twice (R19)',
    (_name, projection) => {
      fc.assert(
        fc.property(aLife, ({ events }) => {
          expect(new Projected(projection).apply(events, 2).hash).toBe(new Projected(projection).apply(events).hash);
        }),
        RUNS,
      );
    },
  );

  it("the directory's allowance is the one that the owner's own decider has", () => {
    fc.assert(
      fc.property(aLife, (bank) => {
        const { db } = projected(partnerDirectory, bank.events);
        for (const owner of ['acme', 'zenith']) {
          const { allowance, terms, unresolved, onProbation } = bank.ownerState(owner);
          const now = bank.now + 5.4321 * 86_400_000;
          const view = ownerView(db, owner, now);
          expect(view?.allowance).toEqual({
            balance: thousandths(allowance.balance + accrual(allowance, terms!, now).units),
            credits: allowance.credits,
            admissions: allowance.admissions,
            revocations: allowance.revocations,
            bonuses: allowance.bonuses,
            settledConversions: allowance.settledConversions,
            openLeads: { count: unresolved.size, limit: terms!.openLeads },
            paceLeft: Math.max(0, Math.floor(paceLeft(allowance, terms!, now))),
            onProbation,
          });
        }
      }),
      RUNS,
    );
  });

  it('every lead that was opened is in exactly one end of its funnel, or waiting', () => {
    fc.assert(
      fc.property(aLife, (bank) => {
        const admissions = bank.events.filter(({ type }) => type === 'LeadAdmitted').length;
        const waiting = bank.ownerState('acme').unresolved.size + bank.ownerState('zenith').unresolved.size;
        const { rows } = funnels(projected(leadFunnels, bank.events).db, { by: ['partner'], filters: {}, limit: 10 });
        const sum = (figure: string): number => rows.reduce((all, row) => all + Number(row[figure]), 0);
        expect(sum('opened')).toBe(admissions);
        // A lead that has ended stays unresolved until its owner's ledger has heard of it.
        expect(sum('waiting')).toBeLessThanOrEqual(waiting);
        expect(sum('converted')).toBeLessThanOrEqual(sum('confirmedAtBank'));
      }),
      RUNS,
    );
  });

  it('a partner has been told of no more persons than its owner, and nobody of more than were opened', () => {
    fc.assert(
      fc.property(aLife, (bank) => {
        const { rows } = ledger(projected(disclosureLedger, bank.events).db, { filters: {}, limit: 10 });
        const opened = bank.events.filter(({ type }) => type === 'LeadAdmitted').length;
        for (const owner of ['acme', 'zenith']) {
          const own = rows.find(({ kind, subject }) => kind === 'owner' && subject === owner)?.persons ?? 0;
          const partners = rows.filter((row) => row.kind === 'partner' && row.owner === owner);
          expect(Math.max(0, ...partners.map(({ persons }) => persons))).toBeLessThanOrEqual(own);
          expect(own).toBeLessThanOrEqual(opened);
        }
      }),
      RUNS,
    );
  });

  it('a canary is hit by the leads that were opened on it while it was one, and by no other', () => {
    const hitsExpected = ({ events }: Bank): readonly string[] => {
      const known = new Map<string, CanaryRegistered['data']>();
      return events.flatMap((event) => {
        if (event.type === 'CanaryRegistered') known.set(event.stream, event.data as CanaryRegistered['data']);
        if (event.type === 'CanaryRetired') known.delete(event.stream);
        if (event.type !== 'LeadAdmitted') return [];
        const { personKey, leadId, at } = event.data as LeadAdmitted['data'];
        const found = known.get(`canary-${personKey}`);
        return found === undefined || (found.until !== undefined && at >= found.until) ? [] : [leadId];
      });
    };
    fc.assert(
      fc.property(aLife, (bank) => {
        const { rows } = canaryHits(projected(canaries, bank.events).db, { limit: 1000 });
        expect(rows.map(({ leadId }) => leadId).toReversed()).toEqual(hitsExpected(bank));
      }),
      RUNS,
    );
    expect(fc.sample(aLife, 5).flatMap(hitsExpected)).not.toEqual([]);
  });
});
