import { contact, type RequestCode } from '../../src/modules/consent/contact.js';
import type { CodeRequested } from '../../src/modules/consent/contact.events.js';
import { lead } from '../../src/modules/leads/lead.js';
import { day } from '../support/calendar.js';
import { given } from '../support/given.js';
import {
  aLead,
  answerConsent,
  answered,
  askConsent,
  changed,
  check,
  codeMissed,
  consentAnswered,
  consentAsked,
  created,
  denied,
  deny,
  endedExisting,
  upheld,
  withdrawn,
} from '../support/lead.examples.js';
import { customerKey, theSibling } from '../support/owner.examples.js';

const isCustomer = { customer: true, customerKey: customerKey(1) };
const consenting = (change: object = {}): ReturnType<typeof check> => check({ mode: 'consent', ...change });
const elevenMinutesLater = new Date(Date.parse(day(2)) + 660_000).toISOString();
const byCode = consentAnswered('given', { by: 'code' });
const no = answered('no', { mode: 'consent' });

describe('AskConsent', () => {
  it('asks the applicant at the contact that the partner names, for ten minutes (R44)', () => {
    given(lead, aLead()).when(askConsent()).happens(consentAsked());
  });

  it('says under which other keys the bank may know the person', () => {
    const otherKeys = ['e2.key'];
    const { data, ...ofType } = consentAsked();
    given(lead, aLead({ otherKeys }))
      .when(askConsent())
      .happens({ ...ofType, data: { ...data, otherKeys } } as typeof ofType & { data: typeof data });
  });

  it('refuses in other modes, on ended leads, on the sibling’s lead, and where the answer is carried', () => {
    given(lead, aLead())
      .when(askConsent({ mode: 'instant' }))
      .refuses('CONSENT_NOT_NEEDED');
    given(lead, aLead({ carried: 'no' }))
      .when(askConsent())
      .refuses('CONSENT_NOT_NEEDED');
    given(lead, aLead(), withdrawn(day(2)))
      .when(askConsent())
      .refuses('LEAD_WITHDRAWN');
    given(lead, aLead(), created()).when(askConsent()).refuses('LEAD_CREATED');
    given(lead, aLead())
      .when(askConsent({ partner: theSibling }))
      .refuses('LEAD_NOT_FOUND');
  });

  it('asks five times for a lead at most', () => {
    const asks = [1, 2, 3, 4, 5].map((n) => consentAsked(n));
    given(lead, aLead(), ...asks)
      .when(askConsent())
      .refuses('CONSENT_THROTTLED');
  });
});

describe('AnswerConsent', () => {
  it('takes the applicant’s word once', () => {
    given(lead, aLead(), consentAsked()).when(answerConsent('given')).happens(consentAnswered('given')).again.staysQuiet();
    given(lead, aLead(), consentAsked(), consentAnswered('given')).when(answerConsent('denied')).staysQuiet();
  });

  it('refuses a word that comes too late, after a newer request, or after the create', () => {
    given(lead, aLead(), consentAsked())
      .when(answerConsent('given', { at: elevenMinutesLater }))
      .refuses('CONSENT_OVER');
    given(lead, aLead(), consentAsked(), consentAsked(2)).when(answerConsent('refused')).refuses('CONSENT_OVER');
    given(lead, aLead(), consentAsked(), created()).when(answerConsent('given')).refuses('CONSENT_OVER');
    given(lead, aLead()).when(answerConsent('given')).refuses('LEAD_NOT_FOUND');
  });

  it('records that they never spoke to the partner, also when it is too late for a word', () => {
    given(lead, aLead(), consentAsked()).when(answerConsent('denied')).happens(consentAnswered('denied'), denied('consent-page'));
    given(lead, aLead(), consentAsked())
      .when(answerConsent('denied', { at: elevenMinutesLater }))
      .happens(denied('consent-page', elevenMinutesLater))
      .again.staysQuiet();
  });
});

