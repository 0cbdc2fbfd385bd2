// Builds one leak after the other into a copy of the sources, and lets the two worlds look for it: a leak that nobody notices could be
// there already. `node test/two-worlds/leaks.mjs [--scripts 300] [--only WORD]`; `--check` only says whether each still fits the sources.
import { execFile } from 'node:child_process';
import { parseArgs, promisify } from 'node:util';
import { assertFitting, tryEach } from '../support/mutation.mjs';

const LEADS = 'src/projections/leads-of-partner.ts';
const CUSTOMERS = 'src/projections/customers-of-partner.ts';
const CREATE = 'src/modules/customers/customer.controller.ts';
const CUSTOMER_HANDLERS = 'src/modules/customers/customer.handlers.ts';
const SEND = 'src/modules/messages/message.handlers.ts';
const OPEN = 'src/modules/leads/open-lead.handler.ts';
const CHECK = 'src/modules/leads/check-membership.handler.ts';
const SETTLEMENT = 'src/modules/leads/settlement.events.ts';

/** A message that knows whether its applicant is a customer: of their lead's person, which no message knows. */
const APPLICANT_IS_KNOWN =
  "(to.kind === 'applicant' && (await this.contacts.contactOfPerson((await this.commands.load(lead, to.leadStream)).state.leads.map(({ opening }) => opening.personKey))) !== undefined)";
const leadOfMessages = {
  file: SEND,
  take: "import { partnerName } from '../owners/partner-name.js';",
  give: "import { lead } from '../leads/lead.js';\nimport { partnerName } from '../owners/partner-name.js';",
};

/** A create that knows who is a customer; `tell` makes something of it. */
const createThatKnows = (tell) => [
  {
    file: CREATE,
    take: 'constructor(private readonly bus: CommandBus) {}',
    give: `constructor(
    private readonly bus: CommandBus,
    @Inject(CUSTOMER_CONTACTS) private readonly contacts: CustomerContacts,
    private readonly keyring: Keyring,
  ) {}`,
  },
  {
    file: CREATE,
    take: "import type { CustomerSubmitted } from '../leads/lead.events.js';",
    give: `import type { CustomerSubmitted } from '../leads/lead.events.js';
import { Inject, Res } from '@nestjs/common';
import { Keyring } from '../persons/keyring.js';
import { CUSTOMER_CONTACTS, type CustomerContacts } from '../messages/customer-contacts.js';`,
  },
  {
    file: CREATE,
    take: '@CurrentCause() cause: Cause,\n  ): Promise<CreatedCustomer> {',
    give: '@CurrentCause() cause: Cause,\n    @Res({ passthrough: true }) reply: { header(name: string, value: string): void },\n  ): Promise<CreatedCustomer> {',
  },
  {
    file: CREATE,
    take: 'return createdCustomer(await this.bus.execute<CreateCustomer',
    give: `const isCustomer = (await this.contacts.contactOfPerson(this.keyring.personKeys(person))) !== undefined;
    const told = (created: CreatedCustomer): CreatedCustomer => ${tell};
    return told(createdCustomer(await this.bus.execute<CreateCustomer`,
  },
  {
    file: CREATE,
    take: "CustomerSubmitted['data']>(new CreateCustomer(data, cause)));",
    give: "CustomerSubmitted['data']>(new CreateCustomer(data, cause))));",
  },
];

