import fc from 'fast-check';
import { dataKeyAt, newDataKeyTree, PATH_BITS, unwrapTree, without, wrapTree } from '../../src/modules/persons/data-key-tree.js';
import { SealBroken } from '../../src/modules/persons/key-vault.js';

const paths = fc.uniqueArray(
  // Neighbours as well as strangers.
  fc
    .tuple(fc.bigInt(0n, 2n ** 52n - 1n), fc.nat(3))
    .map(([high, low]) => (high - (high % 4n) + BigInt(low)).toString(2).padStart(PATH_BITS, '0')),
  { minLength: 2, maxLength: 12 },
);
const MASTER = Buffer.alloc(32, 7);

describe('a tree of data keys', () => {
  it('gives every path a key of its own, and the same one each time', () => {
    const tree = newDataKeyTree();
    fc.assert(
      fc.property(paths, (all) => {
        const keys = all.map((path) => dataKeyAt(tree, path)?.key.toString('hex'));
        expect(new Set(keys).size).toBe(all.length);
        expect(all.map((path) => dataKeyAt(tree, path)?.key.toString('hex'))).toEqual(keys);
      }),
      { numRuns: 30 },
    );
  });

  it('is without the keys that were destroyed, and has all others unchanged, in whatever order', () => {
    fc.assert(
      fc.property(paths, fc.nat(), (all, cut) => {
        const whole = newDataKeyTree();
        const [gone, kept] = [all.slice(0, (cut % (all.length - 1)) + 1), all.slice((cut % (all.length - 1)) + 1)];
        const left = gone.reduce(without, whole);
        for (const path of gone) expect(dataKeyAt(left, path)).toBeUndefined();
        for (const path of kept) expect(dataKeyAt(left, path)).toEqual(dataKeyAt(whole, path));
        expect(left.size).toBeLessThanOrEqual(PATH_BITS * gone.length);
      }),
      { numRuns: 30 },
    );
  });

  it('holds no secret from which a destroyed key follows', () => {
    const [tree, path] = [newDataKeyTree(), '01'.repeat(PATH_BITS / 2)];
    const left = without(tree, path);
    expect([...left.keys()].filter((bits) => path.startsWith(bits))).toEqual([]);
    expect(left.size).toBe(PATH_BITS);
    expect(without(left, path)).toBe(left);
  });

  it('comes back whole from its wrapping, under the right key and name alone', () => {
    fc.assert(
      fc.property(paths, (all) => {
        const tree = all.slice(1).reduce(without, newDataKeyTree());
        const wrapped = wrapTree(MASTER, 'one', tree);
        expect(unwrapTree(MASTER, 'one', wrapped)).toEqual(tree);
        expect(() => unwrapTree(MASTER, 'other', wrapped)).toThrow(SealBroken);
        expect(() => unwrapTree(Buffer.alloc(32, 8), 'one', wrapped)).toThrow(SealBroken);
      }),
      { numRuns: 30 },
    );
  });
});
