// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * The connection to the daemon and the calls on it. Whether it is there is asked without starting it;
 * only what is the daemon's alone starts it.
 */
#include "bus.h"

#include <errno.h>
#include <json-c/json.h>
#include <stdarg.h>
#include <string.h>

#define BUS_NAME "org.vdpad1"
#define ERROR_PREFIX BUS_NAME ".Error."
#define WINDOW 32 /* calls at once: the bus lets an ordinary user have few */
#define LATER_USEC (1500 * UINT64_C(1000)) /* the daemon's own word comes first */

struct daemon {
	sd_bus *bus;
};

sd_bus *daemon_bus(const struct command *cmd)
{
	return cmd->daemon->bus;
}

static int must_not_fail(int r)
{
	if (r < 0)
		out_of_memory();
	return r;
}

/* ---- Connecting ---- */

/* 0 when it is on the bus, then or now. */
static int find_daemon(sd_bus *bus, bool start)
{
	sd_bus_message *reply = NULL;
	int r = sd_bus_get_name_creds(bus, BUS_NAME, 0, NULL);

	if (r >= 0 || !start)
		return r;
	r = sd_bus_call_method(bus, "org.freedesktop.DBus", "/org/freedesktop/DBus",
			       "org.freedesktop.DBus", "StartServiceByName", NULL, &reply,
			       "su", BUS_NAME, 0);
	sd_bus_message_unref(reply);
	return r;
}

static struct cli_error *unreachable(const struct command *cmd)
{
	return cli_error_new(
		VDPAM_ERROR_DAEMON_UNREACHABLE, 0, NULL,
		"%s%s: this is the daemon's to do, and vdpad cannot be reached",
		cmd->verb->name, cmd->options[OPTION_PERSIST] ? " --persist" : "");
}

struct cli_error *daemon_connect(struct command *cmd)
{
	enum daemon_use use = cmd->verb->daemon;
	bool needed = use == DAEMON_NEEDED || use == DAEMON_STARTED ||
		      cmd->options[OPTION_PERSIST];
	bool start = use == DAEMON_STARTED || cmd->options[OPTION_PERSIST];
	sd_bus *bus = NULL;
	int r = -ENXIO;

	if (use == DAEMON_UNUSED)
		return NULL;
	if (!cmd->options[OPTION_DIRECT])
		r = sd_bus_open_system(&bus);
	if (r >= 0)
		r = find_daemon(bus, start);
	if (r < 0) {
		sd_bus_close_unref(bus);
		return needed ? unreachable(cmd) : NULL;
	}
	cmd->daemon = must(calloc(1, sizeof(*cmd->daemon)));
	cmd->daemon->bus = bus;
	return NULL;
}

void daemon_close(struct command *cmd)
{
	if (!cmd->daemon)
		return;
	sd_bus_flush_close_unref(cmd->daemon->bus);
	free(cmd->daemon);
	cmd->daemon = NULL;
}

/* ---- Writing a call ---- */

sd_bus_message *daemon_call(const struct command *cmd, const char *path,
			    const char *interface, const char *member)
{
	sd_bus_message *call = NULL;

	must_not_fail(sd_bus_message_new_method_call(daemon_bus(cmd), &call, BUS_NAME,
						     path, interface, member));
	must_not_fail(sd_bus_message_set_auto_start(call, false));
	return call;
}

sd_bus_message *daemon_device_call(const struct command *cmd, const char *name,
				   const char *member)
{
	AUTO_FREE char *path = NULL;

	must_not_fail(sd_bus_path_encode(BUS_MANAGER "/device", name, &path));
	return daemon_call(cmd, path, "org.vdpad1.Device", member);
}

void daemon_append(sd_bus_message *call, const char *types, ...)
{
	va_list args;

	va_start(args, types);
	must_not_fail(sd_bus_message_appendv(call, types, args));
	va_end(args);
}

void daemon_open_options(sd_bus_message *call)
{
	must_not_fail(sd_bus_message_open_container(call, 'a', "{sv}"));
}

void daemon_append_option(sd_bus_message *call, const char *key, const char *type, ...)
{
	va_list args;

	va_start(args, type);
	must_not_fail(sd_bus_message_open_container(call, 'e', "sv"));
	must_not_fail(sd_bus_message_append(call, "s", key));
	must_not_fail(sd_bus_message_open_container(call, 'v', type));
	must_not_fail(sd_bus_message_appendv(call, type, args));
	must_not_fail(sd_bus_message_close_container(call));
	must_not_fail(sd_bus_message_close_container(call));
	va_end(args);
}

void daemon_close_options(sd_bus_message *call)
{
	must_not_fail(sd_bus_message_close_container(call));
}

void daemon_append_timeout(const struct command *cmd, sd_bus_message *call)
{
	/* 0 would stand for the daemon's own. */
	uint64_t left = left_usec(cmd->deadline_usec);

	daemon_append(call, "t", left ? left : 1);
}

/* ---- Asking ---- */

