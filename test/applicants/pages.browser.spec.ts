import { existsSync, mkdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import type { AxeResults } from 'axe-core';
import { type Browser, type BrowserContextOptions, chromium, type Page } from 'playwright-core';
import { BankWithPages } from './bank-with-pages.js';

const CHROMIUM = '/usr/bin/chromium';
const AXE = readFileSync(require.resolve('axe-core/axe.min.js'), 'utf8');
/** Set to a folder to look at what the tests see. */
const PICTURES = process.env['PICTURES_OF_PAGES'];

const isThere = existsSync(CHROMIUM);
if (!isThere) console.warn(`the pages are not looked at in a browser: there is no ${CHROMIUM} (Debian: apt-get install chromium)`);
const inBrowser = isThere ? describe : describe.skip;

const DESK = { viewport: { width: 1200, height: 800 } };
const PHONE = { viewport: { width: 360, height: 740 }, deviceScaleFactor: 2, isMobile: true, hasTouch: true };
/** The smallest width that text has to fit at without scrolling sideways (WCAG 2.2, 1.4.10). */
const NARROW = { viewport: { width: 320, height: 500 } };

inBrowser('the pages in a browser', () => {
  let of: BankWithPages;
  let browser: Browser;
  beforeAll(async () => {
    of = await BankWithPages.start({ BANK_NAME: 'Banka Dobrá' });
    browser = await chromium.launch({
      executablePath: CHROMIUM,
      args: ['--no-sandbox', '--disable-gpu', '--disable-background-networking'],
    });
  }, 90_000);
  afterAll(async () => {
    await browser?.close();
    await of?.bank.stop();
  });

  const opened: Page[] = [];
  afterEach(async () => {
    for (const page of opened.splice(0)) await page.context().close();
  });

  /** As a person has it: no script, which these pages do without. */
  async function look(path: string, options: BrowserContextOptions = {}): Promise<Page> {
    const context = await browser.newContext({ locale: 'en-GB', javaScriptEnabled: false, ...DESK, ...options });
    const page = await context.newPage();
    opened.push(page);
    page.on('console', (line) => complaints.push(line.text()));
    page.on('request', (request) => requested.push(request.url()));
    await page.goto(of.url + path);
    return page;
  }
  const complaints: string[] = [];
  const requested: string[] = [];
  beforeEach(() => {
    complaints.length = 0;
    requested.length = 0;
  });

  async function picture(page: Page, name: string): Promise<void> {
    if (PICTURES === undefined) return;
    mkdirSync(PICTURES, { recursive: true });
    await page.screenshot({ path: join(PICTURES, `${name}.png`), fullPage: true });
  }

  it('are answered without a script, by pressing a button', async () => {
    const { denial, leadId } = await of.told(0);
    const page = await look(denial);
    await picture(page, 'denial-desk');
    await page.getByRole('button', { name: 'I never spoke to them' }).click();
    expect(await page.getByRole('heading').innerText()).toBe('Thank you for telling us');
    await picture(page, 'denial-said-desk');
    expect(await of.events('LeadDenied', leadId)).toHaveLength(1);
    await page.reload();
    expect(await page.getByRole('button').count()).toBe(0);
  });

  it('are answered with the keyboard alone, and one sees where one is', async () => {
    const { consent, leadId } = await of.askedForConsent(60);
    const page = await look(consent, { javaScriptEnabled: true });
    const focused: string[] = [];
    for (let step = 0; step < 3; step++) {
      await page.keyboard.press('Tab');
      const { name, outline } = await page.evaluate<{ name: string; outline: string }>(
        '({ name: document.activeElement.innerText, outline: getComputedStyle(document.activeElement).outlineWidth })',
      );
      focused.push(name);
      expect(outline).toBe('3px');
    }
    expect(focused).toEqual(['Yes, answer them', 'No, tell them nothing', 'I never spoke to them']);
    await picture(page, 'consent-focus');
    await page.keyboard.press('Shift+Tab');
    await page.keyboard.press('Enter');
    await page.getByRole('status').waitFor();
    expect(await of.events('ConsentAnswered', leadId)).toMatchObject([{ word: 'refused', by: 'page' }]);
  });

  it('say what each button means to who hears them', async () => {
    const { consent } = await of.askedForConsent(61);
    const page = await look(consent);
    const tree = await page.locator('body').ariaSnapshot();
    for (const part of ['banner', 'main', 'contentinfo', 'heading "May we answer A partner?" [level=1]', 'button "Yes, answer them"']) {
      expect(tree).toContain(part);
    }
    const described = page.getByRole('button', { name: 'No, tell them nothing' });
    const by = await described.getAttribute('aria-describedby');
    expect(await page.locator(`#${by}`).innerText()).toContain('hears that you do not agree');
  });

  it('ask for nothing but themselves, and break none of their own rules', async () => {
    const { denial } = await of.askedToProve(62);
    await look(denial, { javaScriptEnabled: true });
    expect(requested.filter((url) => !url.endsWith('/favicon.ico'))).toEqual([of.url + denial]);
    expect(complaints.filter((line) => !line.includes('favicon'))).toEqual([]);
  });

  it('come in the language that was chosen on them, and are answered in it', async () => {
    const { denial } = await of.told(3);
    const page = await look(denial);
    await page.getByRole('link', { name: 'Čeština' }).click();
    expect(await page.getByRole('heading').innerText()).toBe('Jste v kontaktu se společností A partner?');
    await picture(page, 'denial-cs-desk');
    await page.getByRole('button', { name: 'Ano, jsme v kontaktu' }).click();
    expect(await page.getByRole('heading').innerText()).toBe('Děkujeme');
  });

  let asked = 100;
  describe.each([
    ['at a desk', DESK],
    ['on a phone', PHONE],
    ['on a narrow one, in large letters', NARROW],
  ])('%s', (where, options) => {
    const name = where.replaceAll(/\W+/g, '-');
    it.each(['en-GB', 'cs-CZ'])(
      'fit, and have nothing that shuts somebody out, in %s',
      async (locale) => {
        asked += 1;
        const links = await of.askedForConsent(asked);
        const told = await of.told(4);
        const pages = { consent: links.consent, denial: links.denial, told: told.denial, gone: '/denial/gone' };
        for (const [kind, path] of Object.entries(pages)) {
          const page = await look(path, { ...options, locale, javaScriptEnabled: true });
          expect(await page.evaluate('document.documentElement.scrollWidth <= window.innerWidth')).toBe(true);
          await picture(page, `${kind}-${name}-${locale}`);
          await page.evaluate(AXE);
          const { violations, passes } = await page.evaluate<AxeResults>('axe.run()');
          expect([kind, violations.map(({ id, nodes }) => [id, nodes.map(({ html }) => html)])]).toEqual([kind, []]);
          expect(passes.length).toBeGreaterThan(10);
          const heights = await page.getByRole('button').evaluateAll((all) => all.map((each) => each.clientHeight));
          expect(heights.every((height) => height >= 44)).toBe(true);
        }
      },
      60_000,
    );
  });
});
