import { DomainError } from '../../src/event-sourcing/decider.js';
import type { RecordedEvent } from '../../src/event-sourcing/message.js';
import { type DisclosureMode, PROBATION_POOL, type Terms } from '../../src/modules/owners/terms.js';
import { leadIdOf, SimulatedService } from '../../src/simulation/simulated-service.js';
import { AGENTS, ANALYST, BEGINNING, DAY, isCustomer, numberOf, OWNERS, ownerOf, termsOf } from './agreement.cast.js';
import type { Command, OfLead, Step } from './agreement.script.js';
import type { Played, Said } from './agreement.played.js';

/** Plays a script on the simulation. @param sortedAs the service's own name for a key of the simulation's */
export function playSimulated(script: readonly Step[], mode: DisclosureMode, sortedAs: (key: string) => string): Played {
  return new Performance(mode, sortedAs).play(script);
}

class Performance {
  private readonly log: RecordedEvent[] = [];
  private readonly locked = new Set<number>();
  private readonly opened = new Map<string, number>();
  private readonly service: SimulatedService;

  constructor(
    private readonly mode: DisclosureMode,
    sortedAs: (key: string) => string,
  ) {
    this.service = new SimulatedService({
      from: BEGINNING,
      register: {
        customerNumber: (person) => (isCustomer(person) ? numberOf(person) : undefined),
        isLocked: (person) => this.locked.has(person),
        hasNumber: (number) => number.startsWith('N-'),
      },
      probationPool: PROBATION_POOL,
      settlementEvery: DAY,
      recorded: (event) => void this.log.push(event),
      sortedAs,
    });
  }

  play(script: readonly Step[]): Played {
    this.lay();
    const said = script.map(({ at, command }) => {
      this.service.advance(BEGINNING + at);
      return this.carryOut(command);
    });
    this.service.advance(BEGINNING + (script.at(-1)?.at ?? 0) + 90 * DAY);
    return { log: this.log, said };
  }

  private lay(): void {
    for (const each of OWNERS) {
      const { owner, partners } = each;
      this.service.registerOwner({ owner, name: `The ${owner} company`, terms: termsOf(each, this.mode), by: ANALYST });
      for (const partner of partners) {
        const by = { partner, by: ANALYST };
        this.service.change(owner, { type: 'RegisterPartner', data: { partner, name: `The ${partner}` } });
        for (const agent of AGENTS) this.service.change(owner, { type: 'RegisterAgent', data: { partner, agent } });
        this.service.change(owner, { type: 'OfferAgreement', data: { ...by, version: '1', documentSha256: 'a'.repeat(64) } });
        this.service.change(owner, { type: 'SignAgreement', data: { partner, version: '1', by: partner } });
      }
    }
  }

  private carryOut(command: Command): Said {
    try {
      const said = this.happens(command);
      return typeof said === 'string' ? said : 'done';
    } catch (error) {
      if (error instanceof DomainError) return error.code;
      throw error;
    }
  }

  private happens(command: Command): unknown {
    switch (command.verb) {
      case 'open':
        return this.open(command);
      case 'consent':
        return this.service.askConsent(by(command), this.lead(command.of), {
          person: command.of.person,
          name: true,
          contact: command.contact,
        });
      case 'check':
        return this.service.check(by(command), this.lead(command.of), command.brings);
      case 'create':
        return this.service.create(by(command), this.lead(command.of), command.brings);
      case 'withdraw':
        return this.service.withdraw(by(command), this.lead(command.of));
      case 'prove':
        return this.service.confirm(this.lead(command.of), command.number, this.service.now - command.actedBefore);
      case 'turn-down':
        return this.service.turnDown(this.lead(command.of), this.service.now - command.actedBefore);
      case 'revoke':
        return this.service.revoke(this.lead(command.of));
      case 'acknowledge':
        return this.service.acknowledge(this.lead(command.of));
      case 'deny':
        return this.service.deny(this.lead(command.of), 'bank');
      case 'say':
        return this.service.answerConsent(this.lead(command.of), command.word);
      case 'lock':
        if (command.locked) this.locked.add(command.person);
        else this.locked.delete(command.person);
        return;
      case 'suspend':
      case 'reinstate':
      case 'terms':
      case 'grant':
      case 'take':
        return this.decide(command);
    }
  }

  private open(command: Command & { verb: 'open' }): Said {
    const { partner, person, agent, purpose } = command;
    const { number, carried } = this.service.open({ ...by(command), agent, purpose }, person);
    this.opened.set(`${ownerOf(partner)} ${person}`, number);
    return `lead ${carried ?? 'fresh'}`;
  }

  /** What an analyst decides. */
  private decide(command: Command & { verb: 'suspend' | 'reinstate' | 'terms' | 'grant' | 'take' }): void {
    switch (command.verb) {
      case 'suspend': {
        const { partner } = command;
        const data = { partner, reason: 'complaints', by: ANALYST } as const;
        return this.service.change(ownerOf(partner), { type: 'SuspendPartner', data });
      }
      case 'reinstate': {
        const { partner } = command;
        return this.service.change(ownerOf(partner), { type: 'ReinstatePartner', data: { partner, reason: 'cleared', by: ANALYST } });
      }
      case 'terms': {
        const terms = { ...(this.service.owner(command.owner).terms as Terms), ...command.terms };
        return this.service.change(command.owner, { type: 'SetTerms', data: { terms, reason: 'agreed', by: ANALYST } });
      }
      case 'grant': {
        const { owner, entry, units } = command;
        return this.service.change(owner, { type: 'GrantAllowance', data: { entry, units, reason: 'season', by: ANALYST } });
      }
      case 'take': {
        const { owner, entry, units } = command;
        return this.service.change(owner, { type: 'RevokeAllowance', data: { entry, units, reason: 'granted-by-mistake', by: ANALYST } });
      }
    }
  }

  private lead({ owner, person }: OfLead): string {
    return leadIdOf(owner, person, this.opened.get(`${owner} ${person}`) ?? 1);
  }
}

function by({ partner }: { readonly partner: string }): { owner: string; partner: string } {
  return { owner: ownerOf(partner), partner };
}
