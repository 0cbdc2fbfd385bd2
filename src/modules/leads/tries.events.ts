import type { Fact } from '../../event-sourcing/message.js';

/**
 * A secret was tried for a person, customer or not. `exhausted`: too many wrong ones had been tried before, whoever tried
 * them, so that this one counts for nothing. No partner ever learns which of the two made its `no`.
 */
export type SecretTried = Fact<
  'SecretTried',
  { personKey: string; leadId: string; owner: string; partner: string; outcome: 'matched' | 'missed' | 'exhausted'; at: string }
>;
export type TriesEvent = SecretTried;
