import { type Compared, compare, type Leak } from './comparison.js';
import type { Observation } from './observer.js';
import { play } from './play.js';
import { scriptOf } from './script.generation.js';
import { type Mode, type Moment, type Script, watched } from './script.js';

export interface Outcome {
  readonly seed: number;
  /** In one line, what gave the two worlds away. */
  readonly failure?: string;
  /** The shortest script that was found, and what was seen in the two worlds. */
  readonly report?: string;
  readonly observations: number;
  readonly answersApart: number;
  /** How often the partners' requests came to what, in one of the worlds. */
  readonly tally?: Readonly<Record<string, number>>;
}

/** Plays the script of a seed in both of its worlds. @param modes that it may be in */
export async function twoWorlds(seed: number, modes?: readonly Mode[]): Promise<Outcome> {
  const script = scriptOf(seed, modes);
  const worlds = [await play(script, 0), await play(script, 1)] as const;
  const { leak, observations, answersApart } = compare(worlds, watched(script.difference));
  const tally = Object.fromEntries(worlds[0].tally);
  return { seed, observations, answersApart, tally, ...(leak !== undefined && { failure: summary(script, leak) }) };
}

/** The control: the same world twice has to be the same to the last event, or else a difference between two worlds says nothing. */
export async function oneWorldTwice(seed: number, modes?: readonly Mode[]): Promise<Outcome> {
  const script = scriptOf(seed, modes);
  const [one, other] = [await play(script, 0), await play(script, 0)];
  const { leak, observations } = compare([one, other], ['acme', 'bolt']);
  const isSame = leak === undefined && JSON.stringify(one.log) === JSON.stringify(other.log);
  return { seed, observations, answersApart: 0, ...(!isSame && { failure: 'the same world was another the second time' }) };
}

/** What gave the two worlds away, with the script made as short as it gets. */
export async function shortest(seed: number, modes?: readonly Mode[]): Promise<string> {
  const script = await shrunk(scriptOf(seed, modes));
  const { leak } = await compared(script);
  return leak === undefined ? 'the worlds are the same' : report(script, leak);
}

async function compared(script: Script): Promise<Compared> {
  const worlds = [await play(script, 0), await play(script, 1)] as const;
  return compare(worlds, watched(script.difference));
}

/** Leaves out what is not needed for a difference: stretches of moments first, then single requests. */
async function shrunk(script: Script): Promise<Script> {
  let { moments } = script;
  const differs = async (tried: readonly Moment[]): Promise<boolean> => (await compared({ ...script, moments: tried })).leak !== undefined;
  for (let stretch = Math.ceil(moments.length / 2); stretch >= 1; stretch = stretch > 1 ? Math.ceil(stretch / 2) : 0) {
    for (let from = 0; from < moments.length;) {
      const without = [...moments.slice(0, from), ...moments.slice(from + stretch)];
      if (await differs(without)) moments = without;
      else from += stretch;
    }
  }
  for (const [place, { at, happening }] of moments.entries()) {
    if (happening.kind !== 'asks') continue;
    let { asks } = happening;
    for (const ask of happening.asks) {
      const fewer = asks.filter((each) => each !== ask);
      const tried = moments.with(place, { at, happening: { kind: 'asks', asks: fewer } });
      if (!(await differs(tried))) continue;
      asks = fewer;
      moments = tried;
    }
  }
  return { ...script, moments };
}

function summary({ difference, mode }: Script, { owner, one, other, at }: Leak): string {
  const around = (seen: Observation | undefined): string =>
    seen === undefined ? 'nothing' : JSON.stringify(oneLine(seen.seen.slice(Math.max(0, at - 20), at + 40)));
  const first = one ?? other;
  return `${owner} (${difference}, ${mode}) ${first?.who ?? ''}, ${first?.upon ?? ''}: ${when(one)} ${around(one)} or ${when(other)} ${around(other)}`;
}

function report({ seed, difference, mode, moments }: Script, { one, other }: Leak): string {
  const lines = moments.map(({ at, happening }) => `  ${String(at).padStart(10)} ${JSON.stringify(happening)}`);
  const seen = (observation: Observation | undefined): string =>
    observation === undefined
      ? '  nothing'
      : `  ${when(observation)} ${observation.who}, ${observation.upon}\n${observation.seen.replaceAll(/^/gm, '    ')}`;
  return [`seed ${seed}, ${difference}, ${mode}:`, ...lines, 'in one world', seen(one), 'in the other', seen(other)].join('\n');
}

const when = (seen: Observation | undefined): string => (seen === undefined ? '' : `@${seen.at}`);
const oneLine = (text: string): string => text.replaceAll(/\s+/g, ' ');
