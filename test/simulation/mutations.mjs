// Takes one defence after the other out of a copy of the sources, and lets the simulation look for it: a defence whose absence
// nobody notices is not tested. `node test/simulation/mutations.mjs [--seeds 300] [--only WORD]`; `--check` only says whether
// each still fits the sources.
import { execFile } from 'node:child_process';
import { parseArgs, promisify } from 'node:util';
import { assertFitting, tryEach } from '../support/mutation.mjs';

const KERNEL = 'src/event-sourcing/handle-command.ts';
const APPEND = 'return (await deadline.wait(this.store.append(stream, expected, events), notConfirmedInTime)).position;';
const LEDGER = 'src/modules/owners/ledger.ts';
const LEAD = 'src/modules/leads/lead.ts';
const ANSWER = 'src/modules/leads/lead-answer.ts';
const CHECK = 'src/modules/leads/check-membership.handler.ts';
const STANDING = 'src/modules/owners/partner-standing.guard.ts';
const REFUSALS = 'src/modules/refusals/refusal-recorder.ts';

/** `take` stands in `file` exactly once, and `give` comes in its place; the same for each pair of `also`. */
const MUTATIONS = [
  {
    name: 'the answer leaves before the acknowledgement',
    file: KERNEL,
    take: 'const position = await this.append(stream, revision, events, deadline);',
    give: `const sent = this.append(stream, revision, events, deadline);
        const position = stream.startsWith('lead-') ? (sent.catch(() => {}), 0) : await sent;`,
  },
  {
    name: 'a retry has new event ids',
    file: KERNEL,
    take: APPEND,
    give: APPEND.replace(
      'expected, events',
      'expected, failures === 0 ? events : events.map((event) => ({ ...event, id: eventId(this.clock.now()) }))',
    ),
  },
  {
    name: 'the expected revision is whatever it is',
    file: KERNEL,
    take: APPEND,
    give: APPEND.replace('expected, events', '(await this.store.readStream(stream, { limit: 10_000 })).length - 1, events'),
  },
  {
    name: 'a wrong revision is answered with the same events at the right one',
    file: KERNEL,
    take: 'if (place.taken || unknown === undefined) return undefined;',
    give: 'return this.append(stream, error.actual, events, deadline);',
  },
  {
    name: 'an unknown outcome is a success',
    file: KERNEL,
    take: "unknown = error instanceof UnknownOutcome ? error : new UnknownOutcome('the append failed', { cause: error });",
    give: 'return 0;',
  },
  {
    name: 'an unknown outcome is a failure, and decided again',
    file: KERNEL,
    take: "unknown = error instanceof UnknownOutcome ? error : new UnknownOutcome('the append failed', { cause: error });",
    give: 'return undefined;',
  },
  {
    name: 'the idempotency key in the stream is ignored',
    file: KERNEL,
    take: 'const place = keyHash === undefined ? undefined : fold.writtenWith(keyHash);',
    give: 'const place = undefined;',
  },
  {
    name: 'a fold that is held is taken for current without the store having said so',
    file: 'src/event-sourcing/stream-folds.ts',
    take: 'return known !== undefined && this.store.endsWith?.(known.stream, known.revision, known.eventId) ? known : undefined;',
    give: 'return known;',
  },
  {
    name: 'an owner is loaded as far as it was loaded last, every other time',
    file: 'src/event-sourcing/stream-folds.ts',
    take: 'if (known && (await this.readForward(known))) return known as Fold<State>;',
    give: "if (known && ((stream.startsWith('owner-') && known.revision > 20 && Math.random() < 0.5) || (await this.readForward(known)))) return known as Fold<State>;",
  },
  {
    name: 'a command is refused on an old fold',
    file: KERNEL,
    take: 'if (isOfStore(error) || (await isEnd())) throw error;',
    give: 'if (isOfStore(error) || fold !== undefined) throw error;',
  },
  {
    name: 'a command comes to nothing on an old fold',
    file: KERNEL,
    take: 'return isProven || (await isEnd()) ? handled : undefined;',
    give: 'return isProven || fold !== undefined ? handled : undefined;',
  },
  {
    name: 'an answer is repeated to a partner that was good when the owner was loaded last',
    file: STANDING,
    take: 'signingPartner((await this.commands.load(owner, ownerStream(of.owner))).state, of);',
    give: `const stream = ownerStream(of.owner);
    signingPartner((this.commands.lastKnown(owner, stream) ?? (await this.commands.load(owner, stream))).state, of);`,
  },
  {
    name: 'whoever finds a command again in its stream does not say so',
    file: KERNEL,
    take: 'isRepeat: true };',
    give: 'isRepeat: false };',
  },
  {
    name: 'a program that starts does not take up what was being sent',
    file: 'src/event-sourcing/run-process.ts',
    take: 'if (readModels.has(this.instances.projection.tables)) this.instances.wakeAll();',
    give: '',
  },
  {
    name: 'what was applied is forgotten with its checkpoint kept',
    file: 'src/event-sourcing/follower.ts',
    take: 'const taken = work((event) => projection.apply(db, event as unknown as Recorded<Event>));',
    give: 'const taken = work((event) => (Math.random() < 0.05 ? undefined : projection.apply(db, event as unknown as Recorded<Event>)));',
  },
  {
    name: 'finish-admission is forgotten',
    file: 'src/modules/leads/leads.module.ts',
    take: 'this.subscriptions.addProcess(finishAdmission);',
    give: '',
  },
  {
    name: 'a check reads the owner as it was once',
    file: CHECK,
    take: 'const { state: ownerState, lastRecordedAt } = await this.commands.load(owner, stream);',
    give: `const seen: Record<string, unknown> = ((this as unknown as { seen?: Record<string, unknown> }).seen ??= {});
      if (seen[data.owner] === undefined) {
        const once = await this.commands.load(owner, stream);
        seen[data.owner] = { state: structuredClone(once.state), lastRecordedAt: once.lastRecordedAt };
      }
      const { state: ownerState, lastRecordedAt } = seen[data.owner] as { state: never; lastRecordedAt: number };`,
  },
  {
    name: 'a check does not read the gate',
    file: CHECK,
    take: 'const { halted, outages } = await this.gate.read();',
    give: 'const { outages } = await this.gate.read(); const halted = false;',
  },
  {
    name: 'a check answers again, whatever is recorded',
    file: ANSWER,
    take: 'if (lead.answer !== undefined && !bringsMore(lead, check)) {',
    give: "if (lead.answer !== undefined && lead.status !== 'answered') {",
  },
  {
    name: 'a try is not recorded',
    file: CHECK,
    take: "const isTried = own !== undefined && mode === 'proof' && comesToLookUp(own, check);",
    give: 'const isTried = false as boolean && own !== undefined;',
  },
  {
    name: 'a try is recorded after its answer was looked up again, without a key of its own',
    file: CHECK,
    take: "aside(cause, 'try')",
    give: 'cause',
  },
  {
    name: 'the tries of a lead are not counted',
    file: ANSWER,
    take: ' && lead.tried.length < TRIES_OF_A_LEAD',
    give: '',
  },
  {
    name: 'a wrong code is as good as the right one',
    file: ANSWER,
    take: "return code === 'right' ? 'look-up' : 'code-missed';",
    give: "return 'look-up';",
  },
  {
    name: 'a consent is good for any number of checks',
    file: 'src/modules/leads/lead.state.ts',
    take: 'ask.used = true;',
    give: 'ask.used = false;',
  },
  {
    name: 'a carried no changes like any other',
    file: ANSWER,
    take: ' || lead.opening.carried !== undefined',
    give: '',
  },
  {
    name: 'a code is sent before it is counted',
    file: 'src/modules/consent/consent.handlers.ts',
    take: 'const { dropped } = await this.requestCode({ contactKey, leadId, owner: data.owner, partner, at }, cause);',
    give: 'const dropped = false; void this.requestCode({ contactKey, leadId, owner: data.owner, partner, at }, cause).catch(() => {});',
  },
  {
    name: 'opening reads the lead once, and the owner again and again',
    file: 'src/modules/leads/open-lead.handler.ts',
    take: 'const { history: own, at, ...found } = await this.histories.of(state, asked, cause);',
    give: `const once = data as { early?: Awaited<ReturnType<typeof this.histories.of>> };
    once.early ??= structuredClone(await this.histories.of(state, asked, cause));
    const { history: own, at, ...found } = once.early;`,
  },
  {
    name: 'opening looks at the lead as it was folded last',
    file: 'src/modules/leads/lead-lookup.ts',
    take: 'return { ...(await this.commands.load(lead, newest.stream)), ...newest };',
    give: 'return { ...(this.commands.lastKnown(lead, newest.stream) ?? (await this.commands.load(lead, newest.stream))), ...newest };',
  },
  {
    name: 'an opening is written as often as it is sent',
    file: LEAD,
    take: 'if (state.leads.length >= admitted.number) return [];\n  if (state.leads.length + 1 !== admitted.number)',
    give: 'if (state.leads.length + 1 < admitted.number)',
  },
  {
    name: 'an outage puts off no deadline',
    file: 'src/event-sourcing/outage.ts',
    take: 'if (start < due && end > start) due += end - start;',
    give: '',
  },
  {
    name: 'the lapse does not look at what became of the lead',
    file: LEAD,
    take: "if ((lead.status !== 'open' && lead.status !== 'answered') || !isOverdue(lead, Date.parse(at), outages)) return [];",
    give: 'if (!isOverdue(lead, Date.parse(at), outages)) return [];',
  },
  {
    name: 'the allowance is not looked at',
    file: 'src/modules/owners/admission.policies.ts',
    take: 'if (owner.allowance.balance + accrual(owner.allowance, terms, now).units < 1) {',
    give: 'if (owner.allowance.balance < -1_000) {',
  },
  {
    name: 'a suspended partner is in good standing',
    file: 'src/modules/owners/admission.policies.ts',
    take: "if (partner.standing === 'suspended') throw",
    give: "if (partner.standing === ('never' as string)) throw",
  },
  {
    name: 'a settlement does not look whether the lead is still unresolved',
    file: LEDGER,
    take: 'const lead = state.unresolved.get(leadId);\n  if (lead === undefined || at < settlesAt) return [];',
    give: "const lead = state.unresolved.get(leadId) ?? { partner: '', at };\n  if (at < settlesAt) return [];",
  },
  {
    name: 'an acknowledgement is credited as often as it is sent',
    file: LEDGER,
    take: 'if (state.earned.has(leadId)) return [];',
    give: '',
  },
  {
    name: 'a revoked conversion keeps what it earned',
    file: 'src/modules/customers/customers.module.ts',
    take: 'this.subscriptions.addProcess(takeBack);',
    give: '',
  },
  {
    name: 'a customer number is claimed by whoever comes',
    file: 'src/modules/customers/claim.ts',
    take: "(state.claim === undefined ? [{ type: 'CustomerNumberClaimed', data: command.data }] : [])",
    give: "[{ type: 'CustomerNumberClaimed', data: command.data }]",
  },
  {
    name: 'a policy is answered before every owner has it',
    file: 'src/modules/owners/policy.fan-out.ts',
    take: 'for (let missing = await this.owners(done); missing.length > 0; missing = await this.owners(done)) {',
    give: 'for (let missing = await this.owners(done); missing.length > 1_000; missing = await this.owners(done)) {',
  },
  {
    name: 'a refusal whose report went unheard is counted once more',
    file: REFUSALS,
    take: 'if (!(error instanceof UnknownOutcome)) return false;',
    give: 'if (error !== undefined) return false;',
  },
  {
    name: 'the flush of the refusals trusts every clock',
    file: REFUSALS,
    take: 'const now = this.time();\n    // Nothing can be written',
    give: 'const now: number | undefined = this.clock.now();\n    // Nothing can be written',
  },
];

const run = promisify(execFile);

const { values: options } = parseArgs({
  options: { seeds: { type: 'string', default: '300' }, only: { type: 'string', default: '' }, check: { type: 'boolean', default: false } },
});

const mutations = MUTATIONS.map(({ name, file, take, give, also = [] }) => ({
  name,
  changes: [[take, give], ...also].map(([from, to]) => ({ file, take: from, give: to })),
}));

if (options.check) {
  assertFitting(mutations);
  console.log(`${mutations.length} mutations fit the sources`);
} else {
  const wanted = mutations.filter(({ name }) => name.includes(options.only));
  process.exitCode = (await tryEach(wanted, options.seeds, simulated)) ? 0 : 1;
}

/** @returns the seed that found it, and what it saw */
async function simulated(cwd) {
  try {
    const campaign = ['test/simulation/campaign.mjs', '--seeds', options.seeds, '--until-failure'];
    await run(process.execPath, campaign, { cwd, maxBuffer: 1e8 });
    return undefined;
  } catch (error) {
    const seen = /^seed (\d+): (.*)$/m.exec(error.stdout ?? '');
    if (seen === null) throw error;
    return { seed: Number(seen[1]), failure: seen[2] };
  }
}
