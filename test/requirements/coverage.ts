import type { Citation } from './citations.js';

export interface Coverage {
  /** In the order of the requirements. */
  readonly rows: readonly {
    readonly requirement: string;
    readonly wording: string;
    readonly shown: readonly Citation[];
    readonly notBuilt?: string;
  }[];
  /** What is wrong with the table; nothing, where every requirement has a test. */
  readonly complaints: readonly string[];
}

/** Which requirement is shown by which tests. */
export function coverage(
  requirements: Readonly<Record<string, string>>,
  notBuilt: Readonly<Record<string, string>>,
  citations: readonly Citation[],
): Coverage {
  const rows = Object.entries(requirements).map(([requirement, wording]) => {
    const why = notBuilt[requirement];
    const shown = citations.filter((citation) => citation.requirement === requirement);
    return { requirement, wording, shown, ...(why !== undefined && { notBuilt: why }) };
  });
  const complaints = [
    ...rows
      .filter(({ shown, notBuilt: why }) => shown.length === 0 && why === undefined)
      .map(({ requirement }) => `${requirement} has no test`),
    ...rows
      .filter(({ shown, notBuilt: why }) => shown.length > 0 && why !== undefined)
      .map(({ requirement }) => `${requirement} has a test and is said not to be built (test/requirements/requirements.ts)`),
    ...citations
      .filter(({ requirement }) => !(requirement in requirements))
      .map(({ requirement, file, line }) => `${file}:${line} cites ${requirement}, which there is not`),
  ];
  return { rows, complaints };
}

/** For people: each requirement, and under it what shows it. */
export function printed({ rows, complaints }: Coverage): string {
  const lines = rows.flatMap(({ requirement, wording, shown, notBuilt }) => [
    `${requirement.padEnd(4)} ${wording}`,
    ...(notBuilt === undefined ? [] : [`       NOT BUILT: ${notBuilt}`]),
    ...shown.map(
      ({ sentence, file, line, command }) => `       ${file}:${line}${command === undefined ? '' : ` (${command})`}: ${sentence}`,
    ),
  ]);
  const tests = rows.reduce((sum, { shown }) => sum + shown.length, 0);
  const built = rows.filter(({ notBuilt }) => notBuilt === undefined).length;
  return [...lines, '', `${rows.length} requirements, ${built} of them built, cited ${tests} times`, ...complaints].join('\n');
}
