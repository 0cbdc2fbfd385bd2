/*
 * A partner's request and what follows it: OpenLead, CheckMembership, CreateCustomer, each with its reply. A client that asks
 * again after a crash or a 503 is another Client on the same person. Commands of one replica are not queued here (they are in
 * the code, event-sourcing/stream-queue.ts): the bound must not rest on the queue.
 */

#define SUSPENDED(where) (owner[where].suspended && PARTNER(me) == 0)
#define IS_UNRESOLVED(n) ((owner[replica].unresolved >> LEAD(person, n)) & 1)
#define PARTNER_OF(where, n) ((owner[where].partnerOf >> LEAD(person, n)) & 1)
#define STATUS(n) status[LEAD(person, n)]

/* Of the process, at any point between two steps. */
#define CRASH :: atomic { true -> goto died }

#ifdef ANSWER_ON_TIMEOUT
#define ON_UNKNOWN(written) goto written
#elif defined(NEW_ID_ON_RETRY)
#define ON_UNKNOWN(written) disown(me)
#else
#define ON_UNKNOWN(written) skip
#endif
#ifdef BLIND_REAPPEND
#define ON_WRONG(decideAnew) outbox[me].expected = REVISION_OF(outbox[me])
#else
#define ON_WRONG(decideAnew) forget(me); goto decideAnew
#endif

/*
 * CommandHandling.append: the same ids at the same revision until it is known what became of them, then the label to go on at
 * (R3, R4); or a crash, or the command's deadline: 503, and no answer.
 */
#define APPEND_UNTIL_KNOWN(written, decideAnew) \
  do \
  :: atomic { \
       append(me, outcome); \
       if \
       :: outcome == UnknownOutcome -> outcome = 0; ON_UNKNOWN(written) \
       :: outcome == WrongExpectedRevision -> outcome = 0; ON_WRONG(decideAnew) \
       :: outcome == Committed -> outcome = 0; goto written \
       fi \
     } \
  CRASH \
  od

/* historyOf in leads/lead-history.ts; the cool-down is always in force */
inline readHistory() {
  latest = opened[person];
  latestEnded = latest > 0 && (STATUS(latest) == Lapsed || STATUS(latest) == Existing);
  if
#ifndef FORGET_COOL_DOWN
  :: latest > 0 && STATUS(latest) != Open && STATUS(latest) != Answered && STATUS(latest) != Created ->
    carry = answer[LEAD(person, latest)]
#endif
  :: else -> carry = 0
  fi
}

/* currentLead in owners/owner.ts: the lead that the owner has for the person now, 0 for none */
inline findCurrent() {
  if
  :: latest < LEADS && IS_UNRESOLVED(latest + 1) -> number = latest + 1 /* admitted, and not yet opened */
  :: !(latest < LEADS && IS_UNRESOLVED(latest + 1)) && latest > 0 && !latestEnded && IS_UNRESOLVED(latest) -> number = latest
  :: else -> number = 0
  fi
}

