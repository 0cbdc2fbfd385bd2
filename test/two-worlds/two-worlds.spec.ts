import { execFile } from 'node:child_process';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { compare } from './comparison.js';
import { play, type Played } from './play.js';
import { MODES, scriptOf } from './script.generation.js';
import { oneWorldTwice, twoWorlds } from './two-worlds.js';

/** The first scripts, as many as fit into the time; `npm run test:two-worlds` plays as many as one likes. */
const SCRIPTS = 200;
const ENOUGH_MS = 15_000;

describe('two worlds in which one person is not the same to the bank', () => {
  it.each(MODES)(
    'are the same when they are one and the same world, to the last event, in mode %s: else nothing would be shown',
    async (mode) => {
      expect(await oneWorldTwice(1, [mode])).not.toHaveProperty('failure');
    },
    60_000,
  );

  it('cannot be told apart by a partner, nor by the contacts that it supplied, but for the answer that may be given (R46, R37, I5, I6, I7)', async () => {
    const until = performance.now() + ENOUGH_MS;
    for (let seed = 1; seed <= SCRIPTS && performance.now() < until; seed++) {
      const { failure } = await twoWorlds(seed);
      if (failure !== undefined)
        throw new Error(`seed ${seed}: ${failure}\nnpm run test:two-worlds -- --scripts 1 --from ${seed} --shrink`);
    }
  }, 90_000);

  it('can be tried with each of the planted leaks: what would be changed still stands where it is looked for (R46)', async () => {
    const { stdout } = await promisify(execFile)(process.execPath, [join(__dirname, 'leaks.mjs'), '--check']);
    expect(stdout).toMatch(/^\d+ leaks fit the sources$/m);
  });
});

describe('the comparison of two worlds', () => {
  let played: Played;
  beforeAll(async () => {
    played = await play(scriptOf(2), 0);
  }, 60_000);

  const changed = (change: (seen: string) => string, at = 0): Played => {
    const acme = played.seenBy.get('acme') ?? [];
    const place = Math.floor(acme.length / 2);
    const seen = acme.map((each, n) =>
      n === place ? { ...each, at: each.at + at, seen: change(each.seen), besides: change(each.seen) } : each,
    );
    return { ...played, seenBy: new Map([...played.seenBy, ['acme', seen]]) };
  };

  it.each([
    ['one byte of a body', changed, (seen: string) => seen.replace(/.\n\(after/, '\u0020\n(after')],
    ['one header', changed, (seen: string) => seen.replace('\r\n\r\n', '\r\nx-known: 1\r\n\r\n')],
    ['the order of two headers', changed, (seen: string) => seen.replace(/^(cache-control.*\r\n)(x-content.*\r\n)/m, '$2$1')],
    ['the status', changed, (seen: string) => seen.replace(/^HTTP\/1.1 \d/, 'HTTP/1.1 9')],
    ['the work done', changed, (seen: string) => seen.replace(/after \d+ ms/, 'after 1 ms')],
  ])('sees %s (R37, R46)', (_what, change, how) => {
    expect(compare([played, change(how)], ['acme']).leak).toBeDefined();
  });

  it('sees when something came, and whether it came at all (R46)', () => {
    expect(compare([played, changed((seen) => seen, 1)], ['acme']).leak).toBeDefined();
    const fewer = { ...played, seenBy: new Map([...played.seenBy, ['acme' as const, (played.seenBy.get('acme') ?? []).slice(1)]]) };
    expect(compare([played, fewer], ['acme']).leak).toBeDefined();
  });

  it('lets an answer be another answer, and nothing else of the response (R37, R46)', () => {
    const answer = (body: 'yes' | 'no', head = ''): Played => {
      const seen = { at: 1, who: 'elder', upon: 'ask-1: check 0', seen: `${head}${body}`, besides: head, answer: body };
      return { log: [], tally: new Map(), seenBy: new Map([['acme', [seen]]]) };
    };
    expect(compare([answer('yes'), answer('no')], ['acme'])).toEqual({ observations: 1, answersApart: 1 });
    expect(compare([answer('yes', 'x-known: 1'), answer('no')], ['acme']).leak).toBeDefined();
  });
});
