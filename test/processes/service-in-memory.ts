import type { CommandBus } from '@nestjs/cqrs';
import type { Config } from '../../src/config.js';
import { VirtualClock } from '../../src/event-sourcing/clock.js';
import { type EventStore, StoreUnavailable } from '../../src/event-sourcing/event-store.js';
import { CommandHandling } from '../../src/event-sourcing/handle-command.js';
import { MemoryEventStore } from '../../src/event-sourcing/memory.event-store.js';
import type { Fact, RecordedEvent } from '../../src/event-sourcing/message.js';
import type { Outage, Process } from '../../src/event-sourcing/process.js';
import { claimNumber } from '../../src/modules/customers/claim.process.js';
import { DenyLeadHandler } from '../../src/modules/consent/consent.handlers.js';
import { CreateCustomerHandler } from '../../src/modules/customers/create-customer.handler.js';
import {
  ClaimCustomerNumberHandler,
  ConfirmIdentityHandler,
  DeclineLeadHandler,
  RevokeConversionHandler,
  SettleLeadHandler,
  TakeBackCreditHandler,
  TurnDownCustomerHandler,
} from '../../src/modules/customers/customer.handlers.js';
import { decline } from '../../src/modules/customers/decline.process.js';
import { settle } from '../../src/modules/customers/settle.process.js';
import { takeBack } from '../../src/modules/customers/take-back.process.js';
import { GateReader } from '../../src/modules/gate/gate.reader.js';
import type { ServiceLife } from '../../src/modules/gate/service-life.js';
import { acknowledgement } from '../../src/modules/leads/acknowledgement.process.js';
import { CheckMembershipHandler } from '../../src/modules/leads/check-membership.handler.js';
import { finishAdmission } from '../../src/modules/leads/finish-admission.process.js';
import { lapse } from '../../src/modules/leads/lapse.process.js';
import { LeadLookup } from '../../src/modules/leads/lead-lookup.js';
import {
  AcknowledgeDisclosureHandler,
  CreditAcknowledgementHandler,
  FinishAdmissionHandler,
  LapseLeadHandler,
  ResolveLeadHandler,
  WithdrawLeadHandler,
} from '../../src/modules/leads/lead.handlers.js';
import { OpenLeadHandler } from '../../src/modules/leads/open-lead.handler.js';
import { OpenedLeads } from '../../src/modules/leads/opened-leads.js';
import { ReadableAnswers } from '../../src/modules/leads/readable-answers.guard.js';
import { resolve } from '../../src/modules/leads/resolve.process.js';
import { messageAnswers } from '../../src/modules/messages/answer.process.js';
import { AnswerMessageHandler, HeedMessageAnswerHandler } from '../../src/modules/messages/answer-message.handlers.js';
import { SendMessageHandler } from '../../src/modules/messages/message.handlers.js';
import { messages } from '../../src/modules/messages/message.process.js';
import { CurrentOwner } from '../../src/modules/owners/current-owner.js';
import {
  FinishMergerHandler,
  FinishMoveHandler,
  MergeOwnersHandler,
  TransferPartnerHandler,
} from '../../src/modules/owners/move.handlers.js';
import { finishMerger, finishMove } from '../../src/modules/owners/move.process.js';
import {
  AdoptPolicyHandler,
  ApplyPolicyHandler,
  ChangeOwnerHandler,
  RegisterOwnerHandler,
  RegisterPartnerHandler,
} from '../../src/modules/owners/owner.handlers.js';
import { PolicyFanOut } from '../../src/modules/owners/policy.fan-out.js';
import { policyFanOut } from '../../src/modules/owners/policy.process.js';
import { type Terms, TERMS_WHEN_NOTHING_IS_KNOWN } from '../../src/modules/owners/terms.js';
import { forfeitAfterRestore } from '../../src/modules/owners/restore.process.js';
import type { KeyVault } from '../../src/modules/persons/key-vault.js';
import { NoteSeal } from '../../src/modules/persons/note-seal.js';
import { generateKeyring } from '../../src/modules/persons/keyring-file.js';
import { Keyring } from '../../src/modules/persons/keyring.js';
import { DrawProbationUnitsHandler, ReturnProbationUnitsHandler } from '../../src/modules/probation/probation.handlers.js';
import { probationUnits } from '../../src/modules/probation/probation.process.js';

type AnyProcess = Process<unknown, Fact, { type: string; data: object }>;

const PROCESSES = [
  finishAdmission,
  lapse,
  resolve,
  acknowledgement,
  decline,
  settle,
  claimNumber,
  takeBack,
  messages,
  messageAnswers,
  policyFanOut,
  probationUnits,
  forfeitAfterRestore,
  finishMove,
  finishMerger,
] as unknown as readonly AnyProcess[];

const CAUSE = { correlationId: 'story', causationId: 'story', actor: 'story' };

/** The service stopped between two writes, as a killed process does. Of a kind that nobody tries again within the process. */
export class Crash extends StoreUnavailable {}

