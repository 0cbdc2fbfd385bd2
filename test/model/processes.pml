/*
 * What goes on without a partner. A command that reads no other stream than the one it writes, at the revision it read, is one
 * step here: nobody wrote to the stream between its read and its append, or the append would not stand, so it is as if both
 * had happened at the append. And nobody waits for its reply, so a lost acknowledgement, a late append, a crash and a
 * repetition by the other replica's process all come to this step now, later, or never.
 */

#define FOR_EACH_LEAD(STEP) STEP(0, 1) LEAD_0_2(STEP) LEAD_1_1(STEP) LEAD_1_2(STEP)
#if LEADS > 1
#define LEAD_0_2(STEP) STEP(0, 2)
#else
#define LEAD_0_2(STEP)
#endif
#if PERSONS > 1
#define LEAD_1_1(STEP) STEP(1, 1)
#else
#define LEAD_1_1(STEP)
#endif
#if PERSONS > 1 && LEADS > 1
#define LEAD_1_2(STEP) STEP(1, 2)
#else
#define LEAD_1_2(STEP)
#endif

#define HAS(mask, p, n) ((mask & BIT(LEAD(p, n))) != 0)
#define ADD(mask, p, n) mask = mask | BIT(LEAD(p, n))
#define TAKE(mask, p, n) mask = mask & ~BIT(LEAD(p, n))
#define MOVED_LEAD(p) leadRevision[p]++; forgetTheHopeless()
#define MOVED_OWNER owner[LOG].revision++; forgetTheHopeless()

/* leads/finish-admission.process.ts */
#define FINISH(p, n) :: d_step { admitted[p] >= n && opened[p] == n - 1 -> \
                               SEEN("an admission that finish-admission finished"); commitLeadOpened(p, n); forgetTheHopeless() }
proctype FinishAdmission() {
  byte z;
end:
  do
  FOR_EACH_LEAD(FINISH)
  od
}

/* leads/lapse.process.ts; its deadline may be over at any time. The lapse inside OpenLead is this one, just before. */
#define LAPSE(p, n) :: d_step { status[LEAD(p, n)] == Open || status[LEAD(p, n)] == Answered -> \
                              status[LEAD(p, n)] = Lapsed; MOVED_LEAD(p) }
proctype Lapse() {
  byte z;
end:
  do
  FOR_EACH_LEAD(LAPSE)
  od
}

/* leads/resolve.process.ts */
#define RESOLVE(p, n) :: d_step { (status[LEAD(p, n)] == Lapsed || status[LEAD(p, n)] == Existing) && \
                                HAS(owner[LOG].unresolved, p, n) -> TAKE(owner[LOG].unresolved, p, n); MOVED_OWNER }
proctype Resolve() {
  byte z;
end:
  do
  FOR_EACH_LEAD(RESOLVE)
  od
}

/* The analysts: a stricter policy and a suspension, each at any time or never. */
#if defined(STRICTER_POLICY) || defined(SUSPENSION)
proctype Analyst() {
  byte z;
#ifdef STRICTER_POLICY
  if
  :: d_step { true -> owner[LOG].balance--; revocations++;
              if
              :: owner[LOG].balance < 0 -> SEEN("a balance below zero")
              :: else -> skip
              fi;
              MOVED_OWNER } /* AllowanceRevoked, AllowanceForfeited */
  :: true
  fi;
#endif
#ifdef SUSPENSION
  if
  :: d_step { true -> owner[LOG].suspended = true; MOVED_OWNER } /* PartnerSuspended */
  :: true
  fi
#endif
}
#endif

#ifdef FOLLOW_UP
/* The bank's word on a created lead (customers/customer.handlers.ts), and customers/decline.process.ts without it. */
#define CONFIRM(p, n) :: d_step { status[LEAD(p, n)] == Created -> status[LEAD(p, n)] = Converted; MOVED_LEAD(p) }
#define DECLINE(p, n) :: d_step { status[LEAD(p, n)] == Created -> status[LEAD(p, n)] = Declined; MOVED_LEAD(p) }
#define REVOKE(p, n) :: d_step { status[LEAD(p, n)] == Converted && !HAS(revoked, p, n) -> ADD(revoked, p, n); MOVED_LEAD(p) }
proctype Bank() {
  byte z;
end:
  do
  FOR_EACH_LEAD(CONFIRM)
  FOR_EACH_LEAD(DECLINE)
  FOR_EACH_LEAD(REVOKE)
  :: break /* whatever it has not revoked by now it never will */
  od;
endConfirming:
  do
  FOR_EACH_LEAD(CONFIRM)
  FOR_EACH_LEAD(DECLINE)
  od
}

