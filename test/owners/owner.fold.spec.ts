import { owner } from '../../src/modules/owners/owner.js';
import type { OwnerEvent } from '../../src/modules/owners/owner.events.js';
import type { OwnerState } from '../../src/modules/owners/owner.state.js';
import { admitted, anOwner } from '../support/owner.examples.js';

const members = (value: object | undefined): string => Object.keys(value ?? {}).join(' ');

describe('the fold of an owner', () => {
  it('has the shape of its version: whoever changes it raises that, or what lies on disk is taken for what it is not', () => {
    const events: readonly OwnerEvent[] = [...anOwner(), admitted()];
    const folded = events.reduce<OwnerState>((state, event) => owner.evolve(state, event), owner.initial());
    if (folded.status === 'unknown') throw new Error('nobody was registered');
    const { allowance, partners, unresolved } = folded;
    expect({
      version: owner.version,
      owner: members(folded),
      allowance: members(allowance),
      partner: members([...partners.values()][0]),
      lead: members([...unresolved.values()][0] as object),
    }).toEqual({
      version: 8,
      owner:
        'status owner name terms termsVersion policyVersion restores proposal signedPerConversion reestimatedFor allowance drawsGranted ' +
        'onProbation partners unresolved earned earnedBy shownDeclined entries leadsByDay merged predecessors',
      allowance:
        'balance admissions credits revocations initialGiven granted lost bonuses settledConversions accruedUntil paceLeft paceAt awaitsGrant',
      partner: 'name standing offered signed documents agents moves left',
      lead:
        'leadId leadStream number owner partner agent purpose personKey mode termsVersion followUpBy confirmWithin settleAfter ' +
        'answerReadableFor at',
    });
  });
});
