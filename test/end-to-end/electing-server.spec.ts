import { join } from 'node:path';
import type { NestFastifyApplication } from '@nestjs/platform-fastify';
import { AppModule } from '../../src/app.module.js';
import { KEY_FILES, readConfig } from '../../src/config.js';
import { createApp, startApp } from '../../src/http/server.js';
import { makeIssuerKey } from '../../src/modules/access/issuer-key.js';
import { makeKeyring } from '../../src/modules/persons/keyring-file.js';
import { makeLogger } from '../../src/observability/logger.js';
import { FakeEventStoreDb } from '../event-sourcing/fake-eventstoredb.js';
import { raw } from '../http/test-app.js';
import { temporaryDirectory } from '../support/temporary-directory.js';

describe('a start on an EventStoreDB that is choosing its leader', () => {
  const place = temporaryDirectory('electing');
  let server: FakeEventStoreDb;
  let app: NestFastifyApplication | undefined;
  beforeEach(async () => {
    server = await FakeEventStoreDb.start();
  });
  afterEach(async () => {
    await app?.close();
    server.stop();
  });

  it('waits, whichever of its steps is not answered, says for what, and is ready when it is', async () => {
    makeKeyring(join(place(), KEY_FILES.keyring));
    await makeIssuerKey(place());
    const config = readConfig({
      DATA_DIR: place(),
      SANDBOX: 'false',
      PORT: '0',
      PUBLIC_URL: 'http://vestibule.test',
      EVENTSTOREDB_URL: server.url,
    });
    const lines: { msg: string; reason?: string }[] = [];
    const logger = makeLogger('info', { write: (line) => void lines.push(JSON.parse(line) as { msg: string }) });
    // Again and again for half a second; once it does not even refuse, so that the adapter's own deadline of three seconds has to pass.
    const asked = { times: 0, downUntil: 0, outages: 0, silent: false };
    const isDown = (): boolean => {
      if (performance.now() < asked.downUntil) return true;
      if (++asked.times % 6 === 0) [asked.downUntil, asked.outages] = [performance.now() + 500, asked.outages + 1];
      return performance.now() < asked.downUntil;
    };
    server.onRead = () => {
      if (isDown()) return 'not ready';
      if (asked.silent || asked.times < 8) return 'answer';
      asked.silent = true;
      return 'silence';
    };
    server.onAppend = () => (isDown() ? 'no leader' : 'answer');
    app = await createApp(AppModule.with(config, logger), config, logger);
    const url = await startApp(app, config);
    server.onRead = () => 'answer';
    server.onAppend = () => 'answer';
    expect(asked.outages).toBeGreaterThan(2);
    const waits = lines.filter(({ msg }) => msg.includes('wait'));
    expect(waits.map(({ msg }) => msg)).toContain('the start waits for the log');
    expect(waits.map(({ reason }) => reason)).toContain('EventStoreDB: the server is not ready');
    const began = performance.now();
    while ((await raw(url, { path: '/health/ready' })).status !== 200) {
      if (performance.now() - began > 20_000) throw new Error('not ready');
      await new Promise((resolve) => setTimeout(resolve, 100));
    }
  }, 120_000);
});
