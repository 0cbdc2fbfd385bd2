/*
 * The log as src/event-sourcing/event-store.ts promises it: one stream at a time, at an exact expected revision; the same
 * event id at the same expected revision is one append, however often it is sent; the outcome of a call may be unknown.
 */

typedef Append {
  mtype event;
  byte person, number;
  mtype answer;
  byte expected;
  /* The command that sent it, and its event id: NOBODY once that command has gone on with another id. */
  byte by, id
}

/* What each command is sending, with its id and expected revision, and at which revision that id stands; 0: nowhere. */
Append outbox[SENDERS];
byte placed[SENDERS + 1];

/* Appends that were given up as unknown and are still under way. */
Append late[LATE];

#define OF_OWNER(m) (m.event == LeadAdmitted || m.event == LeadSettled)
#define REVISION_OF(m) (OF_OWNER(m) -> owner[LOG].revision : leadRevision[m.person])

/* Which expected revisions the store lets pass: the stream's own, and in two naive variants any. */
#if defined(ANY_REVISION_ON_OWNER)
#define MATCHES(m) (m.expected == REVISION_OF(m) || OF_OWNER(m) && placed[m.id] == 0)
#elif defined(ANY_REVISION_ON_LEAD)
#define MATCHES(m) (m.expected == REVISION_OF(m) || !OF_OWNER(m) && placed[m.id] == 0)
#else
#define MATCHES(m) (m.expected == REVISION_OF(m))
#endif

inline copy(to, from) {
  to.event = from.event; to.person = from.person; to.number = from.number; to.answer = from.answer;
  to.expected = from.expected; to.by = from.by; to.id = from.id
}

inline clear(m) {
  m.event = 0; m.person = 0; m.number = 0; m.answer = 0; m.expected = 0; m.by = 0; m.id = 0
}

/*
 * What can make no difference any more is forgotten, which merges states and loses nothing: a late append whose revision is
 * taken, and, of an append whose revision is taken, which revision that was.
 */
inline forgetTheHopeless() {
#if !defined(ANY_REVISION_ON_OWNER) && !defined(ANY_REVISION_ON_LEAD)
  for (z : 0 .. LATE - 1) {
    if
    :: late[z].event != 0 && late[z].expected < REVISION_OF(late[z]) -> clear(late[z])
    :: else -> skip
    fi
  }
  for (z : 0 .. SENDERS - 1) {
    if
    :: outbox[z].event != 0 && outbox[z].expected < REVISION_OF(outbox[z]) ->
      placed[z] = (placed[z] != 0 && placed[z] == outbox[z].expected + 1 -> 1 : 0);
      outbox[z].expected = 0
    :: else -> skip
    fi
  }
#endif
  z = 0
}

/* The append arrives: durable, or there already, or too late. */
inline deliver(m, outcome) {
  if
  :: MATCHES(m) ->
    commit(m);
    if
    :: m.id != NOBODY -> placed[m.id] = REVISION_OF(m)
    :: else -> SEEN("a late append of a command that is over")
    fi;
    forgetTheHopeless();
    outcome = Committed
  :: !MATCHES(m) && m.id != NOBODY && placed[m.id] == m.expected + 1 ->
    SEEN("a repeated append that stood there already");
    outcome = Committed
  :: else -> outcome = WrongExpectedRevision
  fi
}

/* One call of EventStore.append, and all that can become of it. */
inline append(me, outcome) {
  if
  :: true ->
    deliver(outbox[me], outcome);
    if
    :: true -> skip
    :: outcome = UnknownOutcome /* the acknowledgement is lost */
    fi
  :: outcome = UnknownOutcome   /* the append is lost */
  :: MATCHES(outbox[me]) && late[0].event == 0 -> copy(late[0], outbox[me]); outcome = UnknownOutcome /* it arrives later, or never */
#if LATE > 1
  :: MATCHES(outbox[me]) && late[0].event != 0 && late[1].event == 0 -> copy(late[1], outbox[me]); outcome = UnknownOutcome
#endif
  fi
}

inline disown(me) {
  placed[me] = 0;
  for (z : 0 .. LATE - 1) {
    if
    :: late[z].event != 0 && late[z].id == me -> late[z].id = NOBODY
    :: else -> skip
    fi
  }
  z = 0
}

/* A new decision gets new event ids (CommandHandling.newEvent); what the old ones did, it does not know. */
inline compose(me, what, who, which, withAnswer, at) {
  disown(me);
  outbox[me].event = what; outbox[me].person = who; outbox[me].number = which; outbox[me].answer = withAnswer;
  outbox[me].expected = at; outbox[me].by = me; outbox[me].id = me
}

/* The command is over, or its process died. */
inline forget(me) {
  disown(me);
  clear(outbox[me])
}

inline arrive(i) {
  SEEN("an append that arrives late");
  deliver(late[i], ignored);
  clear(late[i]);
  ignored = 0; z = 0; i = 0
}

proctype Network() {
  mtype ignored;
  byte z, i;
endNetwork:
  do
  :: d_step { late[0].event != 0 -> i = 0; arrive(i) }
#if LATE > 1
  :: d_step { late[1].event != 0 -> i = 1; arrive(i) }
#endif
  od
}
