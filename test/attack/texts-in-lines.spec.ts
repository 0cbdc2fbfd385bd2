import fc from 'fast-check';
import { loggedError, makeLogger } from '../../src/observability/logger.js';
import { toCsv } from '../../src/queries/table.js';

const RUNS = { numRuns: 2_000 };
/** Any text, and often the characters that have broken a line or begun a formula somewhere. */
const text = fc
  .array(
    fc.oneof(
      fc.string({ unit: 'binary', maxLength: 4 }),
      fc.constantFrom(
        '\n',
        '\r',
        '\r\n',
        '\u0085',
        '\u2028',
        '\u2029',
        '\0',
        '"',
        '\\',
        '\u001b[2K',
        '=',
        '+',
        '-',
        '@',
        '\t',
        '＝',
        ',',
        ';',
      ),
    ),
  ) // prettier-ignore
  .map((parts) => parts.join(''));

describe('whatever is in a text,', () => {
  const lines: string[] = [];
  const logger = makeLogger('info', { write: (line) => void lines.push(line) });
  beforeEach(() => void lines.splice(0));

  it('it makes one line in the log, from which it comes back, as message, member or name of a member (R39)', () => {
    fc.assert(
      fc.property(text, text, text, (message, member, name) => {
        lines.splice(0);
        logger.info({ member, [`x${name}`]: 1 }, message);
        expect(lines).toHaveLength(1);
        expect((lines[0] as string).indexOf('\n')).toBe((lines[0] as string).length - 1);
        expect(Array.from((lines[0] as string).trimEnd()).filter((each) => each < ' ')).toEqual([]);
        expect(JSON.parse(lines[0] as string)).toMatchObject({ level: 'info', member, msg: message });
      }),
      RUNS,
    );
  });

  it('it begins no formula in CSV, leaves its cell and its row alone, and is there whole (R39)', () => {
    fc.assert(
      fc.property(text, text, (first, second) => {
        const rows = parsedCsv(
          toCsv(
            [
              { first, second },
              { first: 1, second: 'x' },
            ],
            ['first', 'second'],
          ),
        );
        expect(rows).toHaveLength(3);
        const cells = rows[1] as string[];
        expect(cells.filter((cell) => /^[=+\-@\t\r＝＋－＠]/.test(cell))).toEqual([]);
        expect(cells.map((cell) => cell.replace(/^'(?=[=+\-@\t\r＝＋－＠])/, ''))).toEqual([first, second]);
        expect(rows[2]).toEqual(['1', 'x']);
      }),
      RUNS,
    );
  });

  it('it is not in the log with an error of Node that quotes what it was given (I11)', () => {
    const quoting = Object.assign(new TypeError('The "size" argument must be of type number. Received type string (\'Planted\')'), {
      code: 'ERR_INVALID_ARG_TYPE',
    });
    expect(loggedError(quoting)).toMatchObject({ name: 'TypeError', code: 'ERR_INVALID_ARG_TYPE' });
    expect(JSON.stringify(loggedError(quoting))).not.toContain('Planted');
    expect(loggedError(new TypeError('x is not a function'))).toHaveProperty('message');
  });
});

/** RFC 4180, by its grammar and not by the library that wrote it. */
function parsedCsv(csv: string): string[][] {
  const rows: string[][] = [];
  let row: string[] = [];
  for (let at = 0; at < csv.length;) {
    const quoted = csv[at] === '"';
    const match = quoted ? /^"((?:[^"]|"")*)"/.exec(csv.slice(at)) : /^[^,\r"]*/.exec(csv.slice(at));
    if (match === null) throw new Error('not CSV');
    row.push(quoted ? (match[1] as string).replaceAll('""', '"') : match[0]);
    at += match[0].length;
    if (csv[at] === ',') at += 1;
    else if (csv.startsWith('\r\n', at)) {
      rows.push(row);
      row = [];
      at += 2;
    } else throw new Error(`not CSV at ${at}`);
  }
  return rows;
}
