import { appendFileSync, existsSync, readFileSync } from 'node:fs';
import { type Job, keyOf, type LeagueSettings, type Played } from './league.js';

/** Results on file, one JSON object a line; a last line that was cut off by a crash does not count. The first line holds the settings. */
export class ResultsFile {
  private readonly known = new Map<string, Played>();

  /**
   * @param path none: what was played is remembered, and not put down
   * @throws Error where the file is of another league
   */
  constructor(
    private readonly path: string | undefined,
    settings: LeagueSettings,
  ) {
    const header = JSON.stringify({ settings });
    if (path === undefined) return;
    const lines = existsSync(path) ? readFileSync(path, 'utf8').split('\n') : [];
    // A header that a crash cut off is a league without results.
    const isEmpty = lines.length <= 1 && header.startsWith(lines[0] ?? '');
    if (isEmpty) appendFileSync(path, `${header.slice((lines[0] ?? '').length)}\n`);
    else if (lines[0] !== header) throw new Error(`${path} has results of a league with other settings`);
    // What a crash cut off has no end of line.
    if (lines.length > 1 && lines.at(-1) !== '') appendFileSync(path, '\n');
    for (const line of lines.slice(1)) {
      const played = parsed(line);
      if (played !== undefined) this.known.set(keyOf(played), played);
    }
  }

  get results(): readonly Played[] {
    return [...this.known.values()];
  }

  of(job: Job): Played | undefined {
    return this.known.get(keyOf(job));
  }

  has(job: Job): boolean {
    return this.known.has(keyOf(job));
  }

  add(played: Played): void {
    this.known.set(keyOf(played), played);
    if (this.path !== undefined) appendFileSync(this.path, `${JSON.stringify(played)}\n`);
  }
}

function parsed(line: string): Played | undefined {
  try {
    return line === '' ? undefined : (JSON.parse(line) as Played);
  } catch {
    return undefined;
  }
}
