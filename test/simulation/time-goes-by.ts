import { duty, type DutyCommand, dutyStream, PROCESSES } from '../../src/event-sourcing/duty.js';
import { CommandHandling } from '../../src/event-sourcing/handle-command.js';
import type { Program } from './program.js';
import type { Replica } from './replica.js';
import type { World } from './world.js';

const STREAM = dutyStream(PROCESSES);
/** Where a process on a log of its own leaves its signs of life. */
const SIGNS_FILE = 'alive';
const LOOK_AGAIN_MS = 20;

/**
 * Hours or days go by at once, in which nobody had anything to do.
 *
 * Whoever was there has given a sign of life all the while. Of all those signs the last one decides whether the next to start
 * takes the time for an outage, so that one is left behind in the same moment: whatever the weather keeps from the log just now,
 * it has not done so for days. Where nobody was there it was an outage, and nothing that was on its way takes that long: it
 * arrives before.
 * @param milliseconds above 0
 */
export async function timeGoesBy(world: World, replicas: readonly Replica[], milliseconds: number): Promise<void> {
  const programs = (): readonly Program[] => replicas.flatMap(({ running }) => running ?? []);
  const areThere = (): readonly Program[] => programs().filter(({ givesSignsOfLife }) => givesSignsOfLife);
  while (areThere().length === 0 && (world.messagesHeld > 0 || programs().some(({ isBusy }) => isBusy))) await pause(LOOK_AGAIN_MS);
  const there = areThere();
  world.lapse(milliseconds);
  if (world.isAlone) for (const program of there) program.disk.files.set(SIGNS_FILE, String(program.now()));
  else if (isSome(there)) await renewDuty(world, there);
}

/** As who holds the duty would have done it, or else, after a while, somebody else who is there. */
async function renewDuty(world: World, there: readonly [Program, ...Program[]]): Promise<void> {
  let [by] = there;
  const commands = new CommandHandling(world.log, { now: () => by.now() });
  const { holder: held } = (await commands.load(duty, STREAM)).state;
  by = there.find(({ holder }) => holder === held) ?? by;
  const holder = by.holder ?? '';
  const cause = { correlationId: holder, causationId: holder, actor: 'process:duty' };
  await commands.handle(duty, STREAM, cause, ({ term, signs, ...state }, { now }): DutyCommand => {
    const at = new Date(now).toISOString();
    if (state.holder === holder) return { type: 'RenewDuty', data: { holder, term, at } };
    return { type: 'ClaimDuty', data: { holder, seen: signs, at } };
  });
}

function isSome<Item>(items: readonly Item[]): items is readonly [Item, ...Item[]] {
  return items.length > 0;
}

function pause(milliseconds: number): Promise<void> {
  return new Promise((resolve) => setTimeout(resolve, milliseconds));
}
