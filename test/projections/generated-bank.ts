import * as fc from 'fast-check';
import { CANARY_KINDS } from '../../src/modules/canaries/canary.events.js';
import { WITHDRAWAL_REASONS } from '../../src/modules/leads/lead.events.js';
import { Bank } from './bank.js';

const HOUR = 3_600_000;
const OWNERS = { acme: ['acme-shops', 'acme-online'], zenith: ['zenith-credit'] } as const;
const OWNER_IDS = Object.keys(OWNERS) as (keyof typeof OWNERS)[];
const STEPS = [
  'open',
  'open',
  'open',
  'checkYes',
  'checkNo',
  'checkNo',
  'create',
  'create',
  'withdraw',
  'confirm',
  'confirm',
  'turnDown',
  'revoke',
  'acknowledge',
  'catchUp',
  'terms',
  'grant',
  'takeAway',
  'restart',
  'canary',
] as const;

/** What happens next, to whom, and how many hours after what came before. */
const step = fc.record({
  what: fc.constantFrom(...STEPS),
  owner: fc.constantFrom(...OWNER_IDS),
  partner: fc.nat(1),
  person: fc.nat(12),
  lead: fc.nat(),
  hours: fc.integer({ min: 0, max: 40 }),
});
type Step = typeof step extends fc.Arbitrary<infer T> ? T : never;

/** The life of a small bank: two owners, three partners, some tens of applicants. */
export const aLife: fc.Arbitrary<Bank> = fc.array(step, { minLength: 60, maxLength: 250, size: 'max' }).map((steps) => {
  const bank = new Bank();
  for (const owner of OWNER_IDS) bank.register(owner, OWNERS[owner], { perDay: 1.3, ceiling: 60 });
  const leads: { owner: string; partner: string; leadId: string }[] = [];
  for (const each of steps) {
    bank.now += each.hours * HOUR;
    live(bank, each, leads);
  }
  return bank;
});

function live(
  bank: Bank,
  { what, owner, partner: which, person, lead: n }: Step,
  leads: { owner: string; partner: string; leadId: string }[],
): void {
  const partners = OWNERS[owner];
  const partner = partners[which % partners.length]!;
  const at = new Date(bank.now).toISOString();
  const entry = `entry-${bank.events.length}`;
  const lead = leads[leads.length - 1 - (n % Math.min(leads.length, 8))];
  if (what === 'restart') return bank.down((n % 60_000) * 1_000 + (n % 1_000));
  if (what === 'canary') bank.canary(person, n % 3 === 0 ? undefined : CANARY_KINDS[n % CANARY_KINDS.length]);
  else if (what === 'open') {
    const leadId = bank.open(owner, partner, person, n % 2 === 0 ? 'anna' : 'bert');
    if (leadId !== undefined) leads.push({ owner, partner, leadId });
  } else if (what === 'catchUp') bank.catchUp(owner);
  else if (what === 'terms') {
    const terms = { ...bank.ownerState(owner).terms!, ceiling: 30 + (n % 50), pace: 5 + (n % 40), perDay: (n % 30) / 10 };
    bank.owner(owner, { type: 'SetTerms', data: { terms, reason: 'other', by: 'analyst-1', at } });
  } else if (what === 'grant')
    bank.owner(owner, { type: 'GrantAllowance', data: { entry, units: 5.125, reason: 'goodwill', by: 'analyst-1', at } });
  else if (what === 'takeAway')
    bank.owner(owner, { type: 'RevokeAllowance', data: { entry, units: 0.75, reason: 'complaints', by: 'analyst-1', at } });
  else if (lead !== undefined) liveLead(bank, { what, n }, lead);
}

function liveLead(
  bank: Bank,
  { what, n }: { what: Step['what']; n: number },
  { partner, leadId }: { partner: string; leadId: string },
): void {
  if (what === 'checkYes') bank.check(leadId, partner, true);
  if (what === 'checkNo') bank.check(leadId, partner, false);
  if (what === 'create') bank.create(leadId, partner);
  if (what === 'withdraw') bank.withdraw(leadId, partner, WITHDRAWAL_REASONS[n % WITHDRAWAL_REASONS.length]);
  if (what === 'confirm') bank.confirm(leadId);
  if (what === 'turnDown') bank.turnDown(leadId);
  if (what === 'revoke') bank.revoke(leadId);
  if (what === 'acknowledge') bank.acknowledge(leadId);
}
