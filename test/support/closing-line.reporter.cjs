// The last line of a run, for whoever counts tests without knowing jest: `N passed, N failed`, alone on a line. A file that
// could not be run at all counts as a failure, because jest's own count of tests knows nothing of what it would have held.
module.exports = class ClosingLine {
  onRunComplete(_contexts, { numPassedTests, numFailedTests, numPendingTests, numTodoTests, testResults }) {
    const unrun = testResults.filter(({ testExecError, numFailingTests }) => testExecError && numFailingTests === 0).length;
    const skipped = numPendingTests + numTodoTests;
    const line = `${numPassedTests} passed, ${numFailedTests + unrun} failed${skipped > 0 ? `, ${skipped} skipped` : ''}`;
    // Jest puts its own summary after all reporters.
    process.once('exit', () => console.log(line));
  }
};
