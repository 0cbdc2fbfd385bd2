// One of the processes of a campaign: takes a seed, tells what became of it, takes the next.
// oxlint-disable-next-line import/no-unassigned-import -- it is there for what it does to the loader
require('../simulation/typescript.cjs');
const { scriptOf } = require('./script.generation.ts');
const { oneWorldTwice, shortest, twoWorlds } = require('./two-worlds.ts');

// Of an error only the message is told, and in a world many are thrown and caught.
Error.stackTraceLimit = 0;
// The authorisation server says that it is meant for a later Node; each process would say so.
console.warn = () => {};

process.on('message', ({ seed, modes, difference, shrink, same }) => {
  if (difference !== undefined && scriptOf(seed, modes).difference !== difference) {
    process.send({ seed });
    return;
  }
  const outcome = shrink ? shortest(seed, modes).then((report) => ({ seed, report })) : (same ? oneWorldTwice : twoWorlds)(seed, modes);
  outcome.then(
    (told) => process.send(told),
    (error) =>
      process.send({
        seed,
        failure: `the script could not be played: ${String(error?.message ?? error)}`,
        observations: 0,
        answersApart: 0,
      }),
  );
});
process.on('disconnect', () => process.exit());
