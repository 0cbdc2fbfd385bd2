import { Problem } from './problem.js';

/** Largest form in bytes: each of them is one short word. */
export const LARGEST_FORM = 1_024;

const UTF8_FORM = /^application\/x-www-form-urlencoded\s*(;\s*charset="?utf-8"?\s*)?$/i;
const FIELD_NAME = /^[a-z][a-zA-Z]{0,30}$/;

export const isForm = (contentType: string | undefined): boolean => UTF8_FORM.test(contentType ?? '');

/**
 * A form as a browser sends it: each field once.
 * @throws Problem `BODY_MALFORMED`
 */
export function parseForm(body: Buffer): Record<string, string> {
  const fields = new Map<string, string>();
  for (const [name, value] of new URLSearchParams(body.toString('latin1'))) {
    if (fields.has(name) || !FIELD_NAME.test(name)) throw new Problem('BODY_MALFORMED');
    fields.set(name, value);
  }
  return Object.fromEntries(fields);
}
