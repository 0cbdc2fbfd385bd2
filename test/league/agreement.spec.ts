import type { DisclosureMode } from '../../src/modules/owners/terms.js';
import { leadIdOf } from '../../src/simulation/simulated-service.js';
import { KEYRING } from '../simulation/world.js';
import { numberOf, OWNERS } from './agreement.cast.js';
import type { Played } from './agreement.played.js';
import { scriptOf, type Step } from './agreement.script.js';
import { playOverRest, realLeadId } from './rest.play.js';
import { sameLog } from './same-log.js';
import { playSimulated } from './simulated.play.js';

const SEED = 1;
const SHOWN = 12;

/** What has to come of the script in a mode, or else it would show nothing about it. */
const COMES_OF_IT: Readonly<Record<DisclosureMode, readonly string[]>> = {
  instant: ['yes', 'lead yes', 'lead no', 'LeadEndedExisting', 'TERMS_NEED_STRICTER_MODE', 'ANSWER_EXPIRED'],
  proof: ['yes', 'PROOF_MISSING', 'SecretTried', 'exhausted', 'AnswerUpheld', 'AnswerChanged', 'TermsProposed'],
  consent: ['yes', 'CONSENT_MISSING', 'CONSENT_REFUSED', 'CONSENT_CODE_WRONG', 'CONSENT_THROTTLED', 'ConsentCodeMissed', 'CodeRequested'],
  blind: ['CHECK_SWITCHED_OFF', 'lead no'],
};
const COMES_OF_IT_ALWAYS = [
  ...['lead fresh', 'ALLOWANCE_SPENT', 'PACE_EXCEEDED', 'OPEN_LEADS_EXCEEDED', 'AGENT_UNKNOWN', 'PURPOSE_NOT_AGREED'],
  ...['LEAD_HELD', 'LEAD_LAPSED', 'LEAD_CREATED', 'LEAD_WITHDRAWN', 'LEAD_NOT_FOUND', 'PERSON_MISMATCH', 'PARTNER_SUSPENDED'],
  ...['CUSTOMER_NOT_FOUND', 'CONFIRMATION_INVALID', 'CONFIRMATION_TOO_LATE', 'NOT_ACKNOWLEDGEABLE', 'CONSENT_NOT_NEEDED'],
  ...['LeadSettled', 'LeadDeclined', 'not-proved', 'turned-down', 'CustomerLinked', 'ConversionRevoked', 'CreditRevoked', 'LeadDenied'],
  ...['ProbationLeft', 'ProbationUnitsReturned', 'AllowanceAccrued', 'measured'],
];

describe.each(['instant', 'proof', 'consent', 'blind'] as const)('the service over REST and the simulation, in mode %s', (mode) => {
  const script = scriptOf(SEED);
  let service: Played;
  let simulation: Played;
  beforeAll(async () => {
    service = await playOverRest(script, mode);
    simulation = playSimulated(script, mode, asNamedByService(script));
  }, 900_000);

  it('say the same to each of more than a thousand commands', () => {
    expect(script.length).toBeGreaterThan(1_000);
    const differ = script.flatMap((step, n) =>
      service.said[n] === simulation.said[n]
        ? []
        : [`${shown(step)}: the service ${service.said[n]}, the simulation ${simulation.said[n]}`],
    );
    expect(differ.slice(0, SHOWN)).toEqual([]);
  });

  it('write the same events, in the same order within each stream, at the same times, under other names', () => {
    const { differences, events, streams } = sameLog(service.log, simulation.log);
    process.stdout.write(`seed ${SEED}, ${mode}: ${script.length} commands, ${events} events in ${streams} streams are the same\n`);
    expect(differences.slice(0, SHOWN).map((difference) => `${difference}\n${story(script, difference)}`)).toEqual([]);
  });

  it('are tried at whatever has its own rule', () => {
    const words = service.log.flatMap(({ type, data }) => {
      const { outcome, reason } = data as { outcome?: string; reason?: string };
      return [type, outcome ?? '', reason ?? ''];
    });
    const came = new Set([...service.said, ...words]);
    expect([...COMES_OF_IT[mode], ...COMES_OF_IT_ALWAYS].filter((each) => !came.has(each))).toEqual([]);
  });
});

/** Keys of the simulation's as the service names them: what is due at one moment goes by their order. */
function asNamedByService(script: readonly Step[]): (key: string) => string {
  const names = new Map<string, string>();
  for (const { command } of script) {
    if (command.verb === 'prove') names.set(command.number, KEYRING.customerKey(command.number));
    if (command.verb !== 'open') continue;
    const { person } = command;
    names.set(numberOf(person), KEYRING.customerKey(numberOf(person)));
    for (const { owner } of OWNERS) {
      for (let number = 1; number <= 9; number++) {
        names.set(leadIdOf(owner, person, number), realLeadId(KEYRING, owner, person, number));
      }
    }
  }
  return (key) => names.get(key) ?? key;
}

/** The steps of the script that were about the person of a stream, as the simulation calls it. */
function story(script: readonly Step[], difference: string): string {
  const person = Number(/^lead-\w+-(\d+) /.exec(difference)?.[1] ?? NaN);
  const about = script.filter(({ command }) => ('of' in command ? command.of.person : 'person' in command && command.person) === person);
  return about.map((step) => `  ${shown(step)}\n`).join('');
}

function shown({ at, command }: Step): string {
  return `@${at} ${JSON.stringify(command)}`;
}
