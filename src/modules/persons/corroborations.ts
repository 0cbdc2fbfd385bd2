import type { Keyring } from './keyring.js';
import { checkedBirthDate, normaliseFamilyName } from './name.js';
import { normaliseSecret, type Secret } from './secret.js';

interface Named {
  readonly familyName: string;
  readonly birthDate: string;
}

/** What a person's name and birth date must match in the register, one for each of the person's keys. */
export function corroborationsOf(
  keyring: Keyring,
  personKeys: readonly string[],
  { familyName, birthDate }: Named,
  besides: readonly string[] = [],
): readonly string[] {
  const name = normaliseFamilyName(familyName);
  const date = checkedBirthDate(birthDate);
  return personKeys.map((personKey) => keyring.corroboration(personKey, name, date, besides));
}

/** A secret of the bank's, as what has to match besides name and birth date. @throws DomainError `SECRET_INVALID` */
export function withSecret(secret: Secret): readonly string[] {
  return ['secret', secret.kind, normaliseSecret(secret)];
}

/** A contact, as what has to match besides name and birth date. */
export function withContact(contactKey: string): readonly string[] {
  return ['contact', contactKey];
}
