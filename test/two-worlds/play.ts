import { CommandBus } from '@nestjs/cqrs';
import type { RecordedEvent } from '../../src/event-sourcing/message.js';
import { AnswerConsent } from '../../src/modules/consent/consent.commands.js';
import { Chance } from '../simulation/chance.js';
import { inVirtualTime } from '../simulation/virtual-time.js';
import { World } from '../simulation/world.js';
import { CUSTOMERS, LOCKED, type OwnerName, PARTNERS, type PartnerName, STAFF, SUBJECT } from './cast.js';
import { lay } from './foundation.js';
import { furnitureOf } from './furniture.js';
import { Knowledge } from './knowledge.js';
import { codesSent, mailIn } from './mailboxes.js';
import { type Observation, Observer } from './observer.js';
import { PassingTime } from './passing-time.js';
import { registerLines } from './register.js';
import { type Act, type Ask, type Happening, namesOthersLeads, type Script } from './script.js';
import { Service } from './service.js';
import { Staff } from './staff.js';
import { tokenOf } from './tokens.js';

/** What each use of the log takes: primes, so that different work takes different times. */
const TICKS = { append: 11, event: 0, read: 3, page: 2 };
const MINUTE = 60_000;
/** Virtual milliseconds that no script takes. */
const LONGEST = 100_000_000;
/** When every script begins: everybody has been registered by then. */
const BEGINNING = Date.parse('2026-03-02T12:00:00.000Z');
/** No two moments are closer. */
const APART = 40_000;

/** What came of a script in one of the two worlds. */
export interface Played {
  readonly seenBy: ReadonlyMap<OwnerName, readonly Observation[]>;
  /** The whole log. */
  readonly log: readonly RecordedEvent[];
  /** How often the partners' requests came to what. */
  readonly tally: ReadonlyMap<string, number>;
}

interface Moment {
  readonly at: number;
  readonly act: () => Promise<unknown>;
}

/** Plays a script in one of its two worlds. Nothing but the script and the world decides what happens. */
export async function play(script: Script, which: 0 | 1): Promise<Played> {
  const tokens = new Map<string, string>();
  for (const client of [...Object.keys(STAFF), ...Object.keys(PARTNERS)]) tokens.set(client, await tokenOf(client));
  const world = new World(new Chance(script.seed, 'world'));
  await lay(world, script.mode);
  world.lapse(60 * MINUTE);
  const story = async (): Promise<Played> => new Performance(script, which, world, await Service.start(world, TICKS), tokens).run();
  return inVirtualTime(world.chance, world.directories, story, LONGEST);
}

class Performance {
  private readonly observer = new Observer();
  private readonly knowledge: Knowledge;
  private readonly staff: Staff;
  /** Customers, by the ids of their creates, who have proved their identity or not. */
  private readonly acted = new Set<string>();

  constructor(
    private readonly script: Script,
    private readonly which: 0 | 1,
    private readonly world: World,
    private readonly service: Service,
    private readonly tokens: ReadonlyMap<string, string>,
  ) {
    this.knowledge = new Knowledge(namesOthersLeads(script.difference, which));
    this.staff = new Staff(service, tokens);
  }

  async run(): Promise<Played> {
    await this.furnish();
    const time = new PassingTime(this.world, this.service);
    for (const { at, act } of this.timetable()) {
      await time.comeTo(BEGINNING + at);
      await act();
      await time.afterwards();
    }
    await time.comeTo(this.world.now() + 10 * MINUTE);
    const log = await this.world.events();
    for (const { partner, contact, at, text } of await mailIn(log, this.service.vault)) {
      this.observer.heard(at - BEGINNING, PARTNERS[partner], contact, text);
    }
    await this.service.stop();
    const { seenBy, tally } = this.observer;
    return { seenBy, log, tally };
  }

  /** Who is a customer, who has a lock, and who is a canary, before the script begins. */
  private async furnish(): Promise<void> {
    const { customers, subject, isLocked, isCanary } = furnitureOf(this.script, this.which);
    await this.staff.register(registerLines([...CUSTOMERS, ...customers], subject));
    for (const n of isLocked ? [...LOCKED, SUBJECT] : LOCKED) await this.staff.lock(n, true);
    if (isCanary) await this.staff.canary(SUBJECT, true);
    await this.service.settled();
  }

