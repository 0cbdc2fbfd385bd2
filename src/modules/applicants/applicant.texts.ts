import type { Language } from '../messages/language.js';
import type { MessageKind, MessageWord } from '../messages/message.events.js';

/** A button, and what pressing it means. */
export interface Choice {
  readonly label: string;
  readonly meaning: string;
}

interface Said {
  readonly title: string;
  readonly text: string;
}

export interface DenialTexts {
  readonly title: (partner: string) => string;
  readonly asks: string;
  readonly on: string;
  readonly about: string;
  /** What the partner told the bank, in short, by what the message told of. */
  readonly what: Readonly<Record<MessageKind, string>>;
  /** Where there is nothing else to say. */
  readonly nothingToDo: string;
  readonly choices: (partner: string) => Readonly<Record<MessageWord, Choice>>;
  readonly said: (partner: string) => Readonly<Record<MessageWord, Said>>;
}

const ENGLISH_DENIAL: DenialTexts = {
  title: (partner) => `Are you in touch with ${partner}?`,
  asks: 'Who',
  on: 'When',
  about: 'What they told us',
  what: {
    'you-were-asked-for': 'That they are dealing with you. They asked whether you are our customer, and were told that you are.',
    'prove-your-identity': 'That you wish to become our customer.',
    'consent-code': 'That they are dealing with you. They ask whether you are our customer.',
    'consent-warning': 'That they are dealing with you. They gave us another address or telephone number than the one that we have.',
  },
  nothingToDo: 'If you are in touch with them, you need not do anything here.',
  choices: (partner) => ({
    'in-touch': { label: 'Yes, I am in touch with them', meaning: 'You know of it. Nothing more happens.' },
    'never-spoke': {
      label: 'I never spoke to them',
      meaning: `We note that ${partner} spoke for you without your knowledge, and look into it.`,
    },
  }),
  said: (partner) => ({
    'in-touch': { title: 'Thank you', text: `You told us that you are in touch with ${partner}. You need not do anything more.` },
    'never-spoke': {
      title: 'Thank you for telling us',
      text: `You told us that you never spoke to ${partner}. We have noted it and will look into it. You need not do anything more; should anybody ask you for a password or a code, give it to nobody.`,
    },
  }),
};

const CZECH_DENIAL: DenialTexts = {
  title: (partner) => `Jste v kontaktu se společností ${partner}?`,
  asks: 'Kdo',
  on: 'Kdy',
  about: 'Co nám sdělila',
  what: {
    'you-were-asked-for': 'Že s vámi jedná. Zeptala se, zda jste naším klientem, a dozvěděla se, že ano.',
    'prove-your-identity': 'Že se chcete stát naším klientem.',
    'consent-code': 'Že s vámi jedná. Ptá se, zda jste naším klientem.',
    'consent-warning': 'Že s vámi jedná. Dala nám jinou adresu nebo jiné telefonní číslo, než máme my.',
  },
  nothingToDo: 'Pokud s ní v kontaktu jste, nemusíte tu nic dělat.',
  choices: (partner) => ({
    'in-touch': { label: 'Ano, jsme v kontaktu', meaning: 'Víte o tom. Nic dalšího se nestane.' },
    'never-spoke': {
      label: 'Nikdy jsem s nimi nemluvil(a)',
      meaning: `Zaznamenáme, že za vás společnost ${partner} jednala bez vašeho vědomí, a prověříme to.`,
    },
  }),
  said: (partner) => ({
    'in-touch': { title: 'Děkujeme', text: `Sdělili jste nám, že jste se společností ${partner} v kontaktu. Nic dalšího dělat nemusíte.` },
    'never-spoke': {
      title: 'Děkujeme za upozornění',
      text: `Sdělili jste nám, že jste se společností ${partner} nikdy nemluvili. Zaznamenali jsme to a prověříme to. Nic dalšího dělat nemusíte; kdyby po vás někdo chtěl heslo nebo kód, nikomu ho nesdělujte.`,
    },
  }),
};

export const DENIAL_TEXTS: Readonly<Record<Language, DenialTexts>> = { en: ENGLISH_DENIAL, cs: CZECH_DENIAL };

/** As on the form: a word of the lead's events. */
export type ConsentChoice = 'given' | 'refused' | 'denied';

