import { setTimeout as sleep } from 'node:timers/promises';
import type { PatientClient } from './patient-client.js';
import type { Player } from './stage.js';

/** Stages of a funnel, in the order in which they are shown. */
export const STAGES = [
  'opened',
  'answered',
  'existing',
  'acknowledged',
  'created',
  'converted',
  'declined',
  'withdrawn',
  'lapsed',
  'waiting',
] as const;
export type Funnel = Readonly<Record<(typeof STAGES)[number], number>>;

interface FunnelRow extends Funnel {
  readonly medianSecondsToCreate: number;
}

interface Ledger {
  /** Leads that may still be opened. */
  readonly balance: number;
  /** Units that were ever booked. */
  readonly credits: number;
}

const LOOK_AGAIN_MS = 200;
/** The longest that a settlement of the sandbox, or of the demo's own service, keeps anybody waiting, and a slow machine's share. */
const PATIENCE_MS = 120_000;

/** The demo's view of the read models, through the analyst's API. */
export class Figures {
  constructor(private readonly analyst: PatientClient) {}

  async funnel({ partnerId }: Player): Promise<FunnelRow> {
    const { items } = await this.analyst.get<{ items: FunnelRow[] }>(`/v1/funnels?groupBy=partner&partner=${partnerId}`);
    return items[0] ?? ({ ...nothing(), medianSecondsToCreate: 0 } as FunnelRow);
  }

  async ledger({ ownerId }: Player): Promise<Ledger> {
    return (await this.analyst.get<{ allowance: Ledger }>(`/v1/owners/${ownerId}`)).allowance;
  }

  /** @throws Error when it does not come true in time */
  async until(what: string, isTrue: () => Promise<boolean>): Promise<void> {
    for (const end = Date.now() + PATIENCE_MS; Date.now() < end; await sleep(LOOK_AGAIN_MS)) if (await isTrue()) return;
    throw new Error(`waited ${PATIENCE_MS / 1000} s in vain for ${what}`);
  }
}

/** Without what depends on the clock. */
export function stagesOf(row: Funnel): Funnel {
  return Object.fromEntries(STAGES.map((stage) => [stage, row[stage]])) as Funnel;
}

function nothing(): Funnel {
  return Object.fromEntries(STAGES.map((stage) => [stage, 0])) as Funnel;
}
