import type { WriteStream } from 'node:tty';

/** One line that says what is being done, on a terminal; line by line where the output goes elsewhere. */
export function oneLine(out: WriteStream): { show(text: string): void; clear(): void } {
  let last = '';
  return {
    show(text) {
      if (out.isTTY) out.write(`\r\u001b[K${text}`);
      else if (stem(text) !== stem(last)) out.write(`${text}\n`);
      last = text;
    },
    clear() {
      if (out.isTTY) out.write('\r\u001b[K');
    },
  };
}

/** Counts that move do not make a new line. */
const stem = (text: string): string => text.replace(/\d+ of \d+$/, '');
