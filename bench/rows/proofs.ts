import { join } from 'node:path';
import { copyOf, type Gate, startGate } from '../gate/gate.js';
import { Proofs } from '../gate/proofs.js';
import { ALONE, type Lead, type Stage, stageOf, warmUpFor } from '../gate/stage.js';
import type { Bench, Group, Measured, OpenGroup } from '../group.js';
import { play, wrkVersion } from '../load.js';
import { processorTime, spent } from '../processor-time.js';
import { turned } from '../rounds.js';

const CONNECTIONS = 64;

interface Checked {
  readonly rate: number;
  /** Of processor a request, the main thread's. */
  readonly mainMicros: number;
}

/** What it costs that a stolen token is worth nothing: each check with a proof that was never seen before, against one without. */
export const proofs: Group = {
  name: 'proofs',
  rows: [{ name: 'dpop-vs-plain', what: 'durable checks/s with fresh DPoP proofs ÷ the same with bearer tokens', goal: { atLeast: 0.3 } }],
  async open(bench: Bench): Promise<OpenGroup> {
    bench.uses('wrk', wrkVersion());
    const stage = await stageOf(bench);
    return { round: (round) => measured(bench, stage, round), close: async () => undefined };
  },
};

async function measured(bench: Bench, stage: Stage, round: number): Promise<Measured> {
  const found: Partial<Record<'plain' | 'dpop', Checked>> = {};
  for (const name of turned(['plain', 'dpop'] as const, round)) {
    bench.say(`round ${round + 1}: checks, ${name}`);
    const gate = await startGate({ dataDir: copyOf(stage.opened, join(bench.directory, 'measured')), port: stage.port });
    try {
      found[name] = await checked(bench, stage, gate, name === 'dpop' ? new Proofs(stage.port) : undefined);
    } finally {
      await gate.stop();
    }
  }
  const { plain, dpop } = found as Record<'plain' | 'dpop', Checked>;
  const figures = Object.entries({ plain, dpop }).flatMap(([name, { rate, mainMicros }]) => [
    [`${name}: requests/s`, rate],
    [`${name}: main thread, µs of processor a request`, mainMicros],
  ]);
  return { ratios: { 'dpop-vs-plain': dpop.rate / plain.rate }, figures: Object.fromEntries(figures) as Record<string, number> };
}

async function checked({ amounts }: Bench, stage: Stage, gate: Gate, from: Proofs | undefined): Promise<Checked> {
  const warmUp = warmUpFor(amounts);
  await phase(stage, stage.leads.slice(0, warmUp), from);
  await gate.caughtUp(await stage.operatorToken());
  const before = processorTime(gate.pid);
  const { rate, requests } = await phase(stage, stage.leads.slice(warmUp, -ALONE), from);
  await gate.caughtUp(await stage.operatorToken());
  return { rate, mainMicros: (spent(before, processorTime(gate.pid)).mainThread * 1000) / requests };
}

async function phase(stage: Stage, leads: readonly Lead[], from: Proofs | undefined): ReturnType<typeof play> {
  const [{ client }] = leads as [Lead];
  if (from !== undefined) await from.renew(client, await stage.tokenOf(client, from.thumbprintOf(client)));
  return play(stage.port, await stage.requests('proofs', 'check', leads, from), CONNECTIONS);
}
