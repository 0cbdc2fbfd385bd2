/** Each client has exactly one (R31): one stolen key must not be able to do two parties' work. */
export const ROLES = [
  'partner',
  'analyst',
  'auditor',
  'bank-feed',
  'bank-identity',
  'bank-messages',
  'bank-surveillance',
  'bank-canaries',
  'operator',
] as const;

export type Role = (typeof ROLES)[number];
