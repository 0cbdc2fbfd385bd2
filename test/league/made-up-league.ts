import { arrivalOf } from '../../src/simulation/arrival.js';
import { Chance } from '../../src/simulation/chance.js';
import type { Named, ReportInput, SpeedPoint } from '../../src/simulation/report.input.js';
import type { RunResult } from '../../src/simulation/run.js';
import { aRun } from './made-up-runs.js';

const SEEDS = [1, 2, 3, 4, 5, 6, 7];
const DAYS = 365;

interface MadeUp extends Named {
  /** Persons that it leaves to a scanner of every day, and the share of honest leads that it refuses. */
  readonly leaves: number;
  readonly friction: number;
  /** Leads until it notices; undefined where it never does. */
  readonly notices?: number;
}

const made = (name: string, leaves: number, friction: number, notices?: number): MadeUp => {
  return { name, description: `Made up: ${name} leaves about ${leaves}.`, leaves, friction, ...(notices !== undefined && { notices }) };
};

const OURS = [
  made('instant', 21_000, 0.0004),
  made('instant with canaries', 640, 0.0004, 420),
  made('proof', 24, 0.0007),
  made('consent', 3, 0.0021),
  made('blind', 0, 0),
];
const PEERS = [
  made('nothing at all', 1_000_000, 0),
  made('throttle, 3,000 a day', 1_000_000, 0.004),
  made('@nestjs/throttler, ten a second', 1_000_000, 0),
  made('rate-limiter-flexible', 990_000, 0.004),
  made('monthly quota', 760_000, 0.031),
  made('ratio rule', 310_000, 0.012, 60_000),
  made('Zeek, 25 in five minutes', 880_000, 0.21, 900),
  made('TRW (Jung 2004)', 240_000, 0.44, 30),
  made('CrowdSec buckets', 870_000, 0.09, 4_000),
  made('CDSI bucket', 102_560, 0.35),
  made('Cloudflare sequence rule', 930_000, 0.0001, 80_000),
  made('WhatsApp tiers', 820_000, 0.055),
  made('a price per call', 410_000, 0),
];
const ADVERSARIES = [
  'blatant',
  'register walk',
  'at the edge',
  'one a day',
  'shells',
  'nominees',
  'rogue agent',
  'rogue system',
  'skimmer',
  'turncoat',
  'withdrawals',
  'mules',
  'stolen list',
];

function runsOf({ name: defence, leaves, friction, notices }: MadeUp, chance: Chance): readonly RunResult[] {
  return ADVERSARIES.flatMap((adversary, n) => {
    // Some get a tenth of what others do.
    const share = 1 / (1 + ((n * 7) % 13));
    return SEEDS.map((seed) => {
      const persons = Math.round(leaves * share ** 2 * (0.85 + 0.3 * chance.next()));
      const leads = 1_400_000;
      const refused = chance.count(leads * friction * (1 + 0.2 * n * chance.next()));
      const until = notices === undefined || chance.happens(0.3) ? undefined : Math.ceil(chance.wait(notices, 1e6));
      return aRun({
        defence,
        adversary,
        seed,
        days: DAYS,
        honest: { leads, refused, slowed: Math.floor(refused / 3), notices: notices === undefined ? 0 : chance.count(0.4), owners: 6 },
        scan: {
          persons,
          yes: Math.round(persons / 5),
          bits: persons * 0.7,
          exposed: Math.round(persons / 5),
          charged: leads,
          ...(until !== undefined && { untilNotice: until, untilStop: until * 3 }),
        },
      });
    });
  });
}