/** What outlives a crash: the log, the vault, the keys, the time, and who is a customer. */
export class World {
  readonly store = new MemoryEventStore();
  readonly clock = new VirtualClock(Date.parse('2026-03-02T08:00:00.000Z'));
  private keys = generateKeyring();
  keyring = new Keyring(this.keys);
  readonly customers = new Map<string, string>();
  readonly sealed = new Map<string, object>();

  /** Person keys of the bank's customers, with their customer number. */
  register(person: { country: string; scheme: string; value: string }, customerNumber: string): void {
    for (const key of this.keyring.personKeys(person)) this.customers.set(key, this.keyring.customerKey(customerNumber));
  }

  /** Persons are entered under a new key from now on, and still found under the old ones. For services started after it. */
  rotate(): void {
    const epochs = generateKeyring().epochs.map((epoch) => ({ ...epoch, id: `e${this.keys.epochs.length + 1}` }));
    this.keys = { ...this.keys, epochs: [...epochs, ...this.keys.epochs] };
    this.keyring = new Keyring(this.keys);
  }

  async log(): Promise<readonly RecordedEvent[]> {
    const { events } = await this.store.readAll({ limit: 100_000 });
    return events;
  }
}

/** Handlers and processes over a world. One object is one run of the program: a crash ends it, another goes on. */
export class ServiceInMemory {
  private readonly handlers: ReadonlyMap<string, { execute(command: object): Promise<unknown> }>;
  private writes = 0;

  /** @param crashAt the write at which the program dies @param after whether that write is still in the log */
  constructor(
    private readonly world: World,
    private readonly crashAt = Infinity,
    private readonly after = true,
  ) {
    const commands = new CommandHandling(this.dyingStore(), world.clock);
    const { keyring } = world;
    const gate = new GateReader(commands, { begun: Promise.resolve() } as unknown as ServiceLife);
    const bus = { execute: (command: { type: string }) => this.send(command) } as unknown as CommandBus;
    const leads = new LeadLookup(commands, keyring);
    const opened = new OpenedLeads(commands, bus);
    const readable = new ReadableAnswers(commands, leads, gate, world.clock);
    const letters = { publicUrl: 'https://gate.example', bankName: 'A bank', languages: ['en'], messengers: {} } as const;
    const config = { settlementEvery: 86_400_000, ...letters } as Partial<Config> as Config;
    const vault = this.vault();
    const membership = { lookUp: (keys: readonly string[]) => Promise.resolve(this.lookUp(keys)) };
    const contacts = { contactOf: () => Promise.resolve(undefined), contactOfPerson: () => Promise.resolve(undefined) };
    const notes = new NoteSeal(vault);
    const created = [commands, leads, keyring, gate, config, notes] as const;
    this.handlers = new Map<string, { execute(command: never): Promise<unknown> }>([
      ['OpenLead', new OpenLeadHandler(commands, leads, keyring, gate, bus)],
      ['CheckMembership', new CheckMembershipHandler(commands, leads, opened, keyring, gate, membership, readable)],
      ['WithdrawLead', new WithdrawLeadHandler(commands, leads, opened, gate, notes)],
      ['FinishAdmission', new FinishAdmissionHandler(commands)],
      ['LapseLead', new LapseLeadHandler(commands, leads, gate)],
      ['ResolveLead', new ResolveLeadHandler(commands)],
      ['AcknowledgeDisclosure', new AcknowledgeDisclosureHandler(commands, leads)],
      ['CreditAcknowledgement', new CreditAcknowledgementHandler(commands)],
      ['CreateCustomer', new CreateCustomerHandler(commands, leads, opened, keyring, gate, vault)],
      ['ConfirmIdentity', new ConfirmIdentityHandler(...created)],
      ['TurnDownCustomer', new TurnDownCustomerHandler(...created)],
      ['RevokeConversion', new RevokeConversionHandler(...created)],
      ['DeclineLead', new DeclineLeadHandler(...created)],
      ['SettleLead', new SettleLeadHandler(commands, leads, gate)],
      ['ClaimCustomerNumber', new ClaimCustomerNumberHandler(commands, leads)],
      ['TakeBackCredit', new TakeBackCreditHandler(commands)],
      ['RegisterOwner', new RegisterOwnerHandler(commands, gate, bus)],
      ['RegisterPartner', new RegisterPartnerHandler(commands)],
      ['ChangeOwner', new ChangeOwnerHandler(commands, gate, notes)],
      ['AdoptPolicy', new AdoptPolicyHandler(commands, new PolicyFanOut(commands, bus), notes)],
      ['ApplyPolicy', new ApplyPolicyHandler(commands)],
      ['TransferPartner', new TransferPartnerHandler(commands, new CurrentOwner(commands), notes, bus)],
      ['FinishMove', new FinishMoveHandler(commands)],
      ['MergeOwners', new MergeOwnersHandler(commands, notes, bus)],
      ['FinishMerger', new FinishMergerHandler(commands, bus)],
      ['DrawProbationUnits', new DrawProbationUnitsHandler(commands, bus)],
      ['ReturnProbationUnits', new ReturnProbationUnitsHandler(commands)],
      ['DenyLead', new DenyLeadHandler(commands, leads)],
      ['AnswerMessage', new AnswerMessageHandler(commands)],
      ['HeedMessageAnswer', new HeedMessageAnswerHandler(commands, bus)],
      ['SendMessage', new SendMessageHandler(commands, vault, contacts, keyring, config)],
    ]) as never;
  }

