// Started by the architecture spec, because dependency-cruiser is an ES module and jest runs CommonJS: holds folders against
// the rules and prints, for each folder, which rule each violation breaks. `node cruise.mjs FOLDER...`, a project's root each.
import { createRequire } from 'node:module';
import { dirname, join, resolve } from 'node:path';
import { fileURLToPath } from 'node:url';
import { cruise } from 'dependency-cruiser';
import extractTSConfig from 'dependency-cruiser/config-utl/extract-ts-config';

const root = resolve(dirname(fileURLToPath(import.meta.url)), '../..');
const { forbidden, options } = createRequire(import.meta.url)('../../.dependency-cruiser.cjs');
const tsConfig = extractTSConfig(join(root, 'tsconfig.json'));

const found = {};
for (const folder of process.argv.slice(2)) {
  const { enhancedResolveOptions, tsConfig: _, ...how } = options;
  const { output } = await cruise(
    ['src'],
    { ...how, baseDir: resolve(folder), validate: true, ruleSet: { forbidden, options } },
    enhancedResolveOptions,
    { tsConfig },
  );
  const { violations, totalCruised } = output.summary;
  found[folder] = { cruised: totalCruised, violations: violations.map(({ rule, from, to }) => ({ rule: rule.name, from, to })) };
}
console.log(JSON.stringify(found));
