import { DomainError } from '../../event-sourcing/decider.js';
import { kept, type KeptReason } from '../persons/reason.js';
import type { DayCounts } from './agent-limits.js';
import { excess, paceLeft, thousandths } from './allowance.js';
import { accrued, booked, type Named } from './ledger.js';
import type { OwnerChangeReason, OwnerEvent, OwnerMerged } from './owner.events.js';
import type { Owner, Partner } from './owner.state.js';
import { isSameTerms, stricterTerms, type Terms } from './terms.js';

/**
 * How a partner changes its owner, and how two owners become one, without a fresh unit or a fresh answer for anybody.
 *
 * One append goes to one stream, so both are a fixed order of appends, each safe to send twice; whoever asked sends them one
 * after the other, and the processes finish-move and finish-merger send what a crash has left out.
 *
 * A *transfer* of partner P from owner A to owner B:
 * 1. A ← `PartnerLeft`, the commit point: A admits no lead of P any more. It notes what A had left (balance, pace) and until
 *    when its past reaches. While P is with nobody, whatever it asks is answered `OWNER_CHANGING` (503).
 * 2. B ← `OwnerInherited` and `PartnerReceived`, at once. A's past becomes B's: the smaller balance wins, the smaller pace
 *    bucket, and of each of the terms the stricter; what B loses by that is an ordinary revocation. So I2 needs no new
 *    reasoning: no credit comes of it, and every unit that B spends was credited to B itself. P comes with its standing,
 *    agreement and agents, and opens leads again, under B.
 * 3. The partner's own stream ← `PartnerIdMoved`: where the analysts' commands on P go.
 *
 * A *merger* of A into B: the list of owners ← `MergerDecided` (one stream, so that no two mergers make a circle), A ←
 * `OwnerMerged` and `PartnerLeft` for all its partners at once, B ← `OwnerInherited`, then steps 2 and 3 for each partner.
 *
 * What follows:
 * - Leads belong for ever to the owner that admitted them, and are checked, created, withdrawn and settled there; P's standing
 *   and mode are B's, whose mode is at least as strict as A's was. What a partner's leads bring after it left earns nothing for
 *   anybody (their customer numbers count as spent): a human who wants to pays for it with a grant.
 * - Admission under B also reads the person's leads with every predecessor, up to when its past reaches: where one is still
 *   open, it is that lead (its own partner's) or `LEAD_HELD`; an answer that would have to be carried there is carried here.
 *   A customer number that earned there does not earn here.
 * - Of the working capital that the two were given the larger counts: else a bonus would pay once more, with another owner, what is
 *   spent.
 * - An owner with a predecessor gets no initial units any more, and nothing goes back into the probation pool but what the
 *   owner itself drew: else nominees could be drained, merged, and drawn again.
 * - What the former owner does after the move is another owner's, and looks like what does not exist (I7).
 * - The clients of P keep the owner that they were registered with; it tells where P went (`current-owner.ts`).
 */
export type MoveCommand =
  | Named<'LeaveOwner', { partner: string; to: string; by: string } & KeptReason<OwnerChangeReason>>
  | Named<'MergeOwner', { into: string; by: string } & KeptReason<OwnerChangeReason>>
  | Named<'InheritOwner', Past>
  | Named<'ReceivePartner', Past & { partner: string; move: number; as: Partner; leadsByDay?: Readonly<Record<string, DayCounts>> }>;

/** The past of another owner, as it goes over to this one. */
interface Past {
  readonly from: string;
  /** What the other owner had left when its past ended. */
  readonly remainder: Remainder;
  /** Units of working capital that it has been given (`capitalGiven`). */
  readonly capitalGiven: number;
  /** Owners whose past the other's was. */
  readonly earlier: readonly { readonly owner: string; readonly until: string }[];
  readonly terms?: Terms;
  readonly by: string;
}

type Remainder = Pick<OwnerMerged['data'], 'balance' | 'paceLeft' | 'until'>;
type Data<Type extends MoveCommand['type']> = Extract<MoveCommand, { type: Type }>['data'];

/** The owner's part of the decider that hands partners and pasts over. */
export function move(state: Owner, command: MoveCommand): readonly OwnerEvent[] {
  switch (command.type) {
    case 'LeaveOwner':
      return leave(state, command.data);
    case 'MergeOwner':
      return merge(state, command.data);
    case 'InheritOwner':
      return inherit(state, command.data);
    case 'ReceivePartner':
      return receive(state, command.data);
  }
}

function leave(state: Owner, { partner, to, by, at, ...why }: Data<'LeaveOwner'>): readonly OwnerEvent[] {
  const leaver = state.partners.get(partner);
  if (leaver === undefined) throw new DomainError('PARTNER_NOT_FOUND', 'no such partner');
  if (to === state.owner || leaver.left === to) return [];
  if (leaver.left !== undefined) throw new DomainError('OWNER_CHANGING', 'the partner goes to another owner', 1);
  if (leaver.standing === 'terminated') throw new DomainError('PARTNER_TERMINATED', 'a terminated partner stays where it was');
  const remainder = remainderOf(state, at);
  const data = { partner, owner: state.owner, to, move: leaver.moves + 1, ...remainder, ...kept(why), by, at };
  return [...accrued(state, at), { type: 'PartnerLeft', data }];
}