  /** Writes so far, to know at which ones it can die. */
  get written(): number {
    return this.writes;
  }

  send<Result>(command: { type: string; data?: object; cause?: object }): Promise<Result> {
    const handler = this.handlers.get(command.type);
    if (handler === undefined) throw new Error(`no handler for ${command.type}`);
    return handler.execute({ cause: CAUSE, ...command }) as Promise<Result>;
  }

  /** Sends what the processes owe, until they owe nothing at the world's present time. */
  async settleUp(outages: readonly Outage[] = []): Promise<void> {
    for (let round = 0; round < 100; round++) {
      const owed = await this.owed(outages);
      if (owed.length === 0) return;
      const before = await this.world.store.end();
      for (const command of owed) await this.send(command);
      // A command that was sent and changed nothing is owed again; only an event can take it away.
      if ((await this.world.store.end()) === before) throw new Error(`owed without end: ${owed.map(({ type }) => type).join()}`);
    }
    throw new Error('the processes do not come to rest');
  }

  private async owed(outages: readonly Outage[]): Promise<readonly { type: string; data: object }[]> {
    const log = await this.world.log();
    const now = this.world.clock.now();
    return PROCESSES.flatMap((process) => {
      const instances = new Map<string, unknown>();
      for (const event of log) {
        if (!process.handles.includes(event.type)) continue;
        const key = process.key(event as never);
        const state = process.evolve(instances.get(key), event as never);
        if (state === undefined) instances.delete(key);
        else instances.set(key, state);
      }
      return [...instances.values()].flatMap((state) => process.owed(state, { now, outages }).commands);
    });
  }

  private lookUp(keys: readonly string[]): { customer: boolean; customerKey?: string } {
    const customerKey = keys.map((key) => this.world.customers.get(key)).find((found) => found !== undefined);
    return customerKey === undefined ? { customer: false } : { customer: true, customerKey };
  }

  private vault(): KeyVault {
    const { sealed } = this.world;
    const seal: KeyVault['seal'] = (subject, plaintext) => {
      const text = `sealed-${sealed.size}-${subject}`;
      sealed.set(text, plaintext);
      return Promise.resolve(text);
    };
    return {
      ensureKey: () => Promise.resolve(),
      seal,
      sealAll: (toSeal) => Promise.all(toSeal.map((each) => seal(...each))),
      open: (_subject, text) => Promise.resolve(sealed.get(text)),
      destroy: () => Promise.resolve(),
    };
  }

  private dyingStore(): EventStore {
    const { store } = this.world;
    const append: EventStore['append'] = async (stream, expected, events) => {
      this.writes += 1;
      if (this.writes > this.crashAt) throw new Crash('it is dead already');
      if (this.writes === this.crashAt && !this.after) throw new Crash(`before write ${this.writes}`);
      const appended = await store.append(stream, expected, events);
      if (this.writes === this.crashAt) throw new Crash(`after write ${this.writes}`);
      return appended;
    };
    return new Proxy(store, { get: (target, name) => (name === 'append' ? append : bound(target, name as keyof MemoryEventStore)) });
  }
}

function bound(store: MemoryEventStore, name: keyof MemoryEventStore): unknown {
  const member = store[name] as unknown;
  return typeof member === 'function' ? (member as (...args: unknown[]) => unknown).bind(store) : member;
}

/** An owner `o` of whom nothing is known, with a partner `p` that has signed and has the agent `a`. */
export async function signedPartner(service: ServiceInMemory, terms: Partial<Terms> = {}): Promise<void> {
  const owner = { owner: 'o', name: 'O', terms: { ...TERMS_WHEN_NOTHING_IS_KNOWN, ...terms }, by: 'ana' };
  await service.send({ type: 'RegisterOwner', data: owner });
  await service.send({ type: 'RegisterPartner', data: { owner: 'o', partner: 'p', name: 'P' } });
  for (const [type, data] of Object.entries({
    RegisterAgent: { partner: 'p', agent: 'a' },
    OfferAgreement: { partner: 'p', version: '1', documentSha256: 'f'.repeat(64), by: 'ana' },
    SignAgreement: { partner: 'p', version: '1', by: 'p' },
  })) {
    await service.send({ type: 'ChangeOwner', data: { owner: 'o', change: { type, data } } });
  }
}
