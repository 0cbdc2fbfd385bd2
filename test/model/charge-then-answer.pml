/* Charge, then answer: what README.md in this folder says. */

/*
 * Sizes and switches come from variants.mjs: CLIENTS, PERSONS (1 or 2), LEADS of a person (1 or 2), UNITS of the allowance,
 * LATE appends under way at a time (1 or 2), PARTNER_OF_CLIENT (one bit a client: the owner has the partners 0 and 1).
 */
/* With nothing known of anybody, the person of the first client may be called 0. */
#ifdef CREATED_BEFORE
#define FIRST_PERSON p
#else
#define FIRST_PERSON 0
#endif
#define REPLICAS 2
#define SENDERS (CLIENTS + REPLICAS)
#define NOBODY SENDERS
#define PARTNER(c) ((PARTNER_OF_CLIENT >> (c)) & 1)

mtype = {
  LeadAdmitted, LeadOpened, MembershipAnswered, CustomerSubmitted, LeadSettled,
  Committed, WrongExpectedRevision, UnknownOutcome,
  Open, Answered, Existing, Lapsed, Created, Converted, Declined,
  Yes, No
};

#include "properties.pml"
#include "facts.pml"
#include "store.pml"
#include "client.pml"
#include "processes.pml"

init {
  byte c, p;
  atomic {
    owner[LOG].revision = 1; owner[LOG].balance = UNITS; credits = UNITS;
    for (c : 0 .. PERSONS - 1) { leadRevision[c] = 1 }
#ifdef CREATED_BEFORE
    /* Person 0 has a lead already, answered no and followed up. */
    owner[LOG].balance--; owner[LOG].unresolved = 1; admitted[0] = 1; admissions = 1;
    opened[0] = 1; answer[0] = No; answered = 1; status[0] = Created;
#endif
    run Network();
#ifndef NO_FINISH_ADMISSION
    run FinishAdmission();
#endif
    run Lapse();
#ifndef NO_RESOLVE
    run Resolve();
#endif
#if defined(STRICTER_POLICY) || defined(SUSPENSION)
    run Analyst();
#endif
#ifdef FOLLOW_UP
    run Bank(); run TakeBack(); run Settle(CLIENTS); run Settle(CLIENTS + 1);
#endif
    for (c : 0 .. CLIENTS - 1) {
      select (p : 0 .. PERSONS - 1);
      if
      :: c == 0 -> run Client(c, FIRST_PERSON)
      :: else -> run Client(c, p)
      fi
    }
    c = 0; p = 0;
    run AtRest()
  }
}

#ifdef LIVENESS
ltl admissionsAreFinished { [] <> (opened[0] == admitted[0] && opened[PERSONS - 1] == admitted[PERSONS - 1]) }
#endif
