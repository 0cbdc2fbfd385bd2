import { existsSync, mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';
import type { AxeResults } from 'axe-core';
import { type Browser, type BrowserContextOptions, chromium, type Page } from 'playwright-core';
import { reportOf, seedsText } from '../../src/simulation/report.js';
import { madeUpLeague } from './made-up-league.js';
import { aRun } from './made-up-runs.js';

const CHROMIUM = '/usr/bin/chromium';
const AXE = readFileSync(require.resolve('axe-core/axe.min.js'), 'utf8');
/** Set to a folder to look at what the tests see. */
const PICTURES = process.env['PICTURES_OF_PAGES'];

const isThere = existsSync(CHROMIUM);
if (!isThere) console.warn(`the report is not looked at in a browser: there is no ${CHROMIUM} (Debian: apt-get install chromium)`);
const inBrowser = isThere ? describe : describe.skip;

const FIGURES = ['frontier-365', 'learned-ours', 'speed-ours', 'learned-others', 'speed-others', 'allowance', 'law'];
const TABLES = ['worst', 'adaptive', 'distances'];

describe('the report', () => {
  let html: string;
  beforeAll(async () => {
    html = await reportOf(madeUpLeague());
  }, 120_000);

  it('needs nothing from anywhere else, and runs nothing', () => {
    expect(html).not.toMatch(/https?:|\/\/[a-z]|@import|url\((?!#)/i);
    expect(html).not.toMatch(/<(script|link|img|iframe|object|image|use)\b|\son[a-z]+=|\ssrc=|\shref="(?!#)/i);
    expect(html).toContain("default-src 'none'");
  });

  it('says of each figure what there is to see, in both sizes, and has the table of its numbers', () => {
    for (const key of FIGURES) {
      const section = new RegExp(`<section id="${key}">.*?</section>`, 's').exec(html)?.[0] ?? '';
      for (const size of ['wide', 'narrow']) {
        expect(section).toMatch(new RegExp(`<svg class="${size}" role="img" aria-label="[^"]{80,}"`));
      }
      expect(section).toMatch(/<details><summary>The numbers of this figure<\/summary>\s*<div class="scroll"[^]*<tbody>\s*<tr>/);
    }
    expect(html.match(/role="img"/g)).toHaveLength(2 * FIGURES.length);
  });

  it('says of each figure, and of each row of a table, which model it came from', () => {
    const sectionOf = (id: string): string => new RegExp(`<section id="${id}">.*?</section>`, 's').exec(html)?.[0] ?? '';
    const captions = FIGURES.map((key) => /<figcaption>[^]*? Model: ([^<]*)\.<\/figcaption>/.exec(sectionOf(key))?.[1]);
    const exact = 'exact, lead by lead';
    expect(captions).toEqual([exact, exact, exact, exact, exact, 'count-level', 'a formula; hits of a wire alone']);
    for (const id of [...TABLES, ...FIGURES.filter((key) => key !== 'allowance')]) {
      const rows = [...sectionOf(id).matchAll(/<tr><th scope="row">[^]*?<\/tr>/g)].map(([row]) => row);
      expect(rows.length).toBeGreaterThan(1);
      expect(rows.filter((row) => !/<td>[^<]*(exact, lead by lead|count-level|hits of a wire alone|a formula)/.test(row))).toEqual([]);
    }
  });

  it('shows the worst policy that was found, with what it got in counts and from the real deciders', async () => {
    const league = madeUpLeague();
    const played = [1, 2, 3].map((seed) => aRun({ seed, adversary: 'adaptive', scan: { persons: 777 } }));
    const told = await reportOf({ ...league, results: played });
    const row = /<tr><th scope="row">instant<\/th>[^]*?<\/tr>/.exec(/<section id="adaptive">.*?<\/section>/s.exec(told)?.[0] ?? '')?.[0];
    expect(row?.match(/<td[^>]*>[^<]*/g)?.map((cell) => cell.replace(/<[^>]*>/, ''))).toEqual([
      '12.5',
      '3',
      '40',
      'withdraw',
      '25%',
      '900',
      '777 (777 to 777)',
      '120',
      '2',
      'count-level',
    ]);
    expect(told).toContain('not played');
  }, 60_000);

  it('names nothing twice that must be unlike', () => {
    const ids = [...html.matchAll(/\sid="([^"]+)"/g)].map(([, id]) => id);
    expect(ids).toHaveLength(new Set(ids).size);
    for (const [, id] of html.matchAll(/url\(#([^)]+)\)/g)) expect(ids).toContain(id);
  });

  it('is the same page for the same results', async () => {
    expect(await reportOf(madeUpLeague())).toBe(html);
  }, 60_000);

  it('shows every text as text', async () => {
    const bad = '<b onclick="x">&\'"';
    const told = await reportOf({
      ...madeUpLeague(),
      title: bad,
      command: bad,
      parameters: [[bad, bad]],
      ours: [{ name: bad, description: bad }],
      peers: [],
      adversaries: [{ name: bad, description: bad }],
      results: [aRun({ defence: bad, adversary: bad }), aRun({ defence: bad, adversary: bad, seed: 2 }), aRun({ adversary: bad })],
      baseline: bad,
      advice: { sentences: [bad], verdicts: [] },
      speeds: [
        {
          defence: bad,
          isOurs: true,
          what: bad,
          perDay: 1,
          until: { runs: 1, happened: 0 },
          persons: { mean: 0 },
          days: 1,
          model: 'exact',
        },
      ],
      allowances: [{ name: bad, days: [{ day: 0, balance: 1 }], model: 'counted' }],
      law: {
        xTitle: bad,
        yTitle: bad,
        caption: bad,
        curves: [{ name: bad, points: [[1, 1]], model: 'formula' }],
        points: [{ series: bad, x: 1, y: 1, model: 'wire' }],
      },
    });
    expect(told).not.toContain('<b ');
    expect(told).not.toContain('onclick="');
    expect(told.match(/&lt;b onclick=(&quot;|")/g)?.length).toBeGreaterThan(30);
  }, 60_000);

  it('does without what was not measured, and refuses to be made of nothing', async () => {
    const told = await reportOf({ title: 't', command: 'c', parameters: [], ours: [], peers: [], adversaries: [], results: [aRun()] });
    expect(told.match(/role="img"/g)).toHaveLength(2);
    await expect(reportOf({ ...madeUpLeague(), results: [] })).rejects.toThrow('there are no results');
  }, 60_000);

  it('puts runs of another length into a figure of their own', async () => {
    const told = await reportOf({ ...madeUpLeague(), results: [aRun(), aRun({ adversary: 'shells', days: 30 })] });
    expect(told).toContain('<section id="frontier-30">');
    expect(told).toContain('<section id="frontier-365">');
  }, 60_000);

  it('gives the seeds as a range where none is missing', () => {
    expect([[1, 2, 3, 4], [1, 3, 4], [7], []].map(seedsText)).toEqual(['1 to 4', '1, 3, 4', '7', 'none']);
  });
});

inBrowser('the report in a browser', () => {
  const folder = mkdtempSync(join(tmpdir(), 'vestibule-report-'));
  const file = join(folder, 'report.html');
  const few = join(folder, 'few.html');
  let browser: Browser;
  beforeAll(async () => {
    const league = madeUpLeague();
    writeFileSync(file, await reportOf(league));
    // Each kind of part, and few of each: thousands of cells take minutes to go through.
    const results = league.results.filter(
      ({ defence, adversary }) => /^(blind|instant|throttle)/.test(defence) && adversary.startsWith('r'),
    );
    const { allowances = [] } = league;
    const short = allowances.map((series) => ({ ...series, days: series.days.slice(0, 20) }));
    writeFileSync(few, await reportOf({ ...league, results, allowances: short }));
    browser = await chromium.launch({
      executablePath: CHROMIUM,
      args: ['--no-sandbox', '--disable-gpu', '--disable-background-networking'],
    });
  }, 120_000);
  afterAll(async () => {
    await browser?.close();
    rmSync(folder, { recursive: true, force: true });
  });

  const complaints: string[] = [];
  const requested: string[] = [];

  async function look(options: BrowserContextOptions, what = file): Promise<Page> {
    const page = await (await browser.newContext({ locale: 'en-GB', ...options })).newPage();
    page.on('console', (line) => complaints.push(line.text()));
    page.on('request', (request) => requested.push(request.url()));
    await page.goto(pathToFileURL(what).href);
    return page;
  }

  async function picture(page: Page, name: string): Promise<void> {
    if (PICTURES === undefined) return;
    mkdirSync(PICTURES, { recursive: true });
    for (const id of [...TABLES, ...FIGURES]) await page.locator(`#${id}`).screenshot({ path: join(PICTURES, `report-${id}-${name}.png`) });
  }

  it.each([
    ['desk-light', { viewport: { width: 1280, height: 900 }, colorScheme: 'light' }],
    ['desk-dark', { viewport: { width: 1280, height: 900 }, colorScheme: 'dark' }],
    ['phone-light', { viewport: { width: 360, height: 740 }, deviceScaleFactor: 2, isMobile: true, colorScheme: 'light' }],
    ['phone-dark', { viewport: { width: 360, height: 740 }, deviceScaleFactor: 2, isMobile: true, colorScheme: 'dark' }],
  ] as const)(
    'fits, asks for nothing, and has no letters across each other: %s',
    async (name, options) => {
      complaints.length = 0;
      requested.length = 0;
      const page = await look(options);
      await picture(page, name);
      expect(await page.evaluate('document.documentElement.scrollWidth <= window.innerWidth')).toBe(true);
      expect(await page.locator('svg[role=img]:visible').count()).toBe(FIGURES.length);
      expect(await page.evaluate(LETTERS_ASTRAY)).toEqual([]);
      expect(complaints).toEqual([]);
      expect(requested).toEqual([pathToFileURL(file).href]);
      await page.context().close();
    },
    120_000,
  );

  it('prints all of it, what is folded too, within the width of the paper', async () => {
    // A4 across, without its margins, at 96 dots an inch.
    const page = await look({ viewport: { width: 1046, height: 717 } });
    const hidden =
      "[...document.querySelectorAll('details table')].filter((each) => each.getBoundingClientRect().height === 0 || !each.checkVisibility({ contentVisibilityAuto: true })).length";
    expect(await page.evaluate(hidden)).toBeGreaterThan(10);
    await page.emulateMedia({ media: 'print' });
    expect(await page.evaluate(hidden)).toBe(0);
    const cut =
      "[...document.querySelectorAll('table')].filter((each) => each.getBoundingClientRect().right > window.innerWidth + 1).map((each) => each.caption.textContent)";
    expect(await page.evaluate(cut)).toEqual([]);
    if (PICTURES !== undefined) await page.pdf({ path: join(PICTURES, 'report.pdf'), preferCSSPageSize: true });
    await page.context().close();
  }, 120_000);

  it.each([
    ['light', { viewport: { width: 1280, height: 900 }, colorScheme: 'light' }],
    ['dark', { viewport: { width: 360, height: 740 }, isMobile: true, colorScheme: 'dark' }],
  ] as const)(
    'has nothing that shuts somebody out, unfolded: %s',
    async (_, options) => {
      const page = await look(options, few);
      await page.evaluate("document.querySelectorAll('details').forEach((each) => (each.open = true))");
      await page.evaluate(AXE);
      const { violations, passes } = await page.evaluate<AxeResults>('axe.run()');
      expect(violations.map(({ id, nodes }) => [id, nodes.slice(0, 3).map(({ html: at }) => at.slice(0, 200))])).toEqual([]);
      expect(passes.length).toBeGreaterThan(10);
      await page.context().close();
    },
    120_000,
  );

  /** Texts of the drawings that leave their drawing, or lie across another. */
  const LETTERS_ASTRAY = `[...document.querySelectorAll('svg[role=img]')].filter((svg) => svg.clientWidth > 0).flatMap((svg) => {
    const frame = svg.getBoundingClientRect();
    const texts = [...svg.querySelectorAll('text')].map((text) => ({ says: text.textContent, at: text.getBoundingClientRect() }));
    const out = texts.filter(({ at }) => at.left < frame.left - 1 || at.right > frame.right + 1 || at.top < frame.top - 1 || at.bottom > frame.bottom + 1);
    const across = texts.flatMap((one, n) => texts.slice(n + 1).filter((other) => {
      const width = Math.min(one.at.right, other.at.right) - Math.max(one.at.left, other.at.left);
      const height = Math.min(one.at.bottom, other.at.bottom) - Math.max(one.at.top, other.at.top);
      return width > 2 && height > 0.3 * Math.min(one.at.height, other.at.height);
    }).map((other) => one.says + ' across ' + other.says));
    return [...out.map(({ says }) => says + ' is cut'), ...across];
  })`;
});
