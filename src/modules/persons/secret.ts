import { DomainError } from '../../event-sourcing/decider.js';

/** Secrets that a bank issues to its customers, and that they know (design section 5). */
export const SECRET_KINDS = ['customer-number', 'account-last-six'] as const;
export type SecretKind = (typeof SECRET_KINDS)[number];

export interface Secret {
  readonly kind: SecretKind;
  readonly value: string;
}

const MEANINGLESS = /[\p{Cf}\p{Zs}\p{Pd}./]/gu;

/** What each kind looks like once it is bare. A million account endings are what the design takes for 20 bits; a number is longer. */
const FORMS: Readonly<Record<SecretKind, RegExp>> = {
  'customer-number': /^(?=.*[A-Z])[0-9A-Z]{4,40}$|^[0-9]{7,40}$/,
  'account-last-six': /^[0-9]{6}$/,
};

/**
 * A secret as it is compared: without case, spaces and dashes.
 * @throws DomainError `SECRET_INVALID` when it is not of its kind, or so short that it could be guessed (20 bits)
 */
export function normaliseSecret({ kind, value }: Secret): string {
  const bare = value.normalize('NFKC').replace(MEANINGLESS, '').toUpperCase();
  if (!FORMS[kind].test(bare)) throw new DomainError('SECRET_INVALID', 'the secret is not one of its kind, or could be guessed');
  return bare;
}
