import type { Database } from 'better-sqlite3';
import type { Recorded } from '../event-sourcing/message.js';
import type { Projection } from '../event-sourcing/projection.js';
import { CANARY_KINDS, type CanaryEvent, type CanaryKind, type CanaryRegistered, isVisible } from '../modules/canaries/canary.events.js';
import type { LeadAdmitted } from '../modules/owners/owner.events.js';
import type { EpochRetired } from '../modules/persons/common-keys.events.js';
import { type Page, pageOf, type Place, placeOf } from './page.js';
import { prepared } from './prepared.js';

/** Where the last lead that hit nobody lies: no position of the log. */
const NO_HIT = -1;

/**
 * How many canaries has the bank, of which kind, and which leads were opened on them? A hit is a lead that was admitted while
 * the canary was registered, by the order of the log: not before, and not from its `until` on. A canary is the number under which
 * hits on the same person belong together: the position of its registration, or of the first where it was sent again.
 */
export const canaries: Projection<CanaryEvent | LeadAdmitted | EpochRetired> = {
  name: 'canaries',
  version: 1,
  handles: ['CanaryRegistered', 'CanaryRetired', 'LeadAdmitted', 'EpochRetired'],
  tables: ['canaries_keys', 'canaries_leads'],
  schema: `
    CREATE TABLE canaries_keys (
      person_key TEXT PRIMARY KEY, canary INTEGER NOT NULL, kind TEXT NOT NULL, until TEXT NOT NULL
    ) WITHOUT ROWID;
    CREATE INDEX canaries_keys_canary ON canaries_keys (canary);
    CREATE TABLE canaries_leads (
      position INTEGER PRIMARY KEY, canary INTEGER NOT NULL, kind TEXT NOT NULL, lead_id TEXT NOT NULL, owner TEXT NOT NULL,
      partner TEXT NOT NULL, agent TEXT NOT NULL, purpose TEXT NOT NULL, opened_at TEXT NOT NULL
    );`,
  apply(db, event) {
    switch (event.type) {
      case 'CanaryRegistered':
        return applyRegistration(db, event);
      case 'CanaryRetired':
        prepared(
          db,
          `DELETE FROM canaries_keys WHERE canary IN (SELECT canary FROM canaries_keys WHERE person_key IN (SELECT value FROM json_each(?)))`,
        ).run(JSON.stringify(event.data.personKeys));
        return;
      case 'EpochRetired':
        // No lead comes under these any more. A dot ends the epoch's name in a key, and a slash is what follows a dot.
        prepared(db, 'DELETE FROM canaries_keys WHERE person_key > ? AND person_key < ?').run(
          `${event.data.epoch}.`,
          `${event.data.epoch}/`,
        );
        return;
      case 'LeadAdmitted':
        return applyAdmission(db, event);
    }
  },
};

/** Sent again in another epoch, or as another kind, it is the same canary. */
function applyRegistration(db: Database, { position, data: { personKeys, kind, until = '' } }: Recorded<CanaryRegistered>): void {
  const known = prepared<[string], { canary: number | null }>(
    db,
    'SELECT min(canary) AS canary FROM canaries_keys WHERE person_key IN (SELECT value FROM json_each(?))',
  ).get(JSON.stringify(personKeys));
  const canary = known?.canary ?? position;
  prepared(db, 'UPDATE canaries_keys SET kind = ?, until = ? WHERE canary = ?').run(kind, until, canary);
  const put = prepared(db, 'INSERT OR REPLACE INTO canaries_keys VALUES (?, ?, ?, ?)');
  for (const personKey of personKeys) put.run(personKey, canary, kind, until);
}

/**
 * The same work, and a row of the same size, for every lead: who asks next must not notice by the time that it takes that the one
 * before was about a canary (R41). So a lead that hit nobody is written down, too, in the place of the one before it.
 */
function applyAdmission(db: Database, { position, data }: Recorded<LeadAdmitted>): void {
  const { leadId, owner, partner, agent, purpose, personKey, otherKeys = [], at } = data;
  const hit = prepared<[string, string], { canary: number; kind: CanaryKind }>(
    db,
    `SELECT canary, kind FROM canaries_keys WHERE person_key IN (SELECT value FROM json_each(?)) AND (until = '' OR until > ?)
     ORDER BY canary LIMIT 1`,
  ).get(JSON.stringify([personKey, ...otherKeys]), monthOf(at));
  const { canary, kind } = hit ?? { canary: NO_HIT, kind: 'none' };
  prepared(db, 'INSERT OR REPLACE INTO canaries_leads VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?)').run(
    hit === undefined ? NO_HIT : position,
    canary,
    kind,
    leadId,
    owner,
    partner,
    agent,
    purpose,
    at,
  );
}

