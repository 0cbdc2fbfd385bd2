/** How to reach somebody. */
export interface Contact {
  readonly email?: string;
  readonly phone?: string;
}

const BETWEEN_DIGITS = /[\s()./\u2010-\u2015-]/gu;

/**
 * Each address and number as it is compared, never as it is written to: an address without case, a number by its digits after
 * `+` or `00`. A number without its country is another one: the register has to hold it whole for it to match.
 */
export function normaliseContact({ email, phone }: Contact): readonly string[] {
  return [
    ...(email === undefined ? [] : [`email:${email.normalize('NFKC').trim().toLowerCase()}`]),
    ...(phone === undefined ? [] : [`phone:${phone.normalize('NFKC').replace(BETWEEN_DIGITS, '').replace(/^00/, '+')}`]),
  ];
}
