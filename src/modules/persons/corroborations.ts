import type { Keyring } from './keyring.js';
import { checkedBirthDate, normaliseFamilyName } from './name.js';

/** What a person's name and birth date must match in the register, one for each of the person's keys. */
export function corroborationsOf(
  keyring: Keyring,
  personKeys: readonly string[],
  { familyName, birthDate }: { readonly familyName: string; readonly birthDate: string },
): readonly string[] {
  const name = normaliseFamilyName(familyName);
  const date = checkedBirthDate(birthDate);
  return personKeys.map((personKey) => keyring.corroboration(personKey, name, date));
}
