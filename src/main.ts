import 'reflect-metadata';
import { AppModule } from './app.module.js';
import { readConfig } from './config.js';
import { createApp, startApp, stopOnSignal } from './http/server.js';
import { giveUp, giveUpOnTheUnforeseen } from './observability/last-resort.js';
import { makeLogger } from './observability/logger.js';

try {
  const config = readConfig();
  const logger = makeLogger(config.logLevel);
  giveUpOnTheUnforeseen(giveUp(logger));
  const app = await createApp(AppModule.with(config, logger), config, logger);
  stopOnSignal(app, logger);
  const url = await startApp(app, config);
  logger.info({ at: url, docs: `${config.publicUrl}/docs`, sandbox: config.sandbox }, 'listening');
} catch (error) {
  // Whoever starts it reads this line, so it is one for people: what is wrong, without a stack.
  console.error(error instanceof Error ? `${error.name}: ${error.message}` : 'the start failed');
  process.exit(1);
}
