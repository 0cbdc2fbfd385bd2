import type { TestPerson } from '../end-to-end/running-bank.js';
import { SHARED_TAKES_MS } from '../../src/event-sourcing/handle-command.js';
import { NOT_FOUND_AFTER_MS } from '../../src/http/not-found.js';
import { contactOf, misnamed, secretOf } from './applicants.js';

export type Mode = 'instant' | 'proof' | 'consent' | 'blind';

/** One applicant, about whom one request is timed. */
export interface Case {
  readonly index: number;
  readonly person: TestPerson;
  /** Client ids of the partner that asks, and of one of another owner. */
  readonly own: string;
  readonly other: string;
  /** The leads that they open for the applicant, and an id that is nobody's. */
  readonly ownLead: string;
  readonly othersLead: string;
  readonly madeUp: string;
  /** The code that the applicant is sent first, on the own lead. */
  readonly code: string;
}

export interface Asked {
  readonly by: string;
  readonly path: string;
  readonly body: object;
  readonly status: number;
}

type Step = (about: Case) => Asked;

/** One of the two sides of a pair. */
export interface Kind {
  readonly what: string;
  readonly customer: boolean;
  readonly locked?: boolean;
  readonly canary?: boolean;
  /** Done before anything is timed, by all of the side. */
  readonly before: readonly Step[];
  readonly ask: Step;
}

/** Two kinds of request that must not be told apart by the time that their responses take (R41). */
export interface Pair {
  readonly name: string;
  readonly mode: Mode;
  readonly first: Kind;
  readonly second: Kind;
  /** Other clients ask meanwhile. */
  readonly load?: true;
  /** By the very process in which all happened that comes before: what it remembers must not tell, either. */
  readonly warm?: true;
  /** Milliseconds that the service waits in each, so that something takes as long whatever it finds: fewer samples are taken. */
  readonly waitsMs?: number;
  /** The two may differ, for this reason: it is measured and told, and is no leak. Otherwise the bytes have to be the same, too (R37). */
  readonly mayDiffer?: string;
}

const lead =
  (by: 'own' | 'other'): Step =>
  ({ [by]: client, person: { country, scheme, value } }) => ({
    by: client,
    path: '/v1/leads',
    body: { person: { country, scheme, value }, purpose: 'onboarding', agent: 'agent-1' },
    status: 201,
  });
const open = lead('own');
const openByOther = lead('other');

/** What a check holds besides the lead and the person. */
type Besides = (about: Case) => object;

interface CheckOf {
  readonly of?: 'ownLead' | 'othersLead' | 'madeUp';
  readonly status?: number;
  readonly named?: (about: Case) => TestPerson;
  readonly besides?: Besides;
}

const asIs = ({ person }: Case): TestPerson => person;
const otherwise = ({ person, index }: Case): TestPerson => misnamed(person, index);

const checkOf =
  ({ of = 'ownLead', status = 200, named = asIs, besides = () => ({}) }: CheckOf = {}): Step =>
  (about) => ({
    by: about.own,
    path: '/v1/membership-checks',
    body: { leadId: about[of], person: named(about), ...besides(about) },
    status,
  });
const check = checkOf();
const checkMisnamed = checkOf({ named: otherwise });

const secret =
  (value: (index: number) => string): Besides =>
  ({ index }) => ({ proof: { kind: 'account-last-six', value: value(index) } });
const rightSecret = secret(secretOf);
const wrongSecret = secret((index) => secretOf(index + 1));
/** Of a kind of which the bank has told nothing; as long as one of the other kind. */
const secretOfOtherKind: Besides = ({ index }) => ({
  proof: { kind: 'customer-number', value: `C${String(index % 10_000_000).padStart(7, '0')}` },
});
const rightCode: Besides = ({ code }) => ({ consent: { code } });
const wrongCode: Besides = ({ code }) => ({ consent: { code: `${code.slice(0, -1)}${(Number(code.at(-1)) + 1) % 10}` } });

const askAt =
  (email: (index: number) => string): Step =>
  ({ own, ownLead, index }) => ({ by: own, path: `/v1/leads/${ownLead}/consent`, body: { contact: { email: email(index) } }, status: 202 });
const askAtOwn = askAt(contactOf);
const askElsewhere = askAt((index) => contactOf(index).replace('customer', 'stranger'));

const createWith =
  (named: (about: Case) => TestPerson): Step =>
  (about) => ({
    by: about.own,
    path: '/v1/customers',
    body: { leadId: about.ownLead, person: named(about), contact: { email: contactOf(about.index) } },
    status: 202,
  });
const create = createWith(asIs);

