import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { DomainError } from '../../src/event-sourcing/decider.js';
import { StoreUnavailable, UnknownOutcome } from '../../src/event-sourcing/event-store.js';
import { StreamContended } from '../../src/event-sourcing/handle-command.js';
import { isProblemCode, Problem, problemBody, problemHeaders, PROBLEMS, problemType } from '../../src/http/problem.js';
import { problemOf } from '../../src/http/problem.filter.js';

const SOURCES = join(__dirname, '../../src');

/** Codes with which the sources throw, as far as they stand there as a literal. */
function thrownCodes(): Map<string, string> {
  const found = new Map<string, string>();
  for (const file of readdirSync(SOURCES, { recursive: true, encoding: 'utf8' })) {
    if (!file.endsWith('.ts')) continue;
    const text = readFileSync(join(SOURCES, file), 'utf8');
    for (const [, code] of text.matchAll(/new (?:DomainError|Problem)(?:<[^>]*>)?\(\s*'([A-Za-z_]+)'/g)) found.set(code as string, file);
  }
  return found;
}

describe('The list of problems is closed (R34)', () => {
  it('every code that the sources throw is declared', () => {
    const codes = thrownCodes();
    expect(codes.size).toBeGreaterThan(30);
    expect([...codes].filter(([code]) => !isProblemCode(code))).toEqual([]);
  });

  it('every declared code has an error status, a title and a meaning, and a type of its own', () => {
    for (const { status, title, meaning } of Object.values(PROBLEMS)) {
      expect(status).toBeGreaterThanOrEqual(400);
      expect(status).toBeLessThan(600);
      expect([title, meaning].every((text) => text.length > 3)).toBe(true);
    }
    const codes = Object.keys(PROBLEMS) as (keyof typeof PROBLEMS)[];
    expect(new Set(codes.map(problemType)).size).toBe(codes.length);
    expect(problemType('LEAD_NOT_FOUND')).toBe('urn:vestibule:problem:lead-not-found');
  });

  it.each([
    [new DomainError('LEAD_LAPSED', 'Jana'), 'LEAD_LAPSED', 409],
    [new DomainError('NEVER_DECLARED', 'Jana'), 'INTERNAL_ERROR', 500],
    // Members of every object; none of them is a code.
    [new DomainError('constructor', 'Jana'), 'INTERNAL_ERROR', 500],
    [new UnknownOutcome('Jana'), 'OUTCOME_UNKNOWN', 503],
    [new StoreUnavailable('Jana'), 'STORE_UNAVAILABLE', 503],
    [new StreamContended('Jana'), 'CONCURRENCY_EXHAUSTED', 503],
    [Object.assign(new Error('Jana'), { name: 'ClockUntrusted' }), 'CLOCK_UNTRUSTED', 503],
    [new Error('Jana'), 'INTERNAL_ERROR', 500],
    ['Jana', 'INTERNAL_ERROR', 500],
  ])('%s becomes %s and says nothing of its message', (error, code, status) => {
    const body = problemBody(problemOf(error));
    expect(body).toMatchObject({ code, status });
    expect(JSON.stringify(body)).not.toContain('Jana');
  });

  it('a refusal says when to come back, in whole seconds and never at once', () => {
    expect(problemHeaders(problemOf(new DomainError('PACE_EXCEEDED', '', 61.2)))).toEqual({ 'retry-after': '62' });
    expect(problemHeaders(new Problem('TOO_MANY_REQUESTS', { retryAfter: 0.01 }))).toEqual({ 'retry-after': '1' });
    expect(problemHeaders(new Problem('FORBIDDEN'))).toEqual({});
  });

  it('every 401 says what it asks for', () => {
    const codes = (Object.keys(PROBLEMS) as (keyof typeof PROBLEMS)[]).filter((code) => PROBLEMS[code].status === 401);
    expect(codes.length).toBeGreaterThan(1);
    for (const code of codes) expect(problemHeaders(new Problem(code))['www-authenticate']).toMatch(/^(Bearer|DPoP) realm=/);
  });

  it('problems that must not be told apart have bodies of the same form (R37)', () => {
    expect(Object.keys(problemBody(new Problem('LEAD_NOT_FOUND')))).toEqual(['type', 'title', 'status', 'code']);
  });
});
