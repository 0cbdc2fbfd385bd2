import type { TestPerson } from '../end-to-end/running-bank.js';
import { misnamed } from './applicants.js';

export type Mode = 'instant' | 'blind';

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

const checkOf =
  (of: 'ownLead' | 'othersLead' | 'madeUp', status: number, named: (about: Case) => TestPerson = ({ person }) => person): Step =>
  (about) => ({ by: about.own, path: '/v1/membership-checks', body: { leadId: about[of], person: named(about) }, status });
const check = checkOf('ownLead', 200);
const checkMisnamed = checkOf('ownLead', 200, ({ person, index }) => misnamed(person, index));

const createWith =
  (named: (about: Case) => TestPerson): Step =>
  (about) => ({
    by: about.own,
    path: '/v1/customers',
    body: {
      leadId: about.ownLead,
      person: named(about),
      contact: { email: `applicant-${String(about.index).padStart(9, '0')}@example.org` },
    },
    status: 202,
  });
const create = createWith(({ person }) => person);

const STRANGER = { what: 'nobody', customer: false };
const CUSTOMER = { what: 'a customer', customer: true };
const LOCKED = { what: 'a customer who is locked', customer: true, locked: true };
const MISNAMED = { what: 'a customer of another name', customer: true };

const noToStranger: Kind = { ...STRANGER, before: [open], ask: check };
const noToMisnamed: Kind = { ...MISNAMED, before: [open], ask: checkMisnamed };
const created: Kind = { ...STRANGER, before: [open], ask: create };
const createdExisting: Kind = { ...CUSTOMER, before: [open], ask: create };

/** The pairs of R41, in each mode that they are found in. */
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
    name: 'instant: create of new, and of an existing customer of another name, after a no',
    mode: 'instant',
    first: { ...created, before: [open, check] },
    second: { ...MISNAMED, before: [open, checkMisnamed], ask: createWith(({ person, index }) => misnamed(person, index)) },
  },
  { name: 'instant: create of new and of existing, unasked', mode: 'instant', first: created, second: createdExisting },
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
    first: { ...STRANGER, before: [open], ask: checkOf('ownLead', 403) },
    second: { ...CUSTOMER, before: [open], ask: checkOf('ownLead', 403) },
  },
  {
    name: 'a lead that is nobody’s, and one that is another’s',
    mode: 'instant',
    first: { ...STRANGER, what: 'a made-up lead', before: [openByOther], ask: checkOf('madeUp', 404) },
    second: { ...STRANGER, what: 'a lead of another owner', before: [openByOther], ask: checkOf('othersLead', 404) },
  },
  {
    name: 'a lead that is another’s, of nobody and of a customer',
    mode: 'instant',
    first: { ...STRANGER, before: [openByOther], ask: checkOf('othersLead', 404) },
    second: { ...CUSTOMER, before: [openByOther], ask: checkOf('othersLead', 404) },
  },
  {
    name: 'under load, instant: no to nobody, and to a customer of another name',
    mode: 'instant',
    load: true,
    first: noToStranger,
    second: noToMisnamed,
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
