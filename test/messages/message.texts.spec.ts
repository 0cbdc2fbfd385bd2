import { LANGUAGES } from '../../src/modules/messages/language.js';
import { MESSAGE_KINDS, type MessageKind } from '../../src/modules/messages/message.events.js';
import { messageIdOf, messageOfLink, numberOfLink, wordsFor } from '../../src/modules/messages/message.js';
import { BETWEEN_LANGUAGES, messageText, type MessageValues } from '../../src/modules/messages/message.texts.js';

const DENIAL = 'https://gate.example/denial/token';
const CONSENT = 'https://gate.example/consent/token';

function values(kind: MessageKind): MessageValues {
  const told = { partner: 'Harbour Loans', at: '2026-03-02T23:30:00.000Z', denialUrl: DENIAL };
  if (kind !== 'consent-code') return { ...told, kind };
  return { ...told, kind, purpose: 'onboarding', code: '12345678', consentUrl: CONSENT, expiresAt: '2026-03-02T23:40:00.000Z' };
}

describe.each(MESSAGE_KINDS)('the message %s', (kind) => {
  it.each(LANGUAGES)('names the bank, the partner and where to deny, in %s', (language) => {
    const { subject, text } = messageText(values(kind), 'Bank & Co', [language]);
    expect(text).toContain('Bank & Co');
    expect(text).toContain('Harbour Loans');
    expect(text.split('\n\n')).toContain(DENIAL);
    expect(subject).toMatch(/^[^\n]{10,78}$/);
  });

  it('says the same in each language of one message, in the order that was asked for', () => {
    const both = messageText(values(kind), 'Bank', ['cs', 'en']);
    const [czech, english] = (['cs', 'en'] as const).map((language) => messageText(values(kind), 'Bank', [language]));
    expect(both.text).toBe(`${czech?.text}${BETWEEN_LANGUAGES}${english?.text}`);
    expect(both.subject).toBe(`${czech?.subject} / ${english?.subject}`);
    expect(both.languages).toEqual(['cs', 'en']);
  });

  it('is found again by the number of its link', () => {
    for (const ask of [0, 1, 5]) {
      expect(messageOfLink('lead', numberOfLink(kind, ask))).toBe(messageIdOf(kind, 'lead', ask));
    }
  });
});

it('only the message with a code has a code, its end, and where to consent without it', () => {
  for (const language of LANGUAGES) {
    const { text } = messageText(values('consent-code'), 'Bank', [language]);
    for (const part of ['12345678', '23:40 UTC', CONSENT]) expect(text).toContain(part);
  }
});

it('a number that no kind has leads to no message', () => {
  expect(messageOfLink('lead', 15)).toBeUndefined();
});

it('only who was told to be a customer may say that they are in touch: another page would tell them', () => {
  expect(MESSAGE_KINDS.filter((kind) => wordsFor(kind).includes('in-touch'))).toEqual(['you-were-asked-for']);
});
