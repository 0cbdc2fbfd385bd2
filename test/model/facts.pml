/*
 * What each event does to its stream's state (evolve in owners/owner.state.ts and leads/lead.state.ts), and what must hold
 * the moment it is in the log: that is how the invariants are checked on every prefix.
 */

#define LEAD(p, n) ((p) * LEADS + (n) - 1)
#define BIT(l) (1 << (l))

/* The owner's stream, folded: owner[LOG] to its end, owner[r] as replica r has it cached (event-sourcing/stream-folds.ts). */
typedef Owner {
  byte revision;
  short balance;
  bool suspended;    /* partner 0 */
  byte unresolved;   /* one bit a lead */
  byte partnerOf     /* of each lead, 0 or 1 */
}
Owner owner[REPLICAS + 1];
#define LOG REPLICAS
byte users[REPLICAS];  /* commands between loading the fold and deciding on it */

/* The leads' streams, one a person. */
byte leadRevision[PERSONS];
byte opened[PERSONS];           /* leads that LeadOpened has told of */
mtype status[PERSONS * LEADS];
mtype answer[PERSONS * LEADS];
byte revoked;                   /* ConversionRevoked; one bit a lead */

/* Further facts of the owner's stream. */
mtype carried[PERSONS * LEADS]; /* in LeadAdmitted: the old answer that the new lead carries */
byte earned;                    /* leads whose credit stands */
byte takenBack;                 /* CreditRevoked */

/* For the properties alone. */
byte admitted[PERSONS]; /* the highest number that was admitted */
byte admissions, credits, revocations, answered;
byte settledOnce;       /* leads that a settlement was written for */
byte chargedBy;         /* commands that were charged */

inline commitLeadAdmitted(m) {
  owner[LOG].revision++; owner[LOG].balance--;
  must(leadIsAdmittedOnce, m.number == admitted[m.person] + 1);
  admitted[m.person] = m.number;
  owner[LOG].unresolved = owner[LOG].unresolved | BIT(LEAD(m.person, m.number));
  if
  :: PARTNER(m.by) == 1 -> owner[LOG].partnerOf = owner[LOG].partnerOf | BIT(LEAD(m.person, m.number))
  :: else -> skip
  fi;
  carried[LEAD(m.person, m.number)] = m.answer;
  admissions++;
  must(admissionIsCovered, admissions + revocations <= credits);
  if
  :: admissions > UNITS -> SEEN("an admission on an earned unit")
  :: else -> skip
  fi;
  must(commandIsChargedOnce, (chargedBy & BIT(m.by)) == 0);
  chargedBy = chargedBy | BIT(m.by)
}

/* A function of LeadAdmitted alone: whoever finishes the admission writes the same. */
inline commitLeadOpened(who, nth) {
  leadRevision[who]++;
  must(leadsOpenInOrder, nth == opened[who] + 1);
  opened[who] = nth;
  answer[LEAD(who, nth)] = carried[LEAD(who, nth)];
  if
  :: carried[LEAD(who, nth)] == Yes -> status[LEAD(who, nth)] = Existing; SEEN("a carried yes")
  :: carried[LEAD(who, nth)] == No -> status[LEAD(who, nth)] = Answered; SEEN("a carried no")
  :: else -> status[LEAD(who, nth)] = Open
  fi
}

inline commitMembershipAnswered(who, nth, said) {
  leadRevision[who]++;
  must(leadHasOneAnswer, answer[LEAD(who, nth)] == 0);
  must(onlyActiveLeadIsAnswered, status[LEAD(who, nth)] == Open);
  must(coolDownKeepsTheAnswer, nth == 1 || answer[LEAD(who, nth) - 1] == 0);
  answer[LEAD(who, nth)] = said;
  status[LEAD(who, nth)] = (said == Yes -> Existing : Answered);
  answered++;
  must(answerIsPaidFor, answered <= admissions && admitted[who] >= nth)
}

inline commitLeadSettled(who, nth, earning) {
  owner[LOG].revision++;
  must(leadIsSettledOnce, (settledOnce & BIT(LEAD(who, nth))) == 0);
  settledOnce = settledOnce | BIT(LEAD(who, nth));
  owner[LOG].unresolved = owner[LOG].unresolved & ~BIT(LEAD(who, nth));
  if
  :: earning -> owner[LOG].balance++; credits++; earned = earned | BIT(LEAD(who, nth))
  :: else -> skip
  fi
}

inline commit(m) {
  if
  :: m.event == LeadAdmitted -> commitLeadAdmitted(m)
  :: m.event == LeadOpened -> commitLeadOpened(m.person, m.number)
  :: m.event == MembershipAnswered -> commitMembershipAnswered(m.person, m.number, m.answer)
  :: m.event == CustomerSubmitted -> leadRevision[m.person]++; status[LEAD(m.person, m.number)] = Created
  :: m.event == LeadSettled -> commitLeadSettled(m.person, m.number, m.answer == Yes)
  fi
}

inline readForward(replica) {
  owner[replica].revision = owner[LOG].revision; owner[replica].balance = owner[LOG].balance;
  owner[replica].suspended = owner[LOG].suspended; owner[replica].unresolved = owner[LOG].unresolved;
  owner[replica].partnerOf = owner[LOG].partnerOf
}

/* Read the replica's cached fold forward to the stream's end (event-sourcing/stream-folds.ts). */
inline loadOwner(replica) {
#ifdef STALE_FOLD
  if
  :: owner[replica].revision == 0 -> readForward(replica)
  :: else -> skip /* naive: what is cached is believed */
  fi;
#else
  readForward(replica);
#endif
  users[replica]++
}

/*
 * A fold that no command is deciding on is forgotten, which merges states and loses nothing: whoever loads it next reads the
 * stream to its end first.
 */
inline leaveOwner(replica) {
  users[replica]--;
#ifndef STALE_FOLD
  if
  :: users[replica] == 0 ->
    owner[replica].revision = 0; owner[replica].balance = 0; owner[replica].suspended = false;
    owner[replica].unresolved = 0; owner[replica].partnerOf = 0
  :: else -> skip
  fi
#endif
}
