import type { BankProcess } from './bank-process.js';
import { inTheEnd, open, type TwoReplicas } from './two-replicas.js';
import { person } from './persons.js';

/** Of a lane, on their way at once. */
const AT_ONCE = 8;

/** What only one of two replicas may do, and cannot take back: mail. */
export function describeMessages(of: () => TwoReplicas): void {
  const addressOf = (n: number): string => `applicant.${n}@example.net`;
  /** An applicant is asked to prove who they are. */
  const asked = async (door: BankProcess, id: string, n: number): Promise<void> => {
    const partner = door.as(id);
    const { leadId } = await open(partner, n);
    const created = { leadId, person: person(n), contact: { email: addressOf(n) } };
    await inTheEnd(() => partner.post('/v1/customers', created, `create-${n}`));
  };
  const numbers = (from: number, count: number): readonly number[] => Array.from({ length: count }, (_, i) => from + i);
  /** How often each has got mail. */
  const received = (people: readonly number[]): readonly number[] =>
    people.map((n) => of().mail.received.filter(({ to }) => to.includes(addressOf(n))).length);
  const allNoted = (from: number): Promise<number> =>
    of().until(async () => {
      const delivered = await of().facts('MessageDelivered');
      return delivered.length >= from;
    }, 60_000);
  const noted = async (): Promise<number> => (await of().facts('MessageDelivered')).length;
  const deliveredBy = async (door: BankProcess): Promise<number> => {
    const metrics = await (await door.as('operator').request('/metrics')).text();
    return Number(/vestibule_messages_delivered_total\{kind="prove-your-identity"\} (\d+)/.exec(metrics)?.[1] ?? 0);
  };

  it('deliver each message once, by the one that has the duty, whichever was asked', async () => {
    await of().partner('mailer', { initial: 0, ceiling: 1_000 });
    await of().a.as('ana').post('/v1/owners/owner-mailer/grants', { units: 100, reason: 'other' });
    const holder = await of().duty();
    const people = numbers(6000, 12);
    const [before, byOther] = [await noted(), await deliveredBy(of().other(holder))];
    await Promise.all(people.map((n) => asked(of().both[n % 2] as BankProcess, 'mailer', n)));
    await allNoted(before + people.length);
    expect(received(people)).toEqual(people.map(() => 1));
    expect(await deliveredBy(of().other(holder))).toBe(byOther);
  }, 60_000);

  it('go on where the one ended that was delivering; no more is sent again than was on its way, and nothing that was noted', async () => {
    const holder = await of().duty();
    const survivor = of().other(holder);
    const people = numbers(6100, 24);
    const before = await noted();
    let dying: Promise<void> | undefined;
    let seen = 0;
    of().onMail = () => {
      if (++seen === 7) dying = holder.kill('SIGKILL');
    };
    await Promise.all(people.map((n) => asked(survivor, 'mailer', n)));
    await of().until(() => dying !== undefined, 30_000);
    await dying;
    const notedThen = await noted();
    of().onMail = () => {};
    await allNoted(before + people.length);
    const counts = received(people);
    expect(Math.min(...counts)).toBe(1);
    expect(Math.max(...counts)).toBeLessThanOrEqual(2);
    expect(counts.filter((count) => count === 2).length).toBeLessThanOrEqual(AT_ONCE);
    expect(counts.filter((count) => count === 1).length).toBeGreaterThanOrEqual(notedThen - before);
    expect(await noted()).toBe(before + people.length);
    await of().again(holder);
  }, 120_000);

  it('deliver once what one that was frozen had not begun when the other took over', async () => {
    const frozen = await of().duty();
    const people = numbers(6200, 6);
    const before = await noted();
    frozen.child.kill('SIGSTOP');
    await Promise.all(people.map((n) => asked(of().other(frozen), 'mailer', n)));
    await allNoted(before + people.length);
    frozen.child.kill('SIGCONT');
    await of().until(() => of().onDuty === of().other(frozen), 20_000);
    // It has read what was noted by the time that it can send anything itself.
    await of().until(async () => (await fetch(`${frozen.url}/health/ready`)).ok, 20_000);
    expect(received(people)).toEqual(people.map(() => 1));
    expect(await noted()).toBe(before + people.length);
  }, 90_000);
}
