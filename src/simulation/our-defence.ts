import { DomainError } from '../event-sourcing/decider.js';
import type { RecordedEvent } from '../event-sourcing/message.js';
import type { LeadAdmitted } from '../modules/owners/owner.events.js';
import { termsOf } from '../modules/owners/owner.state.js';
import {
  PER_CONVERSION_NEEDS_TWO,
  PROBATION_POOL,
  TERMS_WHEN_NOTHING_IS_KNOWN,
  DISCLOSURE_MODES,
  stricterMode,
  type Terms,
  termsForFigures,
  type DisclosureMode,
} from '../modules/owners/terms.js';
import type { Alarm, Defence, DefendedOwner, DefendedWorld, DefenceMaker, Outcome, Question, Reply } from './defence.js';
import { HUMAN, humanText } from './human.js';
import { type NamedApplicant, SimulatedService } from './simulated-service.js';
import { type TermsVariant, variedTerms } from './terms-variant.js';

const DAY = 86_400_000;
const PURPOSE = 'onboarding';
const ANALYSTS = ['analyst-1', 'analyst-2'] as const;
/** Refusals that come of an applicant or a partner that is late: there is nothing to be simulated about them. */
const TOO_LATE = new Set([
  'LEAD_LAPSED',
  'LEAD_ENDED',
  'LEAD_WITHDRAWN',
  'LEAD_CREATED',
  'CONFIRMATION_TOO_LATE',
  'CUSTOMER_NOT_FOUND',
  'NOT_ACKNOWLEDGEABLE',
  'PARTNER_SUSPENDED',
]);

/** What was to be proved was not. */
const NOTHING_TO_REVOKE = 'CONFIRMATION_INVALID';

const UNDER_WAY = new Set(['LEAD_CREATED', 'LEAD_ENDED']);

/** This service in one of its modes, on terms that follow from what was agreed, with its real deciders. */
export class OurDefence implements Defence {
  readonly alarms: Alarm[] = [];
  private readonly service: SimulatedService;
  private readonly leads = new Map<number, string>();
  private readonly agreed = new Map<string, DisclosureMode>();

  constructor(
    private readonly world: DefendedWorld,
    private readonly mode: DisclosureMode,
    recorded?: (event: RecordedEvent) => void,
    private readonly variant?: TermsVariant,
  ) {
    this.service = new SimulatedService({
      from: world.from,
      register: {
        customerNumber: (person) => (world.isCustomer(person) ? `C${person}` : undefined),
        isLocked: (person) => world.isLocked(person),
      },
      probationPool: PROBATION_POOL,
      settlementEvery: DAY,
      ...(recorded !== undefined && { recorded }),
    });
    for (const owner of world.owners) this.register(owner);
  }

  /** Events that the service has written so far. */
  get events(): number {
    return this.service.events;
  }

  /** Units that the owner has left; a partner sees it, too. */
  balance(owner: string): number {
    return this.service.owner(owner).allowance.balance;
  }

  admitted(owner: string): number {
    return this.service.owner(owner).allowance.admissions;
  }

  advance(now: number): void {
    this.service.advance(now);
  }

  ask(question: Question): Reply {
    this.advance(question.at);
    try {
      const admitted = this.service.open({ ...question, purpose: PURPOSE }, question.person);
      this.leads.set(question.id, admitted.leadId);
      if (this.world.isCanary(question.person)) this.notice(question, 'canary');
      return this.answer(question, admitted);
    } catch (error) {
      const { code, retryAfter } = refusalIn(error);
      return { kind: 'refused', code, ...(retryAfter !== undefined && { retryAt: question.at + retryAfter * 1000 }) };
    }
  }

  happens(outcome: Outcome, question: Question, at: number): void {
    this.advance(at);
    const leadId = this.leads.get(question.id);
    if (leadId === undefined) return;
    try {
      this.carryOut(outcome, question, leadId);
    } catch (error) {
      const { code } = refusalIn(error);
      if (!TOO_LATE.has(code) && !(outcome === 'revoked' && code === NOTHING_TO_REVOKE)) throw error;
    }
  }

  stop(owner: string, at: number): void {
    this.advance(at);
    for (const { partner } of this.owner(owner).partners) {
      this.service.change(owner, { type: 'SuspendPartner', data: { partner, reason: 'complaints', by: ANALYSTS[0] } });
    }
  }

  charged(): number {
    return 0;
  }

  isStricter(owner: string): boolean {
    const agreed = this.agreed.get(owner) ?? this.mode;
    return stricterMode(agreed, this.modeOf(owner)) !== agreed;
  }

  demandsOf(owner: string): 'secret' | 'contact' | undefined {
    return DEMANDS[this.modeOf(owner)];
  }

  /** What the mode asks for is brought, where the applicant has it. Without a secret of the bank's a partner creates at once. */
  private answer(question: Question, { leadId, carried }: LeadAdmitted['data']): Reply {
    const applicant = applicantOf(question);
    const mode = this.modeOf(question.owner);
    if (mode === 'blind' || (mode === 'proof' && applicant.secret === undefined)) return { kind: 'silent' };
    if (mode === 'consent' && carried === undefined && !this.mayAskConsent(question, leadId, applicant)) return { kind: 'silent' };
    return { kind: 'answered', answer: this.service.check(question, leadId, applicant) };
  }

