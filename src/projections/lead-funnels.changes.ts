import type { Database } from 'better-sqlite3';
import type { Recorded, Uncaused } from '../event-sourcing/message.js';
import type { Gathering } from '../event-sourcing/projection.js';
import type { LeadEvent, WithdrawalReason } from '../modules/leads/lead.events.js';
import type { LeadAdmitted, LeadSettled } from '../modules/owners/owner.events.js';
import { bucketOf } from './duration-histogram.js';
import { prepared } from './prepared.js';

export type FunnelEvent =
  | LeadAdmitted
  | LeadSettled
  | Extract<
      LeadEvent,
      {
        type:
          | 'MembershipAnswered'
          | 'LeadEndedExisting'
          | 'LeadWithdrawn'
          | 'LeadLapsed'
          | 'CustomerSubmitted'
          | 'LeadConverted'
          | 'LeadDeclined'
          | 'ConversionRevoked'
          | 'ExistingAcknowledged'
          | 'ConsentAnswered'
          | 'LeadDenied';
      }
    >;

/**
 * A bit for each stage that a lead has reached, under the name of its count. `converted` and `declined` are what a settlement
 * has shown; what the bank knows of them before is apart.
 */
const STAGES = {
  opened: 1,
  /** The answer of an earlier lead came with it. */
  carried: 2,
  answered: 4,
  existing: 8,
  acknowledged: 16,
  created: 32,
  withdrawn: 64,
  lapsed: 128,
  confirmed_at_bank: 256,
  declined_at_bank: 512,
  revoked_at_bank: 1024,
  converted: 2048,
  declined: 4096,
  withdrawn_lost_interest: 8192,
  withdrawn_unreachable: 16_384,
  withdrawn_not_eligible: 32_768,
  withdrawn_went_elsewhere: 65_536,
  withdrawn_opened_by_mistake: 131_072,
  withdrawn_other: 262_144,
  /** The applicant consented, on their page or by their code. */
  consented: 524_288,
  /** Somebody said that they never spoke to the partner. */
  denied: 1_048_576,
} as const;
type Stage = keyof typeof STAGES;
const WITHDRAWN_FOR: Readonly<Record<WithdrawalReason, Stage>> = {
  'lost-interest': 'withdrawn_lost_interest',
  unreachable: 'withdrawn_unreachable',
  'not-eligible': 'withdrawn_not_eligible',
  'went-elsewhere': 'withdrawn_went_elsewhere',
  'opened-by-mistake': 'withdrawn_opened_by_mistake',
  other: 'withdrawn_other',
};
export const STAGE_NAMES = Object.keys(STAGES) as Stage[];

/** What the events taken so far say of one lead. */
interface Reached {
  stages: number;
  admission: Admission | undefined;
  /** Of its first create. */
  createdAt: string | undefined;
}
type Admission = Recorded<LeadAdmitted>['data'];

interface LeadRow {
  readonly cohort: number;
  readonly opened_ms: number;
  readonly stages: number;
}

/** How many more of a cohort's leads have reached each stage. */
interface CohortChange {
  /** Of one that has no row yet. */
  readonly admission: Admission | undefined;
  readonly counts: number[];
  readonly buckets: Map<number, number>;
}

/** A stage counts once for each lead, however often it is told, and only of a lead that was admitted. */
export class FunnelChanges implements Gathering<FunnelEvent> {
  private readonly leads = new Map<string, Reached>();
  private readonly cohorts = new Map<number, CohortChange>();
  private readonly cohortIds = new Map<string, number>();
  private nextCohort: number | undefined;

  constructor(private readonly db: Database) {}

  get rows(): number {
    return this.leads.size;
  }

  take(event: Uncaused<FunnelEvent>): void {
    const { leadId } = event.data;
    switch (event.type) {
      case 'LeadAdmitted':
        return this.admitted(event.data);
      case 'MembershipAnswered':
        return this.reach(leadId, STAGES.answered);
      case 'LeadEndedExisting':
        return this.reach(leadId, STAGES.existing);
      case 'LeadWithdrawn':
        return this.reach(leadId, STAGES.withdrawn | STAGES[WITHDRAWN_FOR[event.data.reason]]);
      case 'LeadLapsed':
        return this.reach(leadId, STAGES.lapsed);
      case 'CustomerSubmitted':
        this.reach(leadId, STAGES.created);
        this.of(leadId).createdAt ??= event.data.at;
        return;
      case 'LeadConverted':
        return this.reach(leadId, STAGES.confirmed_at_bank);
      case 'LeadDeclined':
        return this.reach(leadId, STAGES.declined_at_bank);
      case 'ConversionRevoked':
        return this.reach(leadId, STAGES.revoked_at_bank);
      case 'ExistingAcknowledged':
        return this.reach(leadId, STAGES.acknowledged);
      case 'ConsentAnswered':
        return event.data.word === 'given' ? this.reach(leadId, STAGES.consented) : undefined;
      case 'LeadDenied':
        return this.reach(leadId, STAGES.denied);
      case 'LeadSettled':
        return this.reach(leadId, STAGES[event.data.as]);
    }
  }

