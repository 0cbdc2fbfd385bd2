import { lead } from '../../src/modules/leads/lead.js';
import { tries, type TrySecret } from '../../src/modules/leads/tries.js';
import type { SecretTried } from '../../src/modules/leads/tries.events.js';
import { day } from '../support/calendar.js';
import { given } from '../support/given.js';
import { aLead, answered, changed, check, created, endedExisting, upheld } from '../support/lead.examples.js';
import { customerKey, leadId, personKey } from '../support/owner.examples.js';

const isCustomer = { customer: true, customerKey: customerKey(1) };
const proof = (tried: string, change: object = {}): ReturnType<typeof check> => check({ mode: 'proof', tried, ...change });
const no = (tried: string): ReturnType<typeof answered> => answered('no', { mode: 'proof', tried });

describe('AnswerCheck in mode proof', () => {
  it('answers yes where the secret matched, and no in the same shape where it did not', () => {
    given(lead, aLead())
      .when(proof('one', { membership: isCustomer }))
      .happens(answered('yes', { mode: 'proof', tried: 'one' }), endedExisting())
      .again.staysQuiet();
    given(lead, aLead()).when(proof('one')).happens(no('one')).again.staysQuiet();
  });

  it('refuses a check without a secret, whoever the person is', () => {
    for (const membership of [{ customer: false }, isCustomer])
      given(lead, aLead())
        .when(check({ mode: 'proof', membership }))
        .refuses('PROOF_MISSING');
  });

  it('changes its answer once, from no to yes, when another secret matches (I1)', () => {
    given(lead, aLead(), no('one'))
      .when(proof('two', { membership: isCustomer }))
      .happens(changed({ tried: 'two' }), endedExisting())
      .again.staysQuiet();
    given(lead, aLead(), no('one'))
      .when(proof('two'))
      .happens(upheld({ tried: 'two' }))
      .again.staysQuiet();
  });

  it('takes three secrets; the fourth is the recorded no, though it were right', () => {
    given(lead, aLead(), no('one'), upheld({ tried: 'two' }), upheld({ tried: 'three' }))
      .when(proof('four', { membership: isCustomer }))
      .staysQuiet();
  });

  it('does not try a secret twice', () => {
    given(lead, aLead(), no('one'))
      .when(proof('one', { membership: isCustomer }))
      .staysQuiet();
  });

  it('reads the recorded answer where no secret comes with the check, and after a create', () => {
    given(lead, aLead(), no('one'))
      .when(check({ mode: 'proof', membership: isCustomer }))
      .staysQuiet();
    given(lead, aLead(), no('one'), created())
      .when(proof('two', { membership: isCustomer, at: day(4) }))
      .staysQuiet();
  });

  it('counts no secret that was brought where none was asked for', () => {
    given(lead, aLead())
      .when(check({ tried: 'one' }))
      .happens(answered('no'));
  });

  it('never changes a carried no', () => {
    given(lead, aLead({ carried: 'no' }))
      .when(proof('two', { membership: isCustomer }))
      .staysQuiet();
  });

  it('never changes in mode instant what was answered in mode proof', () => {
    given(lead, aLead(), no('one'))
      .when(check({ membership: isCustomer }))
      .staysQuiet();
  });
});

describe('TrySecret', () => {
  const of = { personKey: personKey(1), leadId: leadId(1), owner: 'owner-1', partner: 'partner-1' };
  const tried = (outcome: SecretTried['data']['outcome'], at = day(1)): SecretTried => ({
    type: 'SecretTried',
    data: { ...of, outcome, at },
  });
  const attempt = (matches: boolean, at = day(2)): TrySecret => ({ type: 'TrySecret', data: { ...of, matches, at } });
  const missed = Array.from({ length: 10 }, () => tried('missed'));

  it('is one event, whether it was right or wrong', () => {
    given(tries)
      .when(attempt(true))
      .happens(tried('matched', day(2)));
    given(tries)
      .when(attempt(false))
      .happens(tried('missed', day(2)));
  });

  it('counts for nothing after ten wrong ones for this person, over all partners, within a year', () => {
    given(tries, ...missed.slice(1))
      .when(attempt(true))
      .happens(tried('matched', day(2)));
    given(tries, ...missed)
      .when(attempt(true))
      .happens(tried('exhausted', day(2)));
    given(tries, ...missed, tried('exhausted', day(2)))
      .when(attempt(true, day(367)))
      .happens(tried('matched', day(367)));
  });

  it('counts what was tried under older epochs of the person keys, too', () => {
    const before = Array.from({ length: 9 }, () => Date.parse(day(1)));
    const second: TrySecret = { type: 'TrySecret', data: { ...of, matches: true, missedBefore: before, at: day(2) } };
    given(tries)
      .when(second)
      .happens(tried('matched', day(2)));
    given(tries, tried('missed'))
      .when(second)
      .happens(tried('exhausted', day(2)));
  });

  it('does not count right ones: an honest customer has many banks to deal with', () => {
    given(tries, ...Array.from({ length: 30 }, () => tried('matched')))
      .when(attempt(true))
      .happens(tried('matched', day(2)));
  });

  it('is counted in a fixed time: a try of another owner’s is not to be noticed (I7, R41)', () => {
    expect(tries.isShared).toBe(true);
  });
});
