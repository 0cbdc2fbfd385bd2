import { lead } from '../../src/modules/leads/lead.js';
import { day } from '../support/calendar.js';
import { given } from '../support/given.js';
import {
  aLead,
  answered,
  check,
  convertedLead,
  created,
  declinedLead,
  endedExisting,
  lapsed,
  withdrawn,
} from '../support/lead.examples.js';
import { admitted, customerKey, leadId, personKey, theSibling } from '../support/owner.examples.js';

const isCustomer = { customer: true, customerKey: customerKey(1) };

describe('RecordOpening', () => {
  it('opens the lead as it was admitted, whoever finishes the admission', () => {
    given(lead)
      .when({ type: 'RecordOpening', data: { admitted: admitted().data } })
      .happens(aLead())
      .again.staysQuiet();
  });

  it('ends a lead that carries a yes at its opening', () => {
    const carrying = admitted(1, { leadId: leadId(1, 2), number: 2, carried: 'yes' }).data;
    const { customerKey: _, ...end } = endedExisting({ leadId: leadId(1, 2), at: day(1) }).data;
    given(lead, aLead(), answered('yes'), endedExisting())
      .when({ type: 'RecordOpening', data: { admitted: carrying } })
      .happens({ type: 'LeadOpened', data: carrying }, { type: 'LeadEndedExisting', data: end })
      .again.staysQuiet();
  });

  it('opens the leads of a person in order', () => {
    const second = admitted(1, { leadId: leadId(1, 2), number: 2 }).data;
    expect(() =>
      given(lead)
        .when({ type: 'RecordOpening', data: { admitted: second } })
        .staysQuiet(),
    ).toThrow('in order');
  });
});

