import { CommandBus } from '@nestjs/cqrs';
import { DomainError } from '../../src/event-sourcing/decider.js';
import { RegisterClient } from '../../src/modules/access/client.commands.js';
import type { Role } from '../../src/modules/access/role.js';
import { AnswerConsent } from '../../src/modules/consent/consent.commands.js';
import type { DisclosureMode } from '../../src/modules/owners/terms.js';
import { Chance } from '../simulation/chance.js';
import { inVirtualTime } from '../simulation/virtual-time.js';
import { World } from '../simulation/world.js';
import { Service } from '../two-worlds/service.js';
import { tokenOf } from '../two-worlds/tokens.js';
import {
  AGENTS,
  ANALYST,
  BEGINNING,
  contactOnFile,
  DAY,
  isCustomer,
  numberOf,
  OWNERS,
  ownerOf,
  PARTNERS,
  personOf,
  secretOf,
} from './agreement.cast.js';
import type { Played, Said } from './agreement.played.js';
import type { Brought, Command, OfLead, Step } from './agreement.script.js';
import { StandingTime } from './standing-time.js';

const STAFF: Readonly<Record<string, Role>> = {
  [ANALYST]: 'analyst',
  feed: 'bank-feed',
  identity: 'bank-identity',
  messages: 'bank-messages',
};
const CAUSE = { correlationId: 'foundation', causationId: 'foundation', actor: 'foundation' };
const NO_TIME = { append: 0, event: 0, read: 0, page: 0 };
/** Virtual milliseconds that no script takes. */
const LONGEST = 1_000_000_000;
const WRONG_CODE = '00000000';

/** A world whose clock shows what it is told, so that every decision is made at the very time of the script. */
class StandingWorld extends World {
  time = BEGINNING;

  override now(): number {
    return this.time;
  }
}

/** Plays a script on the whole service, over its routes. */
export async function playOverRest(script: readonly Step[], mode: DisclosureMode): Promise<Played> {
  const tokens = new Map<string, string>();
  for (const client of [...Object.keys(STAFF), ...PARTNERS]) tokens.set(client, await tokenOf(client));
  const world = new StandingWorld(new Chance(1, 'agreement'));
  const story = async (): Promise<Played> => {
    const service = await Service.start(world, NO_TIME);
    const performance = new Performance(world, service, tokens);
    const played = await performance.play(script, mode);
    await service.stop();
    return played;
  };
  return inVirtualTime(world.chance, world.directories, story, LONGEST);
}

class Performance {
  private readonly time: StandingTime;
  private posts = 0;
  private readonly opened = new Map<string, string>();
  /** Requests for consent that were taken, by lead. */
  private readonly asks = new Map<string, number>();

  constructor(
    private readonly world: StandingWorld,
    private readonly service: Service,
    private readonly tokens: ReadonlyMap<string, string>,
  ) {
    this.time = new StandingTime(world, service);
  }

  async play(script: readonly Step[], mode: DisclosureMode): Promise<Played> {
    await this.lay(mode);
    const said: Said[] = [];
    for (const { at, command } of script) {
      await this.time.comeTo(BEGINNING + at);
      said.push(await this.carryOut(command));
      await this.time.rest();
    }
    await this.time.comeTo(BEGINNING + (script.at(-1)?.at ?? 0) + 90 * DAY);
    return { log: await this.world.events(), said };
  }

  /** Who may ask, on what terms, and whom the bank knows. */
  private async lay(mode: DisclosureMode): Promise<void> {
    const staff = Object.entries(STAFF).map(([clientId, role]) => ({ clientId, role }));
    const partners = PARTNERS.map((partner) => {
      return { clientId: partner, role: 'partner' as const, partnerId: partner, ownerId: ownerOf(partner) };
    });
    for (const identity of [...staff, ...partners]) await this.service.get(CommandBus).execute(new RegisterClient(identity, CAUSE));
    for (const { owner, partners: its, figures, terms } of OWNERS) {
      const body = { ownerId: owner, name: `The ${owner} company`, ...(figures && { figures }), terms: { ...terms, mode } };
      await this.must(ANALYST, '/v1/owners', body);
      for (const partner of its) await this.layPartner(owner, partner);
    }
    const headers = { 'content-type': 'application/x-ndjson' };
    await this.must('feed', '/v1/registry/imports?importId=register', registerLines(), headers);
    await this.time.rest();
  }

