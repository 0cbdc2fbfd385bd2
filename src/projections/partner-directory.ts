import type { Database } from 'better-sqlite3';
import type { Recorded } from '../event-sourcing/message.js';
import type { Projection } from '../event-sourcing/projection.js';
import type { ClientDisabled, ClientKeyRegistered, ClientKeyRevoked, ClientRegistered } from '../modules/access/client.events.js';
import type { OwnerEvent, Terms, TermsSet } from '../modules/owners/owner.events.js';
import { ALLOWANCE_COLUMNS, applyLedger, applyTermsToAllowance, LEDGER_EVENTS, termsInForce } from './allowance-of-owner.js';
import { noteIdOf, type Place } from './note-id.js';
import { prepared } from './prepared.js';

/** Who are the partners and their owners, how do they stand, on what terms, with what allowance, agents and clients? */
export const partnerDirectory: Projection<OwnerEvent | ClientFact> = {
  name: 'partner_directory',
  version: 6,
  handles: [
    ...LEDGER_EVENTS,
    'OwnerRegistered',
    'TermsProposed',
    'TermsSet',
    'TermsReviewAsked',
    'PartnerRegistered',
    'AgreementOffered',
    'AgreementSigned',
    'PartnerSuspended',
    'PartnerReinstated',
    'PartnerTerminated',
    'AgentRegistered',
    'AgentRetired',
    'PartnerLeft',
    'PartnerReceived',
    'ClientRegistered',
    'ClientKeyRegistered',
    'ClientKeyRevoked',
    'ClientDisabled',
  ],
  tables: [
    'partner_directory_owners',
    'partner_directory_partners',
    'partner_directory_agents',
    'partner_directory_clients',
    'partner_directory_keys',
  ],
  // `revision` is that of the owner's stream, by which an event that comes twice is known.
  schema: `
    CREATE TABLE partner_directory_owners (
      owner TEXT PRIMARY KEY, name TEXT NOT NULL, registered_at TEXT NOT NULL, revision INTEGER NOT NULL,
      terms TEXT, terms_version INTEGER NOT NULL DEFAULT 0, terms_set TEXT, proposal TEXT, review TEXT, mode TEXT NOT NULL DEFAULT '', merged_into TEXT,
      ${ALLOWANCE_COLUMNS}
    ) WITHOUT ROWID;
    CREATE TABLE partner_directory_partners (
      partner TEXT PRIMARY KEY, owner TEXT NOT NULL, name TEXT NOT NULL, registered_at TEXT NOT NULL,
      standing TEXT NOT NULL DEFAULT 'good', standing_reason TEXT, standing_note TEXT, standing_by TEXT, standing_at TEXT,
      offered TEXT, offered_at TEXT, offered_sha256 TEXT, offered_purposes TEXT, signed TEXT, signed_at TEXT
    ) WITHOUT ROWID;
    CREATE INDEX partner_directory_partners_of ON partner_directory_partners (owner);
    CREATE TABLE partner_directory_agents (
      partner TEXT NOT NULL, agent TEXT NOT NULL, status TEXT NOT NULL, since TEXT NOT NULL, PRIMARY KEY (partner, agent)
    ) WITHOUT ROWID;
    CREATE TABLE partner_directory_clients (
      client TEXT PRIMARY KEY, role TEXT NOT NULL, partner TEXT, registered_at TEXT NOT NULL, disabled_at TEXT, disabled_reason TEXT, disabled_note TEXT
    ) WITHOUT ROWID;
    CREATE INDEX partner_directory_clients_of ON partner_directory_clients (partner);
    CREATE TABLE partner_directory_keys (
      client TEXT NOT NULL, kid TEXT NOT NULL, thumbprint TEXT NOT NULL, registered_at TEXT NOT NULL, revoked_at TEXT,
      PRIMARY KEY (client, kid, registered_at)
    ) WITHOUT ROWID;`,
  apply(db, event) {
    if (isOfClient(event)) applyClient(db, event);
    else applyOwner(db, event);
  },
};

function isOfClient(event: Recorded<OwnerEvent | ClientFact>): event is Recorded<ClientFact> {
  return event.type.startsWith('Client');
}

function applyOwner(db: Database, event: Recorded<OwnerEvent>): void {
  if (event.type === 'OwnerRegistered') {
    const { owner, name, at } = event.data;
    prepared(
      db,
      `INSERT OR IGNORE INTO partner_directory_owners (owner, name, registered_at, revision, accrued_until, pace_at) VALUES (?, ?, ?, ?, ?, ?)`,
    ).run(owner, name, at, event.revision, Date.parse(at), Date.parse(at));
    return;
  }
  const owner = event.stream.slice('owner-'.length);
  const isNew = prepared(db, 'UPDATE partner_directory_owners SET revision = ? WHERE owner = ? AND revision < ?');
  if (isNew.run(event.revision, owner, event.revision).changes === 1) applyToOwner(db, owner, event);
}

