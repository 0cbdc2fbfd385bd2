/** No row that is valid comes near this. Bytes. */
export const LONGEST_LINE = 16_384;

export interface Line {
  /** From 1; empty lines count. */
  readonly number: number;
  /** Without its line break; `undefined` when it is longer than `LONGEST_LINE`. */
  readonly bytes: Buffer | undefined;
}

const LINE_FEED = 0x0a;
const CARRIAGE_RETURN = 0x0d;

/** Cuts a stream of bytes into lines. Holds at most one line of at most `LONGEST_LINE` bytes, however long a line is. */
export class LineSplitter {
  private readonly begun: Buffer[] = [];
  private begunBytes = 0;
  private tooLong = false;
  private number = 0;

  /** Lines that end in this chunk. */
  push(chunk: Uint8Array): Line[] {
    const bytes = Buffer.from(chunk.buffer, chunk.byteOffset, chunk.byteLength);
    const lines: Line[] = [];
    let start = 0;
    for (let end = bytes.indexOf(LINE_FEED); end !== -1; end = bytes.indexOf(LINE_FEED, start)) {
      this.add(bytes.subarray(start, end));
      lines.push(this.cut());
      start = end + 1;
    }
    this.add(bytes.subarray(start), 'for later');
    return lines;
  }

  /** The last line, when no line break ended it. */
  end(): Line[] {
    return this.begunBytes > 0 || this.tooLong ? [this.cut()] : [];
  }

  /** @param use what is kept for later is copied, since the source may use its buffer again */
  private add(part: Buffer, use: 'now' | 'for later' = 'now'): void {
    if (part.length === 0 || this.tooLong) return;
    this.begunBytes += part.length;
    if (this.begunBytes > LONGEST_LINE) {
      this.tooLong = true;
      this.begun.length = 0;
      return;
    }
    this.begun.push(use === 'now' ? part : Buffer.from(part));
  }

  private cut(): Line {
    const whole = this.begun.length === 1 ? (this.begun[0] as Buffer) : Buffer.concat(this.begun);
    const bytes = whole.at(-1) === CARRIAGE_RETURN ? whole.subarray(0, -1) : whole;
    const line = { number: (this.number += 1), bytes: this.tooLong ? undefined : bytes };
    this.begun.length = 0;
    this.begunBytes = 0;
    this.tooLong = false;
    return line;
  }
}
