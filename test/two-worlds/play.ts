import { CommandBus } from '@nestjs/cqrs';
import type { RecordedEvent } from '../../src/event-sourcing/message.js';
import { AnswerConsent } from '../../src/modules/consent/consent.commands.js';
import type { MessageQueued } from '../../src/modules/messages/message.events.js';
import { Chance } from '../simulation/chance.js';
import { inVirtualTime } from '../simulation/virtual-time.js';
import { World } from '../simulation/world.js';
import { contactFrom, CUSTOMERS, customerNumberOf, LOCKED, type OwnerName, PARTNERS, type PartnerName, PERSONS, personOf, STAFF, SUBJECT } from './cast.js'; // prettier-ignore
import { lay } from './foundation.js';
import { Knowledge } from './knowledge.js';
import { type Observation, Observer } from './observer.js';
import { furnitureOf } from './furniture.js';
import { registerLines } from './register.js';
import { type Act, type Ask, type Happening, namesOthersLeads, type Script } from './script.js';
import { type Request, type Response, Service } from './service.js';
import { tokenOf } from './tokens.js';

/** What each use of the log takes: primes, so that different work takes different times. */
const TICKS = { append: 11, event: 0, read: 3, page: 2 };
/** Virtual milliseconds: what the service does again and again by its own clock comes round in it. */
const BEAT = 5_000;
/** Where in the beat a moment of the script lies, and where what follows from it is over: what is written on the beat included. */
const MOMENT = 3_200;
const OVER = 600;
/** Time that a process needs to look at the clock, do what is due, and rest. */
const AT_REST_BY = 2_500;
const BEFORE_DUE = 1_500;
/** Before a moment of the script the time is let pass up to here. */
const SHORTLY = 20_000;
const LONGEST = 100_000_000;
/** When every script begins: everybody has been registered by then. */
const BEGINNING = Date.parse('2026-03-02T12:00:00.000Z');

/** What came of a script in one of the two worlds. */
export interface Played {
  readonly seenBy: ReadonlyMap<OwnerName, readonly Observation[]>;
  /** The whole log. */
  readonly log: readonly RecordedEvent[];
}

/** Plays a script in one of its two worlds. Nothing but the script and the world decides what happens. */
export async function play(script: Script, which: 0 | 1): Promise<Played> {
  const tokens = new Map<string, string>();
  for (const client of [...Object.keys(STAFF), ...Object.keys(PARTNERS)]) tokens.set(client, await tokenOf(client));
  const world = new World(new Chance(script.seed, 'world'));
  await lay(world, script.mode);
  world.lapse(60 * 60_000);
  return inVirtualTime(world.chance, world.directories, () => new Performance(script, which, world, tokens).run(), LONGEST);
}

class Performance {
  private readonly observer = new Observer();
  private readonly knowledge: Knowledge;
  private service!: Service;
  private begun = 0;
  private readonly acted = new Set<string>();
  private requests = 0;

  constructor(
    private readonly script: Script,
    private readonly which: 0 | 1,
    private readonly world: World,
    private readonly tokens: ReadonlyMap<string, string>,
  ) {
    this.knowledge = new Knowledge(namesOthersLeads(script.difference, which));
  }

  async run(): Promise<Played> {
    this.service = await Service.start(this.world, TICKS);
    await this.furnish();
    this.begun = BEGINNING;
    for (const { at, act } of this.timetable()) {
      await this.comeTo(this.begun + at);
      await act();
      await inBeat(OVER);
    }
    await this.comeTo(this.world.now() + 10 * SHORTLY);
    const log = await this.world.events();
    await this.tellMessages(log);
    await this.service.stop();
    return { seenBy: this.observer.seenBy, log };
  }

  /** Who is a customer, and who has a lock, before the script begins. */
  private async furnish(): Promise<void> {
    const { customers, subject, isLocked } = furnitureOf(this.script, this.which);
    await this.staff('feed', '/v1/registry/imports?importId=register', registerLines([...CUSTOMERS, ...customers], subject), {
      'content-type': 'application/x-ndjson',
    });
    for (const n of isLocked ? [...LOCKED, SUBJECT] : LOCKED) await this.lock(n, true);
    await this.service.settled();
  }

  /** All that happens, in order. The other world's moments are stopped at, too: time passes in the same steps in both. */
  private timetable(): readonly { readonly at: number; readonly act: () => Promise<void> }[] {
    const none = async (): Promise<void> => {};
    const entries = this.script.moments.flatMap(({ at, happening }) => {
      if (happening.kind === 'act') return this.actIn(at, happening.act);
      if (happening.kind !== 'only') return [{ at, act: () => this.happens(happening) }];
      const { happening: inside } = happening;
      if (inside.kind === 'act') return this.actIn(at, inside.act);
      return [{ at, act: happening.world === this.which ? () => this.happens(inside) : none }];
    });
    let last = 0;
    return entries
      .sort((one, other) => one.at - other.at)
      .map(({ at, act }) => {
        last = Math.max(Math.round(at), last + 2 * SHORTLY);
        return { at: last, act };
      });
  }

