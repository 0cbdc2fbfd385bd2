import { rmSync } from 'node:fs';
import { dirname } from 'node:path';
import { EmbeddedEventStore } from '../../src/event-sourcing/embedded.event-store.js';
import type { RecordedEvent } from '../../src/event-sourcing/message.js';
import { assertBound } from '../support/bound.js';
import { bankDirectory, registerPartner, startBank, type BankDirectory, type BankProcess } from './bank-process.js';
import { person } from './persons.js';

const ROUNDS = 5;
const SEED = Number(process.env['KILL_SEED'] ?? Date.now() % 100_000);

/** What the outside was told, and must find again. */
interface Acknowledged {
  readonly n: number;
  readonly leadId: string;
  answer?: string;
  customerId?: string;
}

/** A small generator, so that a failing round can be run again with its seed. */
function random(seed: number): () => number {
  let state = seed;
  return () => {
    state = (state * 1_664_525 + 1_013_904_223) % 4_294_967_296;
    return state / 4_294_967_296;
  };
}

describe(`kill -9 under load, ${ROUNDS} rounds (seed ${SEED})`, () => {
  const next = random(SEED);
  const acknowledged: Acknowledged[] = [];
  let directory: BankDirectory;
  let bank: BankProcess | undefined;
  let used = 3000;

  beforeAll(async () => {
    directory = await bankDirectory();
    bank = await startBank(directory);
    await registerPartner(bank, directory, 'partner-1', { initial: 50, ceiling: 5000 });
    await bank.as('ana').post('/v1/owners/owner-partner-1/grants', { units: 3000, reason: 'other' });
    await bank.kill('SIGTERM');
  });
  afterAll(async () => {
    await bank?.kill();
    rmSync(dirname(directory.dataDir), { recursive: true, force: true });
  });

  const flow = async (running: BankProcess): Promise<void> => {
    const partner = running.as('partner-1');
    for (;;) {
      const n = used++;
      const { country, scheme, value } = person(n);
      const body = { person: { country, scheme, value }, purpose: 'onboarding', agent: 'agent-1' };
      const { leadId } = (await partner.post<{ leadId: string }>('/v1/leads', body, `open-${n}`)).body;
      const told: Acknowledged = { n, leadId };
      acknowledged.push(told);
      told.answer = (await partner.post<{ answer: string }>('/v1/membership-checks', { leadId, person: person(n) })).body.answer;
      const create = { leadId, person: person(n), contact: { email: 'a@example.org' } };
      told.customerId = (await partner.post<{ customerId: string }>('/v1/customers', create)).body.customerId;
    }
  };

  it.each(Array.from({ length: ROUNDS }, (_, i) => i + 1))(
    'round %i: what was acknowledged is there (R17, I12)',
    async () => {
      bank = await startBank(directory);
      const flows = Array.from({ length: 8 }, () => flow(bank as BankProcess).catch(() => undefined));
      await new Promise((wait) => setTimeout(wait, 150 + next() * 700));
      await bank.kill('SIGKILL');
      await Promise.all(flows);

      const log = await readLog(directory.dataDir);
      const facts = new Set(log.map(({ type, data }) => `${type} ${(data as { leadId?: string }).leadId}`));
      for (const { leadId, answer, customerId } of acknowledged) {
        expect(facts).toContain(`LeadAdmitted ${leadId}`);
        if (answer !== undefined) expect(facts).toContain(`MembershipAnswered ${leadId}`);
        if (customerId !== undefined) expect(facts).toContain(`CustomerSubmitted ${leadId}`);
      }
      await assertBound(log);
    },
    60_000,
  );

  it('a repeated command after the restart is answered with the same bytes and charged no second time (R12)', async () => {
    bank = await startBank(directory);
    const partner = bank.as('partner-1');
    expect(acknowledged.length).toBeGreaterThan(ROUNDS);
    for (const { n, leadId } of acknowledged.slice(-5)) {
      const { country, scheme, value } = person(n);
      const body = { person: { country, scheme, value }, purpose: 'onboarding', agent: 'agent-1' };
      expect((await partner.post<{ leadId: string }>('/v1/leads', body, `open-${n}`)).body.leadId).toBe(leadId);
    }
    await bank.kill('SIGTERM');
    const log = await readLog(directory.dataDir);
    const admitted = log.filter(({ type }) => type === 'LeadAdmitted').map(({ data }) => (data as { leadId: string }).leadId);
    expect(new Set(admitted).size).toBe(admitted.length);
    const opened = new Set(log.filter(({ type }) => type === 'LeadOpened').map(({ data }) => (data as { leadId: string }).leadId));
    expect(
      admitted.filter((leadId) => acknowledged.some((told) => told.leadId === leadId && told.answer !== undefined) && !opened.has(leadId)),
    ).toEqual([]);
  }, 60_000);

  it('says at each start that the process before was killed, or that it was not', async () => {
    const starts = (await readLog(directory.dataDir)).filter(({ type }) => type === 'ServiceStarted');
    expect(starts.map(({ data }) => (data as { previousEndedCleanly: boolean }).previousEndedCleanly)).toEqual([
      true,
      true,
      ...Array.from({ length: ROUNDS }, () => false),
    ]);
  });
});

async function readLog(dataDir: string): Promise<readonly RecordedEvent[]> {
  const store = await EmbeddedEventStore.open(dataDir);
  try {
    const events: RecordedEvent[] = [];
    for (let after = -1; ;) {
      const page = await store.readAll({ after });
      events.push(...page.events);
      if (page.atEnd) return events;
      after = page.through;
    }
  } finally {
    await store.close();
  }
}
