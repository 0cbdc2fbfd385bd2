import type { Process } from '../../event-sourcing/process.js';
import type { ConversionRevoked } from '../leads/lead.events.js';
import { settlementOf, type Settling } from '../leads/settlement.events.js';
import type { CreditRevoked, LeadSettled } from '../owners/owner.events.js';
import type { TakeBackCredit } from './customer.commands.js';

/**
 * What a revoked conversion had earned is taken back: from its settlement on, for before there is nothing to take, and again
 * after a settlement that did not see the revocation. The ledger answers with what was really credited, which may be nothing.
 */
export const takeBack: Process<
  TakeBackCredit['data'] & { readonly settles: Settling; readonly settled?: true },
  ConversionRevoked | LeadSettled | CreditRevoked,
  Pick<TakeBackCredit, 'type' | 'data'>
> = {
  name: 'take-back',
  version: 2,
  handles: ['ConversionRevoked', 'LeadSettled', 'CreditRevoked'],
  key: ({ data }) => data.leadId,
  evolve: (state, event) => {
    switch (event.type) {
      case 'ConversionRevoked':
        return {
          owner: event.data.owner,
          partner: event.data.partner,
          leadId: event.data.leadId,
          settles: event.data.settles,
        };
      case 'LeadSettled':
        // Not the same state: that would go on resting from the time when there was nothing to take back yet.
        return state && { ...state, settled: true };
      case 'CreditRevoked':
        return undefined;
    }
  },
  owed: ({ owner, partner, leadId, settles, settled }, { now, outages }) => {
    const settlesAt = settlementOf(settles, outages);
    return settled !== true && now < settlesAt
      ? { commands: [], wakeAt: settlesAt }
      : { commands: [{ type: 'TakeBackCredit', data: { owner, partner, leadId } }] };
  },
};
