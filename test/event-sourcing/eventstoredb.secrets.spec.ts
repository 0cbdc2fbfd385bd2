import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { join } from 'node:path';
import { FakeEventStoreDb } from './fake-eventstoredb.js';

const SECRET = 'Wh0-is-asking';

describe('The password of EventStoreDB', () => {
  it('is in nothing that is printed, however talkative the client is made (R26)', async () => {
    const server = await FakeEventStoreDb.start();
    const url = server.url.replace('://', `://vestibule:${SECRET}@`);
    const child = spawn(process.execPath, [join(__dirname, 'connect-in-debug.mjs'), url], {
      env: { PATH: process.env['PATH'], DEBUG: '*', GRPC_TRACE: 'all', GRPC_VERBOSITY: 'DEBUG' },
    });
    let printed = '';
    let stopped = false;
    for (const stream of [child.stdout, child.stderr]) {
      stream.on('data', (chunk: Buffer) => {
        printed += chunk.toString();
        if (stopped || !printed.includes('stop\n')) return;
        stopped = true;
        server.stop();
        child.stdin.write('stopped\n');
      });
    }
    const [code] = (await once(child, 'close')) as [number];
    expect([code, printed.length > 10_000]).toEqual([0, true]);
    // It did talk of the calls and what went with them.
    expect(printed).toContain('[credentials]');
    for (const secret of [SECRET, Buffer.from(`vestibule:${SECRET}`).toString('base64')]) expect(printed).not.toContain(secret);
  });
});
