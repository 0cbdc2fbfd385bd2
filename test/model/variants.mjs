// What run.mjs checks. A size or a switch is a macro of the model: -DCLIENTS=3, -DSUSPENSION.

const small = { CLIENTS: 2, PERSONS: 2, LEADS: 1, UNITS: 1, LATE: 1, PARTNER_OF_CLIENT: 0 };
const again = { ...small, LEADS: 2, UNITS: 2 };
const created = { ...small, CLIENTS: 1, FOLLOW_UP: '', CREATED_BEFORE: '', OPEN_ONLY: '' };

/** The protocol as it is. Each has to hold, exhaustively. Where the states are many, optimising the verifier pays. */
export const PROTOCOL = [
  {
    name: 'three clients, the second of a sibling, race for one unit',
    macros: { ...small, CLIENTS: 3, PARTNER_OF_CLIENT: 2 },
    large: true,
  },
  {
    name: 'stricter policy, suspension, leads that lapse and open again',
    macros: { ...again, LATE: 2, STRICTER_POLICY: '', SUSPENSION: '' },
    large: true,
  },
  { name: 'one customer from open to settlement', macros: { ...small, CLIENTS: 1, PERSONS: 1, FOLLOW_UP: '' } },
  { name: 'settlement, revocation, and the earned unit spent', macros: created, large: true },
  { name: 'the same person again after the settlement', macros: { ...created, PERSONS: 1, LEADS: 2 }, large: true },
  { name: 'every admission is opened in the end', macros: { ...again, LIVENESS: '', PROPERTY: 'admissionIsCovered' }, liveness: true },
];

/** The protocol with one thing done naively. Each has to break the property, or else to find the cycle. */
export const NAIVE = [
  { name: 'answer before the acknowledgement', naive: 'ANSWER_BEFORE_ACK', breaks: 'answerIsDurable', macros: small },
  { name: 'answer on time-out', naive: 'ANSWER_ON_TIMEOUT', breaks: 'answerIsDurable', macros: small },
  { name: 'lead told of on time-out', naive: 'ANSWER_ON_TIMEOUT', breaks: 'openedLeadIsDurable', macros: small },
  {
    name: 'creation confirmed on time-out',
    naive: 'ANSWER_ON_TIMEOUT',
    breaks: 'createdIsDurable',
    macros: { ...small, CLIENTS: 1, PERSONS: 1, FOLLOW_UP: '' },
  },
  { name: 'check then append: admission at any revision', naive: 'ANY_REVISION_ON_OWNER', breaks: 'admissionIsCovered', macros: small },
  { name: 'check then append: answer at any revision', naive: 'ANY_REVISION_ON_LEAD', breaks: 'leadHasOneAnswer', macros: small },
  { name: 'the same, to a lead that is no longer open', naive: 'ANY_REVISION_ON_LEAD', breaks: 'onlyActiveLeadIsAnswered', macros: small },
  { name: 'wrong revision: append again without deciding', naive: 'BLIND_REAPPEND', breaks: 'admissionIsCovered', macros: small },
  { name: 'new event id on retry', naive: 'NEW_ID_ON_RETRY', breaks: 'commandIsChargedOnce', macros: again },
  { name: 'charge after the answer', naive: 'CHARGE_AFTER_ANSWER', breaks: 'answerIsPaidFor', macros: small },
  { name: 'lead read before the owner', naive: 'LEAD_BEFORE_OWNER', breaks: 'leadIsAdmittedOnce', macros: again },
  {
    name: 'fold moved, its new revision taken',
    naive: 'REVISION_OF_MOVED_FOLD',
    breaks: 'leadIsAdmittedOnce',
    macros: { ...small, CLIENTS: 3, UNITS: 2 },
  },
  { name: 'cached fold believed', naive: 'STALE_FOLD', breaks: 'suspendedHearsNothing', macros: { ...again, SUSPENSION: '' } },
  {
    name: 'lead served to any partner of the owner',
    naive: 'SERVE_ANY_PARTNER',
    breaks: 'answerIsTheLeadsOwn',
    macros: { ...small, PARTNER_OF_CLIENT: 2 },
  },
  { name: 'opening written without looking', naive: 'OPEN_BLINDLY', breaks: 'leadsOpenInOrder', macros: small },
  { name: 'looked up anew when asked again', naive: 'ANSWER_ANEW', breaks: 'leadHasOneAnswer', macros: small },
  { name: 'old answer not carried', naive: 'FORGET_COOL_DOWN', breaks: 'coolDownKeepsTheAnswer', macros: again },
  { name: 'finish-admission forgotten: admission stuck', naive: 'NO_FINISH_ADMISSION', breaks: 'everyAdmissionIsOpened', macros: small },
  {
    name: 'finish-admission forgotten: never opened',
    naive: 'NO_FINISH_ADMISSION',
    breaks: 'admissionIsCovered',
    macros: { ...small, LIVENESS: '' },
    liveness: true,
  },
  { name: 'resolve forgotten', naive: 'NO_RESOLVE', breaks: 'everyLeadIsResolved', macros: small },
  {
    name: 'settle without looking at unresolved',
    naive: 'SETTLE_WITHOUT_UNRESOLVED',
    breaks: 'leadIsSettledOnce',
    macros: { ...created, PERSONS: 1 },
  },
  {
    name: 'credit asked back once, too early',
    naive: 'TAKE_BACK_ONCE',
    breaks: 'revokedHoldsNoCredit',
    macros: { ...created, PERSONS: 1 },
  },
];

/** What has to have happened in the runs of the protocol: `SEEN` in the model. */
export const SITUATIONS = [
  'a balance below zero',
  'a carried no',
  'a carried yes',
  'a credit taken back',
  'a customer created',
  'a fold that moved under a command',
  'a late append of a command that is over',
  'a lead that somebody else opened',
  'a recorded answer',
  'a repeated append that stood there already',
  'a settlement sent twice, quiet the second time',
  'ALLOWANCE_SPENT',
  'an admission on an earned unit',
  'an admission that finish-admission finished',
  'an append that arrives late',
  'LEAD_HELD',
  'LEAD_LAPSED',
  'PARTNER_SUSPENDED for a check',
  'PARTNER_SUSPENDED for an open',
  'the same lead, free',
];
