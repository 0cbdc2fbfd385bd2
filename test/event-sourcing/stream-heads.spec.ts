import { StreamHeads } from '../../src/event-sourcing/stream-heads.js';

describe('the heads of streams', () => {
  it('are known from commits and from reads, whichever is later', () => {
    const heads = new StreamHeads(10);
    heads.note('a', 5, 50);
    heads.note('a', 3, 40);
    expect(heads.get('a')?.revision).toBe(5);
    heads.note('a', 6, 40);
    expect(heads.get('a')?.revision).toBe(6);
  });

  it('are not taken from a read that may have missed a commit which was pushed out since', () => {
    const heads = new StreamHeads(2);
    // A read of `a` is sent when the log ends at 9; then `a` is committed to at 10, and pushed out; then the read answers.
    heads.note('a', 6, 10);
    heads.note('b', 0, 11);
    heads.note('c', 0, 12);
    heads.note('a', 5, 9);
    expect(heads.get('a')).toBeUndefined();
    heads.note('a', 6, 12);
    expect(heads.get('a')?.revision).toBe(6);
  });

  it('that are forgotten are only taken from a later read', () => {
    const heads = new StreamHeads(2);
    heads.note('a', 6, 10);
    heads.forget('a');
    heads.note('a', 5, 9);
    expect(heads.get('a')).toBeUndefined();
  });
});
