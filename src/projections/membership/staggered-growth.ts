/**
 * How large a part of a table becomes that is full: the next of the part's own sizes, which lie a factor apart. The parts fill up
 * together, so with sizes in common all of them would grow at once, and be empty together by that factor.
 * @param phase 0 to 1, another for each part
 */
export function grown(size: number, factor: number, phase: number): number {
  const step = Math.floor(Math.log(size) / Math.log(factor) - phase);
  for (let next = step; ; next++) {
    const larger = Math.round(factor ** (next + phase));
    if (larger > size) return larger;
  }
}
