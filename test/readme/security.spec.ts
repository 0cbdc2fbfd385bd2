import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { REQUIREMENTS } from '../requirements/requirements.js';
import { DEFENCES } from '../sidechannels/defences.js';
import { PAIRS } from '../sidechannels/pairs.js';

const text = readFileSync('SECURITY.md', 'utf8');
const scripts = Object.keys((JSON.parse(readFileSync('package.json', 'utf8')) as { scripts: object }).scripts);
const specs = readdirSync('test', { recursive: true, encoding: 'utf8' }).map((file) => `test/${file}`);

describe('SECURITY.md', () => {
  it('names only commands, tests and files that there are', () => {
    const named = [...text.matchAll(/npm run ([\w:-]+)/g)].map(([, name]) => name);
    expect(named.filter((name) => !scripts.includes(name ?? ''))).toEqual([]);
    const tests = [...text.matchAll(/npx jest ([\w./ -]+?)(?=`| {2,}|\n)/g)].flatMap(([, paths]) => (paths ?? '').trim().split(' '));
    expect(tests.length).toBeGreaterThan(20);
    expect(tests.filter((path) => !specs.some((file) => file.startsWith(path) && file.endsWith('.spec.ts')))).toEqual([]);
    const files = [...text.matchAll(/node (test\/[\w/.-]+)/g)].map(([, file]) => file ?? '');
    expect(files.filter((file) => !existsSync(file))).toEqual([]);
  });

  it('cites only requirements that there are', () => {
    const cited = text.match(/\b[RI]\d{1,2}\b/g) ?? [];
    expect(cited.filter((number) => !(number in REQUIREMENTS))).toEqual([]);
  });

  it('takes pairs and defences of the test of side channels by words that they have', () => {
    const [only] = [...text.matchAll(/--only '([^']+)'/g)].map(([, words]) => words ?? '');
    const [without] = [...text.matchAll(/--without '([^']+)'/g)].map(([, words]) => words ?? '');
    expect(PAIRS.filter(({ name }) => name.includes(only ?? 'none'))).not.toEqual([]);
    expect(DEFENCES.filter(({ name }) => name.includes(without ?? 'none'))).toHaveLength(1);
  });
});
