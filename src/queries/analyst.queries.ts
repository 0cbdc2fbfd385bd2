import { Inject } from '@nestjs/common';
import { type IQueryHandler, Query, QueryHandler } from '@nestjs/cqrs';
import { CLOCK, type Clock, shownBy } from '../event-sourcing/clock.js';
import { type Deadline, type DeadlinesQuestion, deadlines, upcomingDeadlines } from '../projections/deadlines.js';
import { disclosureLedger, ledger, type LedgerRow } from '../projections/disclosure-ledger.js';
import type { ReportQuestion } from '../projections/grouped-report.js';
import { type Funnel, funnels, leadFunnels } from '../projections/lead-funnels.js';
import type { Page } from '../projections/page.js';
import { partnerDirectory } from '../projections/partner-directory.js';
import {
  type OwnerView,
  ownerView,
  type PartnerRow,
  partnersPage,
  type PartnersQuestion,
  partnerView,
  type PartnerView,
} from '../projections/partner-directory.queries.js';
import { type FlushGap, flushGaps, type RefusalCount, refusalCounts, refusals } from '../projections/refusals.js';
import { pageFrom } from './cursor.js';
import { type AsOf, ReadSide } from './read-side.js';

/** `after`: the position that the answer has to be current up to. */
export class AskPartners extends Query<AsOf<Page<PartnerRow>>> {
  constructor(
    readonly question: Omit<PartnersQuestion, 'now'>,
    readonly after?: number,
  ) {
    super();
  }
}

@QueryHandler(AskPartners)
export class AskPartnersHandler implements IQueryHandler<AskPartners> {
  constructor(
    private readonly readSide: ReadSide,
    @Inject(CLOCK) private readonly clock: Clock,
  ) {}

  execute({ question, after }: AskPartners): Promise<AsOf<Page<PartnerRow>>> {
    const now = shownBy(this.clock);
    return this.readSide.asOf(partnerDirectory, after, (db) => pageFrom(() => partnersPage(db, { ...question, now })));
  }
}

export class AskPartner extends Query<AsOf<PartnerView | undefined>> {
  constructor(
    readonly partner: string,
    readonly after?: number,
  ) {
    super();
  }
}

@QueryHandler(AskPartner)
export class AskPartnerHandler implements IQueryHandler<AskPartner> {
  constructor(private readonly readSide: ReadSide) {}

  execute({ partner, after }: AskPartner): Promise<AsOf<PartnerView | undefined>> {
    return this.readSide.asOf(partnerDirectory, after, (db) => partnerView(db, partner));
  }
}

export class AskOwner extends Query<AsOf<OwnerView | undefined>> {
  constructor(
    readonly owner: string,
    readonly after?: number,
  ) {
    super();
  }
}

@QueryHandler(AskOwner)
export class AskOwnerHandler implements IQueryHandler<AskOwner> {
  constructor(
    private readonly readSide: ReadSide,
    @Inject(CLOCK) private readonly clock: Clock,
  ) {}

  execute({ owner, after }: AskOwner): Promise<AsOf<OwnerView | undefined>> {
    const now = shownBy(this.clock);
    return this.readSide.asOf(partnerDirectory, after, (db) => ownerView(db, owner, now));
  }
}

export class AskFunnels extends Query<AsOf<Page<Funnel>>> {
  constructor(
    readonly question: ReportQuestion,
    readonly after?: number,
  ) {
    super();
  }
}

@QueryHandler(AskFunnels)
export class AskFunnelsHandler implements IQueryHandler<AskFunnels> {
  constructor(private readonly readSide: ReadSide) {}

  execute({ question, after }: AskFunnels): Promise<AsOf<Page<Funnel>>> {
    return this.readSide.asOf(leadFunnels, after, (db) => pageFrom(() => funnels(db, question)));
  }
}

/** Counts, and where some may be missing. */
export interface Refusals extends Page<RefusalCount> {
  readonly gaps: readonly FlushGap[];
}

export class AskRefusals extends Query<AsOf<Refusals>> {
  constructor(
    readonly question: ReportQuestion,
    readonly after?: number,
  ) {
    super();
  }
}

@QueryHandler(AskRefusals)
export class AskRefusalsHandler implements IQueryHandler<AskRefusals> {
  constructor(private readonly readSide: ReadSide) {}

  execute({ question, after }: AskRefusals): Promise<AsOf<Refusals>> {
    return this.readSide.asOf(refusals, after, (db) => ({ ...pageFrom(() => refusalCounts(db, question)), gaps: flushGaps(db) }));
  }
}

export class AskDeadlines extends Query<AsOf<Page<Deadline>>> {
  constructor(
    readonly question: DeadlinesQuestion,
    readonly after?: number,
  ) {
    super();
  }
}

@QueryHandler(AskDeadlines)
export class AskDeadlinesHandler implements IQueryHandler<AskDeadlines> {
  constructor(private readonly readSide: ReadSide) {}

  execute({ question, after }: AskDeadlines): Promise<AsOf<Page<Deadline>>> {
    return this.readSide.asOf(deadlines, after, (db) => pageFrom(() => upcomingDeadlines(db, question)));
  }
}

export class AskLedger extends Query<AsOf<Page<LedgerRow>>> {
  constructor(
    readonly question: Omit<ReportQuestion, 'by'>,
    readonly after?: number,
  ) {
    super();
  }
}

@QueryHandler(AskLedger)
export class AskLedgerHandler implements IQueryHandler<AskLedger> {
  constructor(private readonly readSide: ReadSide) {}

  execute({ question, after }: AskLedger): Promise<AsOf<Page<LedgerRow>>> {
    return this.readSide.asOf(disclosureLedger, after, (db) => pageFrom(() => ledger(db, question)));
  }
}

export const ANALYST_HANDLERS = [
  AskPartnersHandler,
  AskPartnerHandler,
  AskOwnerHandler,
  AskFunnelsHandler,
  AskRefusalsHandler,
  AskDeadlinesHandler,
  AskLedgerHandler,
];