/** A league with figures of the size that one expects, all of them made up, the same each time. */
export function madeUpLeague(changes: Partial<ReportInput> = {}): ReportInput {
  const chance = new Chance(7, 'made-up league');
  return {
    title: 'What a scanner learns in a year (made up)',
    command: 'npm run league -- --seed 1',
    parameters: [
      ['population', '1,000,000 persons, a fifth of them customers'],
      ['host', '3,000 leads a weekday, 30 % existing, conversion 40 %'],
    ],
    ours: OURS,
    peers: PEERS,
    adversaries: ADVERSARIES.map((name) => ({ name, description: `Made up: ${name}.` })),
    results: [...OURS, ...PEERS].flatMap((each) => runsOf(each, chance)),
    baseline: 'throttle, 3,000 a day',
    advice: {
      sentences: ['The mode proof with canaries meets what was asked for: at most 50 persons in a year and 0.1 % of honest leads.'],
      verdicts: [],
    },
    adaptive: (['instant', 'consent'] as const).map((mode) => ({
      own: { mode, isWatched: false },
      search: { days: DAYS, seeds: [1, 2], rounds: 9 },
      defence: mode,
      model: 'counted',
      found: {
        policy: { from: 3, perDay: 12.5, reserve: 40, cover: 'withdraw', covered: 0.25 },
        gain: 900,
        persons: 900,
        mules: 0,
        scanned: 900,
        refused: 0.01,
        caught: 0,
        played: 120,
      },
    })),
    speeds: ['instant', 'instant with canaries', 'Zeek, 25 in five minutes'].flatMap((defence, n) =>
      [1, 3, 10, 30, 100, 300, 1_000, 3_000].map((perDay): SpeedPoint => {
        const persons = n === 0 ? 0 : 200 * perDay ** 0.4;
        return {
          defence,
          isOurs: n < 2,
          what: n < 2 ? 'stopped by a human' : 'first step against it',
          perDay,
          until: arrivalOf(
            SEEDS.map(() =>
              n === 2 && perDay < 100 ? undefined : Math.ceil(400_000 / (perDay + 20) ** 0.5 / (1 + n) + chance.wait(3_000, 90_000)),
            ),
          ),
          persons: { mean: persons, interval: { low: 0.8 * persons, high: 1.2 * persons } },
          days: DAYS,
          model: 'exact',
        };
      }),
    ),
    distances: [
      {
        defence: 'instant',
        adversary: 'blatant',
        persons: { mean: 21_000, interval: { low: 20_000, high: 22_000 } },
        days: DAYS,
        seeds: 7,
        model: 'exact',
        own: { leaves: 20_000, ratio: { mean: 1.05, interval: { low: 1, high: 1.1 } }, model: 'formula' },
        law: { leaves: 400, ratio: { mean: 52.5 }, model: 'formula' },
      },
      {
        defence: 'blind',
        adversary: 'blatant',
        persons: { mean: 0, interval: { low: 0, high: 0 } },
        days: DAYS,
        seeds: 7,
        model: 'exact',
        own: { leaves: 0, model: 'formula' },
        law: { leaves: 400, ratio: { mean: 0 }, model: 'formula' },
      },
    ],
    allowances: ['an honest partner', 'with campaigns', 'with a rogue system', 'a turncoat'].map((name, n) => ({
      name,
      days: Array.from({ length: DAYS }, (_, day) => {
        const balance =
          n === 3 && day > 182
            ? Math.max(-4, 75_000 - (day - 182) * 9_000)
            : 75_000 + 6_000 * Math.sin(day / (9 + n)) - (n === 2 ? day * 190 : 0);
        return { day, balance: Math.round(balance) };
      }),
      model: 'counted',
    })),
    law: {
      xTitle: 'days',
      yTitle: 'persons scanned until noticed',
      caption:
        'Mean until a threshold of h nats, as sqrt(2 · L · T · h / X) says (Bash, Goeckel, Towsley 2013), for L = 3,000 leads a day.',
      curves: [0.1, 1, 10].map((x) => ({
        name: `X = ${x}`,
        points: [1, 3, 10, 30, 100, 365].map((days) => [days, Math.sqrt((2 * 3_000 * days * 13) / x)] as const),
        model: 'formula',
      })),
      points: [10, 30, 100, 365].map((x) => {
        const y = Math.sqrt(2 * 3_000 * x * 13) * (0.7 + 0.2 * chance.next());
        return { series: 'canaries, simulated', x, y, interval: { low: y * 0.8, high: y * 1.25 }, model: 'wire' };
      }),
    },
    ...changes,
  };
}
