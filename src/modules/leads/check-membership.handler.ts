import { timingSafeEqual } from 'node:crypto';
import { Inject } from '@nestjs/common';
import { CommandHandler, type ICommandHandler } from '@nestjs/cqrs';
import { CommandHandling } from '../../event-sourcing/handle-command.js';
import { aside, type Cause } from '../../event-sourcing/message.js';
import type { Outage } from '../../event-sourcing/process.js';
import { GateReader } from '../gate/gate.reader.js';
import { owner, signingPartner } from '../owners/owner.js';
import type { Answer, DisclosureMode, LeadAdmitted } from '../owners/owner.events.js';
import { type Owner, type OwnerState, ownerStream, termsOf } from '../owners/owner.state.js';
import { corroborationsOf, withContact, withSecret } from '../persons/corroborations.js';
import { Keyring } from '../persons/keyring.js';
import { answerIn, type Check, courseOf } from './lead-answer.js';
import { CheckMembership } from './lead.commands.js';
import { LeadLookup } from './lead-lookup.js';
import { lead, type LeadCommand } from './lead.js';
import { notFound } from './lead-rules.js';
import { type Lead, leadNumber } from './lead.state.js';
import { MEMBERSHIP_LOOK_UP, type MembershipLookUp } from './membership-look-up.js';
import { OpenedLeads } from './opened-leads.js';
import { ReadableAnswers } from './readable-answers.guard.js';
import { tries, triesStream, type TrySecret } from './tries.js';

interface Ledger {
  readonly termsVersion: number;
  readonly unresolved: boolean;
}

export interface Answered {
  readonly leadId: string;
  readonly answer: Answer;
  /** Newly given; false when a recorded answer was read again. */
  readonly isNew: boolean;
}

