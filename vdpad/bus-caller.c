// SPDX-License-Identifier: GPL-2.0-or-later
/* Who calls: asked of the bus, once for all that a client has called meanwhile; and how much he may. */
#include <stdio.h>
#include <string.h>

#include "bus-private.h"

#define REQUESTS_PER_USER 64    /* at once; of root as many as there are places */
#define REQUESTS_PER_SENDER 256 /* before the bus has said which user it is */
#define REQUESTS_MAX 4096
#define SENDER_SIZE 256 /* a name on the bus has 255 bytes at most */

static bool is_of_sender(const struct bus_call *request, const char *sender)
{
	return !strcmp(sd_bus_message_get_sender(request->call), sender);
}

bool bus_caller_may_ask(const struct bus_call *request)
{
	const char *sender = sd_bus_message_get_sender(request->call);
	size_t all = 0, own = 0;

	for (const struct bus_call *other = request->bus->requests; other;
	     other = other->next) {
		all++;
		if (other->has_uid == request->has_uid)
			own += request->has_uid ? other->uid == request->uid
						: is_of_sender(other, sender);
	}
	if (all > REQUESTS_MAX)
		return false;
	if (!request->has_uid)
		return own <= REQUESTS_PER_SENDER;
	return !request->uid || own <= REQUESTS_PER_USER;
}

int bus_caller_refuse(struct bus_call *request)
{
	sd_bus_message *reply = NULL;
	int r = sd_bus_message_new_method_errorf(
		request->call, &reply, SD_BUS_ERROR_LIMITS_EXCEEDED,
		"too many requests of this user wait for an answer");

	bus_call_send(request, reply, r);
	return 1;
}

/* Who is calling is known: within the bounds, and asked about at polkit where that is needed. */
static int proceed(struct bus_call *request, uid_t uid)
{
	int r;

	request->uid = uid;
	request->has_uid = true;
	if (!bus_caller_may_ask(request))
		return bus_caller_refuse(request);
	if (!uid || !request->actions[0]) {
		bus_call_run(request);
		return 1;
	}
	r = polkit_check(request, request->bus->connection);
	if (r < 0)
		bus_call_send(request, NULL, r);
	return 1;
}

/* The first call of a sender that waits to hear whose it is; NULL. The list has the last one first. */
static struct bus_call *find_unknown(const struct bus *bus, const char *sender)
{
	struct bus_call *found = NULL;

	for (struct bus_call *request = bus->requests; request; request = request->next) {
		if (!request->has_uid && is_of_sender(request, sender))
			found = request;
	}
	return found;
}

/* The bus said which user the caller is, and so for all that it has called meanwhile. */
static int on_uid(sd_bus_message *answer, void *userdata, sd_bus_error *error)
{
	struct bus_call *request = userdata;
	struct bus *bus = request->bus;
	char sender[SENDER_SIZE];
	uint32_t uid;
	bool is_gone = sd_bus_message_is_method_error(answer, NULL) ||
		       sd_bus_message_read(answer, "u", &uid) < 0;

	(void)error;
	snprintf(sender, sizeof(sender), "%s", sd_bus_message_get_sender(request->call));
	request->slot = sd_bus_slot_unref(request->slot);
	while (request) {
		if (is_gone)
			bus_call_refuse(request);
		else
			proceed(request, uid);
		request = find_unknown(bus, sender);
	}
	return 1;
}

/* Once for a sender: one that has much to ask costs us no question each. */
int bus_caller_find(struct bus_call *request)
{
	const char *sender = sd_bus_message_get_sender(request->call);

	for (const struct bus_call *other = request->next; other; other = other->next) {
		if (!is_of_sender(other, sender))
			continue;
		return other->has_uid ? proceed(request, other->uid) : 1;
	}
	return sd_bus_call_method_async(request->bus->connection, &request->slot,
					"org.freedesktop.DBus", "/org/freedesktop/DBus",
					"org.freedesktop.DBus", "GetConnectionUnixUser",
					on_uid, request, "s", sender);
}