/* customers/settle.process.ts, on each replica; what was settled may be sent again, after a crash or by a slow read model. */
byte sentAgain;
#define SETTLE(p, n) :: atomic { (status[LEAD(p, n)] == Converted || status[LEAD(p, n)] == Declined) && \
                                 HAS(owner[LOG].unresolved, p, n) -> person = p; number = n } \
                     :: atomic { (status[LEAD(p, n)] == Converted || status[LEAD(p, n)] == Declined) && \
                                 !HAS(owner[LOG].unresolved, p, n) && sentAgain < 1 -> sentAgain++; person = p; number = n }
proctype Settle(byte me) {
  byte person, number, expected, z;
  bool earns, deciding;
  mtype outcome;
  byte replica = me % REPLICAS;

endSettle:
  if
  FOR_EACH_LEAD(SETTLE)
  fi;

settleLead: /* SettleLeadHandler in customers/customer.handlers.ts: the owner, then the lead */
  if
  :: atomic { true -> loadOwner(replica); deciding = true; expected = owner[replica].revision }
  CRASH
  fi;
  if
  :: atomic { true -> earns = status[LEAD(person, number)] == Converted && !HAS(revoked, person, number) }
  CRASH
  fi;
  if
  :: atomic { /* settleLead in owners/owner.ts */
       true ->
       if
       :: owner[replica].revision != expected -> leaveOwner(replica); deciding = false; expected = 0; earns = false; goto settleLead
       :: else -> skip
       fi;
#ifndef SETTLE_WITHOUT_UNRESOLVED
       if
       :: !HAS(owner[replica].unresolved, person, number) -> SEEN("a settlement sent twice, quiet the second time"); goto died
       :: else -> skip
       fi;
#endif
       compose(me, LeadSettled, person, number, (earns -> Yes : No), expected);
       leaveOwner(replica); deciding = false; expected = 0; earns = false
     }
  CRASH
  fi;
  APPEND_UNTIL_KNOWN(died, settleLead);
died:
  atomic {
    if
    :: deciding -> leaveOwner(replica)
    :: else -> skip
    fi;
    forget(me); person = 0; number = 0; expected = 0; outcome = 0; earns = false; deciding = false;
    goto endSettle
  }
}

/* customers/take-back.process.ts, and takeBackCredit in owners/owner.ts: from its settlement on, exactly what was credited. */
#define TAKE_BACK(p, n) :: d_step { HAS(revoked, p, n) && !HAS(takenBack, p, n) && !HAS(owner[LOG].unresolved, p, n) -> \
                                  ADD(takenBack, p, n); \
                                  if \
                                  :: HAS(earned, p, n) -> SEEN("a credit taken back"); \
                                     TAKE(earned, p, n); owner[LOG].balance--; revocations++ \
                                  :: else -> skip \
                                  fi; \
                                  MOVED_OWNER }
#ifdef TAKE_BACK_ONCE /* naive: the ledger has been asked, and had nothing to give yet */
#define ASK_TOO_EARLY(p, n) :: d_step { HAS(revoked, p, n) && HAS(owner[LOG].unresolved, p, n) -> ADD(takenBack, p, n) }
#else
#define ASK_TOO_EARLY(p, n)
#endif
proctype TakeBack() {
  byte z;
end:
  do
  FOR_EACH_LEAD(TAKE_BACK)
  FOR_EACH_LEAD(ASK_TOO_EARLY)
  od
}
#endif

/* When nothing can move any more, nothing may be left undone. */
proctype AtRest() {
  timeout ->
  atomic {
    must(everyAdmissionIsOpened, opened[0] == admitted[0] && opened[PERSONS - 1] == admitted[PERSONS - 1]);
    must(everyLeadIsResolved, owner[LOG].unresolved == 0);
    must(revokedHoldsNoCredit, (earned & revoked) == 0)
  }
}
