import type { Process } from '../../event-sourcing/process.js';
import type { ConversionRevoked, CustomerLinked, LeadConverted } from '../leads/lead.events.js';
import type { CustomerNumberClaimed } from './claim.events.js';
import type { ClaimCustomerNumber } from './customer.commands.js';

/**
 * A converted lead claims its customer number, or is linked to the lead that has it (I8). One that was revoked before it came
 * to that does neither.
 */
export const claimNumber: Process<
  ClaimCustomerNumber['data'],
  LeadConverted | ConversionRevoked | CustomerNumberClaimed | CustomerLinked,
  Pick<ClaimCustomerNumber, 'type' | 'data'>
> = {
  name: 'claim',
  version: 2,
  handles: ['LeadConverted', 'ConversionRevoked', 'CustomerNumberClaimed', 'CustomerLinked'],
  key: ({ data }) => data.leadId,
  evolve: (_state, event) => {
    if (event.type !== 'LeadConverted') return undefined;
    const { leadId, customerId, customerKey, personKeys, corroborations, sealed } = event.data;
    return { leadId, customerId, customerKey, personKeys, corroborations, sealed };
  },
  owed: (data) => ({ commands: [{ type: 'ClaimCustomerNumber', data }] }),
};
