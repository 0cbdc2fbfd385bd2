import { visit } from 'jsonc-parser';
import { Problem } from './problem.js';

/** No request nests more deeply than person within lead within list; the rest is room. */
const MAX_DEPTH = 16;

const FORBIDDEN_NAMES = new Set(['__proto__', 'constructor', 'prototype']);

/** Control characters and lone surrogates. Line breaks are control characters too: no text here has paragraphs. */
const INVALID_TEXT = /[\p{Cc}\p{Cs}]/u;

// A byte order mark is left in place, where the JSON grammar refuses it (RFC 8259, section 8.1).
const utf8 = new TextDecoder('utf-8', { fatal: true, ignoreBOM: true });

/**
 * A body as strict as R35 asks. `JSON.parse` decides what is JSON and gives the value; what it lets through silently
 * (duplicate and dangerous names, rounded numbers, half characters) is found by a second walk over the text, which can
 * afford to be lenient about the grammar.
 * @throws Problem 400
 */
export function parseJsonObject(bytes: Buffer): object {
  let text: string;
  let value: unknown;
  try {
    text = utf8.decode(bytes);
    value = JSON.parse(text);
  } catch {
    // The parser's own message quotes the input.
    throw new Problem('JSON_MALFORMED');
  }
  if (typeof value !== 'object' || value === null || Array.isArray(value)) throw new Problem('BODY_MALFORMED');
  inspect(text);
  return value;
}

function inspect(text: string): void {
  const names: Set<string>[] = [];
  let depth = 0;
  const deeper = (): void => {
    depth += 1;
    // Thrown before the walk, which is recursive, can exhaust the stack.
    if (depth > MAX_DEPTH) throw new Problem('JSON_TOO_DEEP');
  };
  visit(text, {
    onObjectBegin: () => {
      deeper();
      names.push(new Set());
    },
    onObjectEnd: () => {
      depth -= 1;
      names.pop();
    },
    onArrayBegin: deeper,
    onArrayEnd: () => {
      depth -= 1;
    },
    onObjectProperty: (name) => {
      inspectName(name, names[names.length - 1] as Set<string>);
    },
    onLiteralValue: inspectValue,
  });
}

function inspectName(name: string, seen: Set<string>): void {
  if (FORBIDDEN_NAMES.has(name)) throw new Problem('JSON_FORBIDDEN_MEMBER');
  if (INVALID_TEXT.test(name)) throw new Problem('JSON_TEXT_INVALID');
  if (seen.has(name)) throw new Problem('JSON_DUPLICATE_MEMBER');
  seen.add(name);
}

function inspectValue(value: unknown): void {
  // Whoever validates members takes `null` for a missing one, and whoever uses them does not.
  if (value === null) throw new Problem('JSON_NULL');
  if (typeof value === 'string' && INVALID_TEXT.test(value)) throw new Problem('JSON_TEXT_INVALID');
  if (typeof value === 'number' && !isExact(value)) throw new Problem('JSON_NUMBER_UNSAFE');
}

const isExact = (value: number): boolean => Number.isFinite(value) && (!Number.isInteger(value) || Number.isSafeInteger(value));
