/** Options that change nothing about the results: where they go to, and how. Most have a value. */
const OF_THE_OUTPUT = new Set(['--out', '--report', '--readme', '--threads', '--json']);

/** The command that gives the same results again; always with its first seed. */
export function commandOf(args: readonly string[]): string {
  const kept: string[] = [];
  for (let at = 0; at < args.length; at++) {
    const [option = '', value] = (args[at] ?? '').split('=', 2);
    if (!OF_THE_OUTPUT.has(option)) kept.push(args[at] ?? '');
    else if (option !== '--json' && value === undefined) at += 1;
  }
  if (!kept.some((each) => each.split('=', 1)[0] === '--seed')) kept.push('--seed', '1');
  return ['npm run league --', ...kept.map((each) => (/^[\w./-]+$/.test(each) ? each : `'${each}'`))].join(' ');
}
