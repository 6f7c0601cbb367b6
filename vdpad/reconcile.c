// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * The table of states. No I/O, no clock, no log: the same events at the same times come to the same
 * end, which is how two hours of them are tried in a second.
 */
#include "reconcile.h"

#include <stddef.h>

static const char *const names[STATE_COUNT] = {
	[STATE_UNKNOWN] = "unknown",     [STATE_FOREIGN] = "foreign",
	[STATE_ABSENT] = "absent",       [STATE_WAITING] = "waiting",
	[STATE_CREATING] = "creating",   [STATE_READY] = "ready",
	[STATE_DIFFERS] = "differs",     [STATE_DIVERTED] = "diverted",
	[STATE_UNBINDING] = "unbinding", [STATE_DELETING] = "deleting",
	[STATE_FAILED] = "failed",
};

const char *device_state_name(enum device_state state)
{
	return names[state];
}

/* Where an event leads from any state that does not say otherwise below. */
static const enum device_state usual[EVENT_COUNT] = {
	[EVENT_SEEN_FOREIGN] = STATE_FOREIGN,     [EVENT_SEEN_GONE] = STATE_UNKNOWN,
	[EVENT_SEEN_RIGHT] = STATE_READY,         [EVENT_SEEN_WAITING] = STATE_WAITING,
	[EVENT_SEEN_MISSING] = STATE_ABSENT,      [EVENT_SEEN_OTHER] = STATE_DIFFERS,
	[EVENT_SEEN_UNBINDING] = STATE_UNBINDING, [EVENT_CREATE_BEGINS] = STATE_CREATING,
	[EVENT_CHANGE_BEGINS] = STATE_DIFFERS,    [EVENT_UNBIND_BEGINS] = STATE_UNBINDING,
	[EVENT_DELETE_BEGINS] = STATE_DELETING,   [EVENT_DIVERT] = STATE_DIVERTED,
	[EVENT_RESUME] = STATE_UNKNOWN,           [EVENT_RUN_FAILS] = STATE_FAILED,
};

struct exception {
	enum reconcile_event event;
	enum device_state from, to;
};

static const struct exception exceptions[] = {
	/* A device that is made is bound in the same breath. */
	{ EVENT_CHANGE_BEGINS, STATE_CREATING, STATE_CREATING },
	/* Diverted until a document is applied or read anew, or nobody names it any more. */
	{ EVENT_SEEN_RIGHT, STATE_DIVERTED, STATE_DIVERTED },
	{ EVENT_SEEN_WAITING, STATE_DIVERTED, STATE_DIVERTED },
	{ EVENT_SEEN_MISSING, STATE_DIVERTED, STATE_DIVERTED },
	{ EVENT_SEEN_OTHER, STATE_DIVERTED, STATE_DIVERTED },
	{ EVENT_SEEN_UNBINDING, STATE_DIVERTED, STATE_DIVERTED },
	{ EVENT_CREATE_BEGINS, STATE_DIVERTED, STATE_DIVERTED },
	{ EVENT_CHANGE_BEGINS, STATE_DIVERTED, STATE_DIVERTED },
	{ EVENT_UNBIND_BEGINS, STATE_DIVERTED, STATE_DIVERTED },
	{ EVENT_DELETE_BEGINS, STATE_DIVERTED, STATE_DIVERTED },
	{ EVENT_RUN_FAILS, STATE_DIVERTED, STATE_DIVERTED },
	/* What failed is said to have failed until it is right. */
	{ EVENT_SEEN_MISSING, STATE_FAILED, STATE_FAILED },
	{ EVENT_SEEN_OTHER, STATE_FAILED, STATE_FAILED },
	/* A verb failed on a device that is nobody's: it is as it was. */
	{ EVENT_CHANGE_BEGINS, STATE_FOREIGN, STATE_FOREIGN },
	{ EVENT_RUN_FAILS, STATE_FOREIGN, STATE_FOREIGN },
	{ EVENT_DIVERT, STATE_FOREIGN, STATE_FOREIGN },
	{ EVENT_RESUME, STATE_FOREIGN, STATE_FOREIGN },
};

static bool is_sight(enum reconcile_event event)
{
	return event <= EVENT_SEEN_UNBINDING;
}

