// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * Asks polkit whether the sender of a call may do what it needs, without waiting for the answer. The
 * subject is the sender's name on the bus: a process id could be another process's by now. Decides
 * nothing: root does not come here, and without polkit nobody else may do anything.
 */
#include <errno.h>
#include <string.h>

#include "bus.h"

#define ASK_USEC (120 * UINT64_C(1000000)) /* a human may have to type a password */
#define ALLOW_USER_INTERACTION 1U

static const char *const detail_names[] = {
	[BUS_DETAIL_DEVICE] = "device",
	[BUS_DETAIL_MGMTDEV] = "mgmtdev",
	[BUS_DETAIL_DRIVER] = "driver",
};

static int append_details(sd_bus_message *question, const struct bus_call *request)
{
	int r = sd_bus_message_open_container(question, 'a', "{ss}");

	for (size_t i = 0; i < BUS_DETAIL_COUNT && r >= 0; i++) {
		if (request->details[i])
			r = sd_bus_message_append(question, "{ss}", detail_names[i],
						  request->details[i]);
	}
	return r < 0 ? r : sd_bus_message_close_container(question);
}

/* (sa{sv}) subject, action, details, flags, cancellation id. */
static int write_question(sd_bus_message *question, const struct bus_call *request)
{
	uint32_t flags =
		sd_bus_message_get_allow_interactive_authorization(request->call) > 0
			? ALLOW_USER_INTERACTION
			: 0;
	char action[64];
	int r;

	snprintf(action, sizeof(action), BUS_NAME ".%s",
		 request->actions[request->asked]);
	r = sd_bus_message_append(question, "(sa{sv})s", "system-bus-name", 1, "name",
				  "s", sd_bus_message_get_sender(request->call), action);
	if (r >= 0)
		r = append_details(question, request);
	return r < 0 ? r : sd_bus_message_append(question, "us", flags, "");
}

static int is_authorized(sd_bus_message *answer)
{
	int authorized = 0, challenge = 0;

	if (sd_bus_message_is_method_error(answer, NULL))
		return 0;
	if (sd_bus_message_enter_container(answer, 'r', "bba{ss}") < 0 ||
	    sd_bus_message_read(answer, "bb", &authorized, &challenge) < 0)
		return 0;
	return authorized;
}

static int on_answer(sd_bus_message *answer, void *userdata, sd_bus_error *error)
{
	struct bus_call *request = userdata;
	int r = 0;

	(void)error;
	request->slot = sd_bus_slot_unref(request->slot);
	if (!is_authorized(answer)) {
		bus_call_refuse(request);
		return 1;
	}
	request->asked++;
	if (request->asked == BUS_ACTIONS_MAX || !request->actions[request->asked])
		bus_call_run(request);
	else
		r = polkit_check(request, sd_bus_message_get_bus(answer));
	if (r < 0)
		bus_call_send(request, NULL, r);
	return 1;
}

int polkit_check(struct bus_call *request, sd_bus *connection)
{
	sd_bus_message *question = NULL;
	int r = sd_bus_message_new_method_call(
		connection, &question, "org.freedesktop.PolicyKit1",
		"/org/freedesktop/PolicyKit1/Authority",
		"org.freedesktop.PolicyKit1.Authority", "CheckAuthorization");

	if (r >= 0)
		r = write_question(question, request);
	if (r >= 0)
		r = sd_bus_call_async(connection, &request->slot, question, on_answer,
				      request, ASK_USEC);
	sd_bus_message_unref(question);
	return r;
}
