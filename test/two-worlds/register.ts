import { ANOTHER_SECRET, contactOnFile, customerNumberOf, personOf, secretOf, SUBJECT } from './cast.js';

/** What the register says of the subject that is not what partners say. */
export interface OnFile {
  readonly familyName?: string;
  readonly contact?: string;
  readonly isOtherSecret?: boolean;
}

/** The bank's register as its feed sends it. */
export function registerLines(customers: readonly number[], subject: OnFile = {}): string {
  return customers.map((n) => `${JSON.stringify(row(n, n === SUBJECT ? subject : {}))}\n`).join('');
}

function row(n: number, onFile: OnFile): object {
  const { country, scheme, value, familyName, birthDate } = personOf(n);
  return {
    customerNumber: customerNumberOf(n),
    identifiers: [{ country, scheme, value }],
    familyNames: [onFile.familyName ?? familyName],
    birthDate,
    contact: { email: onFile.contact ?? contactOnFile(n) },
    secrets: [onFile.isOtherSecret ? ANOTHER_SECRET : secretOf(n)],
  };
}
