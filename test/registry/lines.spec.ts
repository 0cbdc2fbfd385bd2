import fc from 'fast-check';
import { LineSplitter, LONGEST_LINE } from '../../src/modules/registry/lines.js';

function split(text: Buffer, cuts: readonly number[]): { number: number; text: string | undefined }[] {
  const splitter = new LineSplitter();
  const places = [0, ...[...cuts].sort((a, b) => a - b), text.length];
  const lines = places.slice(1).flatMap((end, i) => splitter.push(text.subarray(places[i], end)));
  return [...lines, ...splitter.end()].map(({ number, bytes }) => ({ number, text: bytes?.toString('utf8') }));
}

describe('Lines', () => {
  it('are the same wherever the stream is cut into chunks', () => {
    const lines = fc.array(fc.string({ unit: fc.constantFrom('a', 'č', '𝛼', ' ', '\r') }).filter((line) => !line.endsWith('\r')));
    fc.assert(
      fc.property(lines, fc.constantFrom('\n', '\r\n'), fc.boolean(), fc.array(fc.nat(400)), (texts, ending, ended, cuts) => {
        const whole = Buffer.from(texts.join(ending) + (ended && texts.length > 0 ? ending : ''));
        const expected = texts.map((text, i) => ({ number: i + 1, text }));
        if (!ended && texts.at(-1) === '') expected.pop();
        expect(
          split(
            whole,
            cuts.filter((cut) => cut <= whole.length),
          ),
        ).toEqual(expected);
      }),
    );
  });

  it('that are too long are named and not kept', () => {
    const long = Buffer.from(`a\n${'x'.repeat(LONGEST_LINE + 1)}\nb`);
    expect(split(long, [5, 100])).toEqual([
      { number: 1, text: 'a' },
      { number: 2, text: undefined },
      { number: 3, text: 'b' },
    ]);
    expect(split(Buffer.from('x'.repeat(LONGEST_LINE)), [7])[0]?.text).toHaveLength(LONGEST_LINE);
  });

  it('without an end take no more memory than one line', () => {
    const splitter = new LineSplitter();
    const chunk = Buffer.alloc(65_536, 'x');
    const before = process.memoryUsage().arrayBuffers;
    for (let i = 0; i < 2_000; i++) splitter.push(chunk);
    expect(process.memoryUsage().arrayBuffers - before).toBeLessThan(1_000_000);
    expect(splitter.end()).toEqual([{ number: 1, bytes: undefined }]);
  });
});