describe('AnswerCheck in mode consent', () => {
  it('answers on the code that was sent, or on the word of the page', () => {
    given(lead, aLead(), consentAsked())
      .when(consenting({ code: 'right', membership: isCustomer }))
      .happens(byCode, answered('yes', { mode: 'consent' }), endedExisting())
      .again.staysQuiet();
    given(lead, aLead(), consentAsked(), consentAnswered('given')).when(consenting()).happens(no).again.staysQuiet();
  });

  it('refuses without the applicant’s consent, in the same words whoever they are', () => {
    for (const membership of [{ customer: false }, isCustomer]) {
      given(lead, aLead()).when(consenting({ membership })).refuses('CONSENT_MISSING');
      given(lead, aLead(), consentAsked()).when(consenting({ membership })).refuses('CONSENT_MISSING');
      given(lead, aLead())
        .when(consenting({ membership, code: 'right' }))
        .refuses('CONSENT_MISSING');
      given(lead, aLead(), consentAsked(), consentAnswered('refused')).when(consenting({ membership })).refuses('CONSENT_REFUSED');
      given(lead, aLead(), consentAsked(), consentAnswered('denied'), denied('consent-page'))
        .when(consenting({ membership, code: 'right' }))
        .refuses('CONSENT_REFUSED');
    }
  });

  it('takes a code for ten minutes, and three wrong ones', () => {
    given(lead, aLead(), consentAsked())
      .when(consenting({ code: 'right', at: elevenMinutesLater }))
      .refuses('CONSENT_MISSING');
    given(lead, aLead(), consentAsked(), codeMissed(), codeMissed())
      .when(consenting({ code: 'wrong' }))
      .happens(codeMissed());
    given(lead, aLead(), consentAsked(), codeMissed(), codeMissed(), codeMissed())
      .when(consenting({ code: 'right' }))
      .refuses('CONSENT_MISSING');
  });

  it('uses a consent up: what is asked again is the recorded answer', () => {
    given(lead, aLead(), consentAsked(), byCode, no)
      .when(consenting({ membership: isCustomer }))
      .staysQuiet();
    given(lead, aLead(), consentAsked(), byCode, no)
      .when(consenting({ code: 'right', membership: isCustomer }))
      .refuses('CONSENT_MISSING');
  });

  it('changes from no to yes when the applicant consents at another contact (I1)', () => {
    const before = [aLead(), consentAsked(), byCode, no, consentAsked(2)];
    const second = consentAnswered('given', { by: 'code', ask: 2 });
    given(lead, ...before)
      .when(consenting({ code: 'right', membership: isCustomer }))
      .happens(second, changed({ mode: 'consent' }), endedExisting());
    given(lead, ...before)
      .when(consenting({ code: 'right' }))
      .happens(second, upheld({ mode: 'consent' }));
  });
});

describe('DenyLead', () => {
  it('records a denial once, whatever has become of the lead', () => {
    given(lead, aLead(), answered('yes'), endedExisting()).when(deny('message-link')).happens(denied('message-link')).again.staysQuiet();
    given(lead, aLead(), created(), denied('message-link')).when(deny('bank')).staysQuiet();
  });

  it('changes nothing for the partner', () => {
    given(lead, aLead(), denied('bank')).when(check()).happens(answered('no'));
  });
});

describe('RequestCode', () => {
  const HOUR = 3_600_000;
  const noon = Date.parse(day(2));
  const at = (hours: number): string => new Date(noon + hours * HOUR).toISOString();
  const of = (partner: string): Omit<CodeRequested['data'], 'dropped' | 'at'> => ({ contactKey: 'c', leadId: 'l', owner: 'o', partner });
  const requested = (partner: string, hours: number, dropped = false): CodeRequested => ({
    type: 'CodeRequested',
    data: { ...of(partner), dropped, at: at(hours) },
  });
  const request = (partner: string, hours: number): RequestCode => ({ type: 'RequestCode', data: { ...of(partner), at: at(hours) } });

  it('counts what one partner has sent to one contact, and tells it when that is too much', () => {
    const three = [requested('a', 0), requested('a', 0.1), requested('a', 0.2)];
    given(contact, ...three.slice(1))
      .when(request('a', 0.3))
      .happens(requested('a', 0.3));
    given(contact, ...three)
      .when(request('a', 0.3))
      .refuses('CONSENT_THROTTLED');
    given(contact, ...three)
      .when(request('a', 1))
      .happens(requested('a', 1));
    given(contact, ...three)
      .when(request('b', 0.3))
      .happens(requested('b', 0.3));
  });

  it('sends six a day for one partner', () => {
    const six = [0, 2, 4, 6, 8, 10].map((hours) => requested('a', hours));
    given(contact, ...six)
      .when(request('a', 12))
      .refuses('CONSENT_THROTTLED');
    given(contact, ...six)
      .when(request('a', 24))
      .happens(requested('a', 24));
  });

  it('drops what is too much over all partners, and tells nobody (I7)', () => {
    const ten = Array.from({ length: 10 }, (_, n) => requested(`p${n}`, 0));
    given(contact, ...ten)
      .when(request('a', 1))
      .happens(requested('a', 1, true));
    given(contact, ...ten, requested('a', 1, true))
      .when(request('a', 25))
      .happens(requested('a', 25));
  });

  it('is counted in a fixed time: a code of another owner’s is not to be noticed (I7, R41)', () => {
    expect(contact.isShared).toBe(true);
  });
});