proctype Client(byte me; byte person) {
  byte number, expected, latest, z;
  mtype outcome, carry, told;
  bool latestEnded, barred, deciding;
  byte replica = me % REPLICAS;

openLead: /* leads/open-lead.handler.ts: the owner, then the lead, both to their ends */
#ifdef LEAD_BEFORE_OWNER
  if
  :: atomic { true -> readHistory() }
  CRASH
  fi;
#endif
  if
  :: atomic {
       true ->
       barred = SUSPENDED(LOG);
       loadOwner(replica);
       deciding = true;
       expected = owner[replica].revision;
       if
       :: SUSPENDED(replica) -> SEEN("PARTNER_SUSPENDED for an open"); goto died
       :: else -> skip
       fi
     }
  CRASH
  fi;
#ifndef LEAD_BEFORE_OWNER
  if
  :: atomic { true -> readHistory() }
  CRASH
  fi;
#endif
  if
  :: atomic {
       true ->
       if
       :: owner[replica].revision != expected -> /* isStillAt in event-sourcing/handle-command.ts: the fold moved meanwhile */
#ifdef REVISION_OF_MOVED_FOLD
         expected = owner[replica].revision
#else
         SEEN("a fold that moved under a command");
         leaveOwner(replica); deciding = false; expected = 0; latest = 0; latestEnded = false; carry = 0; goto openLead
#endif
       :: else -> skip
       fi;
       findCurrent(); /* admitLead in owners/owner.ts */
#ifdef SERVE_ANY_PARTNER
       if
       :: number > 0 -> goto finishAdmission
       :: else -> skip
       fi;
#endif
       if
       :: number > 0 && PARTNER_OF(replica, number) == PARTNER(me) -> SEEN("the same lead, free"); goto finishAdmission
       :: number > 0 && PARTNER_OF(replica, number) != PARTNER(me) -> SEEN("LEAD_HELD"); goto died
       :: number == 0 && owner[replica].balance < 1 -> SEEN("ALLOWANCE_SPENT"); goto died
       :: number == 0 && owner[replica].balance >= 1 && latest == LEADS -> goto died /* the end of the model */
       :: else -> number = latest + 1
       fi;
       compose(me, LeadAdmitted, person, number, carry, expected);
       leaveOwner(replica); deciding = false; expected = 0; latest = 0; latestEnded = false; carry = 0
     }
  CRASH
  fi;
#ifdef CHARGE_AFTER_ANSWER
  goto finishAdmission;
charge:
  APPEND_UNTIL_KNOWN(died, died);
#else
  APPEND_UNTIL_KNOWN(finishAdmission, openLead);
#endif

finishAdmission: /* FinishAdmissionHandler in leads/lead.handlers.ts, recordOpening in leads/lead.ts */
  if
  :: atomic {
       true ->
       if
       :: deciding -> leaveOwner(replica); deciding = false
       :: else -> skip
       fi;
       forget(me); expected = 0; latest = 0; latestEnded = false; carry = 0;
       if
#ifndef OPEN_BLINDLY
       :: opened[person] >= number -> SEEN("a lead that somebody else opened"); goto replyOpened
#endif
       :: else -> compose(me, LeadOpened, person, number, 0, leadRevision[person])
       fi
     }
  CRASH
  fi;
  APPEND_UNTIL_KNOWN(replyOpened, finishAdmission);

replyOpened:
  atomic {
    forget(me);
    must(openedLeadIsDurable, opened[person] >= number);
    must(suspendedHearsNothing, !barred);
#ifdef OPEN_ONLY
    goto died
#endif
  }

checkMembership: /* leads/check-membership.handler.ts */
  if
  :: atomic {
       true ->
       barred = SUSPENDED(LOG);
       expected = leadRevision[person];
#ifdef ANSWER_ANEW
       latestEnded = STATUS(number) != Open && STATUS(number) != Answered
#else
       carry = answer[LEAD(person, number)];
       latestEnded = STATUS(number) != Open
#endif
     }
  CRASH
  fi;
  if
  :: atomic { /* the gate and the owner to their ends; answerCheck in leads/lead.ts */
       true ->
       loadOwner(replica);
       if
       :: SUSPENDED(replica) -> SEEN("PARTNER_SUSPENDED for a check"); leaveOwner(replica); goto died
       :: else -> leaveOwner(replica)
       fi;
       if
       :: carry != 0 -> SEEN("a recorded answer"); told = carry; goto replyAnswered
       :: carry == 0 && latestEnded -> SEEN("LEAD_LAPSED"); goto died
       :: carry == 0 && !latestEnded -> told = Yes /* whatever the look-up says now: the register changes */
       :: carry == 0 && !latestEnded -> told = No
       fi;
       compose(me, MembershipAnswered, person, number, told, expected);
       expected = 0
     }
  CRASH
  fi;
#ifdef ANSWER_BEFORE_ACK
  goto replyAnswered;
#endif
  APPEND_UNTIL_KNOWN(replyAnswered, checkMembership);

replyAnswered:
  atomic {
    forget(me); expected = 0; carry = 0; latestEnded = false;
    must(answerIsDurable, answer[LEAD(person, number)] == told);
    must(answerIsTheLeadsOwn, PARTNER_OF(LOG, number) == PARTNER(me));
    must(suspendedHearsNothing, !barred);
#ifdef CHARGE_AFTER_ANSWER
    compose(me, LeadAdmitted, person, number, 0, owner[LOG].revision);
    goto charge
#endif
  }

#ifdef FOLLOW_UP
  if
  :: told == No -> told = 0
  CRASH
  fi;
createCustomer: /* customers/create-customer.handler.ts */
  if
  :: atomic {
       true ->
       barred = SUSPENDED(LOG);
       expected = leadRevision[person];
       latestEnded = STATUS(number) != Open && STATUS(number) != Answered
     }
  CRASH
  fi;
  if
  :: atomic { /* the owner to its end; submitCustomer in leads/lead.ts */
       true ->
       loadOwner(replica);
       if
       :: SUSPENDED(replica) || latestEnded -> leaveOwner(replica); goto died
       :: else -> leaveOwner(replica)
       fi;
       compose(me, CustomerSubmitted, person, number, 0, expected);
       expected = 0
     }
  CRASH
  fi;
  APPEND_UNTIL_KNOWN(replyCreated, createCustomer);
replyCreated:
  atomic {
    SEEN("a customer created");
    must(createdIsDurable, STATUS(number) != Open && STATUS(number) != Answered);
    must(suspendedHearsNothing, !barred)
  }
#endif

died:
  atomic {
    if
    :: deciding -> leaveOwner(replica)
    :: else -> skip
    fi;
    forget(me);
    chargedBy = chargedBy & ~BIT(me);
    number = 0; expected = 0; latest = 0; z = 0; outcome = 0; carry = 0; told = 0;
    latestEnded = false; barred = false; deciding = false; person = 0; replica = 0
  }
}
