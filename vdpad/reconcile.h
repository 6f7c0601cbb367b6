/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * What the daemon thinks of one device, or of one function that documents configure: a state, and
 * when it may be changed again. Pure: events and the time come in, actions go out.
 */
#ifndef RECONCILE_H
#define RECONCILE_H

#include <stdbool.h>
#include <stdint.h>

enum device_state {
	STATE_UNKNOWN,   /* not looked at yet */
	STATE_FOREIGN,   /* no document names it */
	STATE_ABSENT,    /* a document names it, and it is not there */
	STATE_WAITING,   /* for its management device */
	STATE_CREATING,  /* steps run that make it */
	STATE_READY,     /* as its document says; on demand: and nobody asks for it */
	STATE_DIFFERS,   /* from its document */
	STATE_DIVERTED,  /* from its document, and is to stay so */
	STATE_UNBINDING, /* an unbind runs, or waits for who uses it */
	STATE_DELETING,
	STATE_FAILED, /* to be tried again */
};
#define STATE_COUNT (STATE_FAILED + 1)

const char *device_state_name(enum device_state state);

enum reconcile_event {
	/* What a look and its plan tell. */
	EVENT_SEEN_FOREIGN,
	EVENT_SEEN_GONE,      /* neither in the kernel nor in a document */
	EVENT_SEEN_RIGHT,     /* nothing is to be done */
	EVENT_SEEN_WAITING,   /* nothing can be done */
	EVENT_SEEN_MISSING,   /* steps begin with its creation */
	EVENT_SEEN_OTHER,     /* steps change it */
	EVENT_SEEN_UNBINDING, /* an unbind waits, and no step of ours */
	/* Of the steps that run. */
	EVENT_CREATE_BEGINS,
	EVENT_CHANGE_BEGINS,
	EVENT_UNBIND_BEGINS,
	EVENT_DELETE_BEGINS,
	EVENT_RUN_ENDS,  /* whatever came of it a look will tell */
	EVENT_RUN_FAILS, /* a step of it did */
	/* From outside. */
	EVENT_HINT,   /* something happened to it, or to what it needs */
	EVENT_DIVERT, /* somebody wants it to be other than its document */
	EVENT_RESUME, /* apply, reload: what kept us from trying is over */
};
#define EVENT_COUNT (EVENT_RESUME + 1)

enum reconcile_action {
	ACTION_RUN = 1 << 0,    /* its steps may run now */
	ACTION_WAIT = 1 << 1,   /* not before retry_usec */
	ACTION_FORGET = 1 << 2, /* there is no such thing any more */
	ACTION_FIGHT = 1 << 3,  /* somebody else keeps changing it back: say so, once */
};

#define RECONCILE_BACKOFF_MIN UINT64_C(1000000)   /* 1 s */
#define RECONCILE_BACKOFF_MAX UINT64_C(300000000) /* 5 min */
/* So many mendings of the same within the window pass before they are spaced out. */
#define RECONCILE_MENDS_FREE 3
#define RECONCILE_MENDS_WINDOW UINT64_C(60000000)
/* What we hear so soon after steps of ours is their own echo. */
#define RECONCILE_ECHO UINT64_C(1000000)

struct reconcile {
	enum device_state state;
	bool busy;             /* steps of it run */
	unsigned int failures; /* in a row */
	uint64_t retry_usec;   /* after a failure not before; 0: at once */
	unsigned int what;    /* of the last mending: an opaque set of what was changed */
	unsigned int mends;   /* of that, each within the window after the one before */
	uint64_t mended_usec; /* the last time */
	uint64_t ended_usec;  /* when its steps ended last; 0: never */
};

/*
 * One event at `now` (CLOCK_MONOTONIC, µs). `what` is for SEEN_MISSING and SEEN_OTHER: a bit for each
 * kind of change that the steps make. Returns enum reconcile_action, or'ed.
 */
unsigned int reconcile(struct reconcile *r, enum reconcile_event event, unsigned int what,
		       uint64_t now);

/* When its steps may run again, 0 for at once. */
uint64_t reconcile_when(const struct reconcile *r);

#endif
