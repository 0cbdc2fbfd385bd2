/*
 * What must hold, each at the step named in the model's other files. A property is a variable only so that pan reports it by
 * its name. All are asserted in a run of the protocol; of a naive variant the one that it is expected to break.
 */
#ifdef PROPERTY
inline must(name, holds) { name = (holds); assert(PROPERTY) }
#else
inline must(name, holds) { name = (holds); assert(name) }
#endif

/* At each append, so on each prefix of the log. */
bool admissionIsCovered = true;       /* I2: admissions, this one included, <= credits - revocations */
bool answerIsPaidFor = true;          /* I2: answered leads <= admissions, this lead's among them */
bool leadIsAdmittedOnce = true;       /* a lead's number is charged once and in order */
bool commandIsChargedOnce = true;     /* R4, R13: whatever is lost and repeated, one OpenLead costs one unit at most */
bool leadsOpenInOrder = true;
bool leadHasOneAnswer = true;         /* I1 */
bool onlyActiveLeadIsAnswered = true; /* I3 */
bool coolDownKeepsTheAnswer = true;   /* a new lead on the same person tells nothing new */
bool leadIsSettledOnce = true;        /* so a conversion is credited at most once */

/* When a reply leaves. */
bool openedLeadIsDurable = true;      /* R2 */
bool answerIsDurable = true;          /* I4, R2, R3 */
bool createdIsDurable = true;         /* R2 */
bool answerIsTheLeadsOwn = true;      /* I3: it goes to the partner of the lead */
bool suspendedHearsNothing = true;    /* R32: to a command that began after the suspension */

/* When nothing can move any more. */
bool everyAdmissionIsOpened = true;
bool everyLeadIsResolved = true;      /* I9 */
bool revokedHoldsNoCredit = true;

/*
 * Said once in a run when it first happens, on pan's output and not in the state: the runner wants each to have happened, for
 * a model in which nothing happens breaks no property.
 */
#define SEEN(what) c_code { static int said; if (!said) { said = 1; printf("seen: %s\n", what); } }
