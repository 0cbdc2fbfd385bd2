/**
 * P(N ≤ count) of a Poisson count, as the sum itself: `poissonDistribution` of simple-statistics ends where 0.9999 is reached, and what
 * is asked for here lies beyond. 0 for a count below 0.
 *
 * @param lambda mean of the count; below 700, where e^−λ is still a number
 */
export function poissonUpTo(count: number, lambda: number): number {
  let term = Math.exp(-lambda);
  let sum = 0;
  for (let n = 0; n <= count; n++) {
    sum += term;
    term *= lambda / (n + 1);
  }
  return sum;
}
