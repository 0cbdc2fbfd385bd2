import { execFileSync } from 'node:child_process';
import { readdirSync, readFileSync } from 'node:fs';
import { join, resolve, sep } from 'node:path';

interface Rule {
  readonly name: string;
  readonly from: { readonly path?: string };
}

interface Cruised {
  readonly cruised: number;
  readonly violations: readonly { readonly rule: string; readonly from: string; readonly to: string }[];
}

const ROOT = resolve(__dirname, '../..');
const FIXTURES = join(__dirname, 'fixtures');
const { forbidden: rules } = jest.requireActual<{ forbidden: readonly Rule[] }>('../../.dependency-cruiser.cjs');

const fixtureOf = (rule: string): string => join(FIXTURES, rule);

/** Of a kind of file, as a rule names it. */
const pathsOf = (name: string): RegExp => new RegExp(rules.find((rule) => rule.name === name)?.from.path ?? 'no such rule');

function sources(): readonly string[] {
  const files = readdirSync(join(ROOT, 'src'), { recursive: true, encoding: 'utf8' });
  return files.filter((file) => file.endsWith('.ts')).map((file) => `src/${file.split(sep).join('/')}`);
}

function codeOf(text: string): string {
  return text.replaceAll(/\/\*[\s\S]*?\*\/|(?<=^|\s)\/\/.*$/gm, '');
}

const CLOCK_OR_CHANCE =
  /\bDate\.now\b|\bDate\(\s*\)|\bnew Date\b(?!\s*\(\s*[^)\s])|\bperformance\b|\bMath\.random\b|\bcrypto\.|\brandom(?:UUID|Bytes|Int)\b|\bset(?:Timeout|Interval)\b/;
const ANY_REVISION = /\bANY\b|['"]any['"]/;
const ENVIRONMENT = /\bprocess\s*(?:\?\.|\.|\[)\s*['"]?env\b|\{[^}]*\benv\b[^}]*\}\s*=\s*process\b/;

const filesWith = (pattern: RegExp, files: readonly string[]): readonly string[] =>
  files.filter((file) => pattern.test(codeOf(readFileSync(join(ROOT, file), 'utf8'))));

describe('the architecture', () => {
  let found: Readonly<Record<string, Cruised>>;

  beforeAll(() => {
    const folders = [ROOT, ...rules.map(({ name }) => fixtureOf(name))];
    const printed = execFileSync(process.execPath, [join(__dirname, 'cruise.mjs'), ...folders], { encoding: 'utf8', maxBuffer: 1 << 26 });
    found = JSON.parse(printed) as Record<string, Cruised>;
  }, 120_000);

  it('has a fixture that breaks each rule, and no other fixture', () => {
    expect(readdirSync(FIXTURES).toSorted()).toEqual(rules.map(({ name }) => name).toSorted());
  });

  it.each(rules.map(({ name }) => name))('%s: notices the file that breaks it', (name) => {
    expect([...new Set(found[fixtureOf(name)]?.violations.map(({ rule }) => rule))]).toEqual([name]);
  });

  it.each(rules.map(({ name }) => name))('%s: holds', (name) => {
    expect(found[ROOT]?.violations.filter(({ rule }) => rule === name).map(({ from, to }) => `${from} -> ${to}`)).toEqual([]);
  });

  it('was looked at as a whole', () => {
    expect(found[ROOT]?.cruised).toBeGreaterThan(sources().length);
  });

  describe('what is decided, and what is told of it', () => {
    it.each(['Date.now()', 'now: Date.now', 'new Date()', 'new Date', 'Math.random()', 'performance.now()', 'crypto.randomUUID()'])(
      'could not contain %s unnoticed',
      (code) => {
        expect(CLOCK_OR_CHANCE.test(codeOf(`const x = { ${code} };`))).toBe(true);
      },
    );

    it.each(['new Date(at)', '/** not Date.now() */', '// nor Math.random()', 'candidate.now'])('may contain %s', (code) => {
      expect(CLOCK_OR_CHANCE.test(codeOf(code))).toBe(false);
    });

    it.each(['owners/owner.ts', 'leads/lead.state.ts', 'owners/admission.policies.ts', 'leads/lapse.process.ts', 'owners/terms.ts'])(
      'includes %s',
      (file) => {
        const plain = sources().filter((each) => pathsOf('decisions-are-plain').test(each));
        expect(plain).toContain(`src/modules/${file}`);
      },
    );

    it('reads no clock and draws no lots', () => {
      const plain = sources().filter((file) => pathsOf('decisions-are-plain').test(file) || file.startsWith('src/projections/'));
      expect(filesWith(CLOCK_OR_CHANCE, plain)).toEqual([]);
    });
  });

  describe('an append', () => {
    it.each(["import { ANY } from '@eventstore/db-client'", "{ expectedRevision: 'any' }", 'append(stream, ANY, events)'])(
      'could not be made at any revision by %s unnoticed',
      (code) => {
        expect(ANY_REVISION.test(codeOf(code))).toBe(true);
      },
    );

    it('says which revision it expects (R14)', () => {
      expect(filesWith(ANY_REVISION, sources())).toEqual([]);
    });
  });

  describe('the environment', () => {
    it.each(['process.env.PORT', "process['env']", 'const { env } = process', 'process?.env'])(
      'could not be read by %s unnoticed',
      (code) => {
        expect(ENVIRONMENT.test(codeOf(code))).toBe(true);
      },
    );

    it('is read by the configuration alone', () => {
      expect(filesWith(ENVIRONMENT, sources())).toEqual(['src/config.ts']);
    });
  });
});