  private async layPartner(ownerId: string, partnerId: string): Promise<void> {
    await this.must(ANALYST, '/v1/partners', { partnerId, ownerId, name: `The ${partnerId}` });
    for (const agent of AGENTS) await this.must(ANALYST, `/v1/partners/${partnerId}/agents`, { agent });
    await this.must(ANALYST, `/v1/partners/${partnerId}/agreements`, { version: '1', documentSha256: 'a'.repeat(64) });
    await this.must(partnerId, '/v1/agreement/signature', { version: '1' });
  }

  private async carryOut(command: Command): Promise<Said> {
    switch (command.verb) {
      case 'open':
        return this.open(command);
      case 'consent':
        return this.consent(command);
      case 'check':
        return this.check(command);
      case 'create': {
        const contact = { email: `create-${command.of.person}@elsewhere.example.org` };
        return this.post(command.partner, '/v1/customers', { leadId: this.lead(command.of), person: named(command.brings), contact });
      }
      case 'withdraw':
        return this.post(command.partner, `/v1/leads/${this.lead(command.of)}/withdrawal`, { reason: 'lost-interest' });
      case 'say':
        return this.say(command);
      case 'acknowledge':
        return this.post('messages', `/v1/disclosures/${this.lead(command.of)}/acknowledgement`, {});
      case 'deny':
        return this.post('messages', `/v1/disclosures/${this.lead(command.of)}/denial`, {});
      default:
        return this.carryOutByBank(command);
    }
  }

  private carryOutByBank(
    command: Exclude<Command, { verb: 'open' | 'consent' | 'check' | 'create' | 'withdraw' | 'say' | 'acknowledge' | 'deny' }>,
  ): Promise<Said> {
    switch (command.verb) {
      case 'prove': {
        const { of, number: customerNumber, actedBefore } = command;
        return this.post('identity', this.customer(of, 'confirmation'), { outcome: 'proved', customerNumber, ...this.acted(actedBefore) });
      }
      case 'turn-down':
        return this.post('identity', this.customer(command.of, 'confirmation'), {
          outcome: 'turned-down',
          ...this.acted(command.actedBefore),
        });
      case 'revoke':
        return this.post('identity', this.customer(command.of, 'revocation'), { reason: 'forged-papers' });
      case 'lock': {
        const { country, scheme, value } = personOf(command.person);
        return this.post('identity', '/v1/locks', { person: { country, scheme, value }, locked: command.locked });
      }
      case 'suspend':
        return this.post(ANALYST, `/v1/partners/${command.partner}/suspension`, { reason: 'complaints' });
      case 'reinstate':
        return this.post(ANALYST, `/v1/partners/${command.partner}/reinstatement`, { reason: 'cleared' });
      case 'terms':
        return this.post(ANALYST, `/v1/owners/${command.owner}/terms`, { terms: command.terms, reason: 'agreed' });
      case 'grant': {
        const { owner, entry: entryId, units } = command;
        return this.post(ANALYST, `/v1/owners/${owner}/grants`, { entryId, units, reason: 'season' });
      }
      case 'take': {
        const { owner, entry: entryId, units } = command;
        return this.post(ANALYST, `/v1/owners/${owner}/grant-revocations`, { entryId, units, reason: 'granted-by-mistake' });
      }
    }
  }

  private open({ partner, person: n, agent, purpose }: Command & { verb: 'open' }): Promise<Said> {
    const { country, scheme, value } = personOf(n);
    return this.post(partner, '/v1/leads', { person: { country, scheme, value }, purpose, agent }, (body) => {
      const { leadId, carriedAnswer } = body as { leadId: string; carriedAnswer: string | null };
      this.opened.set(`${ownerOf(partner)} ${n}`, leadId);
      return `lead ${carriedAnswer ?? 'fresh'}`;
    });
  }

