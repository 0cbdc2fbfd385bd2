import { counted, median, type Round, summarise, turned } from '../../bench/rounds.js';

const round = (syncMs: number, ratio?: number): Round => ({ syncMs, ratios: ratio === undefined ? {} : { row: ratio }, figures: {} });

describe('The rounds of the bench', () => {
  it('give the median of the paired ratios, with their range', () => {
    const rounds = [round(1, 0.9), round(1, 1.2), round(1, 1.0)];
    expect(summarise(rounds, 'row')).toEqual({ ratio: 1.0, range: [0.9, 1.2], rounds: 3, dropped: 0 });
  });

  it('do not count while the disk was more than twice as slow, or as fast, as in the median round', () => {
    const rounds = [round(1, 1), round(1.1, 2), round(0.9, 3), round(2.3, 100), round(0.4, 200)];
    expect(counted(rounds)).toEqual(rounds.slice(0, 3));
    expect(summarise(rounds, 'row')).toEqual({ ratio: 2, range: [1, 3], rounds: 3, dropped: 2 });
  });

  it('all count when there are too few to tell which is the odd one', () => {
    expect(counted([round(1, 1), round(9, 2)])).toHaveLength(2);
  });

  it('say nothing of a row that none of them measured', () => {
    expect(summarise([round(1), round(1)], 'row')).toBeUndefined();
  });

  it('have the median of an even number between its two middle ones', () => {
    expect(median([4, 1, 3, 2])).toBe(2.5);
  });

  it('let each subject come first as often as any other', () => {
    expect([0, 1, 2, 3].map((i) => turned(['a', 'b', 'c'], i).join(''))).toEqual(['abc', 'bca', 'cab', 'abc']);
  });
});