export const LEAKS = [
  {
    name: 'state shown before settlement: a lead is converted as soon as the bank says so',
    changes: [
      {
        file: LEADS,
        take: "'LeadSettled',\n    'ServiceStarted',\n  ],",
        give: "'LeadSettled',\n    'LeadConverted' as never,\n    'ServiceStarted',\n  ],",
      },
      {
        file: LEADS,
        take: "      case 'LeadSettled':\n",
        give: "      case 'LeadConverted' as never:\n        return applyEnd(db, (event as { data: { leadId: string } }).data.leadId, 'converted', (event as { data: { at: string } }).data.at);\n      case 'LeadSettled':\n",
      },
    ],
  },
  {
    name: 'price by outcome: a customer whom somebody else brought earns nothing',
    changes: [
      {
        file: CUSTOMER_HANDLERS,
        take: 'const { status: as, settles, revoked, customerKey } = found;',
        give: 'const { status: as, settles, revoked, linked } = found;\n  const customerKey = linked ? undefined : found.customerKey;',
      },
    ],
  },
  {
    name: 'usage by outcome: a customer whom somebody else brought is counted twice',
    changes: [
      {
        file: 'src/projections/usage.ts',
        take: "  CustomerSubmitted: 'created',\n}",
        give: "  CustomerSubmitted: 'created',\n  CustomerLinked: 'created',\n}",
      },
      {
        file: 'src/projections/usage.ts',
        take: "'AnswerChanged', 'CustomerSubmitted'],",
        give: "'AnswerChanged', 'CustomerSubmitted', 'CustomerLinked' as never],",
      },
    ],
  },
  {
    name: 'allowance credited at confirmation, not at the settlement',
    changes: [
      {
        file: SETTLEMENT,
        take: 'return settlementFrom(Math.max(tellingDue({ from, after }, outages), Date.parse(told)), every);',
        give: 'void [from, after, every, outages];\n  return Date.parse(told);',
      },
    ],
  },
  {
    name: 'another settlement: the first after the bank has told, not after it had to tell',
    changes: [
      {
        file: SETTLEMENT,
        take: 'return settlementFrom(Math.max(tellingDue({ from, after }, outages), Date.parse(told)), every);',
        give: 'void [from, after, outages];\n  return settlementFrom(Date.parse(told), every);',
      },
    ],
  },
  {
    name: 'another message: an applicant who is a customer is asked in other words',
    changes: [
      leadOfMessages,
      {
        file: SEND,
        take: 'await this.vault.ensureKey(subject);',
        give: `const isCustomer = ${APPLICANT_IS_KNOWN};
    if (isCustomer) body.subject += ' again';
    await this.vault.ensureKey(subject);`,
      },
    ],
  },
  {
    name: 'another time of a message: who is a customer is looked up at leisure',
    changes: [
      leadOfMessages,
      {
        file: SEND,
        take: 'await this.vault.ensureKey(subject);',
        give: `if (${APPLICANT_IS_KNOWN}) await this.vault.ensureKey(subject);
    await this.vault.ensureKey(subject);`,
      },
    ],
  },
  {
    name: 'no message: a code goes to customers only',
    changes: [
      leadOfMessages,
      {
        file: SEND,
        take: 'if (addressee === undefined) return',
        give: `if (addressee === undefined || (kind === 'consent-code' && !${APPLICANT_IS_KNOWN})) return`,
      },
    ],
  },
  {
    name: 'one header: a create says that it is about a customer',
    changes: createThatKnows("(isCustomer && reply.header('x-known', '1'), created)"),
  },
  {
    name: 'one byte in a body: the state of a created customer has a space behind it',
    changes: createThatKnows("(isCustomer ? { ...created, status: 'pending ' as 'pending' } : created)"),
  },
  {
    name: 'one header of an answer: the yes has one more than the no',
    changes: [
      {
        file: 'src/modules/leads/lead.controller.ts',
        take: '@CurrentCause() cause: Cause,\n  ): Promise<AnswerResponse> {',
        give: '@CurrentCause() cause: Cause,\n    @Res({ passthrough: true }) reply: FastifyReply,\n  ): Promise<AnswerResponse> {',
      },
      {
        file: 'src/modules/leads/lead.controller.ts',
        take: 'if (isNew) this.metrics.answered(answer);',
        give: "if (answer === 'yes') void reply.header('x-known', '1');\n    if (isNew) this.metrics.answered(answer);",
      },
    ],
  },
  {
    name: 'one list order: customers whom the bank has told of come first',
    mode: 'blind',
    changes: [
      { file: CUSTOMERS, take: "handles: ['CustomerSubmitted',", give: "handles: ['LeadConverted' as never, 'CustomerSubmitted'," },
      {
        file: CUSTOMERS,
        take: "      case 'LeadSettled': {\n",
        give: `      case 'LeadConverted' as never: {
        const { leadId, partner } = (event as unknown as { data: { leadId: string; partner: string } }).data;
        prepared(db, 'UPDATE customers_of_partner SET place = (SELECT max(place) + 1 FROM customers_of_partner WHERE partner = ?) WHERE lead_id = ?').run(partner, leadId);
        return;
      }
      case 'LeadSettled': {\n`,
      },
    ],
  },
  {
    name: 'a counter: the cursor of a list holds the position in the log',
    changes: [
      { file: LEADS, take: 'return applyAdmission(db, event.data);', give: 'return applyAdmission(db, event.data, event.position);' },
      { file: LEADS, take: "}: LeadAdmitted['data']): void {", give: "}: LeadAdmitted['data'], position: number): void {" },
      {
        file: LEADS,
        take: 'SELECT ?, ?, (SELECT coalesce(max(place), 0) + 1 FROM leads_of_partner WHERE partner = ?), ?, ?, ?, ?, ?, ?, ?',
        give: 'SELECT ?, ?, ?, ?, ?, ?, ?, ?, ?, ?',
      },
      { file: LEADS, take: '.run(leadId, partner, partner, agent,', give: '.run(leadId, partner, position, agent,' },
    ],
  },
  {
    name: "a lock's refusal: who is locked is not answered",
    difference: 'locked or not',
    changes: [
      {
        file: 'src/projections/membership/known-customers.ts',
        take: 'return found !== 0 && (!locked || despiteLock) ?',
        give: "if (locked && !despiteLock) throw Object.assign(new Error('locked'), { code: 'FORBIDDEN' });\n    return found !== 0 && (!locked || despiteLock) ?",
      },
    ],
  },
  {
    name: "a retry's status: a create is refused otherwise once the bank has confirmed it",
    mode: 'blind',
    changes: [
      {
        file: 'src/modules/leads/lead-rules.ts',
        take: "    case 'converted':\n    case 'declined':",
        give: "    case 'converted':\n      throw new DomainError('LEAD_NOT_FOUND', 'the customer of this lead is there');\n    case 'declined':",
      },
    ],
  },
  {
    name: 'more work for a customer: one more append before the answer',
    difference: 'customer or not',
    changes: [
      {
        file: CHECK,
        take: 'const counts = isTried',
        give: `if (own?.answer === undefined && membership.customer) {
        const trying: TrySecret['data'] = { personKey: asked.personKeys[0] ?? '', leadId: data.leadId, owner: data.owner, partner: data.partner, matches: true, at };
        await this.commands.handle(tries, triesStream(asked.personKeys[0] ?? ''), aside(cause, 'more'), () => ({ type: 'TrySecret' as const, data: trying }));
      }
      const counts = isTried`,
      },
    ],
  },
  {
    name: 'less work for nobody: only a customer is looked up to the end',
    difference: 'another name on file or no customer',
    changes: [
      {
        file: 'src/membership.module.ts',
        take: 'return membership.lookUp(personKeys, corroborations, despiteLock);',
        give: 'const found = membership.lookUp(personKeys, corroborations, despiteLock);\n      if (membership.lookUpPerson(personKeys).customer) await store.end();\n      return found;',
      },
    ],
  },
  {
    name: 'a cool-down by outcome: it begins when the bank tells',
    changes: [
      {
        file: 'src/modules/leads/lead.state.ts',
        take: 'return lead.settles === undefined ? lead.endedAt : settlementOf(lead.settles, outages);',
        give: 'void [outages, settlementOf];\n  return lead.settles === undefined ? lead.endedAt : Date.parse(lead.settles.told);',
      },
    ],
  },
  {
    name: "tries shown: who has used up a person's tries is told",
    mode: 'proof',
    difference: 'known to another owner or not',
    changes: [
      { file: 'src/modules/leads/tries.ts', take: 'export const TRIES_OF_A_PERSON = 10;', give: 'export const TRIES_OF_A_PERSON = 2;' },
      {
        file: CHECK,
        take: "return events[0]?.data.outcome === 'matched';",
        give: "if (events[0]?.data.outcome === 'exhausted') throw Object.assign(new Error('exhausted'), { code: 'FORBIDDEN' });\n    return events[0]?.data.outcome === 'matched';",
      },
    ],
  },
  {
    difference: "a lead of others' or none",
    name: "others' leads told from none: no work is done for what is known to be another's",
    changes: [
      {
        file: 'src/modules/leads/opened-leads.ts',
        take: '?.opening.partner === partner;\n    // Once',
        give: ' !== undefined;\n    // Once',
      },
    ],
  },
  {
    difference: "a lead of others' or none",
    name: "others' leads told from none: the ledger is looked up of whoever has the lead",
    changes: [{ file: CHECK, take: 'found?.opening.partner === data.partner ? found : undefined;', give: 'found;' }],
  },
  {
    difference: 'a canary or not',
    name: 'a canary by work: whoever opens a lead on one waits for one read more',
    changes: [
      {
        file: OPEN,
        take: 'const { personKey, otherKeys, leadStream } = found;',
        give: `const { personKey, otherKeys, leadStream } = found;
    const { state: registered } = await this.commands.load(canary, canaryStream(personKey));
    if (registered.status === 'registered') await this.commands.load(canary, canaryStream('nobody'));`,
      },
      {
        file: OPEN,
        take: "import { GateReader } from '../gate/gate.reader.js';",
        give: "import { canary, canaryStream } from '../canaries/canary.js';\nimport { GateReader } from '../gate/gate.reader.js';",
      },
    ],
  },
  {
    difference: 'a canary on the way or not',
    name: 'a canary refused: a lead on one is refused as if it were too many',
    changes: [
      {
        file: OPEN,
        take: 'const { personKey, otherKeys, leadStream } = found;',
        give: `const { personKey, otherKeys, leadStream } = found;
    const { state: registered } = await this.commands.load(canary, canaryStream(personKey));
    if (registered.status === 'registered') throw new DomainError('PACE_EXCEEDED', 'as if it were too many');`,
      },
      {
        file: OPEN,
        take: "import { GateReader } from '../gate/gate.reader.js';",
        give: "import { canary, canaryStream } from '../canaries/canary.js';\nimport { GateReader } from '../gate/gate.reader.js';",
      },
    ],
  },
];

const run = promisify(execFile);

const { values: options } = parseArgs({
  options: {
    scripts: { type: 'string', default: '300' },
    only: { type: 'string', default: '' },
    check: { type: 'boolean', default: false },
  },
});

if (options.check) {
  assertFitting(LEAKS);
  console.log(`${LEAKS.length} leaks fit the sources`);
} else {
  const wanted = LEAKS.filter(({ name }) => name.includes(options.only));
  process.exitCode = (await tryEach(wanted, options.scripts, compared)) ? 0 : 1;
}

/** In scripts of the kind in which it can show. @returns the seed that found it, and what it saw */
async function compared(cwd, { mode, difference }) {
  const such = [...(mode === undefined ? [] : ['--mode', mode]), ...(difference === undefined ? [] : ['--difference', difference])];
  try {
    const campaign = ['test/two-worlds/campaign.mjs', '--scripts', options.scripts, '--until-failure', ...such];
    await run(process.execPath, campaign, { cwd, maxBuffer: 1e8 });
    return undefined;
  } catch (error) {
    const seen = /^seed (\d+): (.*)$/m.exec(error.stdout ?? '');
    if (seen === null) throw error;
    return { seed: Number(seen[1]), failure: seen[2] };
  }
}
