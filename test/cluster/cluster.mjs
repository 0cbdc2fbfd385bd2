// Runs the cluster's tests on plain Node: `npm run test:cluster`.
// Shows R22 and R23: the nodes of a cluster are struck under load, and no acknowledged command is lost.
import { createRequire } from 'node:module';

const require = createRequire(import.meta.url);
// oxlint-disable-next-line import/no-unassigned-import -- it is there for what it does to the loader
require('../simulation/typescript.cjs');
const { main } = require('./run.ts');

process.exitCode = await main();
// What a failed run has left open must not keep the process.
process.exit();
