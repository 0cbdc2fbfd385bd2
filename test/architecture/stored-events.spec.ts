import { readdirSync, readFileSync } from 'node:fs';
import { join, resolve } from 'node:path';
import { STORED_EVENT_TYPES } from '../../src/stored-events.js';

/** Every fact that the sources name, in whichever file. */
function named(): string[] {
  const source = resolve(__dirname, '../../src');
  const files = readdirSync(source, { recursive: true, encoding: 'utf8' }).filter((name) => name.endsWith('.ts'));
  const types = files.flatMap((name) =>
    [...readFileSync(join(source, name), 'utf8').matchAll(/\bFact<\s*'([A-Za-z]+)'/g)].map(([, type]) => type as string),
  );
  return [...new Set(types)].toSorted();
}

describe('the events that a start takes for its own', () => {
  it('are all that the program can write: a log with one that is missing would be refused (R21)', () => {
    expect(named().length).toBeGreaterThan(50);
    expect(STORED_EVENT_TYPES.toSorted()).toEqual(named());
  });
});
