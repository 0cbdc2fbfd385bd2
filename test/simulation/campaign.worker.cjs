// One of the processes of a campaign: takes a seed, tells what became of it, takes the next.
// oxlint-disable-next-line import/no-unassigned-import -- it is there for what it does to the loader
require('./typescript.cjs');
const { simulate } = require('./simulate.ts');

// Of an error only the message is told, and what is thrown and caught in a simulation is many.
Error.stackTraceLimit = 0;

process.on('message', (seed) => {
  simulate(seed).then(
    (outcome) => process.send(outcome),
    (error) => process.send({ seed, failure: causes(error) }),
  );
});
process.on('disconnect', () => process.exit());

function causes(error) {
  const cause = error?.cause === undefined ? '' : ` (${causes(error.cause)})`;
  return `${String(error?.message ?? error).split('\n', 1)[0]}${cause}`;
}
