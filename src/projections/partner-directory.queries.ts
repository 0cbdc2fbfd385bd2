import type { Database } from 'better-sqlite3';
import type { DisclosureMode, Terms, TermsReviewAsked } from '../modules/owners/owner.events.js';
import { type AllowanceRow, balanceAt, paceLeftAt, termsOf } from './allowance-of-owner.js';
import { type Page, pageOf, type Place, ForeignPlace } from './page.js';
import { prepared } from './prepared.js';

/** An owner's allowance at a moment. Units are leads. */
export interface AllowanceView {
  /** May be negative after a revocation; below 1 nothing is admitted. */
  readonly balance: number;
  readonly credits: number;
  readonly admissions: number;
  readonly revocations: number;
  readonly bonuses: number;
  /** Customer numbers that have earned. */
  readonly settledConversions: number;
  /** Leads that are neither ended nor settled, and how many of them the terms allow at a time; `null` without terms. */
  readonly openLeads: { readonly count: number; readonly limit: number | null };
  /** Leads that the pace allows now, whole ones. */
  readonly paceLeft: number;
  readonly onProbation: boolean;
}

/** A partner in the analysts' list. Times are ISO 8601. */
export interface PartnerRow {
  readonly partnerId: string;
  readonly name: string;
  readonly ownerId: string;
  readonly ownerName: string;
  readonly standing: 'good' | 'suspended' | 'terminated';
  readonly agreementOffered: string | null;
  readonly agreementSigned: string | null;
  /** The owner's; empty as long as it has no terms. */
  readonly mode: DisclosureMode | '';
  readonly termsVersion: number;
  readonly balance: number;
  readonly admissions: number;
  readonly openLeadCount: number;
  readonly onProbation: boolean;
  readonly registeredAt: string;
}

export const PARTNER_SORTS = {
  partnerId: 'p.partner',
  name: 'p.name',
  balance: 'o.balance',
  admissions: 'o.admissions',
  openLeadCount: 'o.open_leads',
} as const;
export type PartnerSort = keyof typeof PARTNER_SORTS;

export interface PartnersQuestion {
  readonly owner?: string;
  readonly standing?: PartnerRow['standing'];
  readonly mode?: DisclosureMode;
  readonly sort?: PartnerSort;
  readonly descending?: boolean;
  readonly after?: Place;
  readonly limit: number;
  /** Epoch ms. */
  readonly now: number;
}

interface ListRow extends AllowanceRow {
  readonly partner: string;
  readonly name: string;
  readonly owner: string;
  readonly owner_name: string;
  readonly standing: PartnerRow['standing'];
  readonly offered: string | null;
  readonly signed: string | null;
  readonly mode: DisclosureMode | '';
  readonly terms_version: number;
  readonly admissions: number;
  readonly open_leads: number;
  readonly on_probation: number;
  readonly registered_at: string;
  readonly sort_key: string | number;
}

/** Sorted by what is booked; the balance shown has what accrued since on top. @throws ForeignPlace */
export function partnersPage(db: Database, question: PartnersQuestion): Page<PartnerRow> {
  const { owner, standing, mode, sort = 'partnerId', descending = false, after, limit, now } = question;
  if (after !== undefined && after.length !== 2) throw new ForeignPlace('the place belongs to another list');
  const filters = Object.entries({ 'p.owner': owner, 'p.standing': standing, 'o.mode': mode }).filter(([, value]) => value !== undefined);
  const where = [
    ...filters.map(([column]) => `${column} = ?`),
    ...(after === undefined ? [] : [`(${PARTNER_SORTS[sort]}, p.partner) ${descending ? '<' : '>'} (?, ?)`]),
  ];
  const direction = descending ? 'DESC' : 'ASC';
  const found = db
    .prepare<unknown[], ListRow>(
      `SELECT p.*, o.name AS owner_name, o.mode, o.terms, o.terms_version, o.balance, o.awaits_grant, o.admissions, o.open_leads, o.on_probation,
         o.accrued_until, o.pace_left, o.pace_at, ${PARTNER_SORTS[sort]} AS sort_key
       FROM partner_directory_partners p JOIN partner_directory_owners o USING (owner)
       ${where.length === 0 ? '' : `WHERE ${where.join(' AND ')}`} ORDER BY sort_key ${direction}, p.partner ${direction} LIMIT ?`,
    )
    .all(...filters.map(([, value]) => value), ...(after ?? []), limit + 1);
  const { rows, next } = pageOf(found, limit, (row) => [row.sort_key, row.partner]);
  return { rows: rows.map((row) => toPartner(row, now)), ...(next && { next }) };
}

