/*
 * Refresh of one session by two replicas, at a provider that rotates refresh tokens and ends a
 * session whose token is presented twice. What dataplane does in login.RefreshFlight, step by step.
 *
 * Covered: every order of the steps of two replicas with two flights each; a check that begins its
 * flight with a session that it read before; a lease that ends by itself; with -DREVOKE a
 * revocation at any moment; with -DFAULT a holder that dies at any step and an answer that is lost,
 * two of these at most; with -DPAUSE a lease that ends under a holder that is alive but stopped.
 *
 * Not covered: time (a lease ends or does not), more than one session, Redis failing over to a
 * copy that lags behind, the sealing, single flight within one process (which saves requests for
 * the lease, and is not what keeps a session safe).
 *
 * With -DLENIENT the provider takes a spent token again, as some do for a while.
 *
 * Each rule can be switched off alone, and RefreshModelTest names the property that breaks then:
 *   -DNO_LEASE         nobody asks for a lease
 *   -DLEASE_TOO_SHORT  a lease may end under a holder that is at work (its deadline is later)
 *   -DNO_READ_AGAIN    the holder presents what the check saw
 *   -DNO_INTENT        what was presented is not noted
 *   -DNO_FENCE         a commit does not ask who holds the lease
 *   -DNO_COMPARE       a commit does not ask for the version
 *   -DBLIND_WRITE      a commit does not ask whether there still is a record
 *   -DDELETE_ON_ERROR  a session ends for any failure
 */

#define NOTHING 255

/* The provider. */
byte issued = 0;          /* generation of the one good refresh token */
bool reused = false;      /* a spent one was presented: the provider ends the session */

/* Redis: the record, the lease, and what is kept beside it. */
bool exists = true;
byte generation = 0;
byte owner = 0;           /* 0: nobody */
byte fence = 0;
byte presented = NOTHING;

/* What the properties look at. */
byte inFlight = 0;
bool revoked = false;
bool rolledBack = false;
bool destroyed = false;   /* a session ended that neither a person nor the provider had ended */
bool unfenced = false;    /* a write by somebody whose lease had ended */
bool blamed = false;      /* a lost answer was taken for a session that the provider ended */
byte faults = 0;
bool busy[3];

#ifdef LENIENT
#define is_good true
#else
#define is_good (seen == issued)
#endif

#define may_write (owner == id && fence == own)

#ifdef BLIND_WRITE
#define is_there true
#else
#define is_there exists
#endif
#ifdef NO_COMPARE
#define is_as_read true
#else
#define is_as_read (generation == seen)
#endif
#ifdef NO_FENCE
#define is_fenced true
#else
#define is_fenced may_write
#endif

proctype Replica(byte id) {
  byte flights = 0;
  byte own;               /* fence of this flight's lease */
  byte seen;              /* generation that the check read, then that the holder read */
  byte got;
  bool inDoubt;
  bool granted;
  bool unknown;

  do
  :: flights < 2 ->
     flights++;
     /* The check reads its session; everything after this may come late. */
     if
     :: exists -> seen = generation
     :: else -> break
     fi;

#ifdef NO_LEASE
     atomic { owner = id; fence++; own = fence; busy[id] = true };
#else
     if
     :: atomic {
          owner == 0 && exists ->
          owner = id; fence++; own = fence; busy[id] = true
        }
     :: atomic { owner != 0 || !exists -> skip }; goto next
     fi;
#endif

#ifndef NO_READ_AGAIN
     atomic {
       if
       :: !exists || generation > seen ->
          if :: may_write -> owner = 0 :: else fi;
          busy[id] = false;
          goto next
       :: else -> inDoubt = (presented == generation)
       fi
     };
#else
     inDoubt = (presented == seen);
#endif

#ifdef FAULT
     if
     :: skip
     :: atomic { faults < 2 -> faults++; busy[id] = false }; goto dead
     fi;
#endif

#ifndef NO_INTENT
     atomic {
       if
       :: is_fenced -> presented = seen
       :: else -> busy[id] = false; goto next
       fi
     };
#endif

#ifdef FAULT
     if
     :: skip
     :: atomic { faults < 2 -> faults++; busy[id] = false }; goto dead
     fi;
#endif

     inFlight++;
     atomic {
       if
       :: is_good && !reused -> issued++; got = issued; granted = true
       :: else -> granted = false; if :: !is_good -> reused = true :: else fi
       fi
     };
     inFlight--;
     unknown = false;

#ifdef FAULT
     if
     :: skip
     :: atomic { faults < 2 -> faults++; busy[id] = false }; goto dead
     :: atomic { faults < 2 -> faults++; unknown = true }
     fi;
#endif

     atomic {
       if
       :: unknown ->
          /* Nobody knows what came of it: the session stays, and so does the note. */
#ifdef DELETE_ON_ERROR
          if :: exists -> destroyed = true; exists = false :: else fi;
#endif
          skip
       :: !unknown && granted ->
          if
          :: is_there && is_as_read && is_fenced ->
             if :: !may_write -> unfenced = true :: else fi;
             if :: got < generation -> rolledBack = true :: else fi;
             exists = true;
             generation = got
          :: else -> skip
          fi
       :: !unknown && !granted ->
          /* invalid_grant ends the generation that is stored, and no later one. */
          if
          :: exists && is_as_read && is_fenced ->
             if :: !may_write -> unfenced = true :: else fi;
             /* The stored one is still good, so that this ends a session for nothing. */
             if :: generation == issued && !reused -> destroyed = true :: else fi;
             if :: faults > 0 && !inDoubt -> blamed = true :: else fi;
             exists = false
          :: else -> skip
          fi
       fi;
       if :: may_write -> owner = 0 :: else fi;
       busy[id] = false
     };
next: skip
  :: flights >= 2 -> break
  od;
dead: skip
}

/* A lease that its holder does not renew ends; who is alive and at work renews it. */
proctype Expiry() {
  byte ends = 0;
  do
  :: ends < 2 ->
     ends++;
#if defined(LEASE_TOO_SHORT) || defined(PAUSE)
     atomic { owner != 0 -> owner = 0 }
#else
     atomic { owner != 0 && !busy[owner] -> owner = 0 }
#endif
  :: break
  od
}

/* A revocation, acknowledged at once. */
proctype Revoker() {
  atomic { exists = false; revoked = true }
}

init {
  atomic {
    run Replica(1);
    run Replica(2);
    run Expiry();
#ifdef REVOKE
    run Revoker()
#endif
  }
}

ltl one_in_flight    { [] (inFlight <= 1) }
ltl no_reuse         { [] (faults > 0 || !reused) }
ltl no_rollback      { [] !rolledBack }
ltl no_late_write    { [] !unfenced }
ltl no_resurrection  { [] !(revoked && exists) }
ltl no_loss          { [] !destroyed }
ltl no_false_blame   { [] !blamed }
