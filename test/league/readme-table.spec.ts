import { readFileSync } from 'node:fs';
import { tableIn, tableOf, withTable } from '../../src/simulation/readme-table.js';
import { summarise } from '../../src/simulation/summary.js';
import { aRun } from './made-up-runs.js';

const HEAD = [
  '| defence | persons learned | by its worst adversary | honest leads refused or slowed | notices of the honest, per owner and year |',
  '|---|---|---|---|---|',
].join('\n');
const adversaries = [
  { name: 'shells', description: 'many owners of one' },
  { name: 'blatant', description: 'a new partner that\nscans' },
];
const made = { command: 'npm run league -- --seed 1', seeds: '1 to 3', adversaries };
const runs = [1, 2, 3].flatMap((seed) => [
  aRun({ seed, defence: 'throttle', scan: { persons: 1_000_000 }, honest: { refused: 4 } }),
  aRun({ seed, scan: { persons: 40 + 10 * (seed - 1) } }),
  aRun({ seed, adversary: 'shells', scan: { persons: 3 } }),
]);

describe('the table of the league in a README', () => {
  it('has a line for each defence, with its worst adversary, says how it was made, and who these adversaries are', () => {
    expect(tableOf(summarise(runs), made)).toBe(
      [
        '`npm run league -- --seed 1`: exact, lead by lead; 365 days, 3 seeds (1 to 3); in brackets the 95 % interval.',
        '',
        HEAD,
        '| throttle | 1,000,000 (1,000,000 to 1,000,000) | blatant | 0.4% | 0 (0 to 0.307) |',
        '| instant | 50 (25.2 to 74.8) | blatant | 0% | 0 (0 to 0.307) |',
        '',
        '- *blatant*: a new partner that scans',
      ].join('\n'),
    );
  });

  it('names no adversary where none learns anybody', () => {
    const none = [1, 2].map((seed) => aRun({ seed, scan: { persons: 0 } }));
    expect(tableOf(summarise(none), made)).toMatch(/\| 0 \(0 to 0\) \| none learns anybody \|[^\n]*$/);
  });

  it('stays a table whatever a defence is called', () => {
    const table = tableOf(summarise([aRun({ defence: 'a | b\n| <i>' })]), { ...made, adversaries: [] });
    expect(table.split('\n').at(-1)).toMatch(/^\| a \\\| b \\\| \\<i\\> \| 50 \| blatant \|/);
  });

  it('replaces the one that is there, and nothing else; again it changes nothing', () => {
    const readme = '# A\n\n<!-- league -->\nold\n<!-- /league -->\n\nrest\n';
    const once = withTable(readme, 'new');
    expect(once).toBe('# A\n\n<!-- league -->\nnew\n<!-- /league -->\n\nrest\n');
    expect(withTable(once, 'new')).toBe(once);
    expect(tableIn(once)).toBe('new');
    // An empty place is one, too.
    expect(withTable('<!-- league -->\n<!-- /league -->\n', 'new')).toBe('<!-- league -->\nnew\n<!-- /league -->\n');
  });

  it('refuses a README without a place for it, or with two', () => {
    for (const readme of ['# A\n', '<!-- league -->\n', '<!-- league -->\n<!-- /league -->\n<!-- league -->\n<!-- /league -->\n']) {
      expect(() => withTable(readme, 'new')).toThrow(RangeError);
    }
    expect(tableIn('# A\n')).toBeUndefined();
  });

  it('is, in our own, one that the league has written: the results themselves are made again by the command that stands above it', () => {
    const readme = readFileSync('README.md', 'utf8');
    const table = tableIn(readme);
    // Whoever reads of the league there finds what came of it.
    expect(table !== undefined).toBe(readme.includes('npm run league'));
    if (table === undefined) return;
    const [line, blank, ...rest] = table.split('\n');
    expect(line).toMatch(
      /^`npm run league -- [^`]*--seed \d+[^`]*`: exact, lead by lead; [\d,]+ days, \d+ seeds \([\d, to]+\); in brackets the 95 % interval\.$/,
    );
    expect([blank, ...rest.slice(0, 2)].join('\n')).toBe(`\n${HEAD}`);
    const end = rest.indexOf('');
    const [rows, who] = [rest.slice(2, end), rest.slice(end + 1)];
    const named = new Set(rows.map((row) => row.split(' | ')[2]).filter((name) => name !== 'none learns anybody'));
    expect(new Set(who.map((each) => /^- \*(.+?)\*: ./.exec(each)?.[1]))).toEqual(named);
    expect(rows.length).toBeGreaterThan(4);
    for (const row of rows) {
      expect(row).toMatch(/^\| [^|]+ \| [\d,.]+( \([\d,.]+ to [\d,.]+\))? \| [^|]+ \| [\d.]+% \| ([\d,.]+ \([\d,.]+ to [\d,.]+\))? \|$/);
    }
  });
});