/* What the bus itself says of a call that did not come through. */
static enum vdpam_error_code code_of_bus_error(const char *name)
{
	static const struct {
		const char *name;
		enum vdpam_error_code code;
	} names[] = {
		{ SD_BUS_ERROR_SERVICE_UNKNOWN, VDPAM_ERROR_DAEMON_UNREACHABLE },
		{ SD_BUS_ERROR_NAME_HAS_NO_OWNER, VDPAM_ERROR_DAEMON_UNREACHABLE },
		{ SD_BUS_ERROR_DISCONNECTED, VDPAM_ERROR_DAEMON_UNREACHABLE },
		{ SD_BUS_ERROR_NO_REPLY, VDPAM_ERROR_DAEMON_UNREACHABLE },
		{ SD_BUS_ERROR_TIMEOUT, VDPAM_ERROR_TIMEOUT },
		{ SD_BUS_ERROR_ACCESS_DENIED, VDPAM_ERROR_NOT_AUTHORIZED },
	};

	for (size_t i = 0; i < sizeof(names) / sizeof(*names); i++) {
		if (!strcmp(names[i].name, name))
			return names[i].code;
	}
	return VDPAM_ERROR_INTERNAL;
}

/* The second argument of an error of the daemon's is its whole object. */
static void take_error(const struct command *cmd, sd_bus_message *reply,
		       struct daemon_answer *answer)
{
	const sd_bus_error *error = sd_bus_message_get_error(reply);
	const char *json = NULL;
	struct json_object *inner = NULL;
	AUTO_FREE char *shown =
		must(vdpam_name_escape(error->message ? error->message : error->name));

	if (!strncmp(error->name, ERROR_PREFIX, strlen(ERROR_PREFIX)) &&
	    sd_bus_message_read(reply, "ss", NULL, &json) > 0)
		answer->beside = json_tokener_parse(json);
	if (json_object_is_type(answer->beside, json_type_object))
		inner = json_get(answer->beside, "error");
	answer->error =
		inner ? cli_error_from_json(inner)
		      : cli_error_new(code_of_bus_error(error->name), 0, NULL,
				      "%s: the daemon vdpad: %s", cmd->verb->name, shown);
}

struct pending {
	const struct command *cmd;
	struct daemon_answer *answer;
};

static int on_reply(sd_bus_message *reply, void *userdata, sd_bus_error *unused)
{
	struct pending *pending = userdata;

	(void)unused;
	if (sd_bus_message_is_method_error(reply, NULL))
		take_error(pending->cmd, reply, pending->answer);
	else
		pending->answer->reply = sd_bus_message_ref(reply);
	return 1;
}

static void fail_all(const struct command *cmd, struct daemon_answer *answers,
		     size_t count, int r)
{
	for (size_t i = 0; i < count; i++) {
		if (!answers[i].reply && !answers[i].error)
			answers[i].error =
				cli_error_new(VDPAM_ERROR_DAEMON_UNREACHABLE, -r, NULL,
					      "%s: the daemon vdpad was lost: %s",
					      cmd->verb->name, strerror(-r));
	}
}

static size_t count_answers(const struct daemon_answer *answers, size_t count)
{
	size_t answered = 0;

	for (size_t i = 0; i < count; i++)
		answered += answers[i].reply || answers[i].error;
	return answered;
}

/* Until what was sent is answered but for `most`. */
static int wait_for(sd_bus *bus, const struct daemon_answer *answers, size_t sent,
		    size_t most)
{
	while (sent - count_answers(answers, sent) > most) {
		int r = sd_bus_process(bus, NULL);

		if (!r)
			r = sd_bus_wait(bus, UINT64_MAX);
		if (r < 0 && r != -EINTR)
			return r;
	}
	return 0;
}

void daemon_ask_all(const struct command *cmd, sd_bus_message *const *calls, size_t count,
		    struct daemon_answer *answers)
{
	AUTO_FREE struct pending *pendings = must(calloc(count, sizeof(*pendings)));
	uint64_t timeout = left_usec(cmd->deadline_usec) + LATER_USEC;
	sd_bus *bus = daemon_bus(cmd);
	int r = 0;

	guard_say("waiting for the daemon");
	for (size_t i = 0; i < count && r >= 0; i++) {
		answers[i] = (struct daemon_answer){};
		pendings[i] = (struct pending){ cmd, &answers[i] };
		r = sd_bus_call_async(bus, NULL, calls[i], on_reply, &pendings[i],
				      timeout);
		if (r >= 0)
			r = wait_for(bus, answers, i + 1, WINDOW - 1);
	}
	if (r >= 0)
		r = wait_for(bus, answers, count, 0);
	if (r < 0)
		fail_all(cmd, answers, count, r);
	for (size_t i = 0; i < count; i++)
		sd_bus_message_unref(calls[i]);
}

struct cli_error *daemon_ask(const struct command *cmd, sd_bus_message *call,
			     sd_bus_message **ret_reply)
{
	struct daemon_answer answer = {};

	daemon_ask_all(cmd, &call, 1, &answer);
	json_object_put(answer.beside);
	if (answer.error)
		return answer.error;
	*ret_reply = answer.reply;
	return NULL;
}

void daemon_answer_clear(struct daemon_answer *answer)
{
	sd_bus_message_unref(answer->reply);
	cli_error_free(answer->error);
	json_object_put(answer->beside);
	*answer = (struct daemon_answer){};
}
