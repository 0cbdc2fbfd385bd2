// Tries changes of the sources one after the other in a copy of the tree: what is built on them has to notice.
import { cpSync, mkdtempSync, readFileSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';

const HERE = fileURLToPath(new URL('../..', import.meta.url));
const COPIED = ['src', 'test', 'jest.config.cjs', 'package.json', 'tsconfig.json'];

/**
 * The files as a mutation leaves them.
 * @param read the text of a file
 * @throws Error where what is to be taken does not stand in its file exactly once
 */
export function mutated(read, { name, changes }) {
  const texts = new Map();
  for (const { file, take, give } of changes) {
    const text = texts.get(file) ?? read(file);
    const times = text.split(take).length - 1;
    if (times !== 1) throw new Error(`"${name}" fits ${file} ${times} times`);
    texts.set(
      file,
      text.replace(take, () => give),
    );
  }
  return texts;
}

/** Whether each still fits the sources as they are. @throws Error the first that does not */
export function assertFitting(mutations) {
  for (const each of mutations) mutated((file) => readFileSync(join(HERE, file), 'utf8'), each);
}

/**
 * Prints a row for each.
 * @param look runs in the copy with the mutation, and returns the seed that found it with what it saw, or `undefined`
 * @param seeds what `look` tries at most
 * @returns whether each was found
 */
export async function tryEach(mutations, seeds, look) {
  const copy = mkdtempSync(join(tmpdir(), 'vestibule-mutations-'));
  let allFound = true;
  try {
    for (const each of COPIED) cpSync(join(HERE, each), join(copy, each), { recursive: true });
    symlinkSync(join(HERE, 'node_modules'), join(copy, 'node_modules'));
    console.log('| taken out | found by seed | as |\n| --- | ---: | --- |');
    for (const each of mutations) {
      const found = await tryOne(copy, each, look).catch((error) => ({
        seed: 'failed',
        failure: String(error.message).split('\n', 1)[0],
      }));
      if (found === undefined || found.seed === 'failed') allFound = false;
      const row = found === undefined ? `not in ${seeds} | ` : `${found.seed} | ${found.failure.replaceAll('|', '/').slice(0, 90)}`;
      console.log(`| ${each.name} | ${row} |`);
    }
  } finally {
    rmSync(copy, { recursive: true, force: true });
  }
  return allFound;
}

async function tryOne(copy, mutation, look) {
  const read = (file) => readFileSync(join(copy, file), 'utf8');
  const texts = mutated(read, mutation);
  const whole = new Map([...texts.keys()].map((file) => [file, read(file)]));
  const put = (files) => {
    for (const [file, text] of files) writeFileSync(join(copy, file), text);
  };
  try {
    put(texts);
    return await look(copy, mutation);
  } finally {
    put(whole);
  }
}