  private consent({ partner, of, contact }: Command & { verb: 'consent' }): Promise<Said> {
    const leadId = this.lead(of);
    const email = contact === 'on-file' ? contactOnFile(of.person) : `${contact}@elsewhere.example.org`;
    return this.post(partner, `/v1/leads/${leadId}/consent`, { contact: { email } }, () => {
      this.asks.set(leadId, (this.asks.get(leadId) ?? 0) + 1);
      return 'done';
    });
  }

  private check({ partner, of, brings }: Command & { verb: 'check' }): Promise<Said> {
    const leadId = this.lead(of);
    const { secret, code = 'right', person } = brings;
    const ask = this.asks.get(leadId) ?? 0;
    const body = {
      leadId,
      person: named(brings),
      ...(secret !== undefined && { proof: { kind: 'account-last-six', value: secretOf(person, secret) } }),
      ...(code !== 'none' && ask > 0 && { consent: { code: code === 'right' ? this.world.keyring.oneTimeCode(leadId, ask) : WRONG_CODE } }),
    };
    return this.post(partner, '/v1/membership-checks', body, (said) => (said as { answer: string }).answer);
  }

  /** What the applicant says on the page; the link to it is in a message, so the page's command is sent in its place. */
  private async say({ of, word }: Command & { verb: 'say' }): Promise<Said> {
    const leadId = this.lead(of);
    try {
      await this.service.get(CommandBus).execute(new AnswerConsent({ leadId, ask: this.asks.get(leadId) ?? 0, word }, CAUSE));
      return 'done';
    } catch (error) {
      if (error instanceof DomainError) return error.code;
      throw error;
    }
  }

  private acted(before: number): { actedAt: string } {
    return { actedAt: new Date(this.world.now() - before).toISOString() };
  }

  private customer(of: OfLead, what: string): string {
    return `/v1/customers/${this.world.keyring.customerId(this.lead(of))}/${what}`;
  }

  private lead({ owner, person: n }: OfLead): string {
    const { keyring } = this.world;
    return this.opened.get(`${owner} ${n}`) ?? realLeadId(keyring, owner, n, 1);
  }

  private async must(client: string, path: string, body: object | string, headers: object = {}): Promise<void> {
    const { status, body: text } = await this.ask(client, path, body, headers);
    if (status >= 300) throw new Error(`${path}: ${text}`);
  }

  private async post(client: string, path: string, body: object, learn: (body: object) => Said = () => 'done'): Promise<Said> {
    const { status, body: text } = await this.ask(client, path, body);
    const said = JSON.parse(text) as { type?: string };
    if (status < 300) return learn(said);
    if (status >= 500 || said.type === undefined) throw new Error(`${path}: ${text}`);
    return said.type.replace('urn:vestibule:problem:', '').toUpperCase().replaceAll('-', '_');
  }

  private ask(client: string, path: string, body: object | string, headers: object = {}) {
    this.posts += 1;
    const key = { 'idempotency-key': `post-${this.posts}` };
    return this.service.request({ token: this.tokens.get(client) ?? '', method: 'POST', path, body, headers: { ...key, ...headers } });
  }
}

/** Id of the n-th lead of an owner on a person, as the service computes it. */
export function realLeadId(keyring: World['keyring'], owner: string, n: number, number: number): string {
  return keyring.leadId(keyring.leadStream(owner, keyring.personKeys(personOf(n))[0] ?? ''), number);
}

function named({ person, name }: Brought): object {
  const real = personOf(person);
  return name ? real : { ...real, familyName: 'Wiśniewska' };
}

function registerLines(): string {
  const rows = Array.from({ length: 1_000 }, (_, n) => n).filter(isCustomer);
  return rows.map((n) => `${JSON.stringify(row(n))}\n`).join('');
}

function row(n: number): object {
  const { country, scheme, value, familyName, birthDate } = personOf(n);
  const secrets = [{ kind: 'account-last-six', value: secretOf(n, 'right') }];
  const identifiers = [{ country, scheme, value }];
  return { customerNumber: numberOf(n), identifiers, familyNames: [familyName], birthDate, contact: { email: contactOnFile(n) }, secrets };
}
