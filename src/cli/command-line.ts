import { readFileSync } from 'node:fs';
import { parseArgs, type ParseArgsConfig } from 'node:util';

/** Called wrongly: told in a line, and the process ends with 2. */
export class WrongUse extends Error {
  override name = 'WrongUse';
}

/** Called rightly, and it did not work out: told in a line, and the process ends with 1. */
export class Failed extends Error {
  override name = 'Failed';
}

type Options = NonNullable<ParseArgsConfig['options']>;
type Values<Known extends Options> = ReturnType<typeof parseArgs<{ options: Known }>>['values'];

export interface Command<Known extends Options> {
  /** As in `npm run NAME`. */
  readonly name: string;
  /** What `--help` prints. */
  readonly usage: string;
  /** Names of what comes without an option, in their order; with a `?` at the end where it may be left out. */
  readonly operands: readonly string[];
  readonly options: Known;
  /**
   * @param operands as many as were given
   * @returns what the process ends with: 0 when all went well
   * @throws WrongUse, Failed, and whatever else goes wrong on the way
   */
  run(values: Values<Known>, operands: readonly string[]): Promise<number>;
}

/** Runs a command for a person or a script: help and results go to stdout, complaints in one line to stderr, no stack to anybody. */
export async function runCommand<Known extends Options>(command: Command<Known>, args = process.argv.slice(2)): Promise<void> {
  try {
    process.exitCode = await parsedAndRun(command, args);
  } catch (error) {
    const wrongUse = error instanceof WrongUse;
    console.error(`${command.name}: ${complaint(error)}${wrongUse ? ` (npm run ${command.name} -- --help says more)` : ''}`);
    process.exitCode = wrongUse ? 2 : 1;
  }
}

async function parsedAndRun<Known extends Options>(command: Command<Known>, args: readonly string[]): Promise<number> {
  if (args.includes('--help') || args.includes('-h')) {
    console.log(command.usage);
    return 0;
  }
  const { values, positionals } = parsed(command, args);
  const missing = command.operands[positionals.length];
  if (missing !== undefined && !missing.endsWith('?')) throw new WrongUse(`${missing} is missing`);
  if (positionals.length > command.operands.length) throw new WrongUse(`there is nothing that ${positionals.at(-1)} could stand for`);
  return command.run(values, positionals);
}

function parsed<Known extends Options>(
  { options }: Command<Known>,
  args: readonly string[],
): { values: Values<Known>; positionals: readonly string[] } {
  try {
    return parseArgs({ args: [...args], options, allowPositionals: true });
  } catch (error) {
    // What follows the first sentence is about positionals that look like options, which nobody here has.
    throw new WrongUse((error as Error).message.split('. ', 1)[0]);
  }
}

function complaint(error: unknown): string {
  if (!(error instanceof Error)) return 'failed';
  // What `fetch` throws when there is no answer says so in its cause alone.
  if (error.message === 'fetch failed' && error.cause instanceof Error) {
    const { code, message, address, port } = error.cause as Error & { code?: string; address?: string; port?: number };
    const where = address === undefined ? 'the service' : `${address}:${port}`;
    return `${where} does not answer (${code ?? message}); is it running there?`;
  }
  return error.name === 'ApiProblem' ? `the service answered ${error.message}` : error.message;
}

/** @throws Failed that names the file and what is wrong with it, never what is in it */
export function readJson(path: string): unknown {
  let text: string;
  try {
    text = readFileSync(path, 'utf8');
  } catch (error) {
    throw new Failed(fileComplaint(path, error));
  }
  try {
    return JSON.parse(text);
  } catch {
    throw new Failed(`${path} is not JSON`);
  }
}

export function fileComplaint(path: string, error: unknown): string {
  const { code } = error as NodeJS.ErrnoException;
  return code === 'ENOENT' ? `there is no file ${path}` : `${path} cannot be read (${code ?? 'error'})`;
}

/** @throws WrongUse */
export function wholeNumber(option: string, text: string, { from, to }: { readonly from: number; readonly to: number }): number {
  const value = /^\d{1,16}$/.test(text) ? Number(text) : Number.NaN;
  if (!(value >= from && value <= to)) throw new WrongUse(`${option} takes a whole number from ${from} to ${to}`);
  return value;
}

/** @throws WrongUse */
export function oneOf<Value extends string>(option: string, text: string, values: readonly Value[]): Value {
  const value = values.find((each) => each === text);
  if (value === undefined) throw new WrongUse(`${option} takes ${values.slice(0, -1).join(', ')} or ${values.at(-1)}`);
  return value;
}

/** @throws WrongUse */
export function required(option: string, value: string | undefined): string {
  if (value === undefined || value === '') throw new WrongUse(`${option} is missing`);
  return value;
}