function toPartner(row: ListRow, now: number): PartnerRow {
  return {
    partnerId: row.partner,
    name: row.name,
    ownerId: row.owner,
    ownerName: row.owner_name,
    standing: row.standing,
    agreementOffered: row.offered,
    agreementSigned: row.signed,
    mode: row.mode,
    termsVersion: row.terms_version,
    balance: balanceAt(row, termsOf(row), now),
    admissions: row.admissions,
    openLeadCount: row.open_leads,
    onProbation: row.on_probation === 1,
    registeredAt: row.registered_at,
  };
}

interface OwnerRecord extends AllowanceRow {
  readonly owner: string;
  readonly name: string;
  readonly registered_at: string;
  readonly terms_version: number;
  readonly terms_set: string | null;
  readonly proposal: string | null;
  readonly review: string | null;
  readonly credits: number;
  readonly admissions: number;
  readonly revocations: number;
  readonly bonuses: number;
  readonly settled_conversions: number;
  readonly open_leads: number;
  readonly on_probation: number;
  readonly merged_into: string | null;
}

interface Said {
  readonly reason: string;
  /** Where what was added in somebody's own words is read; null where nothing was. */
  readonly noteId: string | null;
}

export interface OwnerView {
  readonly ownerId: string;
  readonly name: string;
  readonly registeredAt: string;
  /** The owner that it was merged into; `null` while it is one of its own. */
  readonly mergedInto: string | null;
  readonly termsVersion: number;
  /** `null` as long as none are set. */
  readonly terms: Terms | null;
  /** Who set them, when and why. */
  readonly termsSet: (Said & { readonly setBy: string; readonly approvedBy?: string; readonly at: string }) | null;
  /** Terms that wait for a second signature. */
  readonly proposal:
    | ({
        readonly version: number;
        readonly terms: Terms;
        readonly proposedBy: string;
        readonly at: string;
      } & Said)
    | null;
  /** What the machine may not raise by itself, until it is answered by terms. */
  readonly review: TermsReviewAsked['data'] | null;
  readonly allowance: AllowanceView;
  readonly partners: readonly { readonly partnerId: string; readonly name: string; readonly standing: string }[];
}

/** @param now epoch ms */
export function ownerView(db: Database, owner: string, now: number): OwnerView | undefined {
  const row = prepared<[string], OwnerRecord>(db, 'SELECT * FROM partner_directory_owners WHERE owner = ?').get(owner);
  if (row === undefined) return undefined;
  const partners = prepared<[string], { partnerId: string; name: string; standing: string }>(
    db,
    'SELECT partner AS partnerId, name, standing FROM partner_directory_partners WHERE owner = ? ORDER BY partner',
  ).all(owner);
  return {
    ownerId: row.owner,
    name: row.name,
    registeredAt: row.registered_at,
    mergedInto: row.merged_into,
    termsVersion: row.terms_version,
    terms: termsOf(row) ?? null,
    termsSet: row.terms_set === null ? null : (JSON.parse(row.terms_set) as OwnerView['termsSet']),
    proposal: row.proposal === null ? null : (JSON.parse(row.proposal) as OwnerView['proposal']),
    review: row.review === null ? null : (JSON.parse(row.review) as OwnerView['review']),
    allowance: toAllowance(row, now),
    partners,
  };
}

function toAllowance(row: OwnerRecord, now: number): AllowanceView {
  const terms = termsOf(row);
  return {
    balance: balanceAt(row, terms, now),
    credits: row.credits / 1000,
    admissions: row.admissions,
    revocations: row.revocations / 1000,
    bonuses: row.bonuses / 1000,
    settledConversions: row.settled_conversions,
    openLeads: { count: row.open_leads, limit: terms?.openLeads ?? null },
    paceLeft: terms === undefined ? 0 : Math.max(0, Math.floor(paceLeftAt(row, terms, now))),
    onProbation: row.on_probation === 1,
  };
}

export interface AgentView {
  readonly agent: string;
  readonly status: 'active' | 'retired';
  readonly since: string;
}

export interface ClientView {
  readonly clientId: string;
  readonly role: string;
  readonly registeredAt: string;
  readonly disabledAt: string | null;
  readonly disabledReason: string | null;
  readonly disabledNoteId: string | null;
  /** RFC 7638 thumbprints. */
  readonly keys: readonly {
    readonly kid: string;
    readonly thumbprint: string;
    readonly registeredAt: string;
    readonly revokedAt: string | null;
  }[];
}