describe('AnswerCheck', () => {
  it('answers no for whoever is not confirmed', () => {
    given(lead, aLead()).when(check()).happens(answered('no')).again.staysQuiet();
  });

  it('answers yes for a customer, and ends the lead in the same breath', () => {
    given(lead, aLead())
      .when(check({ membership: isCustomer }))
      .happens(answered('yes'), endedExisting())
      .again.staysQuiet();
  });

  it('never changes its answer (I1)', () => {
    given(lead, aLead(), answered('no'))
      .when(check({ membership: isCustomer }))
      .staysQuiet();
    given(lead, aLead(), answered('yes'), endedExisting()).when(check()).staysQuiet();
    given(lead, aLead({ carried: 'no' }))
      .when(check({ membership: isCustomer }))
      .staysQuiet();
  });

  it('names the terms and the mode that it was decided under', () => {
    given(lead, aLead())
      .when(check({ termsVersion: 3 }))
      .happens(answered('no', { termsVersion: 3 }));
  });

  it('reads a recorded answer again for some time after the end, and then no more', () => {
    const past = [aLead(), answered('no'), withdrawn(day(3))];
    given(lead, ...past)
      .when(check({ unresolved: false, at: day(32) }))
      .staysQuiet();
    given(lead, ...past)
      .when(check({ unresolved: false, at: day(33) }))
      .refuses('ANSWER_EXPIRED');
  });

  it('reads it as long as the ledger counts the lead, whatever has become of the create (I6)', () => {
    const past = [aLead(), answered('no'), created()];
    for (const outcome of [[], [convertedLead()], [declinedLead('not-proved', day(36))]]) {
      given(lead, ...past, ...outcome)
        .when(check({ at: day(100) }))
        .staysQuiet();
    }
  });

  it('gives no new answer after a create', () => {
    given(lead, aLead(), created())
      .when(check({ at: day(4) }))
      .refuses('LEAD_CREATED');
  });

  it('refuses a lead that does not exist, and another partner in the same words (I7)', () => {
    given(lead).when(check()).refuses('LEAD_NOT_FOUND');
    given(lead, aLead())
      .when(check({ number: 2 }))
      .refuses('LEAD_NOT_FOUND');
    given(lead, aLead())
      .when(check({ partner: theSibling }))
      .refuses('LEAD_NOT_FOUND');
  });

  it('refuses another person than the lead was opened for, even for an answer that is recorded (I3)', () => {
    given(lead, aLead())
      .when(check({ personKeys: [personKey(2)] }))
      .refuses('PERSON_MISMATCH');
    given(lead, aLead(), answered())
      .when(check({ personKeys: [personKey(2)] }))
      .refuses('PERSON_MISMATCH');
  });

  it('knows the person under the pseudonyms of all live epochs', () => {
    given(lead, aLead())
      .when(check({ personKeys: ['2.person-1', personKey(1)] }))
      .happens(answered());
  });

  it('refuses from the deadline on, though the timer has not run yet', () => {
    given(lead, aLead())
      .when(check({ at: day(15) }))
      .refuses('LEAD_LAPSED');
    given(lead, aLead())
      .when(check({ at: day(14, 23) }))
      .happens(answered('no', { at: day(14, 23) }));
  });

  it('refuses a lead that has ended (I3)', () => {
    given(lead, aLead(), lapsed())
      .when(check({ at: day(16) }))
      .refuses('LEAD_LAPSED');
    given(lead, aLead(), withdrawn())
      .when(check({ at: day(16) }))
      .refuses('LEAD_WITHDRAWN');
  });

  it('is put off by an outage of the service', () => {
    const outages = [{ from: day(14), until: day(16) }];
    given(lead, aLead())
      .when(check({ outages, at: day(16, 23) }))
      .happens(answered('no', { at: day(16, 23) }));
    given(lead, aLead())
      .when(check({ outages, at: day(17) }))
      .refuses('LEAD_LAPSED');
  });

  it('refuses while the gate is halted, also what is recorded', () => {
    given(lead, aLead())
      .when(check({ halted: true }))
      .refuses('GATE_HALTED');
    given(lead, aLead(), answered())
      .when(check({ halted: true }))
      .refuses('GATE_HALTED');
  });

  it('refuses in mode blind, and without what the other modes demand', () => {
    given(lead, aLead())
      .when(check({ mode: 'blind' }))
      .refuses('CHECK_SWITCHED_OFF');
    given(lead, aLead())
      .when(check({ mode: 'proof' }))
      .refuses('PROOF_MISSING');
    given(lead, aLead())
      .when(check({ mode: 'consent' }))
      .refuses('CONSENT_MISSING');
  });

  it('refuses in the same words whether or not the person is a customer (I5)', () => {
    for (const membership of [{ customer: false }, isCustomer]) {
      given(lead, aLead(), created()).when(check({ membership })).refuses('LEAD_CREATED');
      given(lead, aLead())
        .when(check({ membership, halted: true }))
        .refuses('GATE_HALTED');
      given(lead, aLead())
        .when(check({ membership, personKeys: [personKey(2)] }))
        .refuses('PERSON_MISMATCH');
      given(lead, aLead())
        .when(check({ membership, mode: 'blind' }))
        .refuses('CHECK_SWITCHED_OFF');
      given(lead, aLead())
        .when(check({ membership, at: day(15) }))
        .refuses('LEAD_LAPSED');
    }
  });
});

describe('AcknowledgeExisting', () => {
  const acknowledged = { leadId: leadId(1), owner: 'acme', partner: 'acme-shops', admittedAt: day(1), at: day(4) };
  const ack = { type: 'AcknowledgeExisting', data: { number: 1, outages: [], at: day(4) } } as const;

  it('records that the customer knew of it', () => {
    given(lead, aLead(), answered('yes'), endedExisting())
      .when(ack)
      .happens({ type: 'ExistingAcknowledged', data: acknowledged })
      .again.staysQuiet();
  });

  it('refuses where no yes was given', () => {
    given(lead, aLead(), answered('no')).when(ack).refuses('NOT_ACKNOWLEDGEABLE');
    given(lead, aLead(), created(), convertedLead()).when(ack).refuses('NOT_ACKNOWLEDGEABLE');
    given(lead).when(ack).refuses('LEAD_NOT_FOUND');
  });
});
