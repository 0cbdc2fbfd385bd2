// Which test shows which requirement, read from the tests themselves: `npm run verify:requirements`. Exits with 1 when one has none.
import { createRequire } from 'node:module';
import { resolve } from 'node:path';

const require = createRequire(import.meta.url);
// oxlint-disable-next-line import/no-unassigned-import -- it is there for what it does to the loader
require('../simulation/typescript.cjs');
const { citationsIn } = require('./citations.ts');
const { coverage, printed } = require('./coverage.ts');
const { NOT_BUILT, REQUIREMENTS } = require('./requirements.ts');

const found = coverage(REQUIREMENTS, NOT_BUILT, citationsIn(resolve('.')));
console.log(printed(found));
process.exitCode = found.complaints.length > 0 ? 1 : 0;
