import { Inject } from '@nestjs/common';
import { CommandHandler, type ICommandHandler } from '@nestjs/cqrs';
import { CommandHandling } from '../../event-sourcing/handle-command.js';
import { GateReader } from '../gate/gate.reader.js';
import { admissiblePartner, owner } from '../owners/owner.js';
import type { Answer } from '../owners/owner.events.js';
import { ownerStream, termsOf } from '../owners/owner.state.js';
import { corroborationsOf } from '../persons/corroborations.js';
import { Keyring } from '../persons/keyring.js';
import { CheckMembership } from './lead.commands.js';
import { LeadLookup } from './lead-lookup.js';
import { lead, notFound, type LeadCommand } from './lead.js';
import { leadNumber } from './lead.state.js';
import { MEMBERSHIP_LOOK_UP, type MembershipLookUp } from './membership-look-up.js';
import { OpenedLeads } from './opened-leads.js';

export interface Answered {
  readonly leadId: string;
  readonly answer: Answer;
  /** Newly given; false when a recorded answer was read again. */
  readonly isNew: boolean;
}

/**
 * Looks the person up, reads the gate and the owner to their ends, and appends once to the lead: the answer is recorded
 * before it is given (I4). The look-up is done, with the same work, whatever the decision will be.
 */
@CommandHandler(CheckMembership)
export class CheckMembershipHandler implements ICommandHandler<CheckMembership, Answered> {
  constructor(
    private readonly commands: CommandHandling,
    private readonly leads: LeadLookup,
    private readonly opened: OpenedLeads,
    private readonly keyring: Keyring,
    private readonly gate: GateReader,
    @Inject(MEMBERSHIP_LOOK_UP) private readonly membership: MembershipLookUp,
  ) {}

  async execute({ data, cause }: CheckMembership): Promise<Answered> {
    const personKeys = this.keyring.personKeys(data.person);
    const corroborations = corroborationsOf(this.keyring, personKeys, data.person);
    const place = this.leads.byId(data.leadId);
    await this.opened.ensure(place, data, cause);
    let recorded: Answer | undefined;
    const { events, isRepeat } = await this.commands.handle(lead, place.stream, cause, async (state, { now }): Promise<LeadCommand> => {
      // First, because it may have to wait: a halt, a suspension or a stricter mode meanwhile must still be seen.
      const membership = await this.membership.lookUp(personKeys, corroborations);
      const { halted, outages } = await this.gate.read();
      const { state: ownerState, lastRecordedAt } = await this.commands.load(owner, ownerStream(data.owner));
      admissiblePartner(ownerState, data.partner);
      if (ownerState.status === 'unknown') throw notFound();
      const { mode } = termsOf(ownerState);
      const { termsVersion } = ownerState;
      const unresolved = ownerState.unresolved.has(data.leadId);
      recorded = leadNumber(state, place.number)?.answer;
      const at = new Date(Math.max(now, lastRecordedAt)).toISOString();
      const { number } = place;
      const { partner } = data;
      return {
        type: 'AnswerCheck',
        data: { number, partner, personKeys, halted, mode, termsVersion, unresolved, membership, outages: [...outages], at },
      };
    });
    const given = events.find((event) => event.type === 'MembershipAnswered');
    const answer = given?.data.answer ?? recorded;
    if (answer === undefined) throw new Error('a check that neither gave nor found an answer');
    if (isRepeat) await this.assertMayLeaveAgain(data);
    return { leadId: data.leadId, answer, isNew: !isRepeat && given !== undefined };
  }

  /** What the same command wrote before is not decided again; a suspension and the halt are for that answer, too. */
  private async assertMayLeaveAgain({ owner: ownerId, partner }: CheckMembership['data']): Promise<void> {
    admissiblePartner((await this.commands.load(owner, ownerStream(ownerId))).state, partner);
    await this.gate.assertAnswersMayLeave();
  }
}
