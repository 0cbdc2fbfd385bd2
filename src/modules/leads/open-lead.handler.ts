import { CommandBus, CommandHandler, type ICommandHandler } from '@nestjs/cqrs';
import { DomainError } from '../../event-sourcing/decider.js';
import { CommandHandling, type Attempt } from '../../event-sourcing/handle-command.js';
import { besides, type Cause } from '../../event-sourcing/message.js';
import { GateReader } from '../gate/gate.reader.js';
import { type AdmitLead, currentLead, owner, signingPartner } from '../owners/owner.js';
import type { LeadAdmitted } from '../owners/owner.events.js';
import { ownerStream, type OwnerState } from '../owners/owner.state.js';
import { Keyring } from '../persons/keyring.js';
import { FinishAdmission, OpenLead } from './lead.commands.js';
import { withEarlier } from './lead-history.js';
import { LeadLookup } from './lead-lookup.js';
import { PersonHistory } from './person-history.js';

export interface Opened {
  readonly admitted: LeadAdmitted['data'];
  /** False when it is the lead that the partner had already. */
  readonly isNew: boolean;
}

/**
 * Reads the owner, then the lead, both to their ends, in this order, and appends the admission to the owner at the revision
 * that it read first; a wrong revision repeats both reads. That is the commit point. Then the lead's own stream says that it
 * opened; a crash in between leaves an admission that the next try, or else the process finish-admission, completes.
 */
@CommandHandler(OpenLead)
export class OpenLeadHandler implements ICommandHandler<OpenLead, Opened> {
  private readonly histories: PersonHistory;

  constructor(
    private readonly commands: CommandHandling,
    leads: LeadLookup,
    keyring: Keyring,
    private readonly gate: GateReader,
    private readonly bus: CommandBus,
  ) {
    this.histories = new PersonHistory(commands, leads, keyring, bus);
  }

  async execute(command: OpenLead): Promise<Opened> {
    const about: { agent?: string } = {};
    try {
      return await this.open(command, about);
    } catch (error) {
      if (error instanceof DomainError) error.about = { ...about };
      throw error;
    }
  }

  /** @param about is told of the agent, if it is one of the partner's: any other is only text that was sent */
  private async open({ data, cause }: OpenLead, about: { agent?: string }): Promise<Opened> {
    let current: LeadAdmitted['data'] | undefined;
    const { events, isRepeat } = await this.commands.handle(owner, ownerStream(data.owner), cause, async (state, attempt) => {
      if (worksFor(state, data)) about.agent = data.agent;
      const command = await this.admission(state, attempt, data, cause);
      current = state.status === 'registered' ? currentLead(state, command.data.history) : undefined;
      return command;
    });
    const fresh = events.find((event) => event.type === 'LeadAdmitted')?.data as LeadAdmitted['data'] | undefined;
    const admitted = fresh ?? current;
    if (admitted === undefined) throw new Error('an open lead that is neither new nor known');
    if (isRepeat) await this.assertMayLeaveAgain(data, admitted);
    await this.bus.execute(new FinishAdmission({ admitted }, besides(cause)));
    return { admitted, isNew: fresh !== undefined };
  }

  /** What the same command wrote before is not decided again; a suspension is for it, too, and the halt for an answer that it carried. */
  private async assertMayLeaveAgain(data: OpenLead['data'], { carried }: LeadAdmitted['data']): Promise<void> {
    signingPartner((await this.commands.load(owner, ownerStream(data.owner))).state, data);
    if (carried !== undefined) await this.gate.assertAnswersMayLeave();
  }

  private async admission(state: OwnerState, { now }: Attempt, data: OpenLead['data'], cause: Cause): Promise<AdmitLead> {
    signingPartner(state, data);
    if (state.status === 'unknown') throw new Error('a partner of an owner that nobody knows');
    const { outages, restores, halted } = await this.gate.read();
    const asked = { person: data.person, now, outages, coolDown: state.terms?.coolDown ?? 'P30D' };
    const { history: own, at, ...found } = await this.histories.of(state, asked, cause);
    const history = withEarlier(own, await this.histories.before(state, { ...asked, now: at }, cause));
    const { partner, agent, purpose, boundBy, isSigned } = data;
    const sender = { ...(boundBy && { boundBy }), ...(isSigned === true && { isSigned }) };
    const { personKey, otherKeys, leadStream } = found;
    const about = { personKey, otherKeys, leadStream };
    return {
      type: 'AdmitLead',
      data: { partner, agent, purpose, ...about, history, restores, halted, ...sender, at: new Date(at).toISOString() },
    };
  }
}

function worksFor(state: OwnerState, { partner, agent }: OpenLead['data']): boolean {
  return state.status === 'registered' && (state.partners.get(partner)?.agents.has(agent) ?? false);
}
