import { DISCLOSURE_MODES } from '../modules/owners/terms.js';
import type { DisclosureMode } from '../modules/owners/owner.events.js';
import { DEADLINE_KINDS, type DeadlineKind } from '../projections/deadlines.js';
import { LEDGER_SORTS } from '../projections/disclosure-ledger.js';
import { FUNNEL_FIGURES, FUNNEL_GROUPS } from '../projections/lead-funnels.js';
import { PARTNER_SORTS, type PartnerRow } from '../projections/partner-directory.queries.js';
import { REFUSAL_GROUPS, REFUSAL_SORTS } from '../projections/refusals.js';
import { AnalystListQuery, Day, FilterText, Moment, OneOf, SomeOf, SortBy } from './query-members.js';

export class PartnersQuery extends AnalystListQuery {
  @FilterText('of this owner only', 'harbour-holding') owner?: string;
  @OneOf(['good', 'suspended', 'terminated'], 'in this standing only') standing?: PartnerRow['standing'];
  @OneOf(DISCLOSURE_MODES, 'in this disclosure mode only') mode?: DisclosureMode;
  @SortBy(Object.keys(PARTNER_SORTS)) sort?: string;
}

export class FunnelsQuery extends AnalystListQuery {
  @SomeOf(FUNNEL_GROUPS, 'what a row is; at most one of day, week and month', 'partner,month') groupBy: string[] = ['partner'];
  @FilterText('of this owner only') owner?: string;
  @FilterText('of this partner only', 'harbour-loans') partner?: string;
  @FilterText('of this agent only', 'agent-1') agent?: string;
  @FilterText('of this purpose only', 'onboarding') purpose?: string;
  @Day('leads opened on or after this day (UTC)') from?: string;
  @Day('leads opened on or before this day (UTC)') to?: string;
  @SortBy(FUNNEL_FIGURES) sort?: string;
}

export class RefusalsQuery extends AnalystListQuery {
  @SomeOf(REFUSAL_GROUPS, 'what a row is; at most one of hour and day', 'code,day') groupBy: string[] = ['code'];
  @FilterText('of this owner only') owner?: string;
  @FilterText('of this partner only', 'harbour-loans') partner?: string;
  @FilterText('of this command only', 'POST /v1/leads') command?: string;
  @FilterText('with this code only', 'ALLOWANCE_SPENT') code?: string;
  @FilterText('of this agent only', 'agent-1') agent?: string;
  @Moment('in this hour or later') from?: string;
  @Moment('in this hour or earlier') to?: string;
  @SortBy(REFUSAL_SORTS) sort?: string;
}

export class DeadlinesQuery extends AnalystListQuery {
  @FilterText('of this owner only') owner?: string;
  @FilterText('of this partner only', 'harbour-loans') partner?: string;
  @OneOf(DEADLINE_KINDS, 'of this kind only') kind?: DeadlineKind;
  @Moment('due at or after it') from?: string;
  @Moment('due before it') to?: string;
}

export class LedgerQuery extends AnalystListQuery {
  @OneOf(['owner', 'partner'], 'what owners know, or what partners know') kind?: 'owner' | 'partner';
  @FilterText('of this owner and its partners only') owner?: string;
  @FilterText('of this owner or partner only') subject?: string;
  @SortBy(LEDGER_SORTS) sort?: string;
}
