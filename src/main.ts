import 'reflect-metadata';
import { AppModule } from './app.module.js';
import { runCommand } from './cli/command-line.js';
import { readConfig, SETTINGS } from './config.js';
import { createApp, startApp, stopOnSignal } from './http/server.js';
import { giveUp, giveUpOnTheUnforeseen } from './observability/last-resort.js';
import { makeLogger } from './observability/logger.js';

const settings = SETTINGS.map((each) => `  ${each.name.padEnd(22)}${each.meaning} (${each.default})`.replaceAll('`', ''));
const usage = [
  'usage: npm start',
  'Runs the service; what it takes is in the environment, and in brackets what it does without:',
  '',
  ...settings,
];

async function start(): Promise<number> {
  const config = readConfig();
  const logger = makeLogger(config.logLevel);
  giveUpOnTheUnforeseen(giveUp(logger));
  const app = await createApp(AppModule.with(config, logger), config, logger);
  stopOnSignal(app, logger);
  const url = await startApp(app, config);
  logger.info({ at: url, docs: `${config.publicUrl}/docs`, sandbox: config.sandbox }, 'listening');
  return 0;
}

await runCommand({ name: 'start', usage: usage.join('\n'), operands: [], options: {}, run: start });
// A start that failed may leave threads behind that would keep the process.
if (process.exitCode !== 0) process.exit();
