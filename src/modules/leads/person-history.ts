import type { CommandBus } from '@nestjs/cqrs';
import type { CommandHandling } from '../../event-sourcing/handle-command.js';
import { besides, type Cause } from '../../event-sourcing/message.js';
import type { Outage } from '../../event-sourcing/process.js';
import { currentLead, type LeadHistory, owner } from '../owners/owner.js';
import { hasLeft, type Owner, ownerStream } from '../owners/owner.state.js';
import type { PersonIdentifier } from '../persons/identifier.js';
import type { Keyring } from '../persons/keyring.js';
import { LapseLead } from './lead.commands.js';
import { type EarlierHistory, historyOf, leadsOf, type Past } from './lead-history.js';
import type { LeadLookup } from './lead-lookup.js';
import { isOverdue } from './lead-rules.js';

export interface AskedPerson {
  readonly person: PersonIdentifier;
  /** Epoch ms. */
  readonly now: number;
  readonly outages: readonly Outage[];
  /** ISO 8601: of the owner that wants to admit. */
  readonly coolDown: string;
}

/** The person's leads with one owner, read to their end. */
interface Found {
  readonly history: LeadHistory;
  readonly personKey: string;
  /** The person in the other live epochs. */
  readonly otherKeys: readonly string[];
  readonly leadStream: string;
  /** The time of the decision, which is not before that of the leads; epoch ms. */
  readonly at: number;
}

/** What admission has to know of a person's earlier leads: with the owner, and with those whose past it took over. */
export class PersonHistory {
  constructor(
    private readonly commands: CommandHandling,
    private readonly leads: LeadLookup,
    private readonly keyring: Keyring,
    private readonly bus: CommandBus,
  ) {}

  /**
   * A lead whose deadline has passed, whatever its timer did, lapses first.
   * @param past whose leads alone are told of, as of the moment that is asked about
   */
  async of(state: Owner, { person, now, outages, coolDown }: AskedPerson, cause: Cause, past?: Past): Promise<Found> {
    const unresolved = (leadId: string): boolean => state.unresolved.has(leadId);
    let found = await this.leads.byPerson(state.owner, person, unresolved);
    const latest = found.state.leads.at(-1);
    const waiting = latest?.status === 'open' || latest?.status === 'answered';
    if (latest !== undefined && waiting && isOverdue(latest, now, outages)) {
      await this.bus.execute(new LapseLead({ leadId: latest.opening.leadId }, besides(cause)));
      found = await this.leads.byPerson(state.owner, person, unresolved);
    }
    const { personKey, otherKeys, stream: leadStream } = found;
    const at = past === undefined ? Math.max(now, found.lastRecordedAt) : now;
    const history = historyOf(
      past === undefined ? found.state : leadsOf(found.state, past),
      (number) => this.keyring.leadId(leadStream, number),
      {
        unresolved,
        shownDeclined: (leadId) => state.shownDeclined.has(leadId),
        coolDown,
        outages,
        now: at,
      },
    );
    return { history, personKey, otherKeys, leadStream, at };
  }

  /** The same of every owner whose past is this one's, the latest past first. */
  async before(heir: Owner, asked: AskedPerson, cause: Cause): Promise<readonly EarlierHistory[]> {
    const histories: EarlierHistory[] = [];
    const cameAlong = (partner: string): boolean => heir.partners.has(partner) && !hasLeft(heir, partner);
    for (const [ownerId, { until }] of [...heir.predecessors].toSorted(([, one], [, other]) => other.until - one.until)) {
      const { state } = await this.commands.load(owner, ownerStream(ownerId));
      if (state.status === 'unknown') continue;
      const { history } = await this.of(state, asked, cause, { until, cameAlong });
      const current = currentLead(state, history);
      const held = current !== undefined && Date.parse(current.at) <= until ? { held: current } : {};
      const { carried, carriedCustomerKey } = history;
      histories.push({
        ...held,
        ...(carried === undefined ? {} : { carried }),
        ...(carriedCustomerKey === undefined ? {} : { carriedCustomerKey }),
      });
    }
    return histories;
  }
}
