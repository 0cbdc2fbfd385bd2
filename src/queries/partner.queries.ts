import { Inject } from '@nestjs/common';
import { type IQueryHandler, Query, QueryHandler } from '@nestjs/cqrs';
import { CLOCK, type Clock, shownBy } from '../event-sourcing/clock.js';
import {
  type CustomerOfPartner,
  customerOfPartner,
  customersOf,
  customersOfPartner,
  type CustomersQuestion,
} from '../projections/customers-of-partner.js';
import { type LeadOfPartner, leadOfPartner, leadsOf, leadsOfPartner, type LeadsQuestion } from '../projections/leads-of-partner.js';
import type { Page } from '../projections/page.js';
import { partnerDirectory } from '../projections/partner-directory.js';
import { type OwnerView, ownerView } from '../projections/partner-directory.queries.js';
import { type MonthOfUsage, usage, usageOf } from '../projections/usage.js';
import { pageFrom } from './cursor.js';
import { ReadSide } from './read-side.js';

export class AskOwnLeads extends Query<Page<LeadOfPartner>> {
  constructor(readonly question: LeadsQuestion) {
    super();
  }
}

@QueryHandler(AskOwnLeads)
export class AskOwnLeadsHandler implements IQueryHandler<AskOwnLeads> {
  constructor(private readonly readSide: ReadSide) {}

  execute({ question }: AskOwnLeads): Promise<Page<LeadOfPartner>> {
    return this.readSide.current(leadsOfPartner, (db) => pageFrom(() => leadsOf(db, question)));
  }
}

export class AskOwnLead extends Query<LeadOfPartner | undefined> {
  constructor(
    readonly partner: string,
    readonly leadId: string,
  ) {
    super();
  }
}

@QueryHandler(AskOwnLead)
export class AskOwnLeadHandler implements IQueryHandler<AskOwnLead> {
  constructor(private readonly readSide: ReadSide) {}

  execute({ partner, leadId }: AskOwnLead): Promise<LeadOfPartner | undefined> {
    return this.readSide.current(leadsOfPartner, (db) => leadOfPartner(db, partner, leadId));
  }
}

export class AskOwnCustomers extends Query<Page<CustomerOfPartner>> {
  constructor(readonly question: CustomersQuestion) {
    super();
  }
}

@QueryHandler(AskOwnCustomers)
export class AskOwnCustomersHandler implements IQueryHandler<AskOwnCustomers> {
  constructor(private readonly readSide: ReadSide) {}

  execute({ question }: AskOwnCustomers): Promise<Page<CustomerOfPartner>> {
    return this.readSide.current(customersOfPartner, (db) => pageFrom(() => customersOf(db, question)));
  }
}

export class AskOwnCustomer extends Query<CustomerOfPartner | undefined> {
  constructor(
    readonly partner: string,
    readonly customerId: string,
  ) {
    super();
  }
}

@QueryHandler(AskOwnCustomer)
export class AskOwnCustomerHandler implements IQueryHandler<AskOwnCustomer> {
  constructor(private readonly readSide: ReadSide) {}

  execute({ partner, customerId }: AskOwnCustomer): Promise<CustomerOfPartner | undefined> {
    return this.readSide.current(customersOfPartner, (db) => customerOfPartner(db, partner, customerId));
  }
}

export class AskOwnAllowance extends Query<OwnerView | undefined> {
  constructor(readonly owner: string) {
    super();
  }
}

@QueryHandler(AskOwnAllowance)
export class AskOwnAllowanceHandler implements IQueryHandler<AskOwnAllowance> {
  constructor(
    private readonly readSide: ReadSide,
    @Inject(CLOCK) private readonly clock: Clock,
  ) {}

  execute({ owner }: AskOwnAllowance): Promise<OwnerView | undefined> {
    const now = shownBy(this.clock);
    return this.readSide.current(partnerDirectory, (db) => ownerView(db, owner, now));
  }
}

export class AskOwnUsage extends Query<readonly MonthOfUsage[]> {
  constructor(
    readonly partner: string,
    readonly from?: string,
    readonly to?: string,
  ) {
    super();
  }
}

@QueryHandler(AskOwnUsage)
export class AskOwnUsageHandler implements IQueryHandler<AskOwnUsage> {
  constructor(private readonly readSide: ReadSide) {}

  execute({ partner, from, to }: AskOwnUsage): Promise<readonly MonthOfUsage[]> {
    return this.readSide.current(usage, (db) => usageOf(db, partner, from, to));
  }
}

export const PARTNER_HANDLERS = [
  AskOwnLeadsHandler,
  AskOwnLeadHandler,
  AskOwnCustomersHandler,
  AskOwnCustomerHandler,
  AskOwnAllowanceHandler,
  AskOwnUsageHandler,
];