export interface ConsentTexts {
  readonly title: (partner: string) => string;
  readonly asks: string;
  readonly on: string;
  readonly why: string;
  readonly until: string;
  readonly told: string;
  /** What the partner is told, and what it is not. */
  readonly what: (partner: string) => string;
  readonly choices: (partner: string) => Readonly<Record<ConsentChoice, Choice>>;
  readonly said: (partner: string) => Readonly<Record<ConsentChoice, Said>>;
  readonly over: (partner: string) => Said;
}

const ENGLISH_CONSENT: ConsentTexts = {
  title: (partner) => `May we answer ${partner}?`,
  asks: 'Who asks',
  on: 'When',
  why: 'Why',
  until: 'Answer by',
  told: 'What we would tell them',
  what: (partner) =>
    `If you say yes: whether you are our customer, and nothing else. We confirm it only when the address or number that ${partner} gave us for you is also the one that we have. In every other case ${partner} hears “not confirmed”, and cannot tell why.`,
  choices: (partner) => ({
    given: { label: 'Yes, answer them', meaning: `${partner} may hear from us whether you are our customer.` },
    refused: { label: 'No, tell them nothing', meaning: `${partner} hears that you do not agree, and nothing else.` },
    denied: {
      label: 'I never spoke to them',
      meaning: `${partner} hears that you do not agree. We note that they spoke for you without your knowledge, and look into it.`,
    },
  }),
  said: (partner) => ({
    given: { title: 'Thank you', text: `You agreed that we answer ${partner}. You need not do anything more.` },
    refused: { title: 'Thank you', text: `You decided that we tell ${partner} nothing. You need not do anything more.` },
    denied: {
      title: 'Thank you for telling us',
      text: `You told us that you never spoke to ${partner}. They are told nothing on this request. We have noted it and will look into it. Give the code from our message to nobody.`,
    },
  }),
  over: (partner) => ({
    title: 'This question is closed',
    text: `${partner} asked some time ago, or has asked again since. If they still wish to know, they ask you again. If you never spoke to them, you can still tell us:`,
  }),
};

const CZECH_CONSENT: ConsentTexts = {
  title: (partner) => `Smíme společnosti ${partner} odpovědět?`,
  asks: 'Kdo se ptá',
  on: 'Kdy',
  why: 'Proč',
  until: 'Odpovězte do',
  told: 'Co bychom sdělili',
  what: (partner) =>
    `Řeknete-li ano: zda jste naším klientem, a nic jiného. Potvrdíme to jen tehdy, když adresu nebo číslo, které nám společnost ${partner} pro vás dala, máme i my. Ve všech ostatních případech se společnost ${partner} dozví „nepotvrzeno“ a nepozná proč.`,
  choices: (partner) => ({
    given: { label: 'Ano, odpovězte', meaning: `Společnost ${partner} se od nás smí dozvědět, zda jste naším klientem.` },
    refused: { label: 'Ne, nic nesdělujte', meaning: `Společnost ${partner} se dozví, že nesouhlasíte, a nic jiného.` },
    denied: {
      label: 'Nikdy jsem s nimi nemluvil(a)',
      meaning: `Společnost ${partner} se dozví, že nesouhlasíte. Zaznamenáme, že za vás jednala bez vašeho vědomí, a prověříme to.`,
    },
  }),
  said: (partner) => ({
    given: { title: 'Děkujeme', text: `Souhlasili jste, abychom společnosti ${partner} odpověděli. Nic dalšího dělat nemusíte.` },
    refused: { title: 'Děkujeme', text: `Rozhodli jste, že společnosti ${partner} nic nesdělíme. Nic dalšího dělat nemusíte.` },
    denied: {
      title: 'Děkujeme za upozornění',
      text: `Sdělili jste nám, že jste se společností ${partner} nikdy nemluvili. Na tento dotaz jí nic nesdělíme. Zaznamenali jsme to a prověříme to. Kód z naší zprávy nikomu nesdělujte.`,
    },
  }),
  over: (partner) => ({
    title: 'Tato otázka je uzavřená',
    text: `Společnost ${partner} se ptala už před časem, nebo se mezitím zeptala znovu. Bude-li to chtít vědět, zeptá se vás znovu. Pokud jste s ní nikdy nemluvili, můžete nám to sdělit i teď:`,
  }),
};

export const CONSENT_TEXTS: Readonly<Record<Language, ConsentTexts>> = { en: ENGLISH_CONSENT, cs: CZECH_CONSENT };