function merge(state: Owner, { into, by, at, ...why }: Data<'MergeOwner'>): readonly OwnerEvent[] {
  if (state.merged?.into === into) return [];
  if (state.merged !== undefined || into === state.owner) throw new DomainError('OWNER_MERGED', 'the owner was merged into another one');
  const remainder = remainderOf(state, at);
  const forfeited = Math.max(0, remainder.balance);
  const { owner } = state;
  return [
    ...accrued(state, at),
    { type: 'OwnerMerged', data: { owner, into, ...remainder, ...kept(why), by, at } },
    ...(forfeited > 0 ? [{ type: 'AllowanceForfeited', data: { units: forfeited, at } } as const] : []),
    ...[...state.partners]
      .filter(([, { left }]) => left === undefined)
      .map(([partner, { moves }]): OwnerEvent => {
        return { type: 'PartnerLeft', data: { partner, owner, to: into, move: moves + 1, ...remainder, ...kept(why), by, at } };
      }),
  ];
}

/** What accrued is booked before anybody compares. */
function remainderOf(state: Owner, at: string): Remainder {
  const now = Date.parse(at);
  const { allowance, terms } = state;
  return {
    balance: booked(state, accrued(state, at)).balance,
    paceLeft: terms === undefined ? 0 : paceLeft(allowance, terms, now),
    // An admission bears the time of its person's leads, which may be ahead of the owner's.
    until: new Date(Math.max(now, allowance.paceAt)).toISOString(),
  };
}

function inherit(state: Owner, past: Data<'InheritOwner'>): readonly OwnerEvent[] {
  return state.predecessors.get(past.from)?.merged === true ? [] : [...takeOver(state, past), inherited(state, past, { merged: true })];
}

function receive(state: Owner, { as, leadsByDay = {}, ...data }: Data<'ReceivePartner'>): readonly OwnerEvent[] {
  const { partner, from, move: nth, at } = data;
  const known = state.partners.get(partner);
  if (known !== undefined && known.moves >= nth) return [];
  const { owner, merged } = state;
  const { name, standing, offered, signed, documents, agents } = as;
  const signature = { ...(offered === undefined ? {} : { offered }), ...(signed === undefined ? {} : { signed }) };
  const opened = Object.keys(leadsByDay).length === 0 ? {} : { leadsByDay };
  const had = { name, standing, ...signature, documents: Object.fromEntries(documents), agents: Object.fromEntries(agents), ...opened };
  return [
    ...takeOver(state, data),
    inherited(state, data, { partner, move: nth }),
    { type: 'PartnerReceived', data: { partner, owner, from, move: nth, ...had, at } },
    // Merged while the partner was on its way: it goes on to where all the others went.
    ...(merged === undefined
      ? []
      : [{ type: 'PartnerLeft', data: { partner, owner, to: merged.into, move: nth + 1, ...onward(data, merged), at } } as const]),
  ];
}

/** The stricter terms, and the smaller balance. */
function takeOver(state: Owner, { remainder, terms, by, at }: Past & { at: string }): readonly OwnerEvent[] {
  const { termsVersion, proposal } = state;
  const before = accrued(state, at);
  const stricter = state.terms === undefined || terms === undefined ? (state.terms ?? terms) : stricterTerms(state.terms, terms);
  const version = Math.max(termsVersion, proposal?.version ?? 0) + 1;
  const allowance = booked(state, before);
  const above = stricter === undefined ? 0 : excess(allowance, stricter);
  const forfeited = thousandths(above + Math.max(0, allowance.balance - above - remainder.balance));
  return [
    ...before,
    // Also where the terms are the same: a proposal of looser ones is void with what it was made for.
    ...(stricter !== undefined && (proposal !== undefined || !isSameTerms(state.terms, stricter))
      ? [{ type: 'TermsSet', data: { version, terms: stricter, reason: 'owner-changed', setBy: by, at } } as const]
      : []),
    ...(forfeited > 0 ? [{ type: 'AllowanceForfeited', data: { units: forfeited, at } } as const] : []),
  ];
}

function inherited(
  { owner }: Owner,
  { from, remainder, earlier, capitalGiven, at }: Past & { at: string },
  why: { merged: true } | { partner: string; move: number },
): OwnerEvent {
  const { until, paceLeft: left } = remainder;
  const given = capitalGiven > 0 ? { capitalGiven } : {};
  return { type: 'OwnerInherited', data: { owner, from, until, earlier, ...why, ...given, paceLeft: left, at } };
}

/** What is left for the next owner of a partner that only passes through one that was merged. */
function onward({ remainder, at }: Past & { at: string }, merged: Remainder): Remainder {
  return {
    balance: Math.min(remainder.balance, merged.balance),
    paceLeft: Math.min(remainder.paceLeft, merged.paceLeft),
    until: new Date(Math.max(Date.parse(at), Date.parse(merged.until))).toISOString(),
  };
}
