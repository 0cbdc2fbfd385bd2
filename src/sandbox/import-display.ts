import { Presets, SingleBar } from 'cli-progress';
import type { Logger } from 'pino';

/** Shows how far something is to whoever started it. */
export interface ProgressDisplay {
  show(done: number): void;
  end(): void;
}

/** Lines in all that a log gets of one import. */
const LOG_LINES = 10;

/** A bar on a terminal; a few lines in a log. */
export function importDisplay(total: number, logger: Logger, terminal: NodeJS.WriteStream = process.stderr): ProgressDisplay {
  return terminal.isTTY ? bar(total, terminal) : lines(total, logger);
}

function bar(total: number, stream: NodeJS.WriteStream): ProgressDisplay {
  const format = 'filling the register {bar} {percentage} % of {total} synthetic customers, {eta_formatted} to go';
  const display = new SingleBar({ format, stream, hideCursor: true, clearOnComplete: false }, Presets.shades_classic);
  display.start(total, 0);
  return { show: (done) => display.update(done), end: () => display.stop() };
}

function lines(total: number, logger: Logger): ProgressDisplay {
  let next = 0;
  return {
    show: (customers) => {
      if (customers < next) return;
      logger.info({ customers, of: total }, 'filling the register of the sandbox');
      while (next <= customers) next += total / LOG_LINES;
    },
    end: () => undefined,
  };
}
