import * as fc from 'fast-check';
import { AGENTS, contactFrom, personOf, PURPOSE } from './cast.js';
import type { Mode } from './script.js';
import { onScene, type Scene } from './scene.js';
import type { Request, Response } from './service.js';

const NOTHING = '00000000-1111-4222-8333-444444444444';
const RUNS = 60;

/** What is being sent; each fault spoils something of it, or of the world around. */
interface Sending {
  client: string | undefined;
  path: string;
  body: Record<string, unknown>;
  change: Partial<Request>;
}

interface Around {
  begin(scene: Scene): Promise<unknown>;
  end(scene: Scene): Promise<unknown>;
}

/** A mistake, or something in the way, and how it is answered when nothing earlier is. */
interface Fault {
  readonly code: string;
  spoil(sending: Sending): void;
  /** Something around that is so while the request is made. */
  readonly around?: Around;
}

const member = (name: string, value: unknown) => (sending: Sending) => {
  sending.body[name] = value;
};
const nothing = (): void => {};
const person = (change: object = {}) => {
  const { country, scheme, value, familyName, birthDate } = personOf(0);
  return { country, scheme, value, familyName, birthDate, ...change };
};

/** The form of the message, the sender, the role and the standing, the key, the members, the identifier: the same for all. */
const BEFORE_THE_LEAD: readonly Fault[] = [
  { code: 'JSON_MALFORMED', spoil: (sending) => void (sending.change = { ...sending.change, body: '{' }) },
  { code: 'TOKEN_MISSING', spoil: (sending) => void (sending.client = undefined) },
  { code: 'FORBIDDEN', spoil: (sending) => void (sending.client = sending.client && 'analyst') },
  {
    code: 'PARTNER_SUSPENDED',
    spoil: nothing,
    around: {
      begin: (scene) => scene.done('analyst', '/v1/partners/elder/suspension', { reason: 'complaints' }),
      end: (scene) => scene.done('analyst', '/v1/partners/elder/reinstatement', { reason: 'cleared' }),
    },
  },
  { code: 'IDEMPOTENCY_KEY_MISSING', spoil: (sending) => void (sending.change = { ...sending.change, headers: {} }) },
  { code: 'MEMBERS_INVALID', spoil: member('unknown', 1) },
];

const invalidIdentifier = (change: object): Fault => ({
  code: 'IDENTIFIER_INVALID',
  spoil: (sending) => void (sending.body['person'] = { ...(sending.body['person'] as object), ...change }),
});
const halted: Fault = {
  code: 'GATE_HALTED',
  spoil: nothing,
  around: {
    begin: (scene) => scene.done('operator', '/v1/gate/halt', { reason: 'exercise' }),
    end: (scene) => scene.done('operator', '/v1/gate/reopening', { reason: 'exercise-over' }),
  },
};
const inMode = (mode: Mode): Around => ({
  begin: (scene) => scene.done('analyst', '/v1/owners/acme/terms', { terms: { mode }, reason: 'agreed' }),
  end: (scene) => scene.done('analyst', '/v1/owners/acme/terms', { terms: { mode: 'instant' }, reason: 'agreed' }),
});

/** A command, what may be wrong with it, in the order in which it is answered, and what it comes to when nothing is. */
interface Command {
  readonly name: string;
  readonly faults: readonly Fault[];
  sending(leadId: string): Sending;
  readonly right: number;
}

