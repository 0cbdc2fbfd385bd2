import { claim, claimStream, type ClaimNumber } from '../../src/modules/customers/claim.js';
import { day } from '../support/calendar.js';
import { given } from '../support/given.js';
import { customerKey, leadId, personKey } from '../support/owner.examples.js';

const data = {
  customerKey: customerKey(1),
  leadId: leadId(1),
  customerId: 'customer-1',
  personKeys: [personKey(1)],
  corroborations: ['c1'],
  sealed: 'sealed',
  at: day(8),
};
const claimNumber: ClaimNumber = { type: 'ClaimNumber', data };

describe('ClaimNumber', () => {
  it('gives a customer number to the first lead that brought it', () => {
    given(claim).when(claimNumber).happens({ type: 'CustomerNumberClaimed', data }).again.staysQuiet();
  });

  it('stays quiet for whoever comes later, and remembers whom to link to (I8)', () => {
    const first = { type: 'CustomerNumberClaimed', data } as const;
    given(claim, first)
      .when({ type: 'ClaimNumber', data: { ...data, leadId: leadId(2), customerId: 'customer-2' } })
      .staysQuiet();
    expect(given(claim, first).state.claim?.leadId).toBe(leadId(1));
  });

  it('has a stream of its own for each number', () => {
    expect(claimStream('k')).toBe('claim-k');
  });
});
