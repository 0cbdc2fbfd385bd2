import { execFile } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { promisify } from 'node:util';
import { readPartner } from '../../src/simulation/partner-file.js';

const run = promisify(execFile);
const PAGE = readFileSync('docs/guide/league.md', 'utf8');
const blocks = (language: string): string =>
  [...PAGE.matchAll(new RegExp(`\`\`\`${language}\n([^]*?)\`\`\``, 'g'))].map(([, block]) => block).join('\n');
/** As package.json has it, on what `npm test` has built. */
const built = (script: string): string => script.replaceAll(/npm run (?:-s )?league --/g, 'node dist/simulation/main.js');

/** The page for a bank's risk committee: for the bank and not served to partners, so it stands beside the partner's guide. */
describe('the page about the league', () => {
  it('has a quick look that works as it is written, and advises nothing on twenty days', async () => {
    const { stdout } = await run('bash', ['-euo', 'pipefail', '-c', built(blocks('bash'))], { timeout: 60_000 });
    expect(stdout).toMatch(/^Asked for: at most 300 persons learned in a year by the worst adversary, and at most 1% of honest leads/m);
    expect(stdout).toMatch(/^The runs were of 20 days, not of a year, so nothing is advised\./m);
    expect(stdout).toMatch(/^blind +too little played to say +0 \(0 to 0\) .*the create, of customers too/m);
    expect(stdout).not.toMatch(/^Take /m);
  }, 60_000);

  it('names only options that there are', async () => {
    const { stdout: usage } = await run('bash', ['-c', built('npm run league -- --help')]);
    const options = [...PAGE.matchAll(/--[a-z-]{3,}/g)].map(([option]) => option);
    expect(options.length).toBeGreaterThan(8);
    for (const option of options) expect(usage).toContain(option);
  });

  it('has an example of a partner, and says of each member what it is', () => {
    const example = readPartner('docs/guide/partner.json');
    expect(Object.keys(example).length).toBeGreaterThan(4);
    const { message } = refusalOf(() => readPartner('package.json'));
    const members = message.slice(message.indexOf('members are ') + 'members are '.length).split(', ');
    expect(members.length).toBeGreaterThan(8);
    for (const member of members) expect(PAGE).toContain(`\`${member}\``);
  });

  it('says what the parts of the report are called', () => {
    const report = ['report.ts', 'report.figures.ts']
      .map((file) => readFileSync(`src/simulation/${file}`, 'utf8'))
      .join('\n')
      .toLowerCase();
    const named = [...PAGE.slice(PAGE.indexOf('## How to read the report')).matchAll(/^- \*\*([^*]+)\*\*/gm)].map(([, name]) =>
      (name ?? '').toLowerCase(),
    );
    expect(named).toHaveLength(10);
    for (const name of named) expect(report).toContain(name);
  });
});

function refusalOf(act: () => unknown): Error {
  try {
    act();
  } catch (error) {
    return error as Error;
  }
  throw new Error('nothing was refused');
}