  write(): void {
    for (const [leadId, reached] of this.leads) {
      const before = this.admit(leadId, reached) ?? this.known(leadId);
      if (before === undefined) continue;
      const fresh = reached.stages & ~before.stages;
      if (fresh === 0) continue;
      if (before.stages !== 0) this.run('UPDATE lead_funnels_leads SET stages = stages | ? WHERE lead_id = ?', fresh, leadId);
      this.count(before, fresh, reached.createdAt);
    }
    for (const [cohort, change] of this.cohorts) this.writeCohort(cohort, change);
  }

  private of(leadId: string): Reached {
    let reached = this.leads.get(leadId);
    if (reached === undefined) this.leads.set(leadId, (reached = { stages: 0, admission: undefined, createdAt: undefined }));
    return reached;
  }

  private reach(leadId: string, stages: number): void {
    this.of(leadId).stages |= stages;
  }

  private admitted(admission: Admission): void {
    const { leadId, carried } = admission;
    // What came before its admission was said of no lead.
    const before = this.leads.get(leadId);
    if (before !== undefined && before.admission === undefined && this.known(leadId) === undefined) this.leads.delete(leadId);
    const reached = this.of(leadId);
    reached.admission ??= admission;
    reached.stages |= carried === undefined ? STAGES.opened : STAGES.opened | STAGES.carried | STAGES.answered;
  }

  /** The row of a lead that was not known before; it has no stage yet by which to tell it. */
  private admit(leadId: string, { admission, stages }: Reached): LeadRow | undefined {
    if (admission === undefined) return undefined;
    const cohort = this.cohortOf(admission);
    const opened_ms = Date.parse(admission.at);
    const { changes } = this.run('INSERT OR IGNORE INTO lead_funnels_leads VALUES (?, ?, ?, ?)', leadId, cohort, opened_ms, stages);
    return changes === 0 ? undefined : { cohort, opened_ms, stages: 0 };
  }

  private known(leadId: string): LeadRow | undefined {
    return prepared<[string], LeadRow>(this.db, 'SELECT cohort, opened_ms, stages FROM lead_funnels_leads WHERE lead_id = ?').get(leadId);
  }

  private cohortOf(admission: Admission): number {
    const { partner, agent, purpose, at } = admission;
    const day = at.slice(0, 10);
    const key = [partner, day, agent, purpose].join('\n');
    let cohort = this.cohortIds.get(key);
    if (cohort !== undefined) return cohort;
    cohort = prepared<string[], number>(
      this.db,
      'SELECT cohort FROM lead_funnels_days WHERE partner = ? AND day = ? AND agent = ? AND purpose = ?',
    )
      .pluck()
      .get(partner, day, agent, purpose);
    if (cohort === undefined) {
      cohort = this.freeCohort();
      this.cohorts.set(cohort, changeOf(admission));
    }
    this.cohortIds.set(key, cohort);
    return cohort;
  }

  /** In the order of the first admissions, so that a rebuild gives the same ones. */
  private freeCohort(): number {
    this.nextCohort ??= prepared<[], number>(this.db, 'SELECT coalesce(max(cohort), 0) + 1 FROM lead_funnels_days').pluck().get() as number;
    return this.nextCohort++;
  }

  private count({ cohort, opened_ms }: LeadRow, fresh: number, createdAt: string | undefined): void {
    let change = this.cohorts.get(cohort);
    if (change === undefined) this.cohorts.set(cohort, (change = changeOf(undefined)));
    const { counts, buckets } = change;
    for (let stage = 0, bits = fresh; bits !== 0; stage++, bits >>>= 1) if ((bits & 1) === 1) counts[stage]! += 1;
    if ((fresh & STAGES.created) === 0 || createdAt === undefined) return;
    const bucket = bucketOf(Date.parse(createdAt) - opened_ms);
    buckets.set(bucket, (buckets.get(bucket) ?? 0) + 1);
  }

  private writeCohort(cohort: number, { admission, counts, buckets }: CohortChange): void {
    if (admission === undefined) this.run(ADD_TO_COHORT, ...counts, cohort);
    else {
      const { partner, at, agent, purpose, owner } = admission;
      this.run(INSERT_COHORT, cohort, partner, at.slice(0, 10), agent, purpose, owner, ...counts);
    }
    for (const [bucket, count] of buckets) this.run(ADD_TIMES, cohort, bucket, count);
  }

  private run(sql: string, ...params: unknown[]): { changes: number } {
    return prepared<unknown[]>(this.db, sql).run(...params);
  }
}

const INSERT_COHORT = `INSERT INTO lead_funnels_days VALUES (?, ?, ?, ?, ?, ?, ${STAGE_NAMES.map(() => '?').join(', ')})`;
const ADD_TO_COHORT = `UPDATE lead_funnels_days SET ${STAGE_NAMES.map((stage) => `${stage} = ${stage} + ?`).join(', ')} WHERE cohort = ?`;
const ADD_TIMES = 'INSERT INTO lead_funnels_times VALUES (?, ?, ?) ON CONFLICT DO UPDATE SET count = count + excluded.count';

function changeOf(admission: Admission | undefined): CohortChange {
  return { admission, counts: STAGE_NAMES.map(() => 0), buckets: new Map<number, number>() };
}