const COMMANDS: readonly Command[] = [
  {
    name: 'a check',
    sending: (leadId) => ({ client: 'elder', path: '/v1/membership-checks', body: { leadId, person: person() }, change: {} }),
    faults: [
      ...BEFORE_THE_LEAD,
      invalidIdentifier({ value: '12345678901' }),
      { code: 'LEAD_NOT_FOUND', spoil: member('leadId', NOTHING) },
      { code: 'PERSON_MISMATCH', spoil: member('person', (({ country, scheme, value, familyName, birthDate }) => ({ country, scheme, value, familyName, birthDate }))(personOf(7))) }, // prettier-ignore
      halted,
      { code: 'PROOF_MISSING', spoil: nothing, around: inMode('proof') },
      { code: 'CHECK_SWITCHED_OFF', spoil: nothing, around: inMode('blind') },
    ],
    right: 200,
  },
  {
    name: 'a create',
    sending: (leadId) => ({
      client: 'elder',
      path: '/v1/customers',
      body: { leadId, person: person(), contact: { email: contactFrom('elder', 0) } },
      change: {},
    }),
    faults: [
      ...BEFORE_THE_LEAD,
      invalidIdentifier({ value: '12345678901' }),
      { code: 'LEAD_NOT_FOUND', spoil: member('leadId', NOTHING) },
      { code: 'PERSON_MISMATCH', spoil: member('person', (({ country, scheme, value, familyName, birthDate }) => ({ country, scheme, value, familyName, birthDate }))(personOf(7))) }, // prettier-ignore
    ],
    right: 202,
  },
  {
    name: 'an opening',
    sending: () => {
      const { country, scheme, value } = personOf(5);
      const body = { person: { country, scheme, value }, purpose: PURPOSE, agent: AGENTS[0] };
      return { client: 'elder', path: '/v1/leads', body, change: {} };
    },
    faults: [
      ...BEFORE_THE_LEAD,
      invalidIdentifier({ value: '12345678901' }),
      {
        code: 'LEAD_HELD',
        spoil: (sending) => {
          const { country, scheme, value } = personOf(6);
          const before = sending.body['person'] as { value: string };
          sending.body['person'] = before.value === '12345678901' ? before : { country, scheme, value };
        },
      },
      { code: 'PURPOSE_NOT_AGREED', spoil: member('purpose', 'curiosity') },
      { code: 'AGENT_UNKNOWN', spoil: member('agent', 'nobody') },
    ],
    right: 201,
  },
];

async function answered(scene: Scene, command: Command, faults: readonly Fault[], leadId: string): Promise<Response> {
  const sending = command.sending(leadId);
  // The later ones first, so that an earlier one spoils what they left.
  for (const fault of faults.toReversed()) fault.spoil(sending);
  for (const { around } of faults) await around?.begin(scene);
  const response = await scene.request(sending.client, 'POST', sending.path, sending.body, sending.change);
  for (const { around } of faults) await around?.end(scene);
  return response;
}

async function lead(scene: Scene, partner: string, n: number): Promise<string> {
  const { country, scheme, value } = personOf(n);
  const body = { person: { country, scheme, value }, purpose: PURPOSE, agent: AGENTS[0] };
  return (await scene.done<{ leadId: string }>(partner, '/v1/leads', body)).leadId;
}

/** Some of the mistakes, in their order. An owner has one mode at a time, so there is one at most that lies in the mode. */
function placesOf({ faults }: Command, minLength: number): fc.Arbitrary<number[]> {
  const ofMode = (place: number): boolean => ['PROOF_MISSING', 'CHECK_SWITCHED_OFF'].includes(faults[place]?.code ?? '');
  const all = faults.map((_, place) => place);
  return fc.subarray(all, { minLength }).filter((places) => places.filter(ofMode).length <= 1);
}

describe('of several mistakes at once', () => {
  for (const command of COMMANDS) {
    it(`${command.name} is answered for the earliest in the documented order, whatever else is wrong (R38)`, async () => {
      await onScene({ mode: 'instant', customers: [0] }, async (scene) => {
        const leadId = await lead(scene, 'elder', 0);
        await lead(scene, 'younger', 6);
        const several = placesOf(command, 1);
        await fc.assert(
          fc.asyncProperty(several, async (places) => {
            const faults = places.map((place) => command.faults[place] as Fault);
            const { body } = await answered(scene, command, faults, leadId);
            expect((JSON.parse(body) as { code: string }).code).toBe(faults[0]?.code);
          }),
          { numRuns: RUNS },
        );
        expect((await answered(scene, command, [], leadId)).status).toBe(command.right);
      });
    }, 60_000);
  }

  it('the answer for the earliest is the same bytes, whatever comes after it: no step tells of the next (R38, R37)', async () => {
    await onScene({ mode: 'instant', customers: [0] }, async (scene) => {
      const leadId = await lead(scene, 'elder', 0);
      const command = COMMANDS[0] as Command;
      const alone = new Map<string, string>();
      for (const fault of command.faults) alone.set(fault.code, await withoutChance(answered(scene, command, [fault], leadId)));
      const several = placesOf(command, 2);
      await fc.assert(
        fc.asyncProperty(several, async (places) => {
          const faults = places.map((place) => command.faults[place] as Fault);
          expect(await withoutChance(answered(scene, command, faults, leadId))).toBe(alone.get(faults[0]?.code ?? ''));
        }),
        { numRuns: RUNS },
      );
    });
  }, 60_000);
});

async function withoutChance(response: Promise<Response>): Promise<string> {
  const { head, body } = await response;
  return `${head.replace(/^(Date|x-correlation-id): .*$/gim, '$1: (made)')}${body}`;
}
