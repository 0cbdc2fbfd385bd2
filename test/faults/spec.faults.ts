import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { must, type Fault } from './fault.js';

interface Report {
  readonly numPassedTests: number;
  readonly numFailedTests: number;
  readonly numPendingTests: number;
  readonly testResults: readonly { assertionResults: readonly { fullName: string; status: string }[] }[];
}

/** A fault that a spec of `npm test` injects by the real means: it is run, not written a second time. */
function bySpec(fault: Omit<Fault, 'run'>, path: string): Fault {
  return { ...fault, run: () => runSpec(path) };
}

export const BY_SPECS: readonly Fault[] = [
  bySpec(
    {
      name: 'flipped bit in a row, a row deleted, unknown event version',
      injected: 'the file of the log is edited while the service is stopped',
      expected: 'it does not start, and says which row; or ends when it comes upon it (R21)',
    },
    'test/end-to-end/damaged-log.spec.ts',
  ),
  bySpec(
    {
      name: 'restored old backup',
      injected: 'npm run backup while it runs, more commands, npm run restore',
      expected: 'every balance at zero and the gate halted until a human grants',
    },
    'test/end-to-end/restore.spec.ts',
  ),
  bySpec(
    {
      name: 'sync and write fail under the bare log',
      injected: 'strace: EIO and ENOSPC, once and for good',
      expected: 'each append there once, or not acknowledged (R18)',
      needs: ['strace'],
    },
    'test/event-sourcing/embedded.faults.spec.ts',
  ),
  bySpec(
    {
      name: 'many requests at once for the last units',
      injected: '200 requests at once, 0, 1, 2 or 200 units left',
      expected: 'exactly as many leads as units (R5)',
    },
    'test/end-to-end/races.spec.ts',
  ),
  bySpec(
    {
      name: 'append never answered, stream ended, acknowledged twice; leader change; subscription error, end, silence',
      injected: "a stand-in for EventStoreDB made of the client's own stubs, with faults to order",
      expected: 'never an answer without an acknowledgement; each event once; nothing missed (R22, R23)',
    },
    'test/event-sourcing/eventstoredb.faults.spec.ts',
  ),
  bySpec(
    {
      name: 'two replicas on one EventStoreDB, the holder of the duty killed',
      injected: 'two service processes; kill -9',
      expected: 'as many leads as units; each duty done once',
    },
    'test/end-to-end/replicas.spec.ts',
  ),
  bySpec(
    {
      name: 'thousands of idle sockets, slow headers',
      injected: 'connections that send nothing, or headers and bodies that never end',
      expected: 'others are served; memory is bounded',
    },
    'test/faults/sockets.spec.ts',
  ),
  bySpec(
    {
      name: 'flood of refused, malformed and unauthorised requests',
      injected: 'raw requests on 32 connections',
      expected: 'bounded disk and memory; each refusal counted once (R9)',
    },
    'test/faults/flood.spec.ts',
  ),
];

async function runSpec(path: string): Promise<string> {
  const folder = mkdtempSync(join(tmpdir(), 'vestibule-spec-'));
  const outcome = join(folder, 'outcome.json');
  try {
    const args = ['node_modules/jest/bin/jest.js', path, '--maxWorkers=1', '--silent', '--json', `--outputFile=${outcome}`];
    const jest = spawn(process.execPath, args, { stdio: 'ignore' });
    await once(jest, 'exit');
    const { numPassedTests, numFailedTests, numPendingTests, testResults } = JSON.parse(readFileSync(outcome, 'utf8')) as Report;
    const failed = testResults.flatMap(({ assertionResults }) => assertionResults.filter(({ status }) => status === 'failed'));
    must(
      numFailedTests === 0,
      `every test of ${path}`,
      failed.map(({ fullName }) => fullName),
    );
    // A spec that skips all that it has shows nothing.
    must(numPassedTests > 0, `a test of ${path} that ran`);
    return `${path}: ${numPassedTests} tests passed${numPendingTests > 0 ? `, ${numPendingTests} skipped` : ''}`;
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
}
