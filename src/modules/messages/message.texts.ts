import type { Language } from './language.js';
import type { MessageKind } from './message.events.js';

/** What every message tells of. */
interface Told {
  /** Name under which the addressee knows the partner. */
  readonly partner: string;
  /** When what it tells of happened; ISO 8601. */
  readonly at: string;
  /** Where the addressee may say that they never spoke to the partner. */
  readonly denialUrl: string;
}

/** What a message is made from: nothing in it says whether the addressee is a customer, but for who is told that they are one. */
export type MessageValues =
  | (Told & { readonly kind: Exclude<MessageKind, 'consent-code'> })
  | (Told & {
      readonly kind: 'consent-code';
      readonly purpose: string;
      readonly code: string;
      /** Where the addressee may answer without the code. */
      readonly consentUrl: string;
      /** ISO 8601. */
      readonly expiresAt: string;
    });

/** `subject` is one line; `text` has paragraphs with an empty line between them, each link being a paragraph. */
export interface MessageText {
  readonly subject: string;
  readonly text: string;
  /** Of the text's parts, in this order. */
  readonly languages: readonly Language[];
}

/** Stands between the parts of a text in two languages. */
export const BETWEEN_LANGUAGES = '\n\n* * *\n\n';

/** What a message says, in each of the languages. @param bank as its customers know it */
export function messageText(values: MessageValues, bank: string, languages: readonly Language[]): MessageText {
  const parts = languages.map((language) => TEXTS[language](values, bank));
  return {
    subject: parts.map(({ subject }) => subject).join(' / '),
    text: parts.map(({ paragraphs }) => paragraphs.join('\n\n')).join(BETWEEN_LANGUAGES),
    languages,
  };
}

interface Part {
  readonly subject: string;
  readonly paragraphs: readonly string[];
}

const TEXTS: Readonly<Record<Language, (values: MessageValues, bank: string) => Part>> = { en: english, cs: czech };

function english(values: MessageValues, bank: string): Part {
  const { kind, partner, denialUrl } = values;
  const day = dayOf(values.at, 'en-GB');
  const close = [`${bank} never asks for your password, by no message and on no telephone.`, bank];
  switch (kind) {
    case 'you-were-asked-for':
      return {
        subject: `${partner} asked whether you are our customer`,
        paragraphs: [
          `On ${day}, ${partner} told us that it is dealing with you, asked whether you are our customer, and was told that you are.`,
          `Are you in touch with ${partner}? Or did you never speak to them? Please tell us here:`,
          denialUrl,
          ...close,
        ],
      };
    case 'prove-your-identity':
      return {
        subject: 'Please prove your identity',
        paragraphs: [
          `On ${day}, ${partner} told us that you wish to become our customer. Please prove your identity in our app or at a branch.`,
          `If you never spoke to ${partner}, please tell us here:`,
          denialUrl,
          ...close,
        ],
      };
    case 'consent-code':
      return {
        subject: `May we answer ${partner}?`,
        paragraphs: [
          `${partner} says that it is dealing with you, and asks whether you are our customer. Its purpose: ${purposeIn('en', values.purpose)}.`,
          `If you wish us to answer, give ${partner} this code: ${values.code}`,
          `The code is good until ${timeOf(values.expiresAt)} and for this one question. You can also answer without it, yes or no, on our page:`,
          values.consentUrl,
          `If you never spoke to ${partner}, give the code to nobody, and tell us here:`,
          denialUrl,
          ...close,
        ],
      };
    case 'consent-warning':
      return {
        subject: `Are you in touch with ${partner}?`,
        paragraphs: [
          `On ${day}, ${partner} told us that it is dealing with you. For our questions to you it gave us another address or telephone number than the one that we have.`,
          'If that was you, you need not do anything.',
          `If you never spoke to ${partner}, somebody may be claiming to be you. Please tell us here:`,
          denialUrl,
          ...close,
        ],
      };
  }
}

function czech(values: MessageValues, bank: string): Part {
  const { kind, partner, denialUrl } = values;
  const day = dayOf(values.at, 'cs-CZ');
  const close = [`${bank} po vás nikdy nechce heslo, v žádné zprávě ani po telefonu.`, bank];
  switch (kind) {
    case 'you-were-asked-for':
      return {
        subject: `Společnost ${partner} se ptala, zda jste naším klientem`,
        paragraphs: [
          `Společnost ${partner} nám ${day} sdělila, že s vámi jedná, zeptala se, zda jste naším klientem, a dozvěděla se, že ano.`,
          `Jste se společností ${partner} v kontaktu? Nebo jste s ní nikdy nemluvili? Dejte nám prosím vědět zde:`,
          denialUrl,
          ...close,
        ],
      };
    case 'prove-your-identity':
      return {
        subject: 'Prokažte prosím svou totožnost',
        paragraphs: [
          `Společnost ${partner} nám ${day} sdělila, že se chcete stát naším klientem. Prokažte prosím svou totožnost v naší aplikaci nebo na pobočce.`,
          `Pokud jste se společností ${partner} nikdy nemluvili, dejte nám prosím vědět zde:`,
          denialUrl,
          ...close,
        ],
      };
    case 'consent-code':
      return {
        subject: `Smíme společnosti ${partner} odpovědět?`,
        paragraphs: [
          `Společnost ${partner} říká, že s vámi jedná, a ptá se, zda jste naším klientem. Její účel: ${purposeIn('cs', values.purpose)}.`,
          `Přejete-li si, abychom odpověděli, sdělte společnosti ${partner} tento kód: ${values.code}`,
          `Kód platí do ${timeOf(values.expiresAt)} a pro tuto jedinou otázku. Odpovědět, ano nebo ne, můžete i bez něj na naší stránce:`,
          values.consentUrl,
          `Pokud jste se společností ${partner} nikdy nemluvili, kód nikomu nesdělujte a dejte nám vědět zde:`,
          denialUrl,
          ...close,
        ],
      };
    case 'consent-warning':
      return {
        subject: `Jste v kontaktu se společností ${partner}?`,
        paragraphs: [
          `Společnost ${partner} nám ${day} sdělila, že s vámi jedná. Pro naše dotazy na vás nám dala jinou adresu nebo jiné telefonní číslo, než máme my.`,
          'Pokud jste to byli vy, nemusíte nic dělat.',
          `Pokud jste se společností ${partner} nikdy nemluvili, může se za vás někdo vydávat. Dejte nám prosím vědět zde:`,
          denialUrl,
          ...close,
        ],
      };
  }
}

const PURPOSES: Readonly<Record<string, Readonly<Record<Language, string>>>> = {
  onboarding: { en: 'to make you a customer', cs: 'aby se z vás stal klient' },
};

/** What the agreement calls a purpose, for whoever has not read it; a word that nobody has put into plain ones stays as it is. */
export function purposeIn(language: Language, purpose: string): string {
  return PURPOSES[purpose]?.[language] ?? purpose;
}

/** To make one costs some forty times what it costs to use it. */
const longDates = new Map<string, Intl.DateTimeFormat>();

/** The day in UTC, written out. */
export function dayOf(at: string, locale: string): string {
  const known = longDates.get(locale) ?? new Intl.DateTimeFormat(locale, { dateStyle: 'long', timeZone: 'UTC' });
  longDates.set(locale, known);
  return known.format(new Date(at));
}

/** Hours and minutes in UTC, which it says: nobody knows the addressee's own time. */
export function timeOf(at: string): string {
  return `${at.slice(11, 16)} UTC`;
}