function applyToOwner(db: Database, owner: string, event: Exclude<Recorded<OwnerEvent>, { type: 'OwnerRegistered' }>): void {
  switch (event.type) {
    case 'TermsProposed':
      prepared(db, 'UPDATE partner_directory_owners SET proposal = ? WHERE owner = ?').run(JSON.stringify(withNoteId(event)), owner);
      return;
    case 'TermsReviewAsked':
      prepared(db, 'UPDATE partner_directory_owners SET review = ? WHERE owner = ?').run(JSON.stringify(event.data), owner);
      return;
    case 'TermsSet':
      return applyTerms(db, owner, event);
    case 'PartnerRegistered': {
      const { partner, name, at } = event.data;
      prepared(db, 'INSERT INTO partner_directory_partners (partner, owner, name, registered_at) VALUES (?, ?, ?, ?)').run(
        partner,
        owner,
        name,
        at,
      );
      return;
    }
    case 'AgreementOffered': {
      const { partner, version, purposes, documentSha256, at } = event.data;
      prepared(
        db,
        'UPDATE partner_directory_partners SET offered = ?, offered_at = ?, offered_sha256 = ?, offered_purposes = ? WHERE partner = ?',
      ).run(version, at, documentSha256, JSON.stringify(purposes), partner);
      return;
    }
    case 'AgreementSigned': {
      const { partner, version, at } = event.data;
      prepared(db, 'UPDATE partner_directory_partners SET signed = ?, signed_at = ? WHERE partner = ?').run(version, at, partner);
      return;
    }
    case 'PartnerSuspended':
      return applyStanding(db, 'suspended', event);
    case 'PartnerReinstated':
      return applyStanding(db, 'good', event);
    case 'PartnerTerminated':
      return applyStanding(db, 'terminated', event);
    case 'AgentRegistered':
      return applyAgent(db, 'active', event.data);
    case 'AgentRetired':
      return applyAgent(db, 'retired', event.data);
    case 'PartnerLeft':
      return;
    case 'PartnerReceived':
      prepared(db, 'UPDATE partner_directory_partners SET owner = ? WHERE partner = ?').run(owner, event.data.partner);
      return;
    case 'OwnerMerged':
      prepared(db, 'UPDATE partner_directory_owners SET merged_into = ? WHERE owner = ?').run(event.data.into, owner);
      return applyLedger(db, owner, event);
    default:
      return applyLedger(db, owner, event);
  }
}

function applyTerms(db: Database, owner: string, event: Recorded<TermsSet>): void {
  const { terms, ...set } = withNoteId(event);
  applyTermsToAllowance(db, owner, terms, Date.parse(set.at));
  if (answersReview(event.data, termsInForce(db, owner)))
    prepared(db, 'UPDATE partner_directory_owners SET review = NULL WHERE owner = ?').run(owner);
  prepared(
    db,
    'UPDATE partner_directory_owners SET terms = ?, terms_version = ?, terms_set = ?, mode = ?, proposal = NULL WHERE owner = ?',
  ).run(JSON.stringify(terms), set.version, JSON.stringify(set), terms.mode, owner);
}

/** Neither a policy for all owners, nor another's past, nor a mode alone is an answer to whether a conversion is to earn more. */
function answersReview({ terms, reason }: TermsSet['data'], before: Terms | undefined): boolean {
  if (reason === 'policy' || reason === 'owner-changed') return false;
  return JSON.stringify({ ...before, mode: terms.mode }) !== JSON.stringify(terms);
}

interface StandingChange {
  readonly partner: string;
  readonly reason: string;
  readonly sealed?: string;
  readonly by: string;
  readonly at: string;
}

function applyStanding(db: Database, standing: string, event: Place & { readonly data: StandingChange }): void {
  const { partner, reason, noteId, by, at } = withNoteId(event);
  prepared(
    db,
    `UPDATE partner_directory_partners SET standing = ?, standing_reason = ?, standing_note = ?, standing_by = ?, standing_at = ?
     WHERE partner = ?`,
  ).run(standing, reason, noteId, by, at, partner);
}

/** What the event says, with the place of its note instead of the note. */
function withNoteId<Data extends { sealed?: string }>(
  event: Place & { readonly data: Data },
): Omit<Data, 'sealed'> & { noteId: string | null } {
  const { sealed: _, ...data } = event.data;
  return { ...data, noteId: noteIdOf(event) };
}

function applyAgent(db: Database, status: string, { partner, agent, at }: { partner: string; agent: string; at: string }): void {
  prepared(db, 'INSERT OR REPLACE INTO partner_directory_agents VALUES (?, ?, ?, ?)').run(partner, agent, status, at);
}

/** What it shows of clients; certificates and compromises are asked for elsewhere. */
type ClientFact = ClientRegistered | ClientKeyRegistered | ClientKeyRevoked | ClientDisabled;

function applyClient(db: Database, event: Recorded<ClientFact>): void {
  const client = event.stream.slice('client-'.length);
  switch (event.type) {
    case 'ClientRegistered': {
      const { role, partnerId, at } = event.data;
      prepared(db, 'INSERT OR IGNORE INTO partner_directory_clients (client, role, partner, registered_at) VALUES (?, ?, ?, ?)').run(
        client,
        role,
        partnerId ?? null,
        at,
      );
      return;
    }
    case 'ClientKeyRegistered': {
      const { kid, thumbprint, at } = event.data;
      prepared(db, 'INSERT OR IGNORE INTO partner_directory_keys (client, kid, thumbprint, registered_at) VALUES (?, ?, ?, ?)').run(
        client,
        kid,
        thumbprint,
        at,
      );
      return;
    }
    case 'ClientKeyRevoked':
      prepared(db, 'UPDATE partner_directory_keys SET revoked_at = ? WHERE client = ? AND kid = ? AND revoked_at IS NULL').run(
        event.data.at,
        client,
        event.data.kid,
      );
      return;
    case 'ClientDisabled':
      prepared(db, 'UPDATE partner_directory_clients SET disabled_at = ?, disabled_reason = ?, disabled_note = ? WHERE client = ?').run(
        event.data.at,
        event.data.reason,
        noteIdOf(event),
        client,
      );
  }
}
