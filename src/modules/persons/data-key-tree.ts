import { createHmac, randomBytes } from 'node:crypto';
import { type DataKey, decrypt, encrypt } from './data-key.js';

/**
 * The data keys of many subjects in little room. A subject's key follows from the secret at the root, level by level along the
 * bits of the subject's path (Goldreich, Goldwasser, Micali, "How to construct random functions", J. ACM 33, 1986). A key is
 * destroyed by putting in the root's place what hangs beside its path: from that, every other key still follows, and this one from
 * nothing any more (a "punctured" function: Boneh, Waters, "Constrained pseudorandom functions", ASIACRYPT 2013).
 *
 * These are the secrets of the subtrees that are left, by the bits that lead to each; none lies within another.
 */
export type DataKeyTree = ReadonlyMap<string, Buffer>;

/** Bits of every path. Two subjects of the same path, for which there is no hope below a billion of them, would have one key. */
export const PATH_BITS = 52;

const SECRET_BYTES = 32;
const BITS_BYTES = 7;
const NODE_BYTES = 1 + BITS_BYTES + SECRET_BYTES;

export function newDataKeyTree(): DataKeyTree {
  return new Map([['', randomBytes(SECRET_BYTES)]]);
}

/** @param path `PATH_BITS` of `0` and `1` @returns `undefined` once it was destroyed */
export function dataKeyAt(tree: DataKeyTree, path: string): DataKey | undefined {
  const top = topOf(tree, path);
  if (top === undefined) return undefined;
  let secret = tree.get(top) as Buffer;
  for (const bit of path.slice(top.length)) secret = follow(secret, bit);
  return { id: follow(secret, 'id').subarray(0, 6), key: follow(secret, 'key') };
}

/** The tree from which all keys follow but the one of this path. It has at most one secret more for each level. */
export function without(tree: DataKeyTree, path: string): DataKeyTree {
  const top = topOf(tree, path);
  if (top === undefined) return tree;
  const left = new Map(tree);
  left.delete(top);
  let secret = tree.get(top) as Buffer;
  for (let level = top.length; level < path.length; level++) {
    const bit = path[level] as string;
    const other = bit === '0' ? '1' : '0';
    left.set(path.slice(0, level) + other, follow(secret, other));
    secret = follow(secret, bit);
  }
  return left;
}

/** @param name of the tree, for which alone it can be unwrapped */
export function wrapTree(wrappingKey: Buffer, name: string, tree: DataKeyTree): string {
  const nodes = [...tree].map(([bits, secret]) => {
    const node = Buffer.alloc(NODE_BYTES);
    node.writeUInt8(bits.length);
    node.write(
      BigInt(`0b${bits.padEnd(8 * BITS_BYTES, '0')}`)
        .toString(16)
        .padStart(2 * BITS_BYTES, '0'),
      1,
      'hex',
    );
    secret.copy(node, 1 + BITS_BYTES);
    return node;
  });
  return encrypt(wrappingKey, Buffer.concat(nodes), `tree ${name}`).toString('base64url');
}

/** @throws SealBroken when it was wrapped under another key, or as another tree */
export function unwrapTree(wrappingKey: Buffer, name: string, wrapped: string): DataKeyTree {
  const bytes = decrypt(wrappingKey, Buffer.from(wrapped, 'base64url'), `tree ${name}`);
  const tree = new Map<string, Buffer>();
  for (let at = 0; at < bytes.length; at += NODE_BYTES) {
    const node = bytes.subarray(at, at + NODE_BYTES);
    const bits = [...node.subarray(1, 1 + BITS_BYTES)].map((byte) => byte.toString(2).padStart(8, '0')).join('');
    tree.set(bits.slice(0, node.readUInt8()), Buffer.from(node.subarray(1 + BITS_BYTES)));
  }
  return tree;
}

function topOf(tree: DataKeyTree, path: string): string | undefined {
  for (let length = 0; length <= path.length; length++) {
    const bits = path.slice(0, length);
    if (tree.has(bits)) return bits;
  }
  return undefined;
}

/** What each step of the way, and its end, makes of a secret. */
function follow(secret: Buffer, step: string): Buffer {
  return createHmac('sha256', secret).update(step).digest();
}