  /** False for somebody who comes back while their lead is under way: their partner knows what became of it. */
  private mayAskConsent(question: Question, leadId: string, applicant: NamedApplicant): boolean {
    try {
      this.service.askConsent(question, leadId, applicant);
      return true;
    } catch (error) {
      if (!UNDER_WAY.has(refusalIn(error).code)) throw error;
      return false;
    }
  }

  private carryOut(outcome: Outcome, question: Question, leadId: string): void {
    switch (outcome) {
      case 'created':
        return this.service.create(question, leadId, applicantOf(question));
      case 'proved':
        return this.service.confirm(leadId, `C${question.person}`);
      case 'revoked':
        return this.service.revoke(leadId);
      case 'withdrawn':
        return this.service.withdraw(question, leadId);
      case 'acknowledged':
        return this.service.acknowledge(leadId);
      case 'denied':
        this.service.deny(leadId);
        return this.notice(question, 'denial');
    }
  }

  private notice({ owner }: Question, cause: string): void {
    this.alarms.push({ owner, at: this.service.now, cause, isStep: false });
  }

  private register({ owner, partners, figures }: DefendedOwner): void {
    const [first, second] = ANALYSTS;
    const terms =
      figures === undefined ? { ...TERMS_WHEN_NOTHING_IS_KNOWN, mode: this.mode } : termsUnder(this.mode, figures, this.variant);
    this.agreed.set(owner, terms.mode);
    this.service.registerOwner({ owner, name: owner, terms, by: first });
    const { proposal } = this.service.owner(owner);
    if (proposal !== undefined) this.service.change(owner, { type: 'ApproveTerms', data: { version: proposal.version, by: second } });
    if (terms.capital > terms.initial) {
      const units = terms.capital - terms.initial;
      this.service.change(owner, { type: 'GrantAllowance', data: { entry: 'capital', units, reason: 'growth', by: first } });
    }
    for (const { partner, agents } of partners) {
      const by = { partner, by: first };
      this.service.change(owner, { type: 'RegisterPartner', data: { partner, name: partner } });
      this.service.change(owner, { type: 'OfferAgreement', data: { ...by, version: '1', documentSha256: '' } });
      this.service.change(owner, { type: 'SignAgreement', data: { ...by, version: '1' } });
      for (const agent of agents) this.service.change(owner, { type: 'RegisterAgent', data: { partner, agent } });
    }
  }

  /** Who converts seldom is in a stricter mode than the others from the first day. */
  private modeOf(owner: string): DisclosureMode {
    return termsOf(this.service.owner(owner)).mode;
  }

  private owner(id: string): DefendedOwner {
    const found = this.world.owners.find(({ owner }) => owner === id);
    if (found === undefined) throw new Error('an owner that nobody registered');
    return found;
  }
}

const DEMANDS: Partial<Record<DisclosureMode, 'secret' | 'contact'>> = { proof: 'secret', consent: 'contact' };

/** @param isWatched a human reads which canaries were asked about, and who denies */
export function ours(mode: DisclosureMode, isWatched = false, variant?: TermsVariant): DefenceMaker {
  const demands = DEMANDS[mode];
  const tighter = variant === undefined ? '' : `, tighter (${variant.name})`;
  const what = `this service in mode ${mode}, on terms that follow from the agreed figures${tighter}; its own deciders, policies and processes`;
  return {
    name: [mode, ...(isWatched ? ['watched'] : []), ...(variant === undefined ? [] : [variant.name])].join(', '),
    description: isWatched ? `${what}; ${humanText(HUMAN)}` : what,
    ...(demands !== undefined && { demands }),
    ...(isWatched && { human: HUMAN }),
    make: (world) => new OurDefence(world, mode, undefined, variant),
  };
}

/** The names of this service's own, for reports. */
export const OURS: ReadonlySet<string> = new Set(DISCLOSURE_MODES.flatMap((mode) => [mode, `${mode}, watched`]));

/**
 * The terms that two people would sign for a partner's figures. Where the mode tells less, less ends as existing: such an applicant
 * goes on to the create, and becomes a conversion as often as others do.
 */
export function termsUnder(mode: DisclosureMode, figures: NonNullable<DefendedOwner['figures']>, variant?: TermsVariant): Terms {
  const told = TOLD[mode] * figures.existingShare;
  const following = termsForFigures({ ...figures, existingShare: told });
  const terms = variant === undefined ? following : variedTerms(following, variant);
  // Who converts so seldom is told less, and needs other terms for it.
  if (mode === 'instant' && terms.perConversion > PER_CONVERSION_NEEDS_TWO) return termsUnder('proof', figures, variant);
  return { ...terms, mode };
}

/** Share of the existing customers among an honest partner's applicants who are told to be: those who have at hand what the mode asks. */
const TOLD: Readonly<Record<DisclosureMode, number>> = { instant: 1, proof: 0.9, consent: 0.9, blind: 0 };

/** @throws what is no refusal */
function refusalIn(error: unknown): DomainError {
  if (error instanceof DomainError) return error as DomainError;
  throw error;
}

function applicantOf({ person, brings, id }: Question): NamedApplicant {
  return {
    person,
    name: brings.name,
    ...(brings.secret && { secret: 'right' as const }),
    contact: brings.contact ? 'on-file' : `contact-${id}`,
  };
}