function monthOf(at: string): string {
  return at.slice(0, 'yyyy-mm'.length);
}

export interface CanariesOfKind {
  readonly kind: CanaryKind;
  /** Who holds a public register sees this kind, and can leave it out. */
  readonly visible: boolean;
  /** Of whom a lead would be a hit now. */
  readonly registered: number;
  /** Leads that were opened on one, ever. */
  readonly hits: number;
  /** Those of them that were hit, whether they still are canaries or not. */
  readonly hitCanaries: number;
}

/** Every kind, in the order of the list. @param now Unix time, ms */
export function canariesByKind(db: Database, now: number): readonly CanariesOfKind[] {
  const registered = new Map(
    prepared<[string], [string, number]>(
      db,
      `SELECT kind, count(DISTINCT canary) FROM canaries_keys WHERE until = '' OR until > ? GROUP BY kind`,
    )
      .raw()
      .all(monthOf(new Date(now).toISOString())),
  );
  const hit = prepared<[number], { kind: string; hits: number; hitCanaries: number }>(
    db,
    `SELECT kind, count(*) AS hits, count(DISTINCT canary) AS hitCanaries FROM canaries_leads WHERE position > ? GROUP BY kind`,
  ).all(NO_HIT);
  const hits = new Map(hit.map(({ kind, ...counts }) => [kind, counts]));
  return CANARY_KINDS.map((kind) => ({
    kind,
    visible: isVisible(kind),
    registered: registered.get(kind) ?? 0,
    ...(hits.get(kind) ?? { hits: 0, hitCanaries: 0 }),
  }));
}

/** A lead that was opened on a canary. */
export interface CanaryHit {
  /** Of the `LeadAdmitted` that it rests on, in the log. */
  readonly position: number;
  /** The same for two hits on the same canary: the position of the event that registered it. */
  readonly canary: number;
  /** As it was registered then. */
  readonly kind: CanaryKind;
  readonly visible: boolean;
  readonly leadId: string;
  readonly owner: string;
  readonly partner: string;
  readonly agent: string;
  readonly purpose: string;
  /** ISO 8601. */
  readonly openedAt: string;
}

export interface CanaryHitsQuestion {
  readonly owner?: string | undefined;
  readonly partner?: string | undefined;
  readonly agent?: string | undefined;
  readonly kind?: CanaryKind | undefined;
  /** Opened at or after it; ISO 8601. */
  readonly from?: string | undefined;
  /** Opened before it; ISO 8601. */
  readonly to?: string | undefined;
  readonly after?: Place;
  readonly limit: number;
}

const FILTERS = {
  owner: 'owner = ?',
  partner: 'partner = ?',
  agent: 'agent = ?',
  kind: 'kind = ?',
  from: 'opened_at >= ?',
  to: 'opened_at < ?',
} as const;

/** The latest first. @throws ForeignPlace */
export function canaryHits(db: Database, { after, limit, ...filters }: CanaryHitsQuestion): Page<CanaryHit> {
  const asked = Object.entries(FILTERS).flatMap(([name, sql]) => {
    const value = filters[name as keyof typeof FILTERS];
    return value === undefined ? [] : [{ sql, value }];
  });
  const [before] = after === undefined ? [Number.MAX_SAFE_INTEGER] : placeOf(after, ['number'] as const);
  const found = prepared<unknown[], Omit<CanaryHit, 'visible'>>(
    db,
    `SELECT position, canary, kind, lead_id AS leadId, owner, partner, agent, purpose, opened_at AS openedAt FROM canaries_leads
     WHERE position > ${NO_HIT} AND position < ? ${asked.map(({ sql }) => `AND ${sql}`).join(' ')} ORDER BY position DESC LIMIT ?`,
  ).all(before, ...asked.map(({ value }) => value), limit + 1);
  const hits = found.map((hit) => ({ ...hit, visible: isVisible(hit.kind) }));
  return pageOf(hits, limit, ({ position }) => [position]);
}
