import { parseArgs } from 'node:util';
import type { Amounts } from './group.js';

export interface Options {
  readonly rounds: number;
  readonly quick: boolean;
  readonly only: ReadonlySet<string>;
  readonly amounts: Amounts;
}

const FULL: Amounts = {
  checks: 20_000,
  flows: 4_000,
  appendSeconds: 3,
  rebuildEvents: 1_000_000,
  customers: 10_000_000,
  importRows: 1_000_000,
  longLog: 10_000_000,
  longStream: 1_000_000,
};

const QUICK: Amounts = {
  checks: 2_000,
  flows: 600,
  appendSeconds: 1,
  rebuildEvents: 50_000,
  customers: 500_000,
  importRows: 20_000,
  longLog: 100_000,
  longStream: 20_000,
};

const AMOUNTS = {
  checks: { type: 'string' },
  flows: { type: 'string' },
  'append-seconds': { type: 'string' },
  'rebuild-events': { type: 'string' },
  customers: { type: 'string' },
  'import-rows': { type: 'string' },
  'long-log': { type: 'string' },
  'long-stream': { type: 'string' },
} as const;

/** @throws Error that says which rows there are */
export function readOptions(args: readonly string[], rows: readonly string[]): Options {
  const { values } = parseArgs({
    args: [...args],
    options: { rounds: { type: 'string' }, only: { type: 'string' }, quick: { type: 'boolean', default: false }, ...AMOUNTS },
  });
  const { quick } = values;
  const only = values.only?.split(',') ?? rows;
  const unknown = only.filter((name) => !rows.includes(name));
  if (unknown.length > 0) throw new Error(`there is no row ${unknown.join()}; there are ${rows.join(', ')}`);
  const amount = (name: keyof Amounts, option: keyof typeof AMOUNTS): number =>
    count(option, values[option] as string | undefined, (quick ? QUICK : FULL)[name]);
  return {
    rounds: count('rounds', values.rounds, quick ? 1 : 5),
    quick,
    only: new Set(only),
    amounts: {
      checks: amount('checks', 'checks'),
      flows: amount('flows', 'flows'),
      appendSeconds: amount('appendSeconds', 'append-seconds'),
      rebuildEvents: amount('rebuildEvents', 'rebuild-events'),
      customers: amount('customers', 'customers'),
      importRows: amount('importRows', 'import-rows'),
      longLog: amount('longLog', 'long-log'),
      longStream: amount('longStream', 'long-stream'),
    },
  };
}

function count(option: string, text: string | undefined, otherwise: number): number {
  if (text === undefined) return otherwise;
  const value = Number(text);
  if (!Number.isInteger(value) || value < 1) throw new Error(`--${option} takes a count`);
  return value;
}