  /** The applicant acts; the bank tells of it at one time in this world and at another in the other; it may take its word back. */
  private actIn(at: number, act: Act): { at: number; act: () => Promise<void> }[] {
    let customerId: string | undefined;
    let actedAt = 0;
    const acts = async (): Promise<void> => {
      const created = this.knowledge.customerOf(act.partner, act.person);
      // Of a create one proves their identity once.
      if (created === undefined || this.acted.has(created)) return;
      this.acted.add(created);
      customerId = created;
      actedAt = this.world.now();
    };
    const tells = async (): Promise<void> => {
      if (customerId === undefined) return;
      const proved = act.outcome === 'proved' ? { customerNumber: customerNumberOf(act.person) } : {};
      const body = { outcome: act.outcome, ...proved, actedAt: new Date(actedAt).toISOString() };
      await this.staff('identity', `/v1/customers/${customerId}/confirmation`, body);
    };
    const revokes = async (): Promise<void> => {
      if (customerId === undefined) return;
      await this.staff('identity', `/v1/customers/${customerId}/revocation`, { reason: 'forged-papers' });
    };
    const none = async (): Promise<void> => {};
    return [
      { at, act: acts },
      ...act.toldAfter.map((after, world) => ({ at: at + after, act: world === this.which ? tells : none })),
      ...(act.revokedAfter === undefined ? [] : [{ at: at + act.revokedAfter, act: revokes }]),
    ];
  }

  private async happens(happening: Happening): Promise<void> {
    switch (happening.kind) {
      case 'asks':
        for (const ask of happening.asks) await this.asks(ask);
        return;
      case 'acknowledges': {
        const lead = this.knowledge.leadOf(happening.partner, happening.person);
        if (lead !== undefined) await this.staff('messages', `/v1/disclosures/${lead}/acknowledgement`, {});
        return;
      }
      case 'says':
        return this.says(happening);
      case 'locks':
        return this.lock(happening.person, happening.locked);
      case 'terms':
        return void (await this.staff('analyst', `/v1/owners/${happening.owner}/terms`, {
          terms: { mode: happening.mode },
          reason: 'agreed',
        }));
      case 'act':
      case 'only':
        throw new Error('is in the timetable');
    }
  }

  private async asks(ask: Ask): Promise<void> {
    const sent = ask.verb === 'check' ? await this.codeSent(ask.partner, ask.person) : undefined;
    const request = this.knowledge.request(ask, this.tokens.get(ask.partner) ?? '', sent?.code);
    const response = await this.service.request(request);
    this.knowledge.learn(ask, response);
    const { id, verb, person, flaw, again } = ask;
    const which = [...(flaw === undefined ? [] : [flaw]), ...(again === undefined ? [] : [`again ${again.of}`])];
    const upon = `${id}: ${verb} ${person}${which.length > 0 ? ` (${which.join(', ')})` : ''}`;
    this.observer.responded(this.world.now() - this.begun, ask.partner, upon, response);
  }

  /** What the applicant says on the page that the last message with a code led to. */
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
    const log = await this.world.events();
    const asks = log.filter(({ type, data }) => type === 'MessageQueued' && isCodeFor(data as MessageQueued['data'], leadId)).length;
    if (leadId === undefined || asks === 0) return undefined;
    return { leadId, ask: asks, code: this.world.keyring.oneTimeCode(leadId, asks) };
  }

  private async lock(n: number, locked: boolean): Promise<void> {
    const { country, scheme, value } = personOf(n);
    await this.staff('identity', '/v1/locks', { person: { country, scheme, value }, locked });
  }

  private staff(client: string, path: string, body: object | string, headers: Request['headers'] = {}): Promise<Response> {
    this.requests += 1;
    const token = this.tokens.get(client) ?? '';
    return this.service.request({
      token,
      method: 'POST',
      path,
      body,
      headers: { 'idempotency-key': `${client}-${this.requests}`, ...headers },
    });
  }

  /** Lets the time pass, stopping for whatever is due in it, and comes to rest shortly before. */
  private async comeTo(at: number): Promise<void> {
    for (let due = this.nextDue(); due < at; due = this.nextDue()) await this.slot(due - BEFORE_DUE);
    await this.slot(at - SHORTLY);
    this.world.lapse(Math.max(0, at - this.world.now()));
  }

  private nextDue(): number {
    return this.service.nextDue(this.world.now());
  }

  /** The wall clock goes on, and the service comes to rest; at the same point of its own time in both worlds. */
  private async slot(until: number): Promise<void> {
    this.world.lapse(Math.max(0, until - this.world.now()));
    await pause(AT_REST_BY);
    await Promise.race([this.service.settled(), pause(BEAT)]);
    await inBeat(MOMENT);
  }

  private async tellMessages(log: readonly RecordedEvent[]): Promise<void> {
    for (const { type, data } of log) {
      if (type !== 'MessageQueued') continue;
      const { subject, sealed, at, kind } = data as MessageQueued['data'];
      const message = (await this.service.vault.open(subject, sealed)) as { to: { email?: string; phone?: string } };
      const contact = message.to.email ?? message.to.phone ?? '';
      const partner = SUPPLIED.get(contact);
      if (TO_THE_FILE.has(kind)) continue;
      if (partner !== undefined) this.observer.heard(Date.parse(at) - this.begun, PARTNERS[partner], contact, JSON.stringify(message));
    }
  }
}

const isCodeFor = ({ kind, leadId }: MessageQueued['data'], of: string | undefined): boolean => kind === 'consent-code' && leadId === of;

/** Goes to the bank's customer at the contact on its file, which a partner may name, but did not put there: see the README. */
const TO_THE_FILE: ReadonlySet<string> = new Set(['you-were-asked-for', 'consent-warning']);

/** Contacts that partners supply, with the partner. */
const SUPPLIED: ReadonlyMap<string, PartnerName> = new Map(
  (Object.keys(PARTNERS) as PartnerName[]).flatMap((partner) => PERSONS.map((n) => [contactFrom(partner, n), partner] as const)),
);

/** Until that place in the beat comes next. */
function inBeat(place: number): Promise<void> {
  const gone = (performance.now() - place) % BEAT;
  return pause(gone < 0 ? -gone : BEAT - gone);
}

function pause(milliseconds: number): Promise<void> {
  return new Promise((resolve) => setTimeout(resolve, Math.max(0, milliseconds)));
}
