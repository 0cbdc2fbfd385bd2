/**
 * The one question that a decision asks a projection, and whose result enters the decision as data. It answers from
 * everything that was in the log when it was asked, or not at all.
 */
export interface MembershipLookUp {
  /**
   * @param personKeys the person in all live epochs
   * @param corroborations name and birth date, one for each person key
   * @throws DomainError `REGISTER_BEHIND` when the read model does not catch up in time
   */
  lookUp(
    personKeys: readonly string[],
    corroborations: readonly string[],
  ): Promise<{ readonly customer: boolean; readonly customerKey?: string }>;
}

export const MEMBERSHIP_LOOK_UP = Symbol('membership look-up');