/**
 * Looks the person up, reads the gate and the owner to their ends, and appends once to the lead: the answer is recorded
 * before it is given (I4). The look-up is done, with the same work, whatever the decision will be. In `proof` the try is
 * recorded on the person before the answer is on the lead: right or wrong, customer or not, one event each.
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
    private readonly readable: ReadableAnswers,
  ) {}

  async execute({ data, cause }: CheckMembership): Promise<Answered> {
    const asked = this.asked(data);
    const place = this.leads.byId(data.leadId);
    await this.opened.ensure(place, data, cause);
    let recorded: Answer | undefined;
    const { events, isRepeat } = await this.commands.handle(lead, place.stream, cause, async (state, { now }): Promise<LeadCommand> => {
      const found = leadNumber(state, place.number);
      // What is another's is as if it was not there: nothing is read for it that would not be read for nothing (I7, R41).
      const own = found?.opening.partner === data.partner ? found : undefined;
      const code = this.codeOf(data, own);
      const { membership, halted, outages, ownerState, lastRecordedAt } = await this.lookedUp(data, asked, own);
      if (ownerState.status === 'unknown') throw notFound();
      const { mode } = termsOf(ownerState);
      const { termsVersion, unresolved } = await this.ledgerOf(own?.opening, ownerState);
      recorded = own?.answer;
      const at = new Date(Math.max(now, lastRecordedAt)).toISOString();
      const { personKeys, tried } = asked;
      const check: Check = {
        ...{ number: place.number, partner: data.partner, personKeys, halted, mode, termsVersion, unresolved, outages: [...outages], at },
        ...(tried !== undefined && { tried }),
        ...(code !== undefined && { code }),
      };
      const isTried = own !== undefined && mode === 'proof' && comesToLookUp(own, check);
      const counts = isTried ? await this.counted(data, personKeys, { matches: membership.customer, at }, cause) : true;
      return { type: 'AnswerCheck', data: { ...check, membership: counts ? membership : NOT_CONFIRMED } };
    });
    const given = answerIn(events);
    const answer = given ?? recorded;
    if (answer === undefined) throw new Error('a check that neither gave nor found an answer');
    if (isRepeat) await this.assertMayLeaveAgain(data);
    return { leadId: data.leadId, answer, isNew: !isRepeat && given !== undefined };
  }

  private asked({ person, proof, leadId }: CheckMembership['data']): Asked {
    const personKeys = this.keyring.personKeys(person);
    const secret = proof === undefined ? undefined : withSecret(proof);
    return {
      personKeys,
      corroborations: (besides) => corroborationsOf(this.keyring, personKeys, person, besides),
      ...(secret !== undefined && { secret, tried: this.keyring.keyedHash('tried secret', [leadId, ...secret].join('|')).slice(0, 24) }),
    };
  }

  /** Under the mode that the owner is known to be in; should it have another by now, once more under that. */
  private async lookedUp(data: CheckMembership['data'], asked: Asked, own: Lead | undefined): Promise<LookedUp> {
    const stream = ownerStream(data.owner);
    const contactKey = own?.asks.at(-1)?.contactKey ?? '';
    const known = this.commands.lastKnown(owner, stream)?.state;
    let mode = known === undefined ? 'instant' : modeOf(known);
    for (;;) {
      const corroborations = asked.corroborations(besidesOf(mode, asked.secret, contactKey));
      // In `consent` whoever holds the bank's own contact has consented; that opens their lock, for this lead.
      const membership = await this.membership.lookUp(asked.personKeys, corroborations, mode === 'consent');
      const { halted, outages } = await this.gate.read();
      const { state: ownerState, lastRecordedAt } = await this.commands.load(owner, stream);
      signingPartner(ownerState, data);
      if (modeOf(ownerState) === mode) return { membership, halted, outages, ownerState, lastRecordedAt };
      mode = modeOf(ownerState);
    }
  }

  private codeOf({ consent, leadId }: CheckMembership['data'], own: Lead | undefined): 'right' | 'wrong' | undefined {
    if (consent === undefined) return undefined;
    const sent = this.keyring.oneTimeCode(leadId, own?.asks.length ?? 0);
    return timingSafeEqual(Buffer.from(sent), Buffer.from(consent.code)) ? 'right' : 'wrong';
  }

  /** Whether the secret was right, and not one too many for this person, whichever epoch it was counted under. */
  private async counted(
    { leadId, owner: ownerId, partner }: CheckMembership['data'],
    [personKey = '', ...older]: readonly string[],
    { matches, at }: { matches: boolean; at: string },
    cause: Cause,
  ): Promise<boolean> {
    const { events } = await this.commands.handle(tries, triesStream(personKey), aside(cause, 'try'), async (): Promise<TrySecret> => {
      const missedBefore: number[] = [];
      for (const each of older) missedBefore.push(...(await this.commands.load(tries, triesStream(each))).state.missed);
      return { type: 'TrySecret', data: { personKey, leadId, owner: ownerId, partner, matches, missedBefore, at } };
    });
    return events[0]?.data.outcome === 'matched';
  }

  /** The lead as the owner counts it that admitted it, which need not be its partner's any more. */
  private async ledgerOf(opening: LeadAdmitted['data'] | undefined, current: Owner): Promise<Ledger> {
    const isElsewhere = opening !== undefined && opening.owner !== current.owner;
    const elsewhere = isElsewhere ? (await this.commands.load(owner, ownerStream(opening.owner))).state : current;
    const { termsVersion, unresolved } = elsewhere.status === 'registered' ? elsewhere : current;
    return { termsVersion, unresolved: opening !== undefined && unresolved.has(opening.leadId) };
  }

  /** What the same command wrote before is not decided again; a suspension, the halt and the end of its time are for that answer, too. */
  private async assertMayLeaveAgain(data: CheckMembership['data']): Promise<void> {
    signingPartner((await this.commands.load(owner, ownerStream(data.owner))).state, data);
    await this.gate.assertAnswersMayLeave();
    await this.readable.assertReadable(data.leadId);
  }
}

interface Asked {
  readonly personKeys: readonly string[];
  corroborations(besides: readonly string[]): readonly string[];
  readonly secret?: readonly string[];
  /** Keyed hash of the secret on this lead. */
  readonly tried?: string;
}

interface LookedUp {
  readonly membership: { readonly customer: boolean; readonly customerKey?: string };
  readonly halted: boolean;
  readonly outages: readonly Outage[];
  readonly ownerState: OwnerState;
  readonly lastRecordedAt: number;
}

const NOT_CONFIRMED = { customer: false } as const;

/** What has to match besides name and birth date. The work is the same for everybody in a mode. */
function besidesOf(mode: DisclosureMode, secret: readonly string[] | undefined, contactKey: string): readonly string[] {
  switch (mode) {
    case 'instant':
    case 'blind':
      return [];
    case 'proof':
      return secret ?? withContact('');
    case 'consent':
      return withContact(contactKey);
  }
}

function modeOf(state: OwnerState): DisclosureMode {
  return state.status === 'registered' ? termsOf(state).mode : 'instant';
}

/** What is refused, and what is on record already, costs no try. */
function comesToLookUp(own: Lead, check: Check): boolean {
  if (own.opening.partner !== check.partner) return false;
  try {
    return courseOf(own, check) === 'look-up';
  } catch {
    // The decider says why.
    return false;
  }
}
