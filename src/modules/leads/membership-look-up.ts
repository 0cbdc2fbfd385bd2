/**
 * The one question that a decision asks a projection, and whose result enters the decision as data. It answers from
 * everything that was in the log when it was asked, or not at all.
 */
export interface MembershipLookUp {
  /**
   * @param personKeys the person in all live epochs
   * @param corroborations name and birth date, and what the mode demands besides, one for each person key
   * @param despiteLock the person has consented, which opens their lock
   * @throws DomainError `REGISTER_BEHIND` when the read model does not catch up in time
   */
  lookUp(
    personKeys: readonly string[],
    corroborations: readonly string[],
    despiteLock?: boolean,
  ): Promise<{ readonly customer: boolean; readonly customerKey?: string }>;
}

export const MEMBERSHIP_LOOK_UP = Symbol('membership look-up');
