/**
 * The first settlement at or after a moment. Settlements are the multiples of `every` since the epoch, so every replica and
 * every replay finds the same ones; a day's fall at midnight UTC.
 * @param moment epoch ms
 * @param every ms
 */
export function settlementFrom(moment: number, every: number): number {
  return Math.ceil(moment / every) * every;
}
