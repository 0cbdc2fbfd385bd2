import { join } from 'node:path';
import { Global, Inject, Module, type OnApplicationShutdown, type OnModuleInit } from '@nestjs/common';
import type { Logger } from 'pino';
import { CONFIG, type Config } from './config.js';
import { DomainError } from './event-sourcing/decider.js';
import { EVENT_STORE, type EventStore } from './event-sourcing/event-store.js';
import { Subscriptions } from './event-sourcing.subscriptions.js';
import { MEMBERSHIP_LOOK_UP, type MembershipLookUp } from './modules/leads/membership-look-up.js';
import { CUSTOMER_CONTACTS, type CustomerContacts } from './modules/messages/customer-contacts.js';
import { customerSubject } from './modules/persons/person-subject.js';
import { LOGGER } from './observability/logger.js';
import { Membership, type SealedContact } from './projections/membership.js';

/** How long a check waits for the read model to have everything that was in the log when it arrived. */
const WAIT_MS = 2_000;

/** The one decision that asks a projection: it answers from all that was recorded when it was asked, or not at all. */
function currentMembership(membership: Membership, store: EventStore, subscriptions: Subscriptions): MembershipLookUp {
  return {
    lookUp: async (personKeys, corroborations, despiteLock) => {
      const end = await store.end();
      if (!(await subscriptions.waitFor(end, { name: membership.name, timeoutMs: WAIT_MS }))) {
        throw new DomainError('REGISTER_BEHIND', 'the register is not up to date', 1);
      }
      return membership.lookUp(personKeys, corroborations, despiteLock);
    },
  };
}

/** Reaches a customer where the bank's register says. */
function contactsOf(membership: Membership): CustomerContacts {
  return {
    contactOf: async (customerKey) => sealedUnder(await membership.contactOf(customerKey)),
    contactOfPerson: async (personKeys) => sealedUnder(await membership.contactOfPerson(personKeys)),
  };
}

function sealedUnder(found: SealedContact | undefined): { subject: string; sealed: string } | undefined {
  if (found === undefined) return undefined;
  return { subject: customerSubject(found.customerKey), sealed: found.sealed };
}

/** Binds the membership read model to the ports of the modules that ask it. */
@Global()
@Module({
  providers: [
    {
      provide: Membership,
      inject: [EVENT_STORE, CONFIG, LOGGER],
      useFactory: (store: EventStore, { dataDir }: Config, logger: Logger) =>
        new Membership(store, {
          file: join(dataDir, 'membership.snapshot'),
          onSnapshotFailure: (err) => logger.warn({ err }, 'the membership snapshot could not be written'),
        }),
    },
    { provide: MEMBERSHIP_LOOK_UP, inject: [Membership, EVENT_STORE, Subscriptions], useFactory: currentMembership },
    { provide: CUSTOMER_CONTACTS, inject: [Membership], useFactory: contactsOf },
  ],
  exports: [Membership, MEMBERSHIP_LOOK_UP, CUSTOMER_CONTACTS],
})
export class MembershipModule implements OnModuleInit, OnApplicationShutdown {
  constructor(
    @Inject(Membership) private readonly membership: Membership,
    private readonly subscriptions: Subscriptions,
  ) {}

  onModuleInit(): void {
    this.subscriptions.addMemoryProjection(this.membership);
  }

  async onApplicationShutdown(): Promise<void> {
    await this.membership.save();
  }
}
