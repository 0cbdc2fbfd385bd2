import { DomainError } from '../../event-sourcing/decider.js';
import { kept, type KeptReason } from '../persons/reason.js';
import { accrual, earningOf, room, thousandths, type Allowance } from './allowance.js';
import type { GrantReason, GrantRevocationReason, OwnerEvent } from './owner.events.js';
import { type Entry, hasLeft, type Owner, termsOf } from './owner.state.js';
import { PROBATION_CONVERSIONS } from './terms.js';

interface At {
  /** ISO 8601: the time of the decision. */
  readonly at: string;
}
export type Named<Type extends string, Data> = Type extends string ? { readonly type: Type; readonly data: Data & At } : never;

/** What gives units to an owner or takes them, but for the admissions that spend them. */
export type LedgerCommand =
  | Named<'GrantInitial', { units: number; draw: number }>
  | Named<'GrantAllowance', { entry: string; units: number; by: string } & KeptReason<GrantReason>>
  | Named<'RevokeAllowance', { entry: string; units: number; by: string } & KeptReason<GrantRevocationReason>>
  | Named<'ForfeitAfterRestore', { restores: number }>
  | Named<
      'SettleLead',
      {
        leadId: string;
        as: 'converted' | 'declined';
        settlesAt: string;
        revoked: boolean;
        customerKey?: string;
        /** The customer number has earned already, for an owner whose past is this one's. */
        earnedBefore?: boolean;
      }
    >
  | Named<'CreditAcknowledgement', { leadId: string; partner: string; admittedAt: string; carried?: true }>
  | Named<'TakeBackCredit', { leadId: string; partner: string }>;

type Data<Type extends LedgerCommand['type']> = Extract<LedgerCommand, { type: Type }>['data'];

/** The owner's part of the decider that keeps its ledger. Every figure is what is really booked. */
export function enter(state: Owner, command: LedgerCommand): readonly OwnerEvent[] {
  switch (command.type) {
    case 'GrantInitial':
      return grantInitial(state, command.data);
    case 'GrantAllowance':
      return grantAllowance(state, command.data);
    case 'RevokeAllowance':
      return revokeAllowance(state, command.data);
    case 'ForfeitAfterRestore': {
      const { restores, at } = command.data;
      if (restores <= state.restores) return [];
      return [{ type: 'AllowanceForfeited', data: { units: Math.max(0, state.allowance.balance), restores, at } }];
    }
    case 'SettleLead':
      return settleLead(state, command.data);
    case 'CreditAcknowledgement':
      return creditAcknowledgement(state, command.data);
    case 'TakeBackCredit':
      return takeBackCredit(state, command.data);
  }
}

function grantInitial(state: Owner, { units, draw, at }: Data<'GrantInitial'>): readonly OwnerEvent[] {
  const terms = termsOf(state);
  if (draw <= state.drawsGranted) return [];
  const before = accrued(state, at);
  const initialLeft = Math.max(0, thousandths(terms.initial - state.allowance.initialGiven));
  const granted = mayBegin(state) ? Math.min(units, initialLeft, room(booked(state, before), terms)) : 0;
  return [...before, { type: 'InitialGranted', data: { units: granted, draw, at } }];
}

/** Initial units are for one of whom nothing is known: not for an owner with the past of another, and not for one that is gone. */
export function mayBegin({ merged, predecessors }: Owner): boolean {
  return merged === undefined && predecessors.size === 0;
}

function grantAllowance(state: Owner, { entry, units, by, at, ...why }: Data<'GrantAllowance'>): readonly OwnerEvent[] {
  const asked = positive(units);
  if (isEntered(state, entry, { kind: 'grant', units: asked })) return [];
  if (state.merged !== undefined) throw new DomainError('OWNER_MERGED', 'the owner was merged into another one');
  const before = accrued(state, at);
  // It is the grant that a restored ledger waits for.
  const granted = Math.min(asked, room({ ...booked(state, before), awaitsGrant: false }, termsOf(state)));
  return [...before, { type: 'AllowanceGranted', data: { entry, units: granted, asked, ...kept(why), grantedBy: by, at } }];
}