  /** All that happens, in order. The other world's moments are stopped at, too: time passes in the same steps in both. */
  private timetable(): readonly Moment[] {
    const moments = this.script.moments.flatMap(({ at, happening }): readonly Moment[] => {
      if (happening.kind === 'act') return this.actIn(at, happening.act);
      if (happening.kind !== 'only') return [{ at, act: () => this.happens(happening) }];
      const { happening: inside } = happening;
      if (inside.kind === 'act') return this.actIn(at, inside.act);
      return [{ at, act: happening.world === this.which ? () => this.happens(inside) : nothing }];
    });
    let last = 0;
    return moments
      .toSorted((one, other) => one.at - other.at)
      .map(({ at, act }) => {
        last = Math.max(Math.round(at), last + APART);
        return { at: last, act };
      });
  }

  /** The applicant acts; the bank tells of it at one time in this world and at another in the other; it may take its word back. */
  private actIn(at: number, act: Act): readonly Moment[] {
    let done: { readonly customerId: string; readonly at: number } | undefined;
    const acts = async (): Promise<void> => {
      const customerId = this.knowledge.customerOf(act.partner, act.person);
      // Of a create one proves their identity once.
      if (customerId === undefined || this.acted.has(customerId)) return;
      this.acted.add(customerId);
      done = { customerId, at: this.world.now() };
    };
    const tells = async (): Promise<unknown> => done && this.staff.tell(act, done.customerId, done.at);
    const revokes = async (): Promise<unknown> => done && this.staff.takeBack(done.customerId);
    return [
      { at, act: acts },
      ...act.toldAfter.map((after, world) => ({ at: at + after, act: world === this.which ? tells : nothing })),
      ...(act.revokedAfter === undefined ? [] : [{ at: at + act.revokedAfter, act: revokes }]),
    ];
  }

  private async happens(happening: Happening): Promise<unknown> {
    switch (happening.kind) {
      case 'asks':
        for (const ask of happening.asks) await this.asks(ask);
        return;
      case 'acknowledges': {
        const leadId = this.knowledge.leadOf(happening.partner, happening.person);
        return leadId && this.staff.acknowledge(leadId);
      }
      case 'says':
        return this.says(happening);
      case 'locks':
        return this.staff.lock(happening.person, happening.locked);
      case 'canary':
        return this.staff.canary(happening.person, happening.isCanary);
      case 'terms':
        return this.staff.setMode(happening.owner, happening.mode);
      case 'act':
      case 'only':
        throw new Error('is in the timetable');
    }
  }

  private async asks(ask: Ask): Promise<void> {
    const sent = ask.verb === 'check' ? await this.codeSent(ask.partner, ask.person) : undefined;
    const response = await this.service.request(this.knowledge.request(ask, this.tokens.get(ask.partner) ?? '', sent?.code));
    this.knowledge.learn(ask, response);
    this.observer.responded(this.world.now() - BEGINNING, ask, response);
  }

  /** What the applicant says on the page that the last message with a code led to; too late, or again, it comes to nothing. */
  private async says({ partner, person, word }: Happening & { kind: 'says' }): Promise<void> {
    const sent = await this.codeSent(partner, person);
    if (sent === undefined) return;
    const command = new AnswerConsent({ ...sent, word }, { correlationId: 'page', causationId: 'page', actor: 'applicant' });
    await this.service
      .get(CommandBus)
      .execute(command)
      .catch(() => {});
  }

  /** The code that was sent last for a lead, which whoever reads that mailbox may pass on. */
  private async codeSent(partner: PartnerName, person: number): Promise<{ leadId: string; ask: number; code: string } | undefined> {
    const leadId = this.knowledge.leadOf(partner, person);
    const ask = leadId === undefined ? 0 : codesSent(await this.world.events(), leadId);
    return leadId === undefined || ask === 0 ? undefined : { leadId, ask, code: this.world.keyring.oneTimeCode(leadId, ask) };
  }
}

async function nothing(): Promise<void> {}