export interface PartnerView {
  readonly partnerId: string;
  readonly name: string;
  readonly ownerId: string;
  readonly registeredAt: string;
  readonly standing: PartnerRow['standing'];
  /** The last change of standing; `null` when there was none. */
  readonly standingChange: (Said & { readonly by: string; readonly at: string }) | null;
  readonly agreement: {
    readonly offered: string | null;
    readonly offeredAt: string | null;
    readonly documentSha256: string | null;
    readonly purposes: readonly string[];
    readonly signed: string | null;
    readonly signedAt: string | null;
    /** The offered version is the signed one. */
    readonly inForce: boolean;
  };
  readonly agents: readonly AgentView[];
  readonly clients: readonly ClientView[];
}

interface PartnerRecord {
  readonly partner: string;
  readonly owner: string;
  readonly name: string;
  readonly registered_at: string;
  readonly standing: PartnerRow['standing'];
  readonly standing_reason: string | null;
  readonly standing_note: string | null;
  readonly standing_by: string | null;
  readonly standing_at: string | null;
  readonly offered: string | null;
  readonly offered_at: string | null;
  readonly offered_sha256: string | null;
  readonly offered_purposes: string | null;
  readonly signed: string | null;
  readonly signed_at: string | null;
}

export function partnerView(db: Database, partner: string): PartnerView | undefined {
  const row = prepared<[string], PartnerRecord>(db, 'SELECT * FROM partner_directory_partners WHERE partner = ?').get(partner);
  if (row === undefined) return undefined;
  const { standing_reason: reason, standing_note: noteId, standing_by: by, standing_at: at } = row;
  return {
    partnerId: row.partner,
    name: row.name,
    ownerId: row.owner,
    registeredAt: row.registered_at,
    standing: row.standing,
    standingChange: reason === null || by === null || at === null ? null : { reason, noteId, by, at },
    agreement: {
      offered: row.offered,
      offeredAt: row.offered_at,
      documentSha256: row.offered_sha256,
      purposes: row.offered_purposes === null ? [] : (JSON.parse(row.offered_purposes) as string[]),
      signed: row.signed,
      signedAt: row.signed_at,
      inForce: row.offered !== null && row.offered === row.signed,
    },
    agents: prepared<[string], AgentView>(
      db,
      'SELECT agent, status, since FROM partner_directory_agents WHERE partner = ? ORDER BY agent',
    ).all(partner),
    clients: clientsOf(db, partner),
  };
}

function clientsOf(db: Database, partner: string): readonly ClientView[] {
  const clients = prepared<[string], Omit<ClientView, 'keys'>>(
    db,
    `SELECT client AS clientId, role, registered_at AS registeredAt, disabled_at AS disabledAt, disabled_reason AS disabledReason,
       disabled_note AS disabledNoteId
     FROM partner_directory_clients WHERE partner = ? ORDER BY client`,
  ).all(partner);
  const keys = prepared<[string], ClientView['keys'][number]>(
    db,
    `SELECT kid, thumbprint, registered_at AS registeredAt, revoked_at AS revokedAt FROM partner_directory_keys
     WHERE client = ? ORDER BY registered_at, kid`,
  );
  return clients.map((client) => ({ ...client, keys: keys.all(client.clientId) }));
}

/** Where each of the bands begins that owners are counted in by the units that they have left. */
const BANDS = [0, 1, 10, 50, 200, 1_000] as const;

/** How many owners have how much allowance left: `{ '0 to 1': 1, '1 to 10': 3, … }`. Says nothing of any single one. */
export function ownersByAllowance(db: Database): Readonly<Record<string, number>> {
  const counts: Record<string, number> = Object.fromEntries([...BANDS.keys()].map((i) => [bandName(i), 0]));
  for (const { balance } of prepared<[], { balance: number }>(
    db,
    'SELECT balance / 1000.0 AS balance FROM partner_directory_owners',
  ).all()) {
    const name = bandName(
      Math.max(
        0,
        BANDS.findLastIndex((from) => balance >= from),
      ),
    );
    counts[name] = (counts[name] ?? 0) + 1;
  }
  return counts;
}

function bandName(i: number): string {
  const to = BANDS[i + 1];
  return to === undefined ? `from ${BANDS[i]}` : `${BANDS[i]} to ${to}`;
}