function revokeAllowance(state: Owner, { entry, units, by, at, ...why }: Data<'RevokeAllowance'>): readonly OwnerEvent[] {
  const asked = positive(units);
  if (isEntered(state, entry, { kind: 'revocation', units: asked })) return [];
  return [...accrued(state, at), { type: 'AllowanceRevoked', data: { entry, units: asked, ...kept(why), revokedBy: by, at } }];
}

/**
 * What a human enters counts once, however often and in however many requests it comes (R15).
 * @throws DomainError `ALREADY_EXISTS` when the id stands for something else
 */
function isEntered(state: Owner, id: string, { kind, units }: Entry): boolean {
  const known = state.entries.get(id);
  if (known === undefined) return false;
  if (known.kind !== kind || known.units !== units) throw new DomainError('ALREADY_EXISTS', 'the entry is in the ledger, and differs');
  return true;
}

/**
 * A conversion earns once per customer number. One that the settlement already sees revoked earns nothing, and spends its
 * number all the same: a revoked number does not earn again for this owner. So does one whose partner has left the owner.
 */
function settleLead(
  state: Owner,
  { leadId, as, settlesAt, revoked, customerKey, earnedBefore = false, at }: Data<'SettleLead'>,
): readonly OwnerEvent[] {
  const lead = state.unresolved.get(leadId);
  if (lead === undefined || at < settlesAt) return [];
  const before = accrued(state, at);
  const first = as === 'converted' && customerKey !== undefined && !earnedBefore && !state.earnedBy.has(customerKey);
  const earns = first && !revoked && !hasLeft(state, lead.partner);
  const { credited, bonus } = earns ? earningOf(booked(state, before), termsOf(state)) : { credited: 0, bonus: 0 };
  return [
    ...before,
    {
      type: 'LeadSettled',
      data: {
        leadId,
        partner: lead.partner,
        as: revoked ? 'declined' : as,
        ...(revoked ? { revoked } : {}),
        ...(first ? { customerKey } : {}),
        credited,
        bonus,
        admittedAt: lead.at,
        settlesAt,
        at,
      },
    },
    ...(earns && state.onProbation && state.allowance.settledConversions + 1 >= PROBATION_CONVERSIONS
      ? [{ type: 'ProbationLeft', data: { owner: state.owner, at } } as const]
      : []),
  ];
}

function creditAcknowledgement(
  state: Owner,
  { leadId, partner, admittedAt, carried, at }: Data<'CreditAcknowledgement'>,
): readonly OwnerEvent[] {
  if (state.earned.has(leadId)) return [];
  const before = accrued(state, at);
  const credited = hasLeft(state, partner) ? 0 : Math.min(1, room(booked(state, before), termsOf(state)));
  return [...before, { type: 'AcknowledgementCredited', data: { leadId, partner, credited, admittedAt, ...(carried && { carried }), at } }];
}

/** Exactly what the lead had earned; silent while its settlement is still to come, which may not credit it at all. */
function takeBackCredit(state: Owner, { leadId, partner, at }: Data<'TakeBackCredit'>): readonly OwnerEvent[] {
  const units = state.earned.get(leadId);
  if (state.unresolved.has(leadId) || units === 0) return [];
  return [...accrued(state, at), { type: 'CreditRevoked', data: { leadId, partner, units: units ?? 0, at } }];
}

/** What the terms have brought a day since it was last booked; to be booked before anything else is. */
export function accrued(state: Owner, at: string): readonly Extract<OwnerEvent, { type: 'AllowanceAccrued' }>[] {
  if (state.terms === undefined || state.terms.perDay === 0 || state.merged !== undefined) return [];
  const { units, until } = accrual(state.allowance, state.terms, Date.parse(at));
  if (units <= 0) return [];
  const from = new Date(state.allowance.accruedUntil).toISOString();
  return [{ type: 'AllowanceAccrued', data: { units, from, until: new Date(until).toISOString() } }];
}

/** The allowance as it is once what accrued has been booked. */
export function booked({ allowance }: Owner, accruals: ReturnType<typeof accrued>): Allowance {
  return accruals.reduce((before, { data }) => ({ ...before, balance: thousandths(before.balance + data.units) }), allowance);
}

function positive(units: number): number {
  if (!(units > 0) || units > 1e9) throw new DomainError('TERMS_INVALID', 'units are a positive number');
  return thousandths(units);
}