static enum device_state next_state(const struct reconcile *r, enum reconcile_event event)
{
	if (event == EVENT_HINT || event == EVENT_RUN_ENDS)
		return r->state;
	/* What is seen while steps run is half of it. */
	if (is_sight(event) && r->busy)
		return r->state;
	if (event == EVENT_RESUME && r->busy && r->state != STATE_DIVERTED)
		return r->state;
	for (size_t i = 0; i < sizeof(exceptions) / sizeof(*exceptions); i++) {
		if (exceptions[i].event == event && exceptions[i].from == r->state)
			return exceptions[i].to;
	}
	return usual[event];
}

/* 1 s, 2 s, 4 s, … 5 min */
static uint64_t backoff(unsigned int count)
{
	uint64_t usec = RECONCILE_BACKOFF_MIN;

	for (unsigned int i = 1; i < count && usec < RECONCILE_BACKOFF_MAX; i++)
		usec *= 2;
	return usec < RECONCILE_BACKOFF_MAX ? usec : RECONCILE_BACKOFF_MAX;
}

static uint64_t fight_delay(const struct reconcile *r)
{
	return r->mends < RECONCILE_MENDS_FREE
		       ? 0
		       : backoff(r->mends - RECONCILE_MENDS_FREE + 1);
}

uint64_t reconcile_when(const struct reconcile *r)
{
	uint64_t fight = fight_delay(r) ? r->mended_usec + fight_delay(r) : 0;

	return r->retry_usec > fight ? r->retry_usec : fight;
}

/* Whether its steps may run, which is then taken as done. */
static unsigned int ask_to_run(struct reconcile *r, unsigned int what, uint64_t now)
{
	unsigned int action = ACTION_RUN;

	if (r->busy || r->state == STATE_DIVERTED)
		return 0;
	if (what != r->what ||
	    now > r->mended_usec + fight_delay(r) + RECONCILE_MENDS_WINDOW)
		r->mends = 0;
	r->what = what;
	if (now < reconcile_when(r))
		return ACTION_WAIT;
	r->mends++;
	r->mended_usec = now;
	/* A run that failed is no fight: nobody has changed anything back. */
	if (r->mends == RECONCILE_MENDS_FREE + 1 && !r->failures)
		action |= ACTION_FIGHT;
	return action;
}

static void forgive(struct reconcile *r)
{
	r->failures = 0;
	r->retry_usec = 0;
}

/* The one place where a state is entered. */
static void enter(struct reconcile *r, enum device_state state)
{
	r->state = state;
}

static unsigned int act(struct reconcile *r, enum reconcile_event event,
			unsigned int what, uint64_t now)
{
	switch (event) {
	case EVENT_SEEN_MISSING:
	case EVENT_SEEN_OTHER:
		return ask_to_run(r, what, now);
	case EVENT_SEEN_RIGHT:
	case EVENT_SEEN_FOREIGN:
		if (!r->busy)
			forgive(r);
		break;
	case EVENT_SEEN_GONE:
		return r->busy ? 0 : ACTION_FORGET;
	case EVENT_CREATE_BEGINS:
	case EVENT_CHANGE_BEGINS:
	case EVENT_UNBIND_BEGINS:
	case EVENT_DELETE_BEGINS:
		r->busy = true;
		break;
	case EVENT_RUN_FAILS:
		r->failures++;
		r->retry_usec = now + backoff(r->failures);
		r->busy = false;
		r->ended_usec = now;
		return ACTION_WAIT;
	case EVENT_RUN_ENDS:
		r->busy = false;
		r->ended_usec = now;
		break;
	case EVENT_HINT:
		if (!r->busy && now >= r->ended_usec + RECONCILE_ECHO)
			forgive(r);
		break;
	case EVENT_RESUME:
		r->mends = 0;
		forgive(r);
		break;
	case EVENT_SEEN_WAITING:
	case EVENT_SEEN_UNBINDING:
	case EVENT_DIVERT:
		break;
	}
	return 0;
}

unsigned int reconcile(struct reconcile *r, enum reconcile_event event, unsigned int what,
		       uint64_t now)
{
	enum device_state state = next_state(r, event);

	if (state != r->state)
		enter(r, state);
	return act(r, event, what, now);
}