const STRANGER = { what: 'nobody', customer: false };
const CUSTOMER = { what: 'a customer', customer: true };
const LOCKED = { what: 'a customer who is locked', customer: true, locked: true };
const CANARY = { what: 'a canary', customer: false, canary: true };
const MISNAMED = { what: 'a customer of another name', customer: true };

const noToStranger: Kind = { ...STRANGER, before: [open], ask: check };
const noToMisnamed: Kind = { ...MISNAMED, before: [open], ask: checkMisnamed };
const created: Kind = { ...STRANGER, before: [open], ask: create };
const createdExisting: Kind = { ...CUSTOMER, before: [open], ask: create };

const noProof: Kind = { ...STRANGER, before: [open], ask: checkOf({ besides: rightSecret }) };
const asked: Kind = { ...STRANGER, before: [open], ask: askElsewhere };
const noConsent: Kind = { ...STRANGER, before: [open, askElsewhere], ask: checkOf({ besides: rightCode }) };

/** What another owner, of the same mode, does with the same person. */
const byOther =
  (step: Step): Step =>
  (about) => ({ ...step({ ...about, ownLead: about.othersLead }), by: about.other });
const KNOWN = { what: 'somebody whom another owner has dealt with', customer: false };

/** The pairs of R41, in each mode that they are found in, and those of I5 and I7: nobody notices whom another owner knows. */
export const PAIRS: readonly Pair[] = [
  { name: 'instant: no to nobody, and to a customer of another name', mode: 'instant', first: noToStranger, second: noToMisnamed },
  {
    name: 'instant: no to nobody, and to a customer who is locked',
    mode: 'instant',
    first: noToStranger,
    second: { ...LOCKED, before: [open], ask: check },
  },
  {
    name: 'instant: no to a customer of another name, repeated, and to nobody, repeated',
    mode: 'instant',
    first: { ...noToStranger, before: [open, check] },
    second: { ...noToMisnamed, before: [open, checkMisnamed] },
  },
  {
    name: 'instant: open for nobody, and for a customer',
    mode: 'instant',
    first: { ...STRANGER, before: [], ask: open },
    second: { ...CUSTOMER, before: [], ask: open },
  },
  {
    name: 'instant: open for nobody, and for a canary',
    mode: 'instant',
    first: { ...STRANGER, before: [], ask: open },
    second: { ...CANARY, before: [], ask: open },
  },
  {
    name: 'instant: no to nobody, and to a canary',
    mode: 'instant',
    first: noToStranger,
    second: { ...CANARY, before: [open], ask: check },
  },
  {
    name: 'instant: create of new, and of an existing customer of another name, after a no',
    mode: 'instant',
    first: { ...created, before: [open, check] },
    second: { ...MISNAMED, before: [open, checkMisnamed], ask: createWith(otherwise) },
  },
  { name: 'instant: create of new and of existing, unasked', mode: 'instant', first: created, second: createdExisting },
  {
    name: 'proof: no to nobody, and to a customer with a wrong secret',
    mode: 'proof',
    waitsMs: SHARED_TAKES_MS,
    first: noProof,
    second: { ...CUSTOMER, before: [open], ask: checkOf({ besides: wrongSecret }) },
  },
  {
    name: 'proof: no to nobody, and to a customer with a secret of another kind',
    mode: 'proof',
    waitsMs: SHARED_TAKES_MS,
    first: { ...noProof, ask: checkOf({ besides: secretOfOtherKind }) },
    second: { ...CUSTOMER, before: [open], ask: checkOf({ besides: secretOfOtherKind }) },
  },
  {
    name: 'proof: no to nobody, and to a customer who is locked, with the right secret',
    mode: 'proof',
    waitsMs: SHARED_TAKES_MS,
    first: noProof,
    second: { ...LOCKED, before: [open], ask: checkOf({ besides: rightSecret }) },
  },
  { name: 'proof: create of new and of existing, unasked', mode: 'proof', first: created, second: createdExisting },
  {
    name: 'consent: a code is asked for for nobody, and for a customer with another contact',
    mode: 'consent',
    waitsMs: SHARED_TAKES_MS,
    first: asked,
    second: { ...CUSTOMER, before: [open], ask: askElsewhere },
  },
  {
    name: 'consent: a code is asked for for a customer, at the bank’s contact and at another',
    mode: 'consent',
    waitsMs: SHARED_TAKES_MS,
    first: { ...CUSTOMER, before: [open], ask: askAtOwn },
    second: { ...CUSTOMER, what: 'a customer with another contact', before: [open], ask: askElsewhere },
  },
  {
    name: 'consent: no to nobody, and to a customer with another contact',
    mode: 'consent',
    first: noConsent,
    second: { ...CUSTOMER, before: [open, askElsewhere], ask: checkOf({ besides: rightCode }) },
  },
  {
    name: 'consent: a wrong code for nobody, and for a customer',
    mode: 'consent',
    first: { ...noConsent, ask: checkOf({ besides: wrongCode, status: 403 }) },
    second: { ...CUSTOMER, before: [open, askAtOwn], ask: checkOf({ besides: wrongCode, status: 403 }) },
  },
  { name: 'consent: create of new and of existing, unasked', mode: 'consent', first: created, second: createdExisting },
  { name: 'blind: create of new and of existing', mode: 'blind', first: created, second: createdExisting },
  {
    name: 'blind: create of existing, unlocked and locked',
    mode: 'blind',
    first: createdExisting,
    second: { ...LOCKED, before: [open], ask: create },
  },
  {
    name: 'blind: a refused check of nobody, and of a customer',
    mode: 'blind',
    first: { ...STRANGER, before: [open], ask: checkOf({ status: 403 }) },
    second: { ...CUSTOMER, before: [open], ask: checkOf({ status: 403 }) },
  },
  {
    name: 'a lead that is nobody’s, and one that is another’s',
    mode: 'instant',
    waitsMs: NOT_FOUND_AFTER_MS,
    first: { ...STRANGER, what: 'a made-up lead', before: [openByOther], ask: checkOf({ of: 'madeUp', status: 404 }) },
    second: { ...STRANGER, what: 'a lead of another owner', before: [openByOther], ask: checkOf({ of: 'othersLead', status: 404 }) },
  },
  {
    name: 'a lead that is another’s, of nobody and of a customer',
    mode: 'instant',
    waitsMs: NOT_FOUND_AFTER_MS,
    first: { ...STRANGER, before: [openByOther], ask: checkOf({ of: 'othersLead', status: 404 }) },
    second: { ...CUSTOMER, before: [openByOther], ask: checkOf({ of: 'othersLead', status: 404 }) },
  },
  {
    name: 'blind: create of somebody new, and of somebody whom another owner has created',
    mode: 'blind',
    warm: true,
    first: created,
    second: { ...KNOWN, before: [open, openByOther, byOther(create)], ask: create },
  },
  {
    name: 'proof: no to somebody new, and to somebody about whom another owner has tried a secret',
    mode: 'proof',
    waitsMs: SHARED_TAKES_MS,
    warm: true,
    first: noProof,
    second: { ...KNOWN, before: [open, openByOther, byOther(checkOf({ besides: wrongSecret }))], ask: noProof.ask },
  },
  {
    name: 'consent: a code to a new contact, and to one to which another owner has had one sent',
    mode: 'consent',
    waitsMs: SHARED_TAKES_MS,
    warm: true,
    first: asked,
    second: { ...KNOWN, before: [open, openByOther, byOther(askElsewhere)], ask: askElsewhere },
  },
  {
    name: 'instant: open for somebody new, and for somebody on whom another owner has a lead',
    mode: 'instant',
    warm: true,
    first: { ...STRANGER, before: [], ask: open },
    second: { ...KNOWN, before: [openByOther], ask: open },
  },
  {
    name: 'under load, instant: no to nobody, and to a customer of another name',
    mode: 'instant',
    load: true,
    first: noToStranger,
    second: noToMisnamed,
  },
  {
    name: 'under load, proof: no to nobody, and to a customer with a wrong secret',
    mode: 'proof',
    waitsMs: SHARED_TAKES_MS,
    load: true,
    first: noProof,
    second: { ...CUSTOMER, before: [open], ask: checkOf({ besides: wrongSecret }) },
  },
  {
    name: 'under load, consent: no to nobody, and to a customer with another contact',
    mode: 'consent',
    load: true,
    first: noConsent,
    second: { ...CUSTOMER, before: [open, askElsewhere], ask: checkOf({ besides: rightCode }) },
  },
  { name: 'under load, blind: create of new and of existing', mode: 'blind', load: true, first: created, second: createdExisting },
  {
    name: 'first check, and repeated',
    mode: 'instant',
    first: noToStranger,
    second: { ...noToStranger, what: 'nobody, asked for before', before: [open, check] },
    mayDiffer: 'who asks knows whether it asked before; the first is written down before it is answered, the second is read',
  },
  {
    name: 'instant: no to nobody, and yes to a customer',
    mode: 'instant',
    first: noToStranger,
    second: { ...CUSTOMER, before: [open], ask: check },
    mayDiffer: 'it is the one answer that the response is meant to carry',
  },
];
